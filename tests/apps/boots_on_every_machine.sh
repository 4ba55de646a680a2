#!/bin/bash
# SPDX-License-Identifier: MIT
# pc, q35 and microvm; 1 to 8 CPUs; 48 MiB to 16 GiB: a command in a root in
# memory sees the CPUs and the memory that the machine has.
. "$(dirname "$0")/../lib/guest.sh"
[ "$kernel" = weir ] || skip "Debian's Linux does not start in 48 MiB"

boots() {
	local machine=$1 cpus=$2 memory=$3 kib before=$SECONDS
	CPUS=$cpus MACHINE=$machine MEMORY=$memory TIMEOUT=60 guest_run \
		--initramfs -- /bin/busybox sh -c 'nproc
			sed -n "s/^MemTotal: *\([0-9]*\) kB/\1/p" /proc/meminfo
			date +%Y; ls /sys/class/net' >out ||
		fail "$machine, $cpus CPUs, $memory MiB: status $?"
	expect "CPUs of $machine" "$cpus" "$(sed -n 1p out)"
	kib=$(sed -n 2p out)
	[ "$kib" -gt $((memory * 1024 * 85 / 100)) ] &&
		[ "$kib" -le $((memory * 1024)) ] ||
		fail "$machine with $memory MiB says $kib KiB"
	expect "the year" "$(date +%Y)" "$(sed -n 3p out)"
	expect "network cards of $machine" "eth0 lo" \
		"$(sed 1,3d out | sort | xargs)"
	say "$machine, $cpus CPUs, $memory MiB: $((SECONDS - before)) s"
}

boots pc 1 48
boots pc 8 512
boots q35 1 128
boots q35 4 2048
boots microvm 1 48
boots microvm 2 512
boots pc 2 16384
