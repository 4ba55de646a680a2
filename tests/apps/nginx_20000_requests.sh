#!/bin/bash
# SPDX-License-Identifier: MIT
# 20,000 requests at 64 connections, kept and fresh, without one error.
. "$(dirname "$0")/../lib/guest.sh"
own_network "$@"

guest_start '
head -c 1024 /dev/zero | tr "\0" w >/var/www/html/1k
/etc/weir/rc'

url=http://$address/1k
load() {
	ab -q -s 60 -c 64 "$@" "$url" >ab 2>&1 || fail "ab: $(tail -3 ab)"
	expect "failed requests" 0 "$(awk '/^Failed requests/ { print $3 }' ab)"
	! grep -q 'Non-2xx' ab || fail "$(grep Non-2xx ab)"
	say "$* : $(grep 'Requests per second' ab)"
}
load -k -n 18000
expect "kept connections answered" 18000 \
	"$(awk '/^Complete requests/ { print $3 }' ab)"
load -n 2000
expect "fresh connections answered" 2000 \
	"$(awk '/^Complete requests/ { print $3 }' ab)"
guest_end
