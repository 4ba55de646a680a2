#!/bin/bash
# SPDX-License-Identifier: MIT
# What pcapdump says is what it said when people read it and found it right:
# tests/pcapdump/golden/NAME, compared to the byte. tshark's numbers for the
# same captures are compared, too. UPDATE=1 writes them anew, to be read again.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
python3 "$here/golden.py" . || fail "the captures"

golden() { # NAME WORDS...
	local name=$1
	shift
	"$pcapdump" "$@" >"$name" 2>&1
	echo "status $?" >>"$name"
	if [ "${UPDATE:-}" ]; then
		mkdir -p "$here/golden"
		cp "$name" "$here/golden/$name"
	fi
	diff "$here/golden/$name" "$name" || fail "$name: pcapdump $*"
}

for file in plain.pcap weir.pcapng; do
	golden lines-$file $file
	golden summary-$file --summary $file
	golden stats-$file --stats $file
	golden check-$file --check $file
	for n in 1 2 3 4; do
		golden explain-$n-$file --explain $n $file
	done
done
for n in 5 6 7 8 9 10 11 12 13 14; do
	golden explain-$n-weir.pcapng --explain $n weir.pcapng
done
golden text-weir.pcapng --follow weir.pcapng
golden hex-weir.pcapng --follow=hex weir.pcapng
golden explain-20-plain.pcap --explain 20 plain.pcap
golden explain-none-weir.pcapng --explain 99 weir.pcapng
golden conn-none-weir.pcapng --follow --conn 5 weir.pcapng
golden dropped-weir.pcapng -d -i -S weir.pcapng
golden filter-weir.pcapng weir.pcapng 'src host 10.0.0.1 and greater 100'
golden filter-wrong-weir.pcapng weir.pcapng 'tcp prot 80'

if command -v tshark >/dev/null; then
	python3 "$here/tshark_judge.py" "$pcapdump" plain.pcap ||
		fail "tshark, plain.pcap"
	python3 "$here/tshark_judge.py" "$pcapdump" weir.pcapng ||
		fail "tshark, weir.pcapng"
fi
ok
