#!/bin/bash
# SPDX-License-Identifier: MIT
# dhclient (IPv4 and IPv6), udhcpc, dhcpcd and ifupdown in the guest ask a dnsmasq
# on the host: each gets its address, route and name server; released ones are
# released. dnsmasq's own log is the judge. ifupdown does static ones too.
. "$(dirname "$0")/../lib/guest.sh"
# The kernel asks nobody.
own_network "$@"
APPEND=ip=off
READY=150

sysctl -qw net.ipv6.conf.all.forwarding=1
ip -6 addr add fd09::1/64 dev tap0 nodad
cat >dnsmasq.conf <<END
keep-in-foreground
bind-dynamic
interface=tap0
user=root
log-dhcp
log-facility=$work/dnsmasq.log
dhcp-leasefile=$work/leases
pid-file=$work/dnsmasq.pid
no-resolv
no-hosts
dhcp-authoritative
dhcp-range=10.9.0.50,10.9.0.99,255.255.255.0,1h
dhcp-range=fd09::50,fd09::99,64,1h
enable-ra
ra-param=tap0,5,600
dhcp-option=option:dns-server,10.9.0.1
dhcp-option=option6:dns-server,[fd09::1]
domain=test
address=/server.test/10.9.0.1
END
dnsmasq -C dnsmasq.conf >dnsmasq.out 2>&1 &
helpers="$helpers $!"
until [ -s dnsmasq.log ]; do
	sleep 0.1
done

cat >steps.sh <<'END'
state() {
	ip -4 -o addr show dev eth0 | awk '{ print "address", $4 }'
	ip -6 -o addr show dev eth0 scope global |
		awk '{ print "address6", $4 }' | grep '/128' || true
	ip route show default | sed 's/^/route /'
	grep '^nameserver' /etc/resolv.conf || true
}
bare() {
	ip addr flush dev eth0 scope global
	ip route flush dev eth0
	ip link set eth0 down
	: >/etc/resolv.conf
}
# step NAME COMMAND...
step() {
	echo "== $1"
	shift
	s=0
	timeout 30 "$@" >/tmp/said 2>&1 || s=$?
	[ $s = 0 ] || sed 's/^/  | /' /tmp/said
	echo "status $s"
	state
}
link_local() {
	ip link set eth0 up
	until ip -6 addr show dev eth0 scope link | grep inet6 |
		grep -qv tentative; do
		sleep 0.1
	done
}
ip link set lo up
bare
step dhclient dhclient -1 -v -pf /run/d.pid -lf /run/d.leases eth0
step "dhclient -r" dhclient -r -v -pf /run/d.pid -lf /run/d.leases eth0
bare
link_local
step "dhclient -6" dhclient -6 -1 -v -pf /run/d6.pid -lf /run/d6.leases eth0
step "dhclient -6 -r" dhclient -6 -r -v -pf /run/d6.pid -lf /run/d6.leases eth0
bare
ip link set eth0 up
step udhcpc udhcpc -i eth0 -n -q -f
bare
ip link set eth0 up
step dhcpcd dhcpcd -4 -1 -L -A eth0
bare
mkdir -p /run/network
cat >/etc/network/interfaces <<'IF'
auto lo eth0
iface lo inet loopback
iface eth0 inet dhcp
IF
step "ifup dhcp" ifup eth0
step "ifquery" ifquery --state eth0
step "ifdown dhcp" ifdown eth0
bare
cat >/etc/network/interfaces <<'IF'
auto lo eth0
iface lo inet loopback
iface eth0 inet static
	address 10.9.0.200/24
	gateway 10.9.0.1
	mtu 1400
	up echo up >/tmp/hook
iface eth0 inet6 static
	address fd09::200/128
IF
step "ifup static" ifup -a
cat /tmp/hook
ip -o link show dev eth0 | grep -o 'mtu [0-9]*'
step "ifdown static" ifdown -a
bare
ip link set eth0 mtu 1500
END
guest_start '. /run/steps.sh' --put steps.sh:/run/steps.sh
leased='route default via 10.9.0.1 dev eth0
nameserver 10.9.0.1'
cat >wanted <<END
== dhclient
status 0
address LEASE
$leased
== dhclient -r
status 0
nameserver 10.9.0.1
== dhclient -6
status 0
address6 LEASE6
nameserver fd09::1
== dhclient -6 -r
status 0
nameserver fd09::1
== udhcpc
status 0
address LEASE
$leased
== dhcpcd
status 0
address LEASE
route default via 10.9.0.1 dev eth0 proto dhcp src LEASE metric N
nameserver 10.9.0.1
== ifup dhcp
status 0
address LEASE
$leased
== ifquery
status 0
address LEASE
$leased
== ifdown dhcp
status 0
nameserver 10.9.0.1
== ifup static
status 0
address 10.9.0.200/24
address6 fd09::200/128
route default via 10.9.0.1 dev eth0 onlink
up
mtu 1400
== ifdown static
status 0
END
sed '/^ready$/,$d' output | sed -E 's/10\.9\.0\.[5-9][0-9](\/24)?/LEASE/
s/fd09::[5-9][0-9a-f]\/128/LEASE6/; s/metric [0-9]+/metric N/; s/ +$//' >got
diff wanted got >differences || fail "not as wanted:
$(cat differences)"

# What dnsmasq says it gave is what they have, and what it got back.
for address in $(sed -n 's/^address \(10.9.0.[5-9][0-9]\)\/24/\1/p' output |
	sort -u); do
	grep -q "DHCPACK(tap0) $address " dnsmasq.log ||
		fail "$address was never given"
done
expect "releases" 3 "$(grep -c 'DHCPRELEASE(tap0)' dnsmasq.log)"
grep -q 'DHCPREPLY(tap0) fd09::' dnsmasq.log || fail "no address of IPv6"
say "$(grep -c DHCPACK dnsmasq.log) acknowledgements, $(
	grep -c DHCPRELEASE dnsmasq.log) releases"
# A packet socket completes the checksums that the host left to the device: the
# capture cannot equal the wire there.
check_capture() {
	tcpdump -nr "$work/weir.pcapng" >frames 2>/dev/null || fail "the capture"
}
guest_end
