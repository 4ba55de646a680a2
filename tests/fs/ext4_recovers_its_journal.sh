#!/bin/bash
# SPDX-License-Identifier: MIT
# A journal that needs recovery is replayed at mount: debugfs writes committed
# transactions (and one revoked block) into the journals of four volumes, with
# and without checksums; the files must read as e2fsck's own replay has them.
. "$(dirname "$0")/../lib/guest.sh"

make_volume() {
	local name=$1 size=$2 options=$3 i block commands
	mkdir -p content
	for i in 1 2 3; do
		head -c 8192 < <(yes "old content of file $i") >content/file$i
	done
	truncate -s "$size" "$name"
	mke2fs -q -t ext4 -d content "$name"
	commands="jo $options"
	for i in 1 2 3; do
		block=$(debugfs -R "blocks /file$i" "$name" 2>/dev/null |
			awk "{print \$1}")
		head -c 4096 < <(yes "NEW CONTENT OF FILE $i") >new$i
		commands+=$'\n'"jw -b $block $PWD/new$i"
	done
	# The third is revoked by a later transaction: it keeps its old content.
	commands+=$'\n'"jw -r $block"$'\n'jc
	printf '%s\n' "$commands" | debugfs -w "$name" >debugfs.log 2>&1
	dumpe2fs -h "$name" 2>/dev/null | grep -q needs_recovery ||
		fail "debugfs made no journal to replay: $(cat debugfs.log)"
}

make_volume plain 600M ""
make_volume summed2 600M "-c -v 2"
make_volume summed3 600M "-c -v 3"
make_volume small 200M "-c -v 3"
volumes="plain summed2 summed3 small"

disks= script= letter=c
for name in $volumes; do
	cp "$name" "$name.judge"
	e2fsck -fy "$name.judge" >/dev/null || true
	for i in 1 2 3; do
		debugfs -R "cat /file$i" "$name.judge" 2>/dev/null | sha256sum
	done
	disks+=" $(extra_disk "$name")"
	script+="mount -t ext4 /dev/vd$letter /mnt; sync
for i in 1 2 3; do sha256sum </mnt/file\$i; done; umount /mnt; "
	letter=$(tr c-f d-g <<<"$letter")
done >expected
# Two new blocks of 4 KiB, two of 1 KiB, one old file.
expect "kinds of content" 5 "$(sort -u expected | wc -l)"

guest_run $disks -- sh -ec "$script" >output
cmp expected output || {
	diff expected output >&2
	fail "the replayed files differ from e2fsck's"
}
for name in $volumes; do
	! dumpe2fs -h "$name" 2>/dev/null | grep -q needs_recovery ||
		fail "$name still asks for recovery"
	check_disk "$name"
done
