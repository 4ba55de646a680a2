#!/bin/bash
# SPDX-License-Identifier: MIT
# Bulk transfers inside a guest of 512 MiB: the buffers of a connection that
# grew as far as they may leave the others their memory, so there is no pressure
# and no segment is dropped.
. "$(dirname "$0")/../lib/guest.sh"
cat >talk.sh <<'END'
ip link set lo up
iperf3 -s -D -I /tmp/iperf3.pid
until ss -tln | grep -q :5201; do
	sleep 0.05
done
for how in "" "-N" "-R -N" "-N -P 3"; do
	timeout 60 iperf3 -c 127.0.0.1 -n 192M $how >/tmp/said ||
		echo "bad iperf3 $how: $(tail -n 3 /tmp/said)"
done
kill "$(tr -d '\0' </tmp/iperf3.pid)"
nstat -az TcpExtPruneCalled TcpExtTCPMemoryPressures | grep '^Tcp'
END
guest_start '. /run/talk.sh' --put talk.sh:/run/talk.sh
! grep -q '^bad' output || fail "$(cat output)"
expect "two counters" 2 "$(grep -c '^Tcp.* 0 *0.0$' output)"
guest_end
! grep '^reason TCP_MEMORY' output || fail "segments were dropped"
