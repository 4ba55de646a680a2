#!/bin/bash
# SPDX-License-Identifier: MIT
# The kernel starts on pc, q35 and microvm (there with and without ACPI, PIT
# and PIC), with 48 MiB to 16 GiB and 1 to 8 CPUs, sees all of both, and powers
# the machine off.
. "$(dirname "$0")/../lib/guest.sh"
[ "$kernel" = weir ] || skip "about Weir's own start"

boot() { # MACHINE MEMORY CPUS
	local name="$1, $2 MiB, $3 CPUs" out
	out=$("$top/tools/guest" --kernel "$O/weir" --accel tcg --initramfs \
		--net none --machine "$1" --memory "$2" --cpus "$3" \
		--timeout 60 --console console -- /bin/sh -c \
		'nproc; sed -n "s/MemTotal: *\([0-9]*\).*/\1/p" /proc/meminfo') ||
		fail "$name: status $?, console: $(tail -n 5 console)"
	set -- $out "$2" "$3"
	expect "$name: CPUs" "$4" "$1"
	[ "$2" -gt $(($3 * 1024 * 9 / 10)) ] || fail "$name: sees $2 kB"
	! grep -q "no way to power off" console || fail "$name: no power-off"
	say "$name"
}

boot pc 48 1
boot pc 512 8
boot pc 16384 2
boot q35 48 2
boot q35 4096 4
boot microvm 48 1
boot microvm 1024 4

# Of these tools/guest does not know; the kernel's own test is enough.
bare() { # MACHINE CPUS
	local status=0
	timeout 60 qemu-system-x86_64 -accel tcg -cpu max -m 256 -smp "$2" \
		-machine "$1" -nodefaults -no-user-config -display none \
		-no-reboot -kernel "$O/weir" -serial file:console \
		-append "console=ttyS0 loglevel=7 weir.selftest=sched" \
		-device isa-debug-exit,iobase=0xf4,iosize=4 || status=$?
	expect "$1, $2 CPUs: status" 1 $status
	grep -q "smp: $2 of $2 CPUs" console || fail "$1: $(cat console)"
	say "$1, $2 CPUs"
}

bare microvm,acpi=off 3
bare microvm,pit=off,pic=off 2
bare pc,acpi=off 1
