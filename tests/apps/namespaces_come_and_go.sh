#!/bin/bash
# SPDX-License-Identifier: MIT
#
# 200 network namespaces with veth pairs, made and ended: their memory and their
# threads come back. Then namespaces and links that end while nginx and curl
# use them, in both directions: nothing hangs, and the memory comes back too.
. "$(dirname "$0")/../lib/guest.sh"

cat >inside <<'EOF2'
free() { awk '/^MemFree/ {f = $2} /^KernelStack/ {s = $2} END {print f, s}' /proc/meminfo; }
links() { ip -o link | wc -l; }
# Waits until the numbers are what they were, but for 32 stacks and 8 MiB
# (a namespace takes 300 KiB).
settled() {
	for i in $(seq 150); do
		now=$(free)
		[ "${now#* }" -le $((${before#* } + 512)) ] &&
			[ $((${now% *} + 8192)) -ge "${before% *}" ] && break
		sleep 0.2
	done
	echo "$1: before $before, now $now, links $(links)"
	[ "$i" -lt 150 ] && echo "ok $1"
}
make_some() {
	for n in $(seq 100); do
		echo "netns add n$n"
		echo "link add v$n type veth peer name eth0 netns n$n"
		echo "link set v$n up"
	done >/tmp/make
	ip -batch /tmp/make || echo "not made"
	[ "$(links)" = 101 ] || echo "links: $(links)"
}
end_some() { # every other one by its link first
	for n in $(seq 100); do
		[ $((n % 2)) = 0 ] && echo "link del v$n"
		echo "netns del n$n"
	done >/tmp/end
	ip -batch /tmp/end || echo "not ended"
}
# Stacks of threads and slabs are kept for the next ones.
make_some; end_some
make_some; end_some
sleep 2
before=$(free)
make_some; end_some
make_some; end_some
settled many

netem=
. /tmp/namespaces.sh
head -c 40000000 /dev/zero >/tmp/www/file
in_client curl -sS -o /tmp/got http://10.2.2.2/file
cmp /tmp/got /tmp/www/file && echo "ok transfer"
rm /tmp/got
before=$(free)
for round in 1 2 3 4 5 6; do
	ip netns add x
	ip link add x0 type veth peer name x1 netns x
	ip -n x addr add 10.3.3.2/24 dev x1
	ip -n x link set x1 up
	ip link set x0 netns server
	ip -n server addr add 10.3.3.1/24 dev x0
	ip -n server link set x0 up
	ip netns exec x curl -s -m 8 -o /dev/null http://10.3.3.1/file &
	one=$!
	in_client curl -s -m 20 -T /tmp/www/file -o /dev/null http://10.2.2.2/none &
	two=$!
	sleep 0.3
	case $round in
	1 | 4) ip -n server link del x0 ;;
	2 | 5) ip -n x link del x1 ;;
	3) ip -n x link set x1 netns client ;;
	6) ip -n server link set x0 netns router ;;
	esac
	kill $one 2>/dev/null
	wait $one $two 2>/dev/null
	ip -n client link del x1 2>/dev/null
	ip -n router link del x0 2>/dev/null
	ip netns del x
done
in_client curl -sS -o /tmp/got http://10.2.2.2/file
cmp /tmp/got /tmp/www/file && echo "ok after"
rm /tmp/got
settled traffic
kill $(cat /tmp/nginx.pid)
ip -all netns del
grep . /proc/weir/net | head -6
EOF2
timeout -k 5 260 "$top/tools/guest" --kernel "$O/weir" --image "$image" \
	--net none --cpus "${CPUS:-1}" --timeout 250 \
	--put "$top/tests/lib/namespaces.sh:/tmp/namespaces.sh" \
	--put inside:/tmp/inside -- sh /tmp/inside >all ||
	fail "the guest ended with status $?
$(tail -20 all)"
for what in many transfer after traffic; do
	grep -q "^ok $what\$" all || fail "not ok: $what
$(tail -20 all)"
done
say "$(grep before all)"
