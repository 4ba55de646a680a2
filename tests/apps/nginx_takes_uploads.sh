#!/bin/bash
# SPDX-License-Identifier: MIT
# 64 MiB by PUT into nginx's dav module (one more server, in conf.d), equal
# when read back by the guest and by the host.
. "$(dirname "$0")/../lib/guest.sh"

cat >dav.conf <<'END'
server {
	listen 8000;
	listen [::]:8000;
	root /var/www/dav;
	client_max_body_size 100m;
	dav_methods PUT DELETE;
	create_full_put_path on;
}
END
head -c 67108864 /dev/urandom >64m

dav=$(free_port)
guest_start '
mkdir -p /var/www/dav
chown www-data /var/www/dav
/etc/weir/rc' --put dav.conf:/etc/nginx/conf.d/dav.conf $(
	[ -n "$guest_net" ] || echo "--forward $dav:8000")

[ -z "$guest_net" ] || dav=8000
url=http://$address:$dav/a/64m
expect "PUT" 201 "$(curl -s --max-time 120 -T 64m -o /dev/null \
	-w '%{http_code}' "$url")"
expect "the guest's sum" "$(sha256sum <64m)" \
	"$(guest_ssh 'sha256sum </var/www/dav/a/64m')"
curl -sf --max-time 120 -o back "$url"
same 64m back
expect "DELETE" 204 "$(curl -s -X DELETE -o /dev/null -w '%{http_code}' "$url")"
guest_end
