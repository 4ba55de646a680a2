#!/bin/bash
# SPDX-License-Identifier: MIT
#
# `ss -tiem` in the guest, again and again while four connections cross a hop
# that loses 3 % of the packets: one that sends, one that receives, one that
# nobody reads, one whose peer does not read. tests/lib/ss_judge finds for each
# line the place in our own capture where that many segments had gone and come,
# and compares what ss said with what the capture's records say there; and the
# names of the fields with those that the host's Linux tells of the other ends of
# the same connections.
. "$(dirname "$0")/../lib/guest.sh"
own_network "$@"
ip link del tap0
"$top/tests/lib/lossy_hop" tap0 "$work/q" "$work/h" 3 "${SEED:-1}" 0 15 \
	>hop 2>&1 &
hop=$!
helpers="$helpers $hop"
until [ -e h ] && ip link show tap0 >/dev/null 2>&1; do
	kill -0 $hop || fail "the hop: $(cat hop)"
	sleep 0.1
done
near_tap
guest_net=dgram,local.type=unix,local.path=$work/q
guest_net+=,remote.type=unix,remote.path=$work/h

# sampler DIRECTORY [PAUSE]: until DIRECTORY/stop is there.
cat >sampler <<'END'
until [ -e "$1/stop" ]; do
	echo "from $(date +%s.%N)"
	ss -tiemnOH state connected
	echo "to $(date +%s.%N)"
	[ -z "$2" ] || sleep "$2"
done
echo end
END
guest_start '
/etc/weir/rc
head -c 1500000 /dev/urandom >/tmp/data
: >/tmp/none
listen() {
	nc -l -p $1 >/dev/null </tmp/$2 &
	until ss -Hltn "sport = $1" | grep -q .; do sleep 0.1; done
}
listen 7001 none
kill -STOP $!
listen 7003 data
listen 7004 none
sh /tmp/sampler /tmp >/tmp/samples &' --put "$work/sampler:/tmp/sampler"

mkdir sampling
sh sampler sampling 0.2 >host-samples &
helpers="$helpers $!"
mkfifo quiet
"$top/tests/lib/ss_traffic" "$host" "$work/quiet" >traffic 2>&1 &
traffic=$!
helpers="$helpers $traffic"
guest_ssh 'nc 10.9.0.1 7002 </tmp/data >/dev/null 2>&1 &
until ss -Htn "dport = 7002" | grep -q ESTAB; do sleep 0.1; done'
until grep -q '^all is quiet' traffic; do
	kill -0 $traffic || fail "the traffic: $(cat traffic)"
	sleep 0.2
done
guest_ssh 'touch /tmp/stop
until tail -n 1 /tmp/samples | grep -q "^end"; do sleep 0.1; done
echo "from $(date +%s.%N)"
ss -tiemnOH state connected
echo "to $(date +%s.%N)"' >last
guest_ssh cat /tmp/samples >samples
touch sampling/stop
echo >quiet
wait $traffic || fail "the traffic: $(cat traffic)"
guest_ssh 'pkill -CONT nc; pkill nc' || true
kill $hop
helpers=$router
guest_end
cat last >>samples
"$top/tests/lib/ss_judge" weir.pcapng samples host-samples ||
	fail "ss and the capture do not agree"
