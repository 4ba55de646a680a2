#!/bin/bash
# SPDX-License-Identifier: MIT
# iperf3, socat and nc in the guest against the same programs on the host, both
# ways, over IPv4 and IPv6: TCP, UDP, multicast, raw IP, TUN, UNIX and abstract
# sockets. And dnsmasq in the guest serves names, and addresses by DHCP, to a
# client of the host.
. "$(dirname "$0")/../lib/guest.sh"
own_network "$@"
ip -6 addr add fd09::1/64 dev tap0 nodad
READY=150

head -c 300000 /dev/urandom >file
for port in 5201 5202; do
	iperf3 -s -p $port >iperf3.$port 2>&1 &
	helpers="$helpers $!"
done
listen() { # NAME ADDRESSES...
	local name=$1
	shift
	socat "$@" >"$name.log" 2>&1 &
	helpers="$helpers $!"
}
listen tcp -u TCP6-LISTEN:6001,ipv6only=0,fork OPEN:got.tcp,creat,append
listen give -U TCP6-LISTEN:6002,ipv6only=0,fork OPEN:file
listen udp UDP6-LISTEN:6003,ipv6only=0,fork EXEC:cat
listen raw IP4-RECVFROM:222,fork EXEC:cat
nc -l -k -u 10.9.0.1 6004 >got.nc.udp 2>nc.log &
helpers="$helpers $!"
nc -l -N 10.9.0.1 6005 <file >/dev/null 2>>nc.log &
helpers="$helpers $!"
nc -l 10.9.0.1 6006 >got.nc 2>>nc.log </dev/null &
helpers="$helpers $!"
until [ "$(ss -tuln | grep -cE ':(520[12]|600[1-6]) ')" -ge 8 ]; do
	sleep 0.05
done

cat >talk.sh <<'END'
ok() {
	echo "ok $1"
}
bad() {
	echo "bad $*"
}
# try NAME COMMAND...
try() {
	name=$1
	shift
	if timeout 20 "$@" >/tmp/said 2>&1; then
		ok "$name"
	else
		bad "$name: status $?"
		tail -n 5 /tmp/said
	fi
}
# wait_for COMMAND...: until it is so
wait_for() {
	n=0
	until "$@" >/dev/null 2>&1; do
		sleep 0.1
		n=$((n + 1))
		[ $n -lt 200 ] || { bad "no end: $*"; return 1; }
	done
}
sum=$(sha256sum </run/file)
ip -6 addr add fd09::2/64 dev eth0 nodad
ip link set lo up

try "iperf3" iperf3 -c 10.9.0.1 -n 4M
try "iperf3 -R" iperf3 -c 10.9.0.1 -n 4M -R
try "iperf3 -P 4" iperf3 -c 10.9.0.1 -n 4M -P 4
try "iperf3 --bidir" iperf3 -c 10.9.0.1 -t 1 --bidir
try "iperf3 -u" iperf3 -c 10.9.0.1 -u -b 5M -n 300K
grep -q '(0%)' /tmp/said && ok "none lost"
try "iperf3 -u -R" iperf3 -c 10.9.0.1 -u -b 20M -n 500K -R
try "iperf3 -6" iperf3 -6 -c fd09::1 -n 4M
try "iperf3 -6 -R" iperf3 -6 -c fd09::1 -n 4M -R
try "iperf3 -6 -u" iperf3 -6 -c fd09::1 -u -b 20M -n 500K

socat -u OPEN:/run/file TCP:10.9.0.1:6001 && ok "socat TCP to"
socat -u OPEN:/run/file 'TCP6:[fd09::1]:6001' && ok "socat TCP6 to"
[ "$(socat -u TCP:10.9.0.1:6002 - | sha256sum)" = "$sum" ] &&
	ok "socat TCP from"
[ "$(socat -u 'TCP6:[fd09::1]:6002' - | sha256sum)" = "$sum" ] &&
	ok "socat TCP6 from"
[ "$(echo over | socat -t 2 - UDP:10.9.0.1:6003)" = over ] && ok "socat UDP"
[ "$(echo over | socat -t 2 - 'UDP6:[fd09::1]:6003')" = over ] &&
	ok "socat UDP6"
[ "$(echo over | socat -t 2 - IP4-SENDTO:10.9.0.1:222)" = over ] &&
	ok "socat raw IP"

socat -u UDP4-RECV:6010,ip-add-membership=239.1.2.3:127.0.0.1,reuseaddr \
	OPEN:/tmp/group,creat &
pid=$!
wait_for grep -q 030201EF /proc/net/igmp
echo group | socat -u - UDP4-SENDTO:239.1.2.3:6010,ip-multicast-if=127.0.0.1
wait_for test -s /tmp/group && ok "socat multicast"
kill $pid

