#!/bin/bash
# SPDX-License-Identifier: MIT
#
# All conformance scripts; the runner itself, which must not pass what is wrong
# nor what it cannot honour; and the map from rules to scripts.
cd "$(dirname "$0")/../.." || exit 1
O=${O:-build}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Every script in the directory ends like this.
all_are() {
	local outcome=$1 directory=tests/net/conform/$2 n
	n=$(ls "$directory"/*.pkt | wc -l)
	"$O/host/conform" "$directory" >"$log" 2>&1
	if ! tail -1 "$log" | grep -q "[^0-9]*\b$n $outcome\b"; then
		cat "$log"
		echo "conform: of $n in $directory not all are $outcome"
		exit 1
	fi
	echo "conform: $n in $directory are $outcome"
}

make -j2 --no-print-directory O="$O" conform >"$log" 2>&1
status=$?
cat "$log"
sed -n 's/^\([0-9]* passed, [0-9]* failed\), .*/\1/p' "$log"
[ $status = 0 ] || exit 1
all_are failed wrong
all_are unsupported beyond
tools/check/rfcmap
