#!/bin/bash
# SPDX-License-Identifier: MIT
# Wrong words, missing devices, damaged ELF files, archives and file systems:
# a clear message or an error number, never a crash.
. "$(dirname "$0")/../lib/guest.sh"
[ "$kernel" = weir ] || skip "the messages are Weir's"
TIMEOUT=60

# guest_says PATTERN STATUS tools/guest's words...
guest_says() {
	local pattern=$1 wanted=$2 status=0
	shift 2
	guest_run "$@" >out 2>err || status=$?
	cat console >>err
	expect "status of $*" "$wanted" "$status"
	[ -n "$pattern" ] || return 0
	grep -qE "$pattern" err || {
		cat err >&2
		fail "nothing about '$pattern'"
	}
	say "$(grep -m 1 -oE "$pattern.*" err)"
}

say "words and devices"
guest_says 'unknown word "weir.nonsense=1"' 0 --initramfs \
	--append weir.nonsense=1 -- /bin/busybox true
guest_says 'wrong value: "maxcpus=abc"' 0 --initramfs \
	--append maxcpus=abc -- /bin/busybox true
guest_says 'ip=1.2.3: ' 0 --initramfs --append ip=1.2.3 -- /bin/busybox true
guest_says 'root=/dev/vdz: no such disk' 125 --append root=/dev/vdz -- /bin/true
guest_says '' 0 --initramfs --net none -- /bin/busybox sh -c \
	'ping -c 1 127.0.0.1 && ! nc -w 1 192.0.2.1 80'

say "file systems"
truncate -s 32M empty
guest_says 'root=/dev/vda: cannot mount' 125 --image empty -- /bin/true
mke2fs -q -F -t ext4 strange 32M
debugfs -w -R 'feature FEATURE_I31' strange >/dev/null 2>&1
guest_says 'FEATURE_I31|0x80000000' 125 --image strange -- /bin/true

mkdir -p tree/d
seq 20000 >tree/numbers
for i in $(seq 300); do echo "$i" >"tree/d/file-$i"; done
ln -s numbers tree/link
mke2fs -q -F -t ext4 -d tree whole 16M
cat >damage.py <<'END'
import random, sys
seed, source, target = int(sys.argv[1]), sys.argv[2], sys.argv[3]
dice, data = random.Random(seed), bytearray(open(source, "rb").read())
used = [at for at in range(1024, len(data), 1024) if any(data[at:at + 1024])]
for _ in range(1 + seed % 40):
    at = dice.choice(used) + dice.randrange(1024)
    data[at] = dice.randrange(256) if seed % 3 else data[at] ^ 0xff
open(target, "wb").write(data)
END
cat >use.sh <<'END'
mkdir /mnt
mount -t ext4 /dev/vda /mnt 2>&1 || exit 0
echo mounted
ls -lR /mnt >/dev/null 2>&1
cat /mnt/numbers /mnt/d/* /mnt/link >/dev/null 2>&1
echo new >/mnt/d/new
dd if=/dev/zero of=/mnt/big bs=64k count=20 2>/dev/null
mkdir /mnt/e; mv /mnt/d/file-7 /mnt/e/; rm -r /mnt/d
umount /mnt
exit 0
END
mounted=0
for seed in $(seq "${SEEDS:-12}"); do
	/usr/bin/python3 damage.py "$seed" whole damaged
	guest_run --initramfs --net none --put use.sh \
		--qemu=-drive --qemu="if=none,id=d,format=raw,file=damaged" \
		--qemu=-device --qemu=virtio-blk-pci,drive=d \
		-- /bin/sh /use.sh >out 2>&1 || {
		cat out console >&2
		fail "a file system damaged with seed $seed"
	}
	grep -q mounted out && mounted=$((mounted + 1))
done
say "$mounted damaged file systems could be mounted"
[ "$mounted" -gt 2 ] || fail "the damage is always too great to test anything"

say "programs"
cat >programs.py <<'END'
import os, random, sys
data = open("/bin/busybox", "rb").read()
os.makedirs("elf", exist_ok=True)
def put(name, what):
    with open("elf/" + name, "wb") as f:
        f.write(what)
    os.chmod("elf/" + name, 0o755)
for n in (0, 1, 4, 16, 63, 64, 100, 119, 120, 400, 4096, 5000, 100000):
    put(f"cut-{n}", data[:n])
for seed in range(60):
    dice, damaged = random.Random(seed), bytearray(data[:400000])
    for _ in range(1 + seed % 8):
        damaged[dice.randrange(700)] = dice.choice((0, 1, 0x7f, 0x80, 0xff,
                                                    dice.randrange(256)))
    put(f"bad-{seed}", bytes(damaged))
put("script-self", b"#!/elf/script-self\n")
put("script-none", b"#!/no/such/thing\n")
put("script-empty", b"#!\n")
put("script-long", b"#!/" + b"x" * 5000 + b"\n")
END
/usr/bin/python3 programs.py
cat >elf.sh <<'END'
for f in /elf/*; do
	timeout -s KILL 5 $f true </dev/null >/dev/null 2>&1
done
echo survived
END
expect "the shell after damaged programs" survived \
	"$(guest_run --initramfs --net none --put elf --put elf.sh -- \
		/bin/sh /elf.sh)"

say "archives"
(cd tree && find . | cpio -o -H newc 2>/dev/null) >whole.cpio ||
	/usr/bin/python3 - <<END
import sys
sys.path.insert(0, "$top/tools/lib")
import archive
tree = archive.Tree()
tree.put("tree", "/tree")
archive.write_newc(tree, open("whole.cpio", "wb"))
END
size=$(stat -c %s whole.cpio)
for cut in 0 1 50 109 110 200 $((size / 2)) $((size - 600)); do
	head -c "$cut" whole.cpio >cut.cpio
	[ "$cut" != 0 ] || printf 'not an archive' >cut.cpio
	status=0
	timeout 30 qemu-system-x86_64 -machine pc -accel tcg -cpu max -m 64 \
		-nodefaults -no-user-config -display none -no-reboot \
		-kernel "$O/weir" -append "console=ttyS0 panic=-1" \
		-initrd cut.cpio -serial file:console \
		-device isa-debug-exit,iobase=0xf4,iosize=4 || status=$?
	[ $status != 124 ] || fail "an archive cut at $cut: no end"
	grep -q 'Kernel panic - not syncing: ' console ||
		fail "an archive cut at $cut: no message"
	! grep -qE 'page fault|general protection|ASSERT' console ||
		fail "an archive cut at $cut: $(cat console)"
done
