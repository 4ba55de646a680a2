#!/bin/bash
# SPDX-License-Identifier: MIT
# Linux talks to itself over wires of all kinds (linux_wire): pcapdump --check
# finds no rule broken, at either end, even when packets are taken out of the
# captures; --stats and --follow agree with tshark.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" = 0 ] || skip "making a network needs root"
command -v tshark >/dev/null || skip "no tshark"

check() { # FILE
	"$pcapdump" --check "$1" >"$work/findings" || {
		cat "$work/findings"
		fail "--check of $1"
	}
	say "$1: $(tail -n 1 "$work/findings")"
}

# NAME tshark|- PARAMETERS: a wire, its captures, their judges
wire() {
	local name=$1 mode=$2 file
	shift 2
	timeout 90 "$here/linux_wire" "$work/$name" "$@" || {
		[ $? = 77 ] && skip "no TUN device"
		fail "linux_wire $*"
	}
	for file in "$work/$name"/{client,server}.pcap; do
		check "$file"
		python3 "$here/losing.py" "$pcapdump" "$file" ||
			fail "packets taken out of $file"
		[ "$mode" = - ] || python3 "$here/tshark_judge.py" \
			"$pcapdump" "$file" $mode || fail "tshark, $file"
	done
}

wire plain clean
wire six clean version=6 extra=0
wire lossy lossy loss=2 seed=2 bytes=1000000
wire tangled lossy loss=1 reorder=3 duplicate=1 seed=3
wire far lossy version=6 loss=3 duplicate=2 reorder=5 seed=5 delay=30 extra=0
wire damaged - corrupt=2 version=6 seed=4

# What was damaged is not taken for data (tshark believes it).
for file in "$work"/damaged/*.pcap; do
	"$pcapdump" --follow=raw -o "$work/got" --conn 1 "$file"
	python3 -c 'import sys
sys.stdout.buffer.write(bytes(i % 251 for i in range(300000)))' |
		cmp - "$work/got.1" || fail "bytes of $file"
done
ok
