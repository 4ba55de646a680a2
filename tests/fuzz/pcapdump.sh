#!/bin/bash
# SPDX-License-Identifier: MIT
# A minute of fuzzing for all that pcapdump does with hostile segments.
set -euo pipefail
cd "$(dirname "$0")/../.."
make --no-print-directory -j"$(nproc)" O="${O:-build}" \
	"${O:-build}/fuzz/pcapdump_fuzz"
exec tests/fuzz/run "${SECONDS_EACH:-60}" pcapdump
