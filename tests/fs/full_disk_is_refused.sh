#!/bin/bash
# SPDX-License-Identifier: MIT
# A full disk gives ENOSPC to who comes last, never to data that was promised
# its room; holes in files of many extents; and e2fsck finds nothing after it.
. "$(dirname "$0")/../lib/guest.sh"

gcc -static -O1 -o fs_full "$top/tests/lib/fs_full.c"
truncate -s 64M disk && mke2fs -q -t ext4 -b 4096 disk
cat >script <<'END'
set -e
mkdir -p /mnt/full
mount -t ext4 /dev/vdc /mnt/full
/run/fs_full /mnt/full
umount /mnt/full
mount -t ext4 /dev/vdc /mnt/full
tr -d w </mnt/full/promised | wc -c
umount /mnt/full
END
guest_run --put fs_full:/run/fs_full --put script:/run/script \
	$(extra_disk disk) -- sh /run/script >output ||
	fail "the guest: $(tail -n 3 output)"
cat >expected <<'END'
many extents and holes: yes
too much is refused: yes
what was promised is there: yes
the disk gets full: yes
what was written is there: yes
directories, too: yes
removed: yes
room again: yes
written: yes
0
END
diff expected output >&2 || fail "a full disk behaves otherwise"
check_disk disk
