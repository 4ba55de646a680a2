#!/bin/bash
# SPDX-License-Identifier: MIT
# curl and wget in the guest fetch from a server on the host, by address and
# by a name from /etc/hosts; programs in the guest talk over 127.0.0.1, over
# the guest's own address, and over ::1.
. "$(dirname "$0")/../lib/guest.sh"

mkdir served
head -c 1024 /dev/urandom >served/1k
head -c 33554432 /dev/urandom >served/32m
port=$(free_port)
/usr/bin/python3 -m http.server --bind 127.0.0.1 -d served "$port" \
	>server.log 2>&1 &
server=$!
helpers=$server

cat >client.sh <<END
set -e
url=http://10.0.2.2:$port
curl -sf --retry 3 -o /tmp/c1 \$url/1k
curl -sf -o /var/tmp/c32 \$url/32m
wget -q -O /var/tmp/w32 \$url/32m
echo 10.0.2.2 thehost >>/etc/hosts
wget -q -O /tmp/w1 http://thehost:$port/1k
sha256sum </tmp/c1
sha256sum </tmp/w1
sha256sum </var/tmp/c32
sha256sum </var/tmp/w32
curl -s --max-time 5 http://10.0.2.2:1/ || echo refused \$?
END
cat >inside.sh <<'END'
set -e
/etc/weir/rc
own=$(ip -4 -o addr show dev eth0 2>/dev/null | sed 's/.*inet \([0-9.]*\).*/\1/')
own=${own:-10.0.2.15}
head -c 4194304 /dev/urandom >/var/www/html/4m
sum=$(sha256sum </var/www/html/4m)
for host in 127.0.0.1 "$own" '[::1]' localhost; do
	[ "$(curl -gsf http://$host/4m | sha256sum)" = "$sum" ]
	[ "$(wget -q -O - http://$host/4m | sha256sum)" = "$sum" ]
	echo fetched
done
for host in 127.0.0.1 "$own" ::1; do
	nc -l $host 4000 </var/www/html/4m >/tmp/one &
	until ss -Hltn 'sport = 4000' | grep -q .; do sleep 0.1; done
	nc -N $host 4000 </var/www/html/4m >/tmp/two
	wait
	[ "$(sha256sum </tmp/one)" = "$sum" ]
	[ "$(sha256sum </tmp/two)" = "$sum" ]
	echo both ways
done
for host in 127.0.0.1 "$own" ::1; do
	nc -u -l $host 4001 >/tmp/udp &
	until ss -Hlun 'sport = 4001' | grep -q .; do sleep 0.1; done
	echo datagram | nc -u -w1 $host 4001
	until [ -s /tmp/udp ]; do sleep 0.1; done
	kill $!
	wait || true
	[ "$(cat /tmp/udp)" = datagram ]
	echo by udp
done
END

guest_start 'sh /run/client.sh; sh /run/inside.sh' \
	--put client.sh:/run/client.sh --put inside.sh:/run/inside.sh
small=$(sha256sum <served/1k) large=$(sha256sum <served/32m)
printf '%s\n' "$small" "$small" "$large" "$large" "refused 7" >wanted
head -n 5 output >got
diff wanted got || fail "what the client fetched"
expect "fetches inside" 4 "$(grep -c '^fetched$' output)"
expect "talks inside" 3 "$(grep -c '^both ways$' output)"
expect "datagrams inside" 3 "$(grep -c '^by udp$' output)"
guest_end
