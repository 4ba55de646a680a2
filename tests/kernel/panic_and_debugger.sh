#!/bin/bash
# SPDX-License-Identifier: MIT
# A kernel bug ends in a panic that can be read (registers, functions' names,
# the last packets) and in a status of QEMU that is not 0; and gdb finds its
# way in a running kernel by the symbols of build/weir.
. "$(dirname "$0")/../lib/guest.sh"

status=0
"$top/tools/guest" --initramfs --kernel "$O/weir" --console console \
	--timeout 60 -- /bin/busybox sh -c 'ping -c 1 -W 5 10.0.2.2
	echo c >/proc/sysrq-trigger' </dev/null >output 2>&1 || status=$?
[ $status != 0 ] || fail "a panic ended with status 0"
for part in 'Kernel panic' 'rip ' 'sysrq_crash+' 'syscall_entry+' 'the last packets' \
	'10.0.2.2'; do
	grep -q "$part" console || fail "the panic does not say '$part'"
done

port=$(free_port)
"$top/tools/guest" --initramfs --kernel "$O/weir" --console console2 \
	--net none --timeout 60 --qemu=-gdb --qemu="tcp:127.0.0.1:$port" \
	--qemu=-S -- /bin/busybox echo alive </dev/null >output2 &
guest_pid=$!
gdb -q -batch -ex "target remote 127.0.0.1:$port" -ex 'hbreak kernel_main' \
	-ex continue -ex backtrace -ex 'info line' -ex delete -ex detach \
	"$O/weir" >gdb.log 2>&1 || fail "gdb: $(tail -n 3 gdb.log)"
grep -q 'kernel_main (command_line=' gdb.log || fail "gdb: $(tail gdb.log)"
grep -q 'kernel/main.c' gdb.log || fail "gdb does not know the source"
wait "$guest_pid" || fail "the guest after gdb left"
guest_pid=
expect "what the guest said" alive "$(cat output2)"
