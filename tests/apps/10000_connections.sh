#!/bin/bash
# SPDX-License-Identifier: MIT
# 10,000 connections at once from the host to an epoll echo server in a guest of
# 512 MiB: each is answered, and again after all have been idle. Prints the bytes
# of kernel memory that an idle connection needs.
. "$(dirname "$0")/../lib/guest.sh"
own_network "$@"
count=${COUNT:-10000}
limit=${LIMIT:-1024} # bytes of kernel objects, slabs' rounding included, without
		     # the item of the epoll set

gcc -O2 -Wall -Wextra -Wno-unused-parameter -static -o echo_many \
	"$top/tests/lib/echo_many.c"
gcc -O2 -Wall -Wextra -Wno-unused-parameter -o dial_many \
	"$top/tests/lib/dial_many.c"
sysctl -q net.ipv4.ip_local_port_range="20000 60999" 2>/dev/null || true

# A capture of all this would say little; the server's own words count.
check_capture() { :; }
guest_options() {
	options=(--image "$image" --cpus "${CPUS:-1}" --memory 512
		--timeout "${TIMEOUT:-240}" --console "$work/console"
		--append "${APPEND:-}" --net "$guest_net")
	if [ "$kernel" = linux ]; then
		options+=(--linux)
	else
		options+=(--kernel "$O/weir")
	fi
}
guest_start "/run/echo_many 7 $count >/run/echo.log 2>&1 &
/etc/weir/rc" --put echo_many:/run/echo_many

mkfifo go
"./dial_many" $address 7 "$count" <>go >dial.log 2>&1 &
dial=$!
helpers=$dial
deadline=$((SECONDS + 120))
until grep -q '^open$' dial.log; do
	kill -0 $dial 2>/dev/null || fail "the clients: $(tail -3 dial.log)"
	[ $SECONDS -lt $deadline ] || fail "the clients are not all connected"
	sleep 0.2
done
say "$count connections are open"
until guest_ssh 'grep -q "^idle$" /run/echo.log'; do
	[ $SECONDS -lt $deadline ] || fail "$(guest_ssh cat /run/echo.log)"
	sleep 2
done
guest_ssh 'cat /run/echo.log' >echo.log
while read -r line; do
	say "$line"
done < <(grep '^idle connection' echo.log)
bytes=$(awk '/in epoll_item/ { item = $3 }
	/of kernel objects/ { print int($3 - item) }' echo.log)
[ -n "$bytes" ] || fail "no figure"
echo >go
wait $dial || fail "the clients: $(tail -3 dial.log)"
helpers=
expect "the clients" "all answered twice" "$(tail -n 1 dial.log)"
expect "answers" "$((2 * count))" "$(guest_ssh 'for i in 1 2 3 4 5; do
	sed -n "s/^answered //p" /run/echo.log | grep . && exit
	sleep 1
done')"
[ "$kernel" = linux ] || [ "$bytes" -le "$limit" ] ||
	fail "an idle connection needs $bytes bytes, the limit is $limit"
guest_end
