#!/bin/bash
# SPDX-License-Identifier: MIT
# A minute of fuzzing each: the whole stack, conversations with TCP, netlink
# messages, the reader of captures, the Internet checksum.
set -euo pipefail
cd "$(dirname "$0")/../.."
make --no-print-directory -j"$(nproc)" O="${O:-build}" fuzzers
exec tests/fuzz/run "${SECONDS_EACH:-60}" stack conversation netlink_calls \
	capture checksum
