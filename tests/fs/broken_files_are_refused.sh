#!/bin/bash
# SPDX-License-Identifier: MIT
# A truncated or corrupt initramfs is named on the console and the disk's root
# is used; truncated and corrupt programs get Linux's errors; a missing disk is
# a clear message and an end with a status.
. "$(dirname "$0")/../lib/guest.sh"

mkdir -p root/dir
head -c 300000 /dev/urandom >root/dir/data
echo hello >root/hello
(cd root && find . | cpio -o -H newc 2>/dev/null) >good.cpio
head -c 200000 good.cpio >truncated.cpio
{ head -c 50 /dev/urandom; tail -c +51 good.cpio; } >noise.cpio
sed '1s/^070701/0707zz/' good.cpio >magic.cpio

# Programs: what is left of a good one, or changed in it.
cp "$(command -v busybox || echo /bin/busybox)" program
head -c 40 program >short
head -c 100 program >headers
head -c 3000 program >segments
{ head -c 54 program; printf '\377\377\377\377'; tail -c +59 program; } >phdrs
printf '\177ELF' >magic
: >empty
head -c 5000 /dev/urandom >random
printf '#!/nowhere/at/all\n' >nowhere
programs="short headers segments phdrs magic empty random nowhere"
chmod +x program $programs

cat >run_all.c <<'END'
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		int status;
		printf("%s: ", argv[i]);
		fflush(stdout);
		if (!fork()) {
			execl(argv[i], argv[i], (char *)0);
			printf("%s\n", strerror(errno));
			fflush(stdout);
			_exit(1);
		}
		wait(&status);
		if (WIFSIGNALED(status))
			printf("signal %d\n", WTERMSIG(status));
	}
	return 0;
}
END
gcc -static -O1 -o run_all run_all.c
paths= puts=
for name in $programs; do
	paths+=" ./$name"
	puts+=" --put $name:/run/p/$name"
done
./run_all $paths >expected
guest_run --put run_all:/run/p/run_all $puts -- \
	sh -c "cd /run/p && ./run_all $paths" >output
# Linux finds out about the missing data when it has no way back: a signal.
# Weir finds out before, and execve returns.
sed -i 's/^\(.*segments\): .*/\1: cannot be run/' expected output
cmp expected output || {
	diff expected output >&2
	fail "exec's answers differ from Linux's"
}

for name in truncated noise magic; do
	said=$(guest_run --qemu=-initrd --qemu="$name.cpio" -- echo alive)
	expect "the guest with $name.cpio" alive "$said"
	grep -q initramfs console || fail "no word about $name.cpio"
done

status=0
guest_run --append root=/dev/vdq -- true >output 2>&1 || status=$?
[ $status != 0 ] || fail "a missing disk went unnoticed"
grep -q vdq console || fail "the console does not name the missing disk"
