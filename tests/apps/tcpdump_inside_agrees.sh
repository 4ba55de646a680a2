#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Debian's tcpdump inside the guest (a ring by mmap, a filter in the stack) and
# Weir's own capture see the same packets: same order, same bytes.
. "$(dirname "$0")/../lib/guest.sh"

timeout -k 5 60 "$top/tools/guest" --kernel "$O/weir" --image "$image" \
	--capture own.pcapng --append weir.snaplen=0 -- sh -c '
	tcpdump -U -i eth0 -w /tmp/in.pcap icmp 2>/tmp/log &
	pid=$!
	while ! grep -q listening /tmp/log; do sleep 0.1; done
	ping -c 20 -i 0.01 -s 1000 10.0.2.2 >/dev/null
	ping -c 5 -i 0.01 -s 3000 10.0.2.2 >/dev/null
	# A block of the ring is handed over when it is a second old.
	for i in $(seq 100); do
		[ $(tcpdump -nr /tmp/in.pcap 2>/dev/null | wc -l) -ge 70 ] &&
			break
		sleep 0.1
	done
	kill $pid; wait $pid
	cat /tmp/log
	echo == file
	base64 /tmp/in.pcap' >log || fail "the guest ended with status $?"
sed '1,/^== file/d' log | base64 -d >in.pcap

# Bytes from the network header on: the one has them as sent, the other too.
list() {
	tshark -r "$1" -Y "$2" -T fields -e frame.len -e ip.id -e ip.src \
		-e icmp.type -e icmp.seq -e icmp.checksum -e ip.frag_offset \
		-e data.data -o ip.defragment:FALSE 2>/dev/null
}
list in.pcap ip >inside
list own.pcapng 'ip.proto == 1 && frame.interface_name == "eth0"' >own
[ -s inside ] || fail "tcpdump saw nothing"
diff own inside >differences ||
	fail "$(wc -l <differences) lines differ: $(head -5 differences)"
expect "packets dropped by the ring" 0 \
	"$(sed -n 's/^\([0-9]*\) packets dropped by kernel/\1/p' log)"
say "$(wc -l <inside) packets, the same in both"
