#!/bin/bash
# SPDX-License-Identifier: MIT
# 2,000 simulations from seeds, a part of them under AddressSanitizer, and 100
# twice: the same seed gives the same frames at the same times.
set -euo pipefail
cd "$(dirname "$0")/../.."
O=${O:-build}
make --no-print-directory -j"$(nproc)" O="$O" sim SEEDS="${SEEDS:-2000}"
"$O/netsim" --seeds 1-100 --twice
