#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Debian's ip(8) on Weir and on this machine's Linux (in a network namespace):
# each command of tests/iproute2/*.cmds must say the same on both, numbers of
# interfaces and counters aside (tests/iproute2/mask). What no Linux here has is
# compared with a NAME.expected, whose NAME.cmds says where that comes from.
. "$(dirname "$0")/../lib/guest.sh"

lists=$top/tests/iproute2
names=${NAMES:-links addresses routes qdiscs neighbours}
unshare -n true 2>/dev/null || skip "no network namespaces on this machine"

put=
script="mkdir /tmp/out;"
for name in $names; do
	if [ -e "$lists/$name.expected" ]; then
		cp "$lists/$name.expected" "$name.linux"
	else
		unshare -n sh "$lists/run_commands" "$lists/$name.cmds" |
			"$lists/mask" >"$name.linux"
	fi
	put="$put --put $lists/$name.cmds:/tmp/$name.cmds"
	script="$script echo == $name; sh /tmp/run_commands /tmp/$name.cmds;"
	script="$script ip link set lo down;"
done
# shellcheck disable=SC2086
timeout -k 5 ${LIMIT:-240} "$top/tools/guest" --kernel "$O/weir" --image "$image" \
	--net none $put --put "$lists/run_commands:/tmp/run_commands" \
	-- sh -c "ip link set lo down; $script" >all.weir ||
	fail "the guest ended with status $?"
for name in $names; do
	awk -v name="$name" '/^== /{on = ($2 == name); next} on' all.weir |
		"$lists/mask" >"$name.weir"
	commands=$(grep -c '^\$ ' "$name.weir" || true)
	diff -U3 "$name.linux" "$name.weir" >"$name.diff" ||
		fail "$name: $(grep -c '^[-+][^-+]' "$name.diff") lines differ:
$(head -40 "$name.diff")"
	say "$name: $commands commands, the same answers"
done
