#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Three stacks: two hosts on veths, and between them a bridge. Ping and a file by
# TCP go over it untagged, in VLAN 5 of the hosts' links, and to the bridge's own
# VLAN 5. tcpdump on a port, whose file tshark reads on this machine, judges
# which frames had a tag.
. "$(dirname "$0")/../lib/guest.sh"

command -v tshark >/dev/null || skip "no tshark on this machine"
cat >inside <<'EOF'
set -e
unshare -n sleep 100 & A=$!
unshare -n sleep 100 & B=$!
a() { nsenter -t $A -n "$@"; }
b() { nsenter -t $B -n "$@"; }
other() { [ "$(readlink /proc/$1/ns/net)" != "$(readlink /proc/self/ns/net)" ]; }
until other $A && other $B; do :; done
ip link add p0 type veth peer name a0 netns $A
ip link add p1 type veth peer name b0 netns $B
ip link add br0 type bridge
for p in p0 p1; do ip link set $p master br0; ip link set $p up; done
ip link set br0 up
a ip link set a0 up
b ip link set b0 up
a ip link add link a0 name a0.5 type vlan id 5
b ip link add link b0 name b0.5 type vlan id 5
ip link add link br0 name br0.5 type vlan id 5
a ip link set a0.5 up
b ip link set b0.5 up
ip link set br0.5 up
a ip addr add 10.1.0.1/24 dev a0
b ip addr add 10.1.0.2/24 dev b0
ip addr add 10.1.0.3/24 dev br0
a ip addr add 10.5.0.1/24 dev a0.5
b ip addr add 10.5.0.2/24 dev b0.5
ip addr add 10.5.0.3/24 dev br0.5
tcpdump -s 96 -U -i p1 -w /tmp/p1.pcap 2>/tmp/tcpdump.says & T=$!
# The kernel's filter knows tags that are not in the frame.
tcpdump -U -i p1 -w /tmp/tagged.pcap 'vlan 5 and icmp' 2>/tmp/tagged.says & U=$!
for f in tcpdump tagged; do
	until grep -q listening /tmp/$f.says; do :; done
done
for to in 10.1.0.2 10.1.0.3 10.5.0.2 10.5.0.3; do
	a ping -q -c 3 -i 0.1 -W 5 $to | grep received
done
head -c 300000 /dev/urandom >/tmp/file
sum=$(sha256sum </tmp/file)
for to in 10.1.0.2 10.5.0.2; do
	b nc -N -l -s $to -p 9000 >/tmp/got & N=$!
	until b ss -ltn | grep -q :9000; do :; done
	a nc -N $to 9000 </tmp/file
	wait $N
	[ "$(sha256sum </tmp/got)" = "$sum" ] && echo "file over $to"
done
bridge fdb show br br0 | grep -c 'dev p[01] master br0 $'
ip -s link show br0.5 | grep -c .
# A ring's last block is handed over after a while.
for _ in $(seq 100); do
	[ "$(tcpdump -n -e -r /tmp/tagged.pcap 2>/dev/null | grep -c 'vlan 5')" = 6 ] &&
		[ "$(tcpdump -n -e -r /tmp/p1.pcap 2>/dev/null |
			grep -c 'vlan 5.*Flags \[F')" -ge 2 ] && break
	sleep 0.1
done
kill $T $U; wait $T $U || true
echo "$(tcpdump -n -e -r /tmp/tagged.pcap 2>/dev/null | grep -c 'vlan 5') tagged"
kill $A $B
EOF
timeout -k 5 100 "$top/tools/guest" --kernel "$O/weir" --image "$image" \
	--net none --put inside:/tmp/inside -- sh -c \
	'bash /tmp/inside; echo status $?; echo CAPTURE; base64 /tmp/p1.pcap' \
	>out </dev/null || fail "the guest ended with status $?
$(tail -20 out | cut -c1-200)"
sed '/^CAPTURE/,$d' out >said
sed '1,/^CAPTURE/d' out | base64 -di >p1.pcap
expect "pings that were answered" 4 "$(grep -c '3 received' said)"
expect "files that arrived" 2 "$(grep -c 'file over' said)"
expect "learned stations" 2 "$(grep -x 2 said)"
expect "frames that a filter for VLAN 5 let pass" 1 \
	"$(grep -cx '6 tagged' said)"
expect "status" "status 0" "$(grep ^status said)"

count() {
	tshark -n -r p1.pcap -o tcp.check_checksum:FALSE -Y "$1" 2>tshark.says |
		wc -l
}
expect "echo requests without a tag" 3 \
	"$(count 'icmp.type == 8 && ip.dst == 10.1.0.2 && !vlan')"
expect "echo requests in VLAN 5" 3 \
	"$(count 'icmp.type == 8 && ip.dst == 10.5.0.2 && vlan.id == 5')"
expect "frames of 10.5.0.0/24 without a tag" 0 \
	"$(count 'ip.addr == 10.5.0.0/24 && !vlan')"
expect "frames of 10.1.0.0/24 with a tag" 0 \
	"$(count 'ip.addr == 10.1.0.0/24 && vlan')"
carried=$(tshark -n -r p1.pcap -Y 'tcp.dstport == 9000 && vlan.id == 5' \
	-T fields -e tcp.len 2>>tshark.says | awk '{ n += $1 } END { print n + 0 }')
[ "$carried" -ge 300000 ] || fail "only $carried bytes of the file in VLAN 5"
expect "malformed frames" 0 "$(count _ws.malformed)"
say "$(grep -c . said) lines of the guest; the capture's tags are right"
