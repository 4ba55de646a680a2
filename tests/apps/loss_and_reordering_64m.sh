#!/bin/bash
# SPDX-License-Identifier: MIT
# 64 MiB each way (WAY=from, to, or both) between the guest and the host's Linux
# over a hop that loses LOSS percent (default 1) in each direction and lets 5 %
# be overtaken: equal by checksum, and never three seconds without progress,
# judged from the host's side by tcpdump. At 10 % most of the time is spent in
# timeouts of 200 ms: three minutes each way is what theory allows.
. "$(dirname "$0")/../lib/guest.sh"
own_network "$@"
ip link del tap0
"$top/tests/lib/lossy_hop" tap0 "$work/q" "$work/h" "${LOSS:-1}" "${SEED:-1}" \
	5 1 >hop 2>&1 &
hop=$!
helpers="$helpers $hop"
until [ -e h ] && ip link show tap0 >/dev/null 2>&1; do
	kill -0 $hop || fail "the hop: $(cat hop)"
	sleep 0.1
done
near_tap
guest_net=dgram,local.type=unix,local.path=$work/q
guest_net+=,remote.type=unix,remote.path=$work/h
export TIMEOUT=400

cat >dav.conf <<'CONF'
server {
	listen 8000;
	listen [::]:8000;
	root /var/www/dav;
	client_max_body_size 100m;
	client_body_timeout 300s;
	dav_methods PUT;
	create_full_put_path on;
}
CONF
head -c 67108864 /dev/urandom >64m
guest_start '
mkdir -p /var/www/dav
mv /run/64m /var/www/html/64m
chown www-data /var/www/dav
/etc/weir/rc' --put dav.conf:/etc/nginx/conf.d/dav.conf --put 64m:/run/64m

tcpdump -i tap0 -s 100 -U -w host.pcap tcp 2>tcpdump.log &
watch=$!
helpers="$helpers $watch"
until grep -q listening tcpdump.log; do
	kill -0 $watch || fail "tcpdump: $(cat tcpdump.log)"
	sleep 0.1
done
way=${WAY:-both}
if [ "$way" != to ]; then
	say "64 MiB from the guest"
	time curl -sSf --max-time 300 -o back "http://$address/64m"
	same 64m back
fi
if [ "$way" != from ]; then
	say "64 MiB to the guest"
	time curl -sSf --max-time 300 -T 64m "http://$address:8000/a/64m"
	expect "the guest's sum" "$(sha256sum <64m)" \
		"$(guest_ssh 'sha256sum </var/www/dav/a/64m')"
fi
kill $watch
wait $watch || true
kill $hop
wait $hop || true
helpers=$router
say "$(cat hop)"
"$top/tests/lib/longest_stall" host.pcap | tee stalls
ways=$(grep -c 'longest stall' stalls)
[ "$ways" = "$([ "$way" = both ] && echo 2 || echo 1)" ] || fail "$ways transfers in the capture"
awk '$1 == "longest" { exit !($2 <= 3) }' stalls ||
	fail "the transfer stood still"
lost=$(grep -o 'lost [0-9]*' hop | awk '{ n += $2 } END { print n }')
[ "$lost" -gt $((${LOSS:-1} * 400)) ] || fail "the hop lost only $lost packets"
guest_end
