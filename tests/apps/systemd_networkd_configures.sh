#!/bin/bash
# SPDX-License-Identifier: MIT
#
# systemd-networkd, with a D-Bus daemon and without systemd as the first process,
# sets the guest's network up from its files: eth0 by DHCP, a dummy with static
# addresses and a route, a bridge with a veth in it, a VLAN. It says itself when
# it is done (systemd-networkd-wait-online), networkctl tells its view, iproute2
# the kernel's. A changed file is taken up by `networkctl reload`, and a link
# that another program makes is found by its notification.
#
# /sys is read-only, as in a container: so it knows that no udev is to be waited
# for.
. "$(dirname "$0")/../lib/guest.sh"
APPEND=ip=off
READY=150

cat >steps.sh <<'END'
mkdir -p /etc/systemd/network /run/systemd /run/dbus
mount -o remount,ro /sys
systemd-machine-id-setup 2>/dev/null
cd /etc/systemd/network
file() {
	printf '%b' "$2" >"$1"
}
file 10-eth0.network '[Match]\nName=eth0\n[Network]\nDHCP=ipv4\nVLAN=five\n'
file 20-dummy.netdev '[NetDev]\nName=dummy7\nKind=dummy\nMACAddress=02:00:00:00:07:07\n'
file 20-dummy.network '[Match]\nName=dummy7\n[Network]\nIPv6AcceptRA=no
Address=10.77.0.1/24\nAddress=fd77::1/64
[Route]\nDestination=10.78.0.0/16\nGateway=10.77.0.2\nMetric=50
[Route]\nDestination=fd78::/32\nGateway=fd77::2\n
[RoutingPolicyRule]\nFrom=10.77.0.0/24\nTable=77\nPriority=700\n'
file 30-bridge.netdev '[NetDev]\nName=bridge0\nKind=bridge\n'
file 30-bridge.network '[Match]\nName=bridge0\n[Link]\nRequiredForOnline=no
[Network]\nIPv6AcceptRA=no\nAddress=10.79.0.1/24\nConfigureWithoutCarrier=yes\n'
file 40-veth.netdev '[NetDev]\nName=inner\nKind=veth\n[Peer]\nName=outer\n'
file 40-inner.network '[Match]\nName=inner\n[Network]\nBridge=bridge0\n'
file 40-outer.network '[Match]\nName=outer\n[Network]\nIPv6AcceptRA=no\nAddress=10.79.0.2/24\n'
file 50-five.netdev '[NetDev]\nName=five\nKind=vlan\n[VLAN]\nId=5\n'
file 50-five.network '[Match]\nName=five\n[Network]\nIPv6AcceptRA=no\nAddress=10.80.0.1/24\n'
file 60-later.network '[Match]\nName=later*\n[Network]\nIPv6AcceptRA=no\nAddress=10.81.0.1/24\n'

dbus-daemon --system --nopidfile
SYSTEMD_LOG_LEVEL=debug SYSTEMD_LOG_TARGET=console \
	/lib/systemd/systemd-networkd >/tmp/networkd.log 2>&1 &
networkd=$!
online() {
	s=0
	/lib/systemd/systemd-networkd-wait-online "$@" --timeout=60 \
		>/tmp/online 2>&1 || s=$?
	echo "online: $s"
	[ $s = 0 ] || cat /tmp/online /tmp/networkd.log
}
online -i eth0 -i dummy7 -i outer -i five
configured() {
	networkctl --no-pager --no-legend list 2>/dev/null |
		awk '{ print $2, $3, $5 }' | sort >/tmp/list
	! grep -q 'configuring\|pending' /tmp/list
}
until configured; do sleep 0.2; done
cat /tmp/list
ip -4 -o addr | awk '{ print $2, $4 }' | sort
ip -6 -o addr show dev dummy7 scope global | awk '{ print $2, $4 }'
ip route | grep -v 'proto kernel' | sed 's/ *$//' | sort
ip -6 route show fd78::/32 | sed 's/ pref medium.*//; s/ *$//'
ip rule show priority 700 | tr '\t' ' ' | sed 's/ *$//'
bridge link show dev inner | grep -o 'master bridge0 state [a-z]*'
ip -d link show five | grep -o 'vlan protocol 802.1Q id 5'
networkctl --no-pager status eth0 | grep -o 'Address: 10.0.2.15 (DHCP4 via 10.0.2.2)'
ping -c 1 -W 5 -q 10.0.2.2 | grep -o '1 received'

ip link add later7 address 02:00:00:00:07:08 type dummy
online -i later7
ip -4 -o addr show dev later7 | awk '{ print $2, $4 }'
file 60-later.network '[Match]\nName=later*\n[Network]\nIPv6AcceptRA=no\nAddress=10.82.0.1/24\n'
networkctl reload || echo "reload: $?"
until ip -4 -o addr show dev later7 | grep -q '10\.82\.0\.1/24' &&
	! ip -4 -o addr show dev later7 | grep -q '10\.81\.'; do
	sleep 0.1
done
echo reloaded
ip link del later7
while networkctl --no-pager --no-legend list | grep -q later7; do
	sleep 0.1
done
echo removed
kill $networkd
s=0
wait $networkd || s=$?
echo "ended: $s"
grep 'Assert\|Failed to set\|Could not set' /tmp/networkd.log || true
END
guest_start '. /run/steps.sh' --put steps.sh:/run/steps.sh
cat >wanted <<'END'
online: 0
bridge0 bridge configured
dummy7 ether configured
eth0 ether configured
five vlan configured
inner ether configured
lo loopback unmanaged
outer ether configured
bridge0 10.79.0.1/24
dummy7 10.77.0.1/24
eth0 10.0.2.15/24
five 10.80.0.1/24
lo 127.0.0.1/8
outer 10.79.0.2/24
dummy7 fd77::1/64
10.0.2.2 dev eth0 proto dhcp scope link src 10.0.2.15 metric 1024
10.0.2.3 dev eth0 proto dhcp scope link src 10.0.2.15 metric 1024
10.78.0.0/16 via 10.77.0.2 dev dummy7 proto static metric 50
default via 10.0.2.2 dev eth0 proto dhcp src 10.0.2.15 metric 1024
fd78::/32 via fd77::2 dev dummy7 proto static metric 1024
700: from 10.77.0.0/24 lookup 77 proto static
master bridge0 state forwarding
vlan protocol 802.1Q id 5
Address: 10.0.2.15 (DHCP4 via 10.0.2.2)
1 received
online: 0
later7 10.81.0.1/24
reloaded
removed
ended: 0
END
sed '/^ready$/,$d' output >got
diff wanted got || fail "not as wanted"
# A packet socket completes the checksums that the host left to the device: the
# capture cannot equal the wire there.
check_capture() {
	tcpdump -nr "$work/weir.pcapng" >frames 2>/dev/null || fail "the capture"
}
guest_end
