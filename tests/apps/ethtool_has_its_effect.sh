#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Debian's ethtool(8) in the guest: what it tells of each kind of interface, what
# it is refused, and that what it switches off is off. QEMU's record of the wire
# is the judge: large segments until TSO is off, checksums left open until those
# are off, too.
. "$(dirname "$0")/../lib/guest.sh"
own_network "$@"
guest_start '
head -c 400000 /dev/urandom >/var/www/html/file
ip link add v0 type veth peer name v1
ip link add b0 type bridge
ip link add d0 type dummy
/etc/weir/rc'

# fetch LOCAL-PORT: the file, from a port of its own.
fetch() {
	curl -sf --max-time 60 --local-port "$1" -o got "http://$address/file"
	expect "length" 400000 "$(stat -c %s got)"
}
tell() {
	guest_ssh "ethtool $* 2>&1" || true
}
has() {
	grep -q "$1" told || fail "no '$1' in:
$(cat told)"
}

fetch 5001
tell -i eth0 >told
has '^driver: virtio_net$'
has '^version: 1.0.0$'
tell eth0 >told
has 'Speed: Unknown!'
has 'Link detected: yes'
tell -k eth0 >told
has '^rx-checksumming: on \[fixed\]$'
has '^tx-checksumming: on$'
has '^tcp-segmentation-offload: on$'
has 'tx-tcp6-segmentation: on$'
has '^generic-segmentation-offload: on'
has '^large-receive-offload: off \[fixed\]$'
tell -P eth0 >told
has "$(guest_ssh cat /sys/class/net/eth0/address)"
tell -g eth0 >told
has '^TX:[[:space:]]*256$'
tell -l eth0 >told
has '^Combined:[[:space:]]*1$'
tell -T eth0 >told
has 'software-receive'
for option in -a -c -m -S; do
	tell $option eth0 >told
	grep -qi 'not supported\|no stats' told || fail "$option: $(cat told)"
done
tell -i lo >told
has 'Operation not supported'
tell -K lo tso off >told
has 'Could not change any\|Operation not supported'
for kind in v0:veth b0:bridge d0:dummy; do
	tell -i ${kind%:*} >told
	has "^driver: ${kind#*:}$"
done
tell v0 >told
has 'Speed: 10000Mb/s'
tell nothing >told
has 'No such device'

tell -K eth0 tso off >told
tell -k eth0 >told
has '^tcp-segmentation-offload: off$'
has '^tx-checksumming: on$'
fetch 5002
tell -K eth0 tx off >told
tell -k eth0 >told
has '^tx-checksumming: off$'
has '^tcp-segmentation-offload: off'
fetch 5003
tell -K eth0 tx on tso on >told
fetch 5004
tell -K eth0 rx off >told
has 'Could not change any\|Operation not supported'
guest_end

# Of the segments to a port: the longest frame, how many have a wrong checksum.
wire() {
	tshark -n -r wire.pcap.frames -o tcp.check_checksum:TRUE \
		-Y "tcp.srcport==80 && tcp.dstport==$1" \
		-T fields -e frame.len -e tcp.checksum.status 2>/dev/null |
		awk '{ if ($1 > most) most = $1; wrong += $2 == 0 }
			END { print most + 0, wrong + 0 }'
}
for port in 5001 5004; do
	read -r most wrong <<<"$(wire $port)"
	[ "$most" -gt 3000 ] || fail "with TSO: frames of $most bytes at most"
done
read -r most wrong <<<"$(wire 5002)"
[ "$most" -eq 1514 ] && [ "$wrong" -gt 0 ] ||
	fail "without TSO: $most bytes at most, $wrong checksums left open"
read -r most wrong <<<"$(wire 5003)"
[ "$most" -eq 1514 ] && [ "$wrong" -eq 0 ] ||
	fail "without checksums: $most bytes at most, $wrong of them wrong"
