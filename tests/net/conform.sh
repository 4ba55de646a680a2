#!/bin/bash
# SPDX-License-Identifier: MIT
#
# All conformance scripts, and the map from rules to them.
cd "$(dirname "$0")/../.." || exit 1
O=${O:-build}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
make -j2 --no-print-directory O="$O" conform >"$log" 2>&1
status=$?
cat "$log"
sed -n 's/^\([0-9]* passed, [0-9]* failed\), .*/\1/p' "$log"
[ $status = 0 ] || exit 1
tools/check/rfcmap
