#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Two namespaces in one guest, joined by veth: dnsmasq in one gives addresses
# (DHCP, DHCPv6, router advertisements) and names (DNS over UDP and TCP, both
# families), and nginx's files; in the other dhclient, udhcpc and dhcpcd get
# theirs, an address by SLAAC comes up, and names are asked for with getent,
# nslookup and curl, by UDP and, when the answer is long, by TCP. dnsmasq's log
# is the judge of who was given what.
. "$(dirname "$0")/../lib/guest.sh"

cat >inside <<'END'
# Says what went wrong, and goes on.
check() {
	what=$1
	shift
	if "$@" >/tmp/said 2>&1; then
		echo "ok $what"
	else
		echo "FAILED $what: $?"
		sed 's/^/  | /' /tmp/said
	fi
}
# Until it holds, or 40 seconds.
until_true() {
	end=$(($(date +%s) + 40))
	until "$@"; do
		[ "$(date +%s)" -lt $end ] || return 1
		sleep 0.1
	done
}
has4() { c ip -4 -o addr show dev c0 | grep -q 'inet 10\.5\.0\.1[0-9][0-9]/'; }
has6() { c ip -6 -o addr show dev c0 | grep -q 'inet6 fd05::1[0-9a-f][0-9a-f]/128'; }
slaac() { c ip -6 -o addr show dev c0 | grep 'inet6 fd05::[^/]*/64' | grep -q dynamic; }
settled() { ! c ip -6 -o addr show dev c0 | grep -q tentative; }
router6() { c ip -6 route show default | grep -q 'via fe80::.* proto ra'; }
c() { timeout 40 ip netns exec client "$@"; }
s() { ip netns exec server "$@"; }
bare() {
	c ip addr flush dev c0 scope global
	c ip route flush dev c0
	: >/etc/netns/client/resolv.conf
}

mkdir -p /etc/netns/client /etc/netns/server /tmp/www
echo 'a page by name' >/tmp/www/page
: >/etc/netns/client/resolv.conf
: >/etc/resolv.conf
ip netns add client
ip netns add server
ip -n client link set lo up
ip -n server link set lo up
ip -n client link add c0 address 02:00:00:00:05:02 type veth \
	peer name s0 address 02:00:00:00:05:01 netns server
ip -n server addr add 10.5.0.1/24 dev s0
ip -n server addr add fd05::1/64 dev s0 nodad
s sysctl -qw net.ipv6.conf.all.forwarding=1
ip -n server link set s0 up
cat >/tmp/dnsmasq.conf <<'CONF'
keep-in-foreground
pid-file=/tmp/dnsmasq.pid
bind-dynamic
interface=s0
user=root
log-dhcp
log-queries
log-facility=/tmp/dnsmasq.log
dhcp-leasefile=/tmp/leases
no-resolv
no-hosts
dhcp-authoritative
dhcp-range=10.5.0.100,10.5.0.199,255.255.255.0,1h
dhcp-range=fd05::100,fd05::1ff,slaac,64,1h
enable-ra
ra-param=s0,5,600
dhcp-option=option6:dns-server,[fd05::1]
domain=test
host-record=www.test,10.5.0.1,fd05::1
ptr-record=1.0.5.10.in-addr.arpa,www.test
CONF
# More than 512 bytes: the answer is cut, and asked for again by TCP.
for i in $(seq 60); do
	echo "host-record=many.test,10.6.0.$i"
done >>/tmp/dnsmasq.conf
s dnsmasq -C /tmp/dnsmasq.conf >/tmp/dnsmasq.out 2>&1 &
cat >/tmp/nginx.conf <<'CONF'
worker_processes 1;
pid /tmp/nginx.pid;
error_log /tmp/nginx.log;
events { worker_connections 64; }
http {
	access_log off;
	server { listen 80; listen [::]:80; root /tmp/www; }
}
CONF
s nginx -c /tmp/nginx.conf || exit 1
until_true grep -q started /tmp/dnsmasq.log || { cat /tmp/dnsmasq.out; exit 1; }

