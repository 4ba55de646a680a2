#!/bin/bash
# SPDX-License-Identifier: MIT
#
# netem by Debian's tc(8): every setting is read back as it was made; ping(8)
# sees delay, loss, doubles, damage and rates on the loopback; and with 50 ms
# and 10 % loss on its interface a guest still serves the host a whole file
# (large segments leave whole: it takes few packets, so 1 % could lose none).
# What netem lost is in the capture, with the reason, and in tc's counter.
. "$(dirname "$0")/../lib/guest.sh"
own_network "$@"

# What is set, and if it is written otherwise, what tc says then.
cat >settings <<'END'
delay 50ms
delay 1.5s
delay 128us
delay 50ms 10ms
delay 50ms 10ms 25%
loss 1%
loss 1% 25%
loss state 1% 10% 20% 30% 2%: loss state p13 1% p31 10% p32 20% p23 30% p14 2%
loss gemodel 1% 10% 70% 0.1%: loss gemodel p 1% r 10% 1-h 70% 1-k 0.1%
loss 5% ecn
duplicate 2%
delay 10ms reorder 25% 50%: delay 10ms reorder 25% 50% gap 1
delay 10ms reorder 25% 50% gap 5
corrupt 0.1%
corrupt 0.1% 7%
rate 1Mbit
rate 100Gbit
rate 1Mbit 20 100 5: rate 1Mbit packetoverhead 20 cellsize 100 celloverhead 5
slot 800us 1ms
slot 800us 1ms packets 3 bytes 1000
delay 50ms 10ms 25% loss 1% duplicate 2% reorder 5% corrupt 0.1% rate 10Mbit gap 4
END
cat >guest-part <<'END'
set -e
while read -r line; do
	tc qdisc add dev lo root netem limit 77 ${line%%:*}
	tc qdisc show dev lo
	tc qdisc del dev lo root
done </tmp/settings >/tmp/read-back
try() {
	name=$1 size=$2
	shift 2
	tc qdisc add dev lo root netem "$@"
	ping -c 5 -i 0.02 -W 1 -s "$size" 127.0.0.1 >/tmp/ping || true
	sed -n "s/^[0-9]* packets/$name: &/p; s/^rtt /$name: rtt /p" /tmp/ping
	tc -s qdisc show dev lo | sed -n "s/^ Sent/$name: Sent/p"
	tc qdisc del dev lo root
}
try delay 56 delay 20ms
try lost 56 loss 100%
try twice 56 duplicate 100%
# Large: a flip in the sender's hardware address would harm nobody.
try damaged 1400 corrupt 100%
try slow 1472 rate 1mbit
try normal 56 delay 50ms 5ms distribution normal
tc qdisc add dev lo root handle 1: netem delay 20ms
tc qdisc add dev lo parent 1:1 handle 10: pfifo limit 5
tc qdisc show dev lo
tc class show dev lo
tc qdisc del dev lo parent 1:1
tc qdisc show dev lo
tc qdisc del dev lo root
END

guest_start '
sh /tmp/guest-part
head -c 1048576 /dev/urandom >/var/www/html/1m
/etc/weir/rc
echo "sum $(sha256sum </var/www/html/1m)"
tc qdisc add dev eth0 root netem delay 50ms loss 10%' \
	--put guest-part:/tmp/guest-part --put settings:/tmp/settings

guest_ssh cat /tmp/read-back >read-back
sed 's/^qdisc netem [0-9a-f]*: root refcnt [0-9]* limit 77 //; s/  */ /g
s/ *$//' read-back >answers
sed 's/.*: //' settings | diff -U0 - answers >diff || fail "settings are read back otherwise:
$(cat diff)"
say "$(wc -l <settings) settings are read back"

# NAME: FIELD of its ping or its counters.
seen() {
	sed -n "s/^$1: //p" output | tr '\n' ' ' | grep -oP "$2" | head -n 1
}
least() { seen "$1" '(?<=mdev = )[0-9]+'; }
expect "ping with a delay" 5 "$(seen delay '[0-9]+(?= received)')"
[ "$(least delay)" -ge 40 ] || fail "20 ms twice: $(least delay) ms"
expect "ping with loss" 0 "$(seen lost '[0-9]+(?= received)')"
expect "what tc says was lost" 5 "$(seen lost '(?<=dropped )[0-9]+')"
# A request is two, each answered, each answer is two: three too many; ping
# does not wait for those of the last one.
expect "ping with doubles" 12 "$(seen twice '(?<=\+)[0-9]+(?= duplicates)')"
expect "ping with damage" 0 "$(seen damaged '[0-9]+(?= received)')"
[ "$(least slow)" -ge 24 ] || fail "1,514 bytes at 1 Mbit/s: $(least slow) ms"
[ "$(least normal)" -ge 60 ] || fail "normal: $(least normal) ms"
grep -q '^qdisc pfifo 10: parent 1:1 limit 5p' output || fail "no child"
grep -q '^class netem 1:1 .*leaf 10:' output || fail "no class"

ping -c 10 -i 0.2 -W 5 "$address" >ping-out || true
rtt=$(grep -oP '(?<=mdev = )[0-9]+' ping-out)
[ "$rtt" -ge 50 ] || fail "the host sees $rtt ms"
say "the host's ping: $(tail -n 1 ping-out)"
time curl -sf --max-time 100 -o 1m "http://$address/1m"
expect "its sum" "$(sed -n 's/^sum //p' output)" "$(sha256sum <1m)"
dropped=$(guest_ssh 'tc -s qdisc show dev eth0; tc qdisc del dev eth0 root' |
	grep -oP '(?<=dropped )[0-9]+')
guest_end
lost=$("$O/pcapdump" -q weir.pcapng | grep -c NETEM_LOSS || true)
[ "$dropped" -gt 0 ] || fail "nothing was lost"
# The session that asked may have lost some after it was told.
[ "$lost" -ge "$dropped" ] && [ "$lost" -le $((dropped + 20)) ] ||
	fail "tc says $dropped were lost, the capture $lost"
say "netem lost $dropped packets"
