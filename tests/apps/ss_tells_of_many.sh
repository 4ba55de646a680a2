#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Ten thousand sockets in the guest: ss(8) lists all of them, and by a filter
# the one that is asked for; /proc/net/tcp and netstat(8) have as many.
. "$(dirname "$0")/../lib/guest.sh"

for name in echo_many dial_many; do
	gcc -O2 -Wall -Wextra -Wno-unused-parameter -static -o $name \
		"$top/tests/lib/$name.c"
done
cat >script <<'EOF'
ip link set lo up
ulimit -n 20000
/tmp/echo_many 7 5000 >/tmp/echo.log 2>&1 &
mkfifo /tmp/go
/tmp/dial_many 127.0.0.1 7 5000 <>/tmp/go >/tmp/dial.log 2>&1 &
until grep -q '^open$' /tmp/dial.log; do sleep 0.1; done
echo "established $(ss -H -t -n state established | wc -l)"
port=$(ss -H -t -n state established dport = :7 | awk 'NR == 2500 {
	sub(".*:", "", $3); print $3 }')
echo "one $(ss -H -t -n state established sport = :$port | wc -l)"
echo "rows $(grep -c ' 01 ' /proc/net/tcp)"
echo "netstat $(netstat -tn | grep -c ESTABLISHED)"
echo "sockstat $(sed -n 's/^TCP: inuse \([0-9]*\).*/\1/p' /proc/net/sockstat)"
EOF
timeout -k 5 200 "$top/tools/guest" --kernel "$O/weir" --image "$image" \
	--memory 512 --net none --put "$work/echo_many:/tmp/echo_many" \
	--put "$work/dial_many:/tmp/dial_many" \
	--put "$work/script:/tmp/script" -- bash /tmp/script >out 2>&1 ||
	fail "the guest ended with status $?: $(tail -5 out)"
figure() {
	awk -v name="$1" '$1 == name { print $2 }' out
}
expect "ss's connections" 10000 "$(figure established)"
expect "ss's one" 1 "$(figure one)"
expect "rows of /proc/net/tcp" 10000 "$(figure rows)"
expect "netstat's connections" 10000 "$(figure netstat)"
expect "sockets in use" 10001 "$(figure sockstat)"
say "10000 connections, all told"
