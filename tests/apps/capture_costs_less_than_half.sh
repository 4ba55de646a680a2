#!/bin/bash
# SPDX-License-Identifier: MIT
# With the capture on (128 bytes of each packet) bulk transfers go at more than
# half of the speed without: over loopback and to the host, the medians of five
# transfers each, in guests that take turns. And the stack's own books balance:
# every packet that was submitted has exactly one end.
. "$(dirname "$0")/../lib/guest.sh"
[ "$kernel" = weir ] || skip "Linux has no such capture"
own_network "$@"

cat >script <<'END'
truncate -s 48M /var/www/html/bulk
nginx
for url in 127.0.0.1/bulk; do
	for i in 1 2 3 4 5; do
		curl -s -o /dev/null -w "loopback %{speed_download}\n" http://$url
	done
done
for i in 1 2 3 4 5; do
	curl -s -o /dev/null -w "host %{speed_upload}\n" \
		-T /var/www/html/bulk http://10.9.0.1:8001/
done
awk '{n[$1] = $2} END {
	ends = n["delivered"] + n["consumed"] + n["held"] + n["sent"] + n["dropped"]
	print "books", n["submitted"] - ends, n["submitted"]
}' /proc/weir/net
END

/usr/bin/python3 - <<'END' &
import http.server
class Sink(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_PUT(self):
        left = int(self.headers["Content-Length"])
        while left:
            left -= len(self.rfile.read(min(left, 1 << 20)))
        self.send_response(201)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *args):
        pass
http.server.HTTPServer(("10.9.0.1", 8001), Sink).serve_forever()
END
sink=$!

measure() {
	"$top/tools/guest" --image "$image" --kernel "$O/weir" --timeout 120 \
		--net "$guest_net" --console console --append "$APPEND $1" \
		--put script:/run/script "${@:2}" -- sh -e /run/script >>"$out"
}
for round in 1 2; do
	out=off measure ""
	out=on measure weir.snaplen=128 --capture capture.pcapng
done
kill "$sink"

median() {
	awk -v kind="$1" '$1 == kind {print $2}' "$2" | sort -n |
		awk '{v[NR] = $1} END {print int(v[int((NR + 1) / 2)])}'
}
for kind in loopback host; do
	with=$(median $kind on) without=$(median $kind off)
	say "$kind: $((with / 1000000)) MB/s with the capture," \
		"$((without / 1000000)) without: $((with * 100 / without)) %"
	[ $((with * 2)) -gt "$without" ] || fail "$kind: the capture is dear"
done
tcpdump -nr capture.pcapng -c 20000 >/dev/null 2>tcpdump.log ||
	fail "tcpdump: $(cat tcpdump.log)"
expect "guests with balanced books" 4 "$(cat on off | grep -c '^books 0 ')"
