#!/bin/bash
# SPDX-License-Identifier: MIT
#
# `ip netns`, links that move between namespaces, and what each namespace says
# of itself: tests/iproute2/netns.cmds on this machine's Linux and on Weir.
. "$(dirname "$0")/../lib/guest.sh"

lists=$top/tests/iproute2
unshare -n -m true 2>/dev/null || skip "no namespaces on this machine"
unshare -n -m sh -c "mount --make-rprivate / && mount -t tmpfs none /run &&
	sh $lists/run_commands $lists/netns.cmds" | "$lists/mask" >linux
timeout -k 5 120 "$top/tools/guest" --kernel "$O/weir" --image "$image" \
	--net none --cpus "${CPUS:-1}" \
	--put "$lists/netns.cmds:/tmp/netns.cmds" \
	--put "$lists/run_commands:/tmp/run_commands" \
	-- sh -c "ip link set lo down
		  sh /tmp/run_commands /tmp/netns.cmds" >all ||
	fail "the guest ended with status $?"
"$lists/mask" <all >weir
# Linux's word for a link whose other end is down comes from a worker, later.
sed -i 's/state LOWERLAYERDOWN/state DOWN/' linux weir
diff -U3 linux weir >diff ||
	fail "$(grep -c '^[-+][^-+]' diff) lines differ:
$(head -60 diff)"
say "$(grep -c '^\$ ' weir) commands, the same answers"
