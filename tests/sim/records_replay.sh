#!/bin/bash
# SPDX-License-Identifier: MIT
# The event records of 60 simulations, each host's by itself, replay to the same
# bytes.
set -euo pipefail
cd "$(dirname "$0")/../.."
O=${O:-build}
work=${WORK:-$(mktemp -d)}
make --no-print-directory -j"$(nproc)" O="$O" "$O/netsim" "$O/replay"
hosts=0
for seed in $(seq 1 60); do
	"$O/netsim" --seed "$seed" --record "$work/seed" >/dev/null
	for record in "$work"/seed.host*.rec; do
		"$O/replay" "$record" >"$work/out" || {
			echo "FAILED: seed $seed, $record: $(tail -n 1 "$work/out")"
			exit 1
		}
		hosts=$((hosts + 1))
	done
	rm -f "$work"/seed.host*.rec
done
echo "ok $hosts records replayed"
[ "$hosts" -ge 120 ]