for name in UNIX-LISTEN:/tmp/u ABSTRACT-LISTEN:u UNIX-RECVFROM:/tmp/v; do
	socat $name,fork EXEC:cat &
	pid=$!
	to=$(echo $name | sed 's/LISTEN/CONNECT/; s/RECVFROM/SENDTO/')
	case $to in *SENDTO*) to=$to,bind=/tmp/w ;; esac
	wait_for grep -qE '/tmp/[uv]$|@u$' /proc/net/unix
	wait_for sh -c "echo to | socat -t 2 - $to | grep -q to" &&
		ok "socat ${name%%:*}"
	kill $pid
	rm -f /tmp/u /tmp/v
done

socat TUN:10.44.0.1/24,up,iff-no-pi,tun-name=tun7 \
	UDP:10.9.0.1:6003 >/tmp/tun 2>&1 &
pid=$!
wait_for ip link show tun7
ip -4 addr show tun7 | grep -q '10.44.0.1/24' && ok "socat TUN"
kill $pid
wait_for sh -c '! ip link show tun7'

echo datagram | timeout 5 nc -u -w 1 10.9.0.1 6004 && ok "nc UDP"
[ "$(timeout 20 nc 10.9.0.1 6005 </dev/null | sha256sum)" = "$sum" ] &&
	ok "nc from"
timeout 20 nc -N 10.9.0.1 6006 </run/file && ok "nc to"
nc -z -w 2 10.9.0.1 6001 && ok "nc -z"
nc -z -w 2 10.9.0.1 6 || ok "nc -z closed"
nc -z -6 -w 2 fd09::1 6001 && ok "nc -6 -z"
nc -lU /tmp/nc.sock >/tmp/nc.unix &
wait_for test -S /tmp/nc.sock
echo unix | nc -NU /tmp/nc.sock
wait_for grep -q unix /tmp/nc.unix && ok "nc UNIX"

mkdir -p /run/dnsmasq
printf '%s\n' interface=eth0 bind-dynamic user=root no-resolv no-hosts \
	dhcp-authoritative dhcp-leasefile=/tmp/leases \
	dhcp-range=10.9.0.150,10.9.0.199,255.255.255.0,1h \
	dhcp-range=fd09::,ra-stateless enable-ra \
	address=/guest.test/10.9.0.2 address=/guest.test/fd09::2 \
	ptr-record=2.0.9.10.in-addr.arpa,guest.test txt-record=t.test,words \
	log-dhcp log-facility=/tmp/dnsmasq.log >/tmp/dnsmasq.conf
dnsmasq -C /tmp/dnsmasq.conf && ok "dnsmasq starts"
wait_for sh -c 'ss -uln | grep -q ":53 " && ss -uln | grep -q ":67 "'
busybox nslookup guest.test 10.9.0.2 | grep -q 10.9.0.2 && ok "a name, inside"
END
guest_start '. /run/talk.sh
/etc/weir/rc' --put talk.sh:/run/talk.sh --put file:/run/file
sed '/^ready$/,$d' output | grep -v '^ok ' >not_ok || true
[ ! -s not_ok ] || fail "not as it should be: $(cat not_ok; echo; cat output)"
expect "steps" 31 "$(grep -c '^ok ' output)"
cat file file >two
same two got.tcp
same file got.nc
expect "a datagram by nc" datagram "$(cat got.nc.udp)"

say "the guest's dnsmasq serves"
asked() {
	busybox nslookup -type="$1" "$2" "$3" 2>&1
}
asked a guest.test 10.9.0.2 | grep -q 'Address: 10.9.0.2$' || fail "A"
asked aaaa guest.test fd09::2 | grep -q 'Address: fd09::2$' || fail "AAAA"
asked txt t.test 10.9.0.2 | grep -q words || fail "TXT"
{ asked a none.test 10.9.0.2 || true; } | grep -q "can.t find" || fail "a name that is none: $(asked a none.test 10.9.0.2)"
cat >bound <<'END'
#!/bin/sh
echo "$1 $ip/$mask by $serverid, router $router"
END
chmod +x bound
# -B: what is not broadcast needs an entry by SIOCSARP first.
busybox udhcpc -i tap0 -B -n -q -f -s "$work/bound" >lease 2>&1 ||
	fail "udhcpc: $(cat lease; guest_ssh cat /tmp/dnsmasq.log)"
grep -qE 'bound 10.9.0.1[5-9][0-9]/24 by 10.9.0.2, router 10.9.0.2' lease ||
	fail "the lease: $(cat lease)"
rdisc6 -1 tap0 >advert || fail "rdisc6: $(cat advert)"
grep -q 'Prefix *: fd09::/64' advert || fail "the advertisement: $(cat advert)"
guest_end
