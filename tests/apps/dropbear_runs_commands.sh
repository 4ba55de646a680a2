#!/bin/bash
# SPDX-License-Identifier: MIT
# Debian's dropbear: login by key, a command's output and status, 64 MiB
# copied in and out.
. "$(dirname "$0")/../lib/guest.sh"

guest_start /etc/weir/rc

expect "output" "root /root" "$(guest_ssh 'echo $(id -un) $PWD')"
status=0
guest_ssh 'exit 42' || status=$?
expect "exit status" 42 $status
status=0
guest_ssh 'echo oops >&2; kill -TERM $$' >out 2>err || status=$?
expect "standard error" oops "$(cat err)"
[ $status != 0 ] || fail "a killed command reported success"
expect "standard input" 5 "$(printf 12345 | guest_ssh 'wc -c' | xargs)"

head -c 67108864 /dev/urandom >64m
guest_ssh 'cat >/var/tmp/64m' <64m
expect "the copy's sum" "$(sha256sum <64m)" \
	"$(guest_ssh 'sha256sum </var/tmp/64m')"
guest_ssh 'cat /var/tmp/64m' >back
same 64m back

guest_ssh 'dbclient -y -i /etc/dropbear/dropbear_ed25519_host_key root@127.0.0.1 true' \
	2>/dev/null && fail "a key that is not authorised logged in"
guest_end
