#!/bin/bash
# SPDX-License-Identifier: MIT
# weir.record=1: nginx serves over a hop that loses 2 % each way and lets some
# be overtaken; the record of what entered the stack, replayed on the host,
# gives the same bytes on the wire - by the record's own checksums, and by
# QEMU's dump of the wire.
. "$(dirname "$0")/../lib/guest.sh"
own_network "$@"
make -C "$top" --no-print-directory O="$O" "$O/replay"
ip link del tap0
"$top/tests/lib/lossy_hop" tap0 "$work/q" "$work/h" 2 "${SEED:-1}" 5 1 \
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

head -c 4194304 /dev/urandom >4m
guest_start '
mv /run/4m /var/www/html/4m
head -c 1024 /dev/urandom >/var/www/html/1k
/etc/weir/rc' --put 4m:/run/4m --record events.rec
for _ in 1 2 3; do
	curl -sSf --max-time 60 -o back "http://$address/4m"
	same 4m back
done
for _ in $(seq 50); do
	curl -sSf --max-time 60 -o 1k "http://$address/1k"
done
guest_ssh 'sha256sum </var/www/html/4m; ss -tin >/dev/null'
guest_end
kill $hop
wait $hop || true
helpers=
say "$(cat hop)"
lost=$(grep -o 'lost [0-9]*' hop | awk '{ n += $2 } END { print n }')
[ "$lost" -gt 100 ] || fail "the hop lost only $lost packets"

say "the record: $(stat -c %s events.rec) bytes"
"$O/replay" events.rec --wire again.pcap --capture again.pcapng |
	tee replay.out || fail "the replay is another run"
sent=$(grep -o '[0-9]* sent' replay.out | cut -d' ' -f1)
[ "$sent" -gt 8000 ] || fail "only $sent packets were sent again"

# The guest's own frames on QEMU's wire, and those of the replay. The last ones
# of a power-off may miss in the record.
/usr/bin/python3 - wire.pcap again.pcap <<'PY'
import struct, sys

GUEST = bytes.fromhex("525400123456")

def frames(path):
    data = open(path, "rb").read()
    at = 24
    while at + 16 <= len(data):
        kept, length = struct.unpack_from("<II", data, at + 8)
        frame = data[at + 16:at + 16 + kept]
        at += 16 + kept
        if frame[6:12] == GUEST:
            yield length, frame[:256]

wire, again = (list(frames(p)) for p in sys.argv[1:])
same = sum(a == b for a, b in zip(wire, again))
print(f"# {len(wire)} frames on the wire, {len(again)} replayed, "
      f"{same} equal")
sys.exit(same != min(len(wire), len(again)) or abs(len(wire) - len(again)) > 8)
PY

# Today's story of the same packets is a capture like any other.
"$O/pcapdump" --summary again.pcapng | head -n 3

# One bit is enough, wherever it lies before the last record.
/usr/bin/python3 - events.rec spoilt.rec <<'PY'
import sys

data = bytearray(open(sys.argv[1], "rb").read())
data[len(data) // 2] ^= 1
open(sys.argv[2], "wb").write(data)
PY
if "$O/replay" spoilt.rec >spoilt.out; then
	fail "a spoilt record replays"
fi
grep -q '^damaged in record' spoilt.out || fail "spoilt: $(cat spoilt.out)"
say "spoilt: $(tail -n 1 spoilt.out)"
