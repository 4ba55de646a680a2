#!/bin/bash
# SPDX-License-Identifier: MIT
# A random load on ext4 with blocks of 4 and of 1 KiB, as mke2fs makes it by
# default: every result and the tree that remains are what Linux's ext4 gives,
# also after mounting it again, and e2fsck finds nothing.
. "$(dirname "$0")/../lib/guest.sh"

operations=2500
gcc -static -O1 -o fs_workload "$top/tests/lib/fs_workload.c"
truncate -s 600M large && mke2fs -q -t ext4 large
truncate -s 200M small && mke2fs -q -t ext4 small
expect "the small one's blocks" 1024 \
	"$(dumpe2fs -h small 2>/dev/null | awk '/^Block size/ {print $3}')"

for disk in large small; do
	mkdir "linux-$disk"
	./fs_workload "linux-$disk" "${#disk}$operations" $operations \
		>"$disk.expected"
done

cat >script <<END
set -e
for disk in large:c small:d; do
	name=\${disk%:*}
	mkdir -p /mnt/\$name
	mount -t ext4 /dev/vd\${disk#*:} /mnt/\$name
	/run/fs_workload /mnt/\$name "\${#name}$operations" $operations
	umount /mnt/\$name
	mount -t ext4 /dev/vd\${disk#*:} /mnt/\$name
	echo "again \$name"
	/run/fs_workload /mnt/\$name 0 0
	umount /mnt/\$name
done
END
guest_run --put fs_workload:/run/fs_workload --put script:/run/script \
	$(extra_disk large) $(extra_disk small) -- sh /run/script >output || fail "the guest: $(tail -n 3 output)"

for disk in large small; do
	grep '^\./' "$disk.expected" >"$disk.tree"
done
{
	cat large.expected; echo "again large"; cat large.tree
	cat small.expected; echo "again small"; cat small.tree
} >expected
cmp expected output || {
	diff expected output | head -n 20 >&2
	fail "Weir and Linux differ"
}
check_disk large
check_disk small
