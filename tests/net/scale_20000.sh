#!/bin/bash
# SPDX-License-Identifier: MIT
# 20,000 connections between two stacks cost, each and by packet and timer, what
# 1,000 do: the small version of `make scale`. Bytes and instructions are
# compared, not time: a busy machine changes neither.
set -eu
cd "$(dirname "$0")/../.."
O=${O:-build}
make --no-print-directory O="$O" "$O/scale_bench"
"$O/scale_bench" --check 20000
