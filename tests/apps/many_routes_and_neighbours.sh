#!/bin/bash
# SPDX-License-Identifier: MIT
#
# 10,000 routes and 4,000 neighbours, by Debian's ip(8) in a guest: none is lost,
# all are listed, each answers, and all go again. How long that takes, and what
# `ip route get` and `ip neigh get` cost among ten and among all, is told, not
# judged: tests/net counts instructions.
. "$(dirname "$0")/../lib/guest.sh"

cat >make_lists <<'END'
awk 'BEGIN {
	for (i = 0; i < 10000; i++)
		printf "route add 20.%d.%d.0/24 via 10.9.9.2\n", i / 256, i % 256
}' >/tmp/routes
awk 'BEGIN {
	for (i = 0; i < 4000; i++)
		printf "neigh add 10.8.%d.%d lladdr 2:0:0:0:%x:%x dev d0 nud reachable\n",
			i / 250, i % 250 + 1, i / 250, i % 250 + 1
}' >/tmp/neighbours
awk 'BEGIN {
	for (i = 0; i < 1000; i++)
		printf "route get 20.0.%d.1\n", i * 7 % 10
}' >/tmp/ask_few
awk 'BEGIN {
	for (i = 0; i < 1000; i++)
		printf "route get 20.%d.%d.1\n", i * 7 % 39, i * 31 % 256
}' >/tmp/ask_many
awk 'BEGIN {
	for (i = 0; i < 1000; i++)
		printf "neigh get 10.8.0.%d dev d0\n", i % 10 + 1
}' >/tmp/find_few
awk 'BEGIN {
	for (i = 0; i < 1000; i++)
		printf "neigh get 10.8.%d.%d dev d0\n", i * 7 % 16, i * 31 % 250 + 1
}' >/tmp/find_many
END
cat >guest-part <<'END'
set -e
sh /tmp/make_lists
ip link add d0 type dummy
ip addr add 10.9.9.1/24 dev d0
ip addr add 10.8.0.254/16 dev d0
ip link set d0 up
cd /proc/sys/net/ipv4/neigh/default
echo 8192 >gc_thresh3
echo 6000 >gc_thresh2
echo 5000 >gc_thresh1
now() {
	echo $(($(date +%s%N) / 1000))
}
# Microseconds of a command, the best of three.
cost() {
	best=
	for _ in 1 2 3; do
		before=$(now)
		ip -batch $1 >/tmp/answers
		took=$(($(now) - before))
		[ -n "$best" ] && [ $best -lt $took ] || best=$took
	done
	echo "$1 $best $(wc -l </tmp/answers)"
}
timed() {
	before=$(now)
	"$@"
	echo "took $(($(now) - before)) $*"
}
head -n 10 /tmp/routes >/tmp/first
head -n 10 /tmp/neighbours >/tmp/first_neighbours
ip -batch /tmp/first
ip -batch /tmp/first_neighbours
cost /tmp/ask_few
cost /tmp/find_few
ip route flush root 20.0.0.0/8
ip neigh flush dev d0
timed ip -batch /tmp/routes
timed ip -batch /tmp/neighbours
echo "routes $(ip route show root 20.0.0.0/8 | wc -l)"
echo "neighbours $(ip neigh show dev d0 | wc -l)"
timed sh -c "ip route show table all >/tmp/all"
timed sh -c "ip neigh show >/tmp/all"
cost /tmp/ask_many
cost /tmp/find_many
timed ip route flush root 20.0.0.0/8
timed ip neigh flush dev d0
echo "left $(ip route show root 20.0.0.0/8 | wc -l) $(ip neigh show dev d0 | wc -l)"
END
guest_run --put make_lists:/tmp/make_lists \
	--put guest-part:/tmp/guest-part -- sh /tmp/guest-part >output 2>&1 ||
	fail "the guest: $(tail -n 5 output)"

told() {
	sed -n "s|^$1 ||p" output
}
expect "routes" 10000 "$(told routes)"
expect "neighbours" 4000 "$(told neighbours)"
expect "what flushing left" "0 0" "$(told left)"
say "$(sed -n 's/^took \([0-9]*\) \(.*\)/\2: \1 us;/p' output | tr '\n' ' ')"
for kind in ask find; do
	few=$(told /tmp/${kind}_few) many=$(told /tmp/${kind}_many)
	say "1,000 x ${kind}: ${few% *} us of 10, ${many% *} us of all"
	[ "${few#* }" = "${many#* }" ] ||
		fail "$kind: ${few#* } answers, then ${many#* }"
done
