#!/bin/bash
# SPDX-License-Identifier: MIT
# What ext4 must refuse it refuses by name, and no damage to a volume brings the
# kernel down: sixteen volumes with random bytes changed in their metadata are
# mounted, walked and written to; the guest lives and ends in order.
. "$(dirname "$0")/../lib/guest.sh"

refused() {
	truncate -s 16M "$1"
	mke2fs -q -F -t "$2" -O "$3" "$1" 2>/dev/null
}
refused inline ext4 inline_data
refused eainode ext4 ea_inode
refused folded ext4 casefold
refused old ext2 none
refused clusters ext4 bigalloc
head -c 16M /dev/urandom >noise
truncate -s 16M empty

disks= script= letter=c
for name in inline eainode folded old clusters noise empty; do
	disks+=" $(extra_disk "$name")"
	script+="mount -t ext4 /dev/vd$letter /mnt && echo mounted $name
"
	letter=$(tr c-y d-z <<<"$letter")
done
guest_run $disks -- sh -c "$script dmesg" >output 2>&1 || true
! grep ^mounted output || fail "that should not have been mounted"
for name in inline_data ea_inode casefold extent bigalloc; do
	grep -q "ext4.*'$name'" output || fail "no word about '$name'"
done

cat >damage.py <<'END'
import random, sys
name, seed = sys.argv[1], int(sys.argv[2])
r = random.Random(seed)
with open(name, "r+b") as f:
    f.seek(0, 2)
    size = f.tell()
    for _ in range(1 + seed * 3):
        # Metadata lies in the first blocks; a few hits anywhere else.
        at = r.randrange(1024, 600 * 1024) if r.random() < 0.9 \
            else r.randrange(size)
        f.seek(at)
        f.write(bytes(r.randrange(256) for _ in range(r.choice([1, 2, 4, 8]))))
END
mkdir -p tree/a/b
cp "$top"/lib/*.c tree/a
for i in $(seq 300); do echo "$i" >"tree/a/b/file-$i"; done
disks= script= letter=c
for i in $(seq 16); do
	truncate -s 8M "damaged$i"
	# Half of them without checksums, so that the damage is not found early.
	options=^has_journal
	[ $((i % 2)) = 0 ] || options+=,^metadata_csum
	mke2fs -q -F -t ext4 -O $options -d tree "damaged$i"
	/usr/bin/python3 damage.py "damaged$i" "$i"
	disks+=" $(extra_disk "damaged$i")"
	script+="mount -t ext4 /dev/vd$letter /mnt && {
find /mnt -type f -exec cat {} + | wc -c
cp /etc/passwd /mnt/new; mkdir /mnt/d; rm -rf /mnt/a
umount /mnt; }
"
	letter=$(tr c-y d-z <<<"$letter")
done
guest_run $disks -- sh -c "$script echo alive" >output 2>&1
grep -q '^alive$' output || fail "the guest did not survive"
say "$(grep -c '^[0-9]*$' output) of 16 could be mounted"
