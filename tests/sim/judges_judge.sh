#!/bin/bash
# SPDX-License-Identifier: MIT
# A simulation that something is wrong with fails, says what, and leaves captures
# that tshark can read; each kind of wrong in its own words.
set -euo pipefail
cd "$(dirname "$0")/../.."
O=${O:-build}
work=${WORK:-$(mktemp -d)}
make --no-print-directory -j"$(nproc)" O="$O" "$O/netsim"

judge() {
	local status=0
	"$O/netsim" --seeds 1-60 --jobs 2 --sabotage "$1" --out "$work/$1" \
		>"$work/$1.log" || status=$?
	[ "$status" = 1 ] || {
		echo "FAILED: sabotage by $1 was not seen (status $status)"
		exit 1
	}
	grep -q "^FAILED seed.*$2" "$work/$1.log" || {
		cat "$work/$1.log"
		echo "FAILED: sabotage by $1 was not called '$2'"
		exit 1
	}
	echo "ok $1: $(grep -c "^FAILED seed.*$2" "$work/$1.log") seeds: $2"
}

judge forge "byte [0-9]* to the [a-z]* is wrong"
judge silence "stands still for"
judge reset "got error 104, nobody asked for it"
judge repeat "arrived twice"
judge leak "are not given back"
judge overrun "beyond the window"

# The captures of a failing seed, and the command that repeats it.
grep -q "again: .*netsim --seed [0-9]* --verbose" "$work/forge.log"
capture=$(ls "$work"/forge/seed-*.host1.pcapng | head -n 1)
packets=$(tshark -r "$capture" 2>/dev/null | wc -l)
[ "$packets" -gt 2 ] || {
	echo "FAILED: tshark finds $packets packets in $capture"
	exit 1
}
echo "ok $packets packets in $capture"
