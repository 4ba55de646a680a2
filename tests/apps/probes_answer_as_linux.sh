#!/bin/bash
# SPDX-License-Identifier: MIT
# ping, arping, traceroute, tracepath, mtr, nmap, ndisc6 and ethtool in the
# guest, towards the host's Linux next door and behind one more router, over
# IPv4 and IPv6: each command of tests/nettools/probes.cmds says the same as on
# a Linux in the guest's place.
. "$(dirname "$0")/../lib/guest.sh"
own_network "$@"
. "$top/tests/lib/two_hops.sh"
lists=$top/tests/nettools
run=$top/tests/iproute2/run_commands

READY=150 # some of them wait for silence
far_start
oracle_start
oracle sh "$run" "$lists/probes.cmds" | "$lists/mask" >probes.linux
oracle_end
near_side tap0
guest_start "$guest_set_up
ip -6 addr
sh /run/run_commands /run/probes.cmds" --put "$run:/run/run_commands" \
	--put "$lists/probes.cmds:/run/probes.cmds"
sed '1,/^\$ /{/^\$ /!d}; /^ready$/,$d' output | "$lists/mask" >probes.weir
diff -U4 probes.linux probes.weir >probes.diff ||
	fail "$(grep -c '^[-+][^-+]' probes.diff) lines differ:
$(head -60 probes.diff)"
say "$(grep -c '^\$ ' probes.weir) commands, the same answers"
guest_end
