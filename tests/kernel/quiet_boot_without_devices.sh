#!/bin/bash
# SPDX-License-Identifier: MIT
# A machine without a card and a disk starts and says what is missing; the boot
# is quiet unless asked, and dmesg has the rest; weir.strace= prints a program's
# calls as strace does.
. "$(dirname "$0")/../lib/guest.sh"

boot() {
	local words=$1
	shift
	"$top/tools/guest" --initramfs --kernel "$O/weir" --console console \
		--timeout 60 --append "$words" "$@" </dev/null
}

said=$(boot "" --net none -- /bin/busybox sh -c 'ip link; cat /proc/net/dev;
	wget -T 2 -q -O - http://10.0.2.2/ || echo "no network"' 2>&1)
grep -q 'lo:' <<<"$said" || fail "no loopback without a card"
grep -q 'no network' <<<"$said" || fail "a network without a card"

said=$(boot "" --net none -- /bin/busybox sh -c 'dmesg | grep -c tsc:')
expect "lines about the clock in dmesg" 1 "$said"
expect "lines of a quiet boot" 0 "$(grep -c 'tsc:' console || true)"

boot "weir.strace=echo" --net none -- /bin/busybox sh -c '
	cp /bin/busybox /tmp/echo; /tmp/echo traced' >output
grep -q 'write(1, "traced\\n", 7) *= 7' console || fail "strace's line"

# A card without message-signalled interrupts works by its line.
for machine in pc q35; do
	boot "" --machine $machine --net none --qemu=-nic \
		--qemu=user,model=virtio-net-pci -- /bin/busybox sh -c \
		'for i in 1 2 3 4 5; do ping -c 1 -W 5 10.0.2.2 && exit; sleep 1; done
		exit 1' >output ||
		fail "$machine: $(cat output)"
done
