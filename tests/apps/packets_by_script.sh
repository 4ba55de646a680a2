#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A packetdrill-like tester inside the guest: build/conform-live drives the
# kernel's own sockets over a TUN device that it makes, sniffs what is sent and
# wants each packet, result and wake-up within 4 ms of its time. The same
# program with the same scripts runs on this machine's Linux, the judge of the
# scripts, over IPv4, IPv6 and IPv4-mapped addresses.
#
# The guest's clock counts instructions and leaps over idle times (QEMU's
# -icount): how busy this machine is does not matter there. Linux has a real
# one, and timers of 4 ms and coarser; it is given 60 ms and several attempts.
#
# TOPICS="..." chooses directories of tests/net/conformance, "all" everything.
. "$(dirname "$0")/../lib/guest.sh"

topics=${TOPICS:-linux challenge-ack close cork cubic dsack frto idle
	fastopen nagle pacing prr rack reno rto sack syncookies timestamping
	tlp tunables undo}
scripts=$top/tests/net/conformance
[ "$topics" != all ] || topics=$(cd "$scripts" && echo */)
make -C "$top" --no-print-directory O="$O" "$O/conform-live" >/dev/null ||
	fail "conform-live does not build"
mkdir scripts
for topic in $topics; do
	cp -r "$scripts/${topic%/}" scripts/
done
options="--quiet --longest=1.5 --except=scripts/exceptions"
cp "$scripts/live.exceptions" scripts/exceptions

judge() {
	"$O/conform-live" $options --jobs=8 --repeat=5 \
		--tolerance_usecs=60000 --results=linux scripts >linux.log 2>&1
}
judges=no
if [ "$(id -u)" = 0 ] && [ -w /dev/net/tun ] && unshare -n true 2>/dev/null; then
	judges=yes
	judge &
	helpers="$helpers $!"
fi

timeout -k 5 600 "$top/tools/guest" --kernel "$O/weir" --image "$image" \
	--net none --timeout 590 --console "$work/console" \
	--qemu=-icount --qemu=shift=2,sleep=off \
	--put "$O/conform-live:/tmp/conform-live" --put scripts:/tmp/scripts -- \
	sh -c "cd /tmp && ./conform-live $options --jobs=1 scripts" >weir.log ||
	fail "in the guest:
$(head -n 40 weir.log)"
say "Weir: $(grep ' runs)' weir.log)"
passed=$(sed -n 's/^\([0-9]*\) passed, 0 failed, 0 unsupported.*/\1/p' weir.log)
[ -n "${TOPICS:-}" ] || [ "${passed:-0}" -ge 150 ] ||
	fail "only ${passed:-0} scripts were run"

# Another release of Linux may differ in this and that, but not in much.
[ $judges = yes ] || { say "no Linux to compare with here"; exit 0; }
wait || true
say "Linux $(uname -r): $(grep ' runs)' linux.log)"
awk '$3 == "failed" { print "#   differs on Linux: " $1, $2 }' linux
awk '$3 == "passed" { n++ } $3 != "long" { all++ }
END { exit !(n > 0.9 * all) }' linux ||
	fail "Linux does not pass what Weir does:
$(head -n 40 linux.log)"
