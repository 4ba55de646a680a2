#!/bin/bash
# SPDX-License-Identifier: MIT
# A flood of 200,000 SYNs with invented senders against nginx in the guest; a
# legitimate client connects and is served within a second, each time.
. "$(dirname "$0")/../lib/guest.sh"
own_network "$@"
count=${COUNT:-200000} rate=${RATE:-8000}
gcc -O2 -Wall -Wextra -Wno-unused-parameter -o syn_flood \
	"$top/tests/lib/syn_flood.c"

check_capture() { :; } # half a million packets: the counters tell enough
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
guest_start /etc/weir/rc

cat >client.py <<'PY'
import socket, sys, time
address, flood = sys.argv[1], int(sys.argv[2])
worst = total = 0
def running():
    try:
        with open(f"/proc/{flood}/stat") as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
while running():
    start = time.monotonic()
    with socket.create_connection((address, 80), timeout=5) as s:
        took = time.monotonic() - start
        s.sendall(b"HEAD / HTTP/1.0\r\n\r\n")
        assert s.recv(100).startswith(b"HTTP/1.1 200"), "no answer"
    total += 1
    worst = max(worst, took)
    time.sleep(0.1)
print(f"connected {total} times, the slowest in {worst * 1000:.0f} ms")
sys.exit(worst > 1 or total < 20)
PY
./syn_flood $address 80 "$count" "$rate" >flood.log 2>&1 &
flood=$!
helpers=$flood
/usr/bin/python3 client.py $address $flood >client.log 2>&1 ||
	fail "the client: $(tail -3 client.log)"
wait $flood || fail "the flood: $(cat flood.log)"
helpers=
say "$(cat flood.log)"
say "$(cat client.log)"
guest_ssh 'cat /proc/net/netstat' >netstat
sent=$(awk '$1 == "TcpExt:" && !seen { split($0, name); seen = 1; next }
	$1 == "TcpExt:" { split($0, value)
		for (i in name) if (name[i] == "SyncookiesSent") print value[i] }' netstat)
say "SYN cookies sent: $sent"
[ "${sent:-0}" -gt $((count / 2)) ] || fail "the flood did not arrive"
guest_end
