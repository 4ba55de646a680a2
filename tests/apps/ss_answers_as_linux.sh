#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Debian's ss(8) on Weir and on this machine's Linux (in a network namespace),
# with the same sockets open (tests/iproute2/open_sockets.c): each command of
# tests/iproute2/sockets.cmds must say the same on both, measurements, inodes
# and timers aside (tests/iproute2/socket_mask).
. "$(dirname "$0")/../lib/guest.sh"

lists=$top/tests/iproute2
unshare -n true 2>/dev/null || skip "no network namespaces on this machine"

gcc -static -O1 -Wall -o open_sockets "$lists/open_sockets.c"
run="ip link set lo up; timeout 100 ./open_sockets sh $lists/run_commands"
unshare -n sh -c "$run $lists/sockets.cmds" 2>&1 |
	"$lists/socket_mask" >linux
timeout -k 5 150 "$top/tools/guest" --kernel "$O/weir" --image "$image" \
	--net none --put "$work/open_sockets:/tmp/open_sockets" \
	--put "$lists/sockets.cmds:/tmp/sockets.cmds" \
	--put "$lists/run_commands:/tmp/run_commands" -- sh -c "ip link set lo up
/tmp/open_sockets sh /tmp/run_commands /tmp/sockets.cmds" >all.weir 2>&1 ||
	fail "the guest ended with status $?: $(tail -3 all.weir)"
"$lists/socket_mask" <all.weir >weir
commands=$(grep -c '^\$ ' weir || true)
[ "$commands" -ge 60 ] || fail "only $commands commands were run"
diff -U3 linux weir >differences ||
	fail "$(grep -c '^[-+][^-+]' differences) lines differ:
$(head -60 differences)"
say "$commands commands, the same answers"
