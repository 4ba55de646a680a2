#!/bin/bash
# SPDX-License-Identifier: MIT
# What `make run` starts: a shell on the console with job control, nginx and
# dropbear behind forwarded ports, the capture in its file, an orderly end.
. "$(dirname "$0")/../lib/guest.sh"

export http=$(free_port) ssh=$(free_port)
export HTTP_PORT=$http SSH_PORT=$ssh CAPTURE=$work/weir.pcapng CPUS=${CPUS:-2}
export run="$top/tools/run" more="--dump $work/wire.pcap"
[ "$kernel" = weir ] || more+=" --linux"
rm -f "${image%.ext4}.run.ext4"
timeout 200 /usr/bin/expect "$top/tests/lib/console.exp" >session 2>&1 || {
	tail -n 40 session >&2
	fail "the session"
}
expect "steps" 7 "$(grep -c '^STEP' session)"
check_disk "${image%.ext4}.run.ext4"
rm -f "${image%.ext4}.run.ext4"
check_capture
