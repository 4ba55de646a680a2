#!/bin/bash
# SPDX-License-Identifier: MIT
# The host build's stacks on simulated wires (tools/netsim), with losses,
# reordering, copies and damage: --check finds no rule broken in the capture of
# any host.
. "$(dirname "$0")/lib.sh"
netsim=$O/netsim
[ -x "$netsim" ] || make -s -C "$top" O="$O" "$netsim" >"$work/make" 2>&1 ||
	fail "make netsim: $(tail -n 3 "$work/make")"
cd "$work" || exit 1

hosts=0
for seed in $(seq 1 60); do
	"$netsim" --seed "$seed" --capture s >log 2>&1 || fail "seed $seed"
	for file in s.*.pcapng; do
		"$pcapdump" --check "$file" >findings ||
			fail "seed $seed, $file: $(grep ^violation findings)"
		hosts=$((hosts + 1))
	done
	rm -f s.*.pcapng
done
say "$hosts hosts are clean"
[ $hosts -gt 60 ] || fail "too few"
ok
