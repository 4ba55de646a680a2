#!/bin/bash
# SPDX-License-Identifier: MIT
# Debian's nginx with its own configuration: files of 1 KiB, 1 MiB and 256 MiB
# arrive unchanged, over fresh, kept and pipelined connections.
. "$(dirname "$0")/../lib/guest.sh"

guest_start '
mkdir -p /tmp/x
cd /var/www/html
head -c 1024 /dev/urandom >1k
head -c 1048576 /dev/urandom >1m
openssl enc -aes-128-ctr -pass pass:weir -nosalt -md md5 2>/dev/null \
	</dev/zero | head -c 268435456 >256m
sha256sum 1k 1m 256m >/var/www/html/sums
/etc/weir/rc'

url=http://$address:$http
curl -sf "$url/sums" >sums
for file in 1k 1m 256m; do
	say "fetching $file"
	curl -sf --max-time 150 -o $file "$url/$file"
done
sha256sum --quiet -c sums || fail "a file came changed"
rm 256m

say "one connection, 50 requests"
curl -sf -v $(for _ in $(seq 50); do echo "-o /dev/null $url/1k"; done) \
	2>log
expect "connections opened" 1 "$(grep -c 'Connected to' log)"
expect "answers" 50 "$(grep -c '^< HTTP/1.1 200' log)"

say "20 requests in one write"
{
	for _ in $(seq 19); do
		printf 'GET /1k HTTP/1.1\r\nHost: weir\r\n\r\n'
	done
	printf 'GET /1k HTTP/1.1\r\nHost: weir\r\nConnection: close\r\n\r\n'
} >requests
exec 3<>/dev/tcp/$host/$http
cat requests >&3
timeout 30 cat <&3 >answers
expect "pipelined answers" 20 "$(grep -ao 'HTTP/1.1 200 OK' answers | wc -l)"
tail -c 1024 answers >last
same last 1k

expect "missing file" 404 "$(curl -s -o /dev/null -w '%{http_code}' $url/none)"
guest_end
