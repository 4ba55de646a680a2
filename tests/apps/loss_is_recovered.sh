#!/bin/bash
# SPDX-License-Identifier: MIT
# 2 % of the packets lost in each direction by a hop between the guest and the
# host: transfers both ways still end, equal, and small requests too.
. "$(dirname "$0")/../lib/guest.sh"
own_network "$@"
ip link del tap0
"$top/tests/lib/lossy_hop" tap0 "$work/q" "$work/h" 2 "${SEED:-1}" >hop 2>&1 &
hop=$!
helpers="$helpers $hop"
until [ -e h ] && ip link show tap0 >/dev/null 2>&1; do
	kill -0 $hop || fail "the hop: $(cat hop)"
	sleep 0.1
done
near_tap
guest_net=dgram,local.type=unix,local.path=$work/q
guest_net+=,remote.type=unix,remote.path=$work/h

guest_start '
head -c 16777216 /dev/urandom >/var/www/html/16m
head -c 1024 /dev/urandom >/var/www/html/1k
mkdir -p /var/www/dav
chown www-data /var/www/dav
/etc/weir/rc
sha256sum </var/www/html/16m'

say "16 MiB from the guest"
time curl -sf --max-time 120 -o 16m "http://$address/16m"
expect "its sum" "$(sed -n 1p output)" "$(sha256sum <16m)"
say "16 MiB to the guest"
time guest_ssh 'cat >/var/tmp/16m' <16m
expect "the copy's sum" "$(sha256sum <16m)" \
	"$(guest_ssh 'sha256sum </var/tmp/16m')"
say "200 fresh connections"
time for _ in $(seq 200); do
	curl -sf --max-time 60 -o 1k "http://$address/1k"
	expect "length" 1024 "$(stat -c %s 1k)"
done
kill $hop
wait $hop || true
say "$(cat hop)"
helpers=$router
lost=$(grep -o 'lost [0-9]*' hop | awk '{ n += $2 } END { print n }')
[ "$lost" -gt 200 ] || fail "the hop lost only $lost packets"
guest_end
