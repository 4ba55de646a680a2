#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Three namespaces in one guest, joined by veth: nginx behind a router that
# loses 1 % and delays by 50 ms, over IPv4 and IPv6. What tcpdump saw at the
# server and at the client is the same, but for what the router's netem has
# dropped.
. "$(dirname "$0")/../lib/guest.sh"

cat >inside <<'EOF2'
netem="delay 50ms loss 1%"
. /tmp/namespaces.sh
watchers=
head -c 3000000 /dev/urandom >/tmp/www/file
watch() { # namespace link
	ip netns exec "$1" tcpdump -i "$2" -s 128 -B 16384 -w "/tmp/$1.pcap" tcp 2>"/tmp/$1.log" &
	watchers="$watchers $!"
	while ! grep -q listening "/tmp/$1.log"; do sleep 0.1; done
}
watch client c0
watch server s0
dropped() {
	in_router tc -s qdisc show dev r0 | sed -n 's/.*(dropped \([0-9]*\),.*/\1/p'
}
for try in 1 2 3 4 5 6 7 8 9 10; do
	for where in 10.2.2.2 '[fd00:2::2]'; do
		in_client curl -sS -o /tmp/got "http://$where/file" || echo "curl: $?"
		cmp /tmp/got /tmp/www/file && echo "got $where"
	done
	[ "$(dropped)" -gt 0 ] && break
done
echo "wanted $((2 * try))"
sleep 1
kill $(cat /tmp/nginx.pid)
sleep 2
kill -INT $watchers
wait
cat /tmp/client.log /tmp/server.log | grep 'dropped by kernel'
echo "dropped $(dropped)"
for side in client server; do
	tcpdump -nn -S -t -r /tmp/$side.pcap 2>/dev/null | sed "s/^/$side /"
done
EOF2
timeout -k 5 170 "$top/tools/guest" --kernel "$O/weir" --image "$image" \
	--net none --cpus "${CPUS:-1}" --timeout 160 \
	--put "$top/tests/lib/namespaces.sh:/tmp/namespaces.sh" \
	--put inside:/tmp/inside -- sh /tmp/inside >all || {
	head -20 all
	fail "the guest ended with status $?"
}
expect "files received" "$(sed -n 's/^wanted //p' all)" "$(grep -c '^got ' all)"
expect "packets that tcpdump missed" 0 \
	"$(awk '/dropped by kernel/ {n += $1} END {print n + 0}' all)"
for side in client server; do
	sed -n "s/^$side //p" all | sort >$side
done
[ "$(wc -l <server)" -gt 100 ] || fail "tcpdump saw $(wc -l <server) packets"
expect "packets only the client has seen" "" "$(comm -23 client server)"
comm -13 client server >lost
dropped=$(sed -n 's/^dropped //p' all)
expect "packets dropped by netem, and missing at the client" \
	"${dropped:-?}" "$(wc -l <lost)"
[ "${dropped:-0}" -gt 0 ] || fail "netem has dropped nothing"
say "$(wc -l <server) packets, $dropped lost on the way"
