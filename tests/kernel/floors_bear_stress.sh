#!/bin/bash
# SPDX-License-Identifier: MIT
# The kernel's own tests of pages, objects, locks, threads and timers
# (kernel/selftest.c) on 1, 2, 4 and 8 CPUs.
. "$(dirname "$0")/../lib/guest.sh"
[ "$kernel" = weir ] || skip "about Weir's own floors"

for cpus in 1 2 4 8; do
	status=0
	timeout 90 qemu-system-x86_64 -accel tcg -cpu max -m 256 -smp $cpus \
		-nodefaults -no-user-config -display none -no-reboot \
		-kernel "$O/weir" -append "console=ttyS0 panic=-1 weir.selftest=all" \
		-serial file:console \
		-device isa-debug-exit,iobase=0xf4,iosize=4 || status=$?
	[ $status = 1 ] || fail "$cpus CPUs: status $status: $(tail -n 20 console)"
	expect "$cpus CPUs: tests passed" 5 "$(grep -c ': passed' console)"
	say "$cpus CPUs"
done
