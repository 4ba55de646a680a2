#!/bin/bash
# SPDX-License-Identifier: MIT
# A Weir guest and the host's Linux talk; pcapdump --live looks on from the
# first packet to the guest's end. Afterwards --check finds no rule broken, a
# packet has a story, and --stats and --follow agree with tshark.
. "$(dirname "$0")/../lib/guest.sh"
[ "$kernel" = weir ] || skip "Linux has no such capture"
own_network "$@"
here=$top/tests/pcapdump

: >weir.pcapng
"$O/pcapdump" --live --interval 1 weir.pcapng tcp >live 2>&1 &
live=$!
helpers="$helpers $live"

guest_start '
cd /var/www/html
head -c 3000000 /dev/urandom >big
head -c 1024 big >small
/etc/weir/rc'

url=http://$address
curl -sf -o big "$url/big"
for _ in 1 2 3 4 5; do
	curl -sf -o small "$url/small"
done
curl -s -o /dev/null "http://$address:81/" && fail "port 81 answered"
guest_ssh 'head -c 1000000 /dev/zero | tr "\0" x' >x
expect "bytes by ssh" 1000000 "$(stat -c %s x)"
kill -0 $live || fail "--live ended before the guest"
guest_end

say "the guest's end ends --live"
for _ in $(seq 50); do
	kill -0 $live 2>/dev/null || break
	sleep 0.1
done
status=0
kill -0 $live 2>/dev/null && fail "--live goes on"
wait $live || status=$?
expect "status of --live" 0 "$status"
grep -q '^--- end: ' live || fail "--live told no end: $(tail -n 2 live)"
"$O/pcapdump" weir.pcapng tcp >whole
grep -v '^---' live | cmp - whole || fail "--live told something else"

"$O/pcapdump" --check weir.pcapng >findings ||
	fail "--check: $(grep ^violation findings | head -n 5)"
say "--check: $(tail -n 1 findings)"
/usr/bin/python3 "$here/tshark_judge.py" "$O/pcapdump" weir.pcapng ||
	fail "tshark"

say "the page comes out of the stream as nginx had it"
conn=$("$O/pcapdump" --stats weir.pcapng port 80 |
	sed -n 's/^connection \([0-9]*\):.*/\1/p' | head -n 1)
"$O/pcapdump" --follow=raw -o got --conn "$conn" weir.pcapng
tail -c 3000000 got.1 | cmp - big || fail "--follow"

say "stories"
packets=$("$O/pcapdump" weir.pcapng | wc -l)
for n in $(seq 1 $((packets / 60 + 1)) "$packets"); do
	"$O/pcapdump" --explain "$n" weir.pcapng >story ||
		fail "no story of packet $n"
	grep -q "^Packet $n: " story && grep -q "^In the end it was" story ||
		fail "the story of packet $n: $(cat story)"
done
"$O/pcapdump" --explain $((packets + 1)) weir.pcapng 2>/dev/null &&
	fail "a packet too many has a story"
echo ok
