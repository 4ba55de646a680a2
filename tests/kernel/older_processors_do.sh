#!/bin/bash
# SPDX-License-Identifier: MIT
# Nothing but the 64-bit mode is taken for granted: programs run on CPUs without
# XSAVE, NX, SMEP and SMAP, RDRAND, large or global pages.
. "$(dirname "$0")/../lib/guest.sh"
[ "$kernel" = weir ] || skip "about Weir's own start"

for cpu in qemu64 core2duo Haswell EPYC max,-xsave max,-smap,-smep max,-nx \
	max,-pge,-pdpe1gb,-rdtscp; do
	out=$("$top/tools/guest" --kernel "$O/weir" --accel tcg --initramfs \
		--net none --cpus 2 --cpu "$cpu" --timeout 60 --console console \
		-- /bin/sh -c 'for i in 1 2 3; do busybox true || echo bad; done
		echo 2 3 + p | dc; head -c 100000 /dev/urandom | wc -c') ||
		fail "$cpu: status $?: $(tail -n 20 console)"
	expect "$cpu" "5 100000" "$(xargs <<<"$out")"
	say "$cpu"
done
