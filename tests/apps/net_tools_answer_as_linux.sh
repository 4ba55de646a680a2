#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Debian's net-tools (ifconfig, route, arp, netstat ...) and busybox's applets
# on Weir and on this machine's Linux, in a network namespace: each command of
# tests/nettools/{nettools,busybox}.cmds says the same on both, but for what
# tests/nettools/tool_mask hides.
. "$(dirname "$0")/../lib/guest.sh"

lists=$top/tests/nettools
run=$top/tests/iproute2/run_commands
names="nettools busybox"
unshare -n true 2>/dev/null || skip "no network namespaces on this machine"

put=
script=
for name in $names; do
	unshare -n sh -c "ip link set lo up; ip link set lo down
		sh '$run' '$lists/$name.cmds'" | "$lists/tool_mask" >"$name.linux"
	put="$put --put $lists/$name.cmds:/tmp/$name.cmds"
	script="$script echo == $name; sh /tmp/run_commands /tmp/$name.cmds;"
	script="$script ip link set lo down;"
done
# shellcheck disable=SC2086
timeout -k 5 120 "$top/tools/guest" --kernel "$O/weir" --image "$image" \
	--net none $put --put "$run:/tmp/run_commands" \
	-- sh -c "ip link set lo down; $script" >all.weir ||
	fail "the guest ended with status $?"
for name in $names; do
	awk -v name="$name" '/^== /{on = ($2 == name); next} on' all.weir |
		"$lists/tool_mask" >"$name.weir"
	commands=$(grep -c '^\$ ' "$name.weir" || true)
	diff -U3 "$name.linux" "$name.weir" >"$name.diff" ||
		fail "$name: $(grep -c '^[-+][^-+]' "$name.diff") lines differ:
$(head -60 "$name.diff")"
	say "$name: $commands commands, the same answers"
done
