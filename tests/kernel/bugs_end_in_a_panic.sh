#!/bin/bash
# SPDX-License-Identifier: MIT
# A kernel bug names itself: registers, a backtrace with the functions' names,
# and status 99 of QEMU. Stack overflow, a write to the kernel's text and a null
# pointer are each recognised for what they are.
. "$(dirname "$0")/../lib/guest.sh"
[ "$kernel" = weir ] || skip "about Weir's own panic"

crash() { # TEST MESSAGE FUNCTION
	local status=0
	timeout 30 qemu-system-x86_64 -accel tcg -cpu max -m 128 -smp 2 \
		-nodefaults -no-user-config -display none -no-reboot \
		-kernel "$O/weir" -append "console=ttyS0 weir.selftest=$1" \
		-serial file:console \
		-device isa-debug-exit,iobase=0xf4,iosize=4 || status=$?
	expect "$1: QEMU's status" 99 $status
	grep -q "Kernel panic - not syncing: $2" console || fail "$1: $(cat console)"
	grep -q "^rip 0010:ffffffff8" console || fail "$1: no registers"
	grep -q "ffffffff8[0-9a-f]* $3+0x" console || fail "$1: no $3 in the trace"
	say "$1"
}

crash overflow "kernel stack overflow" deep
crash write-text "page fault at 0xffffffff8.*(write, forbidden)" start
crash null "page fault at .*(read, nothing there)" start
