#!/bin/bash
# SPDX-License-Identifier: MIT
# ROOTFS=x.tar.gz: a root tarball of another distribution's kind, with musl and
# busybox (Alpine's minirootfs is one such). Its programs run, its shell works,
# its wget fetches from the host.
. "$(dirname "$0")/../lib/guest.sh"

command -v musl-gcc >/dev/null || skip "no musl-gcc (package musl-tools)"
mkdir -p root/{bin,sbin,lib,etc,root,tmp,proc,sys,dev,run,var/tmp}
cp /lib/ld-musl-x86_64.so.1 root/lib/
cp /bin/busybox root/bin/
for name in sh ls cat ip wget sha256sum ps mount id uname seq awk; do
	ln -s busybox root/bin/$name
done
echo 'root::0:0:root:/root:/bin/sh' >root/etc/passwd
musl-gcc -O1 -o root/bin/musl_client "$top/tests/lib/musl_client.c"
tar -C root -czf musl.tar.gz .
export ROOTFS=$work/musl.tar.gz SIZE=64M
(cd "$top" && tools/image)
image=$O/musl.ext4

mkdir served
head -c 1048576 /dev/urandom >served/1m
port=$(free_port)
/usr/bin/python3 -m http.server --bind 127.0.0.1 -d served "$port" \
	>server.log 2>&1 &
server=$!
helpers=$server
cat >inside.sh <<END
set -e
echo 127.0.0.1 loopback4 >>/etc/hosts
musl_client
wget -q -O - http://10.0.2.2:$port/1m | sha256sum
seq 1000 | awk '{ n += \$1 } END { print n }'
ps | grep -c weir-init
END
guest_run --keep-disk disk --put inside.sh:/inside.sh -- /bin/sh /inside.sh \
	>output || fail "status $?: $(cat output)"
printf '%s\n' "heard by musl" "$(sha256sum <served/1m)" 500500 >wanted
head -n 3 output | diff wanted - || fail "what it said"
check_disk disk
check_capture