ip -n client link set c0 up
check "SLAAC address" until_true slaac
check "router of IPv6" until_true router6
check "DAD ends" until_true settled
check dhclient c dhclient -1 -v -pf /run/d.pid -lf /run/d.leases c0
check "its address" has4
check "its route" sh -c "ip -n client route | grep 'default via 10.5.0.1'"
check "its name server" grep -q 'nameserver 10.5.0.1' /etc/netns/client/resolv.conf
check "release" c dhclient -r -v -pf /run/d.pid -lf /run/d.leases c0
bare
check udhcpc c udhcpc -i c0 -n -q -f
check "its address" has4
bare
check "dhclient -6" c dhclient -6 -1 -v -pf /run/d6.pid -lf /run/d6.leases c0
check "its address" has6
check "release" c dhclient -6 -r -v -pf /run/d6.pid -lf /run/d6.leases c0
bare
ip -n client link set c0 down
ip -n client link set c0 up
check "SLAAC again" until_true slaac
check "DAD ends again" until_true settled
check "dhclient once more" c dhclient -1 -v -pf /run/d.pid -lf /run/d.leases c0

# Names, by the name server that DHCP has told.
grep nameserver /etc/netns/client/resolv.conf
ask() { echo "== $*"; c "$@" 2>&1; }
ask busybox nslookup www.test | grep '^Address' | tail -n 2 | sort
ask busybox nslookup www.test fd05::1 | grep '^Address' | tail -n 2 | sort
ask busybox nslookup 10.5.0.1 | grep -o 'name = .*'
c getent hosts absent.test; echo "absent: $?"
ask getent ahostsv4 many.test | grep -c STREAM
ask getent ahostsv4 www.test
ask getent ahostsv6 www.test
ask curl -sS -m 20 http://www.test/page
ask curl -sS -m 20 -6 http://www.test/page
# It solicits a router itself, and asks for an address when that has told so.
ip netns exec client dhcpcd -6 -B -L c0 >/tmp/dhcpcd.log 2>&1 &
dhcpcd=$!
check "dhcpcd -6" until_true has6
# While it waits for a script of its own, dhcpcd forgets a signal.
while kill $dhcpcd 2>/dev/null; do
	sleep 0.2
done
killall dnsmasq nginx
wait
ask getent ahostsv4 www.test
sed 's/^/log /' /tmp/dnsmasq.log
END
timeout -k 5 280 "$top/tools/guest" --kernel "$O/weir" --image "$image" \
	--net none --cpus "${CPUS:-1}" --timeout 270 --console console \
	--capture weir.pcapng --put inside:/tmp/inside -- sh /tmp/inside >all || {
	status=$?
	tail -n 40 all
	fail "the guest ended with status $status"
}
sed '/^log /d; s/[ \t]*$//; s/  */ /g' all >got
cat >wanted <<'END'
ok SLAAC address
ok router of IPv6
ok DAD ends
ok dhclient
ok its address
ok its route
ok its name server
ok release
ok udhcpc
ok its address
ok dhclient -6
ok its address
ok release
ok SLAAC again
ok DAD ends again
ok dhclient once more
nameserver 10.5.0.1
Address: 10.5.0.1
Address: fd05::1
Address: 10.5.0.1
Address: fd05::1
name = www.test
absent: 2
60
== getent ahostsv4 www.test
10.5.0.1 STREAM www.test
10.5.0.1 DGRAM
10.5.0.1 RAW
== getent ahostsv6 www.test
fd05::1 STREAM www.test
fd05::1 DGRAM
fd05::1 RAW
== curl -sS -m 20 http://www.test/page
a page by name
== curl -sS -m 20 -6 http://www.test/page
a page by name
ok dhcpcd -6
== getent ahostsv4 www.test
END
diff wanted got || fail "not as wanted"

# What dnsmasq says it gave and answered.
sed -n 's/^log //p' all >log
for line in 'DHCPACK(s0) 10\.5\.0\.1[0-9]* 02:00:00:00:05:02' 'DHCPRELEASE(s0)' \
	'DHCPREPLY(s0) fd05::1' 'RTR-SOLICIT(s0) 02:00:00:00:05:02' \
	'RTR-ADVERT(s0) fd05::' 'query\[AAAA\] www.test from 10\.5\.0\.1' \
	'query\[A\] www.test from fd05::' 'query\[PTR\] 1.0.5.10'; do
	grep -q "$line" log || fail "dnsmasq has not said $line"
done
say "$(grep -c 'DHCPACK' log) leases, $(grep -c 'query\[' log) questions"
expect "the long answer: asked for by UDP, then by TCP" 2 \
	"$(grep -c 'query\[A\] many.test' log)"
