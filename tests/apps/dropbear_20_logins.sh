#!/bin/bash
# SPDX-License-Identifier: MIT
# 20 logins at once: all stay open until the last is in, then each does some
# work and gets its own answer. Dropbear refuses a sixth connection that has
# not authenticated yet, so at most four are on their way in.
. "$(dirname "$0")/../lib/guest.sh"

guest_start /etc/weir/rc

login() {
	guest_ssh "echo in; while [ ! -e /tmp/go ]; do sleep 0.2; done
		head -c 10000 /dev/zero | wc -c; echo number $1" >"login.$1"
}
inside() {
	cat login.* 2>/dev/null | grep -c '^in$' || true
}
wait_for_inside() {
	local deadline=$((SECONDS + 60))
	until [ "$(inside)" -ge "$1" ]; do
		[ $SECONDS -lt $deadline ] || fail "only $(inside) are in"
		sleep 0.1
	done
}
pids=()
for i in $(seq 20); do
	wait_for_inside $((i - 4))
	login "$i" &
	pids+=($!)
done
wait_for_inside 20
guest_ssh 'pgrep -c dropbear; touch /tmp/go' >servers
[ "$(cat servers)" -ge 21 ] || fail "only $(cat servers) dropbears"
failed=0
for pid in "${pids[@]}"; do
	wait "$pid" || failed=$((failed + 1))
done
expect "logins that failed" 0 $failed
for i in $(seq 20); do
	expect "login $i" "in 10000 number $i" "$(xargs <"login.$i")"
done
guest_end
