#!/bin/bash
# SPDX-License-Identifier: MIT
# An interactive session on a pty: the prompt, editing, window size, Ctrl-C,
# Ctrl-Z with jobs and fg, Ctrl-D.
. "$(dirname "$0")/../lib/guest.sh"

guest_start /etc/weir/rc
export O ssh host
timeout 100 /usr/bin/expect "$top/tests/lib/terminal.exp" >session 2>&1 || {
	tail -n 30 session >&2
	fail "the session"
}
expect "steps" 9 "$(grep -c '^STEP' session)"
guest_end
