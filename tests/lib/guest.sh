# SPDX-License-Identifier: MIT
#
# What the guest tests share; sourced by each tests/*/*.sh, which runs in a
# directory of its own ($work) that is thrown away when the test passes.
#
#     guest_start 'shell commands'     boots a guest with those; returns when
#                                      they have ended: the services are up
#     guest_end                        shuts it down and judges: the status,
#                                      e2fsck, the capture
#     own_network "$@"                 before guest_start: runs the test in a
#                                      network namespace of its own, where the
#                                      guest is 10.9.0.2 on tap0
#     near_tap                         the host's addresses on a tap0 made anew
#     same A B, expect WHAT A B, fail TEXT, skip TEXT, say TEXT
#
# WEIR_KERNEL=linux runs the very same guest under Debian's Linux, which
# proves the test itself. CPUS, MEMORY and MACHINE go to tools/guest. FAMILY=6
# gives any test a network of its own where only IPv6 leads to the guest, by an
# address that it makes from a router's prefix: $address as URLs want it, $host
# without brackets.

set -euo pipefail
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
O=$(cd "$top" && mkdir -p "${O:-build}" && cd "${O:-build}" && pwd)
export O
kernel=${WEIR_KERNEL:-weir}
image=${IMAGE:-$O/debian.ext4}
work=${WORK:-$(mktemp -d "$O/test-XXXXXX")}
test_script=$(readlink -f "$0")
cd "$work"
guest_pid=
guest_net=
helpers= # processes that must not outlive the test
router= # among them: radvd
address=127.0.0.1 # of the guest, as the host sees it
host=$address
family=${FAMILY:-4}

say() {
	echo "# $*"
}

fail() {
	echo "FAILED: $*" >&2
	exit 1
}

skip() {
	echo "SKIPPED: $*"
	exit 77
}

expect() {
	[ "$2" = "$3" ] || fail "$1: expected '$2', got '$3'"
}

same() {
	[ "$(sha256sum <"$1")" = "$(sha256sum <"$2")" ] ||
		fail "$1 and $2 differ ($(stat -c %s "$1" "$2" | xargs))"
}

# A port of the host that nobody listens on.
free_port() {
	/usr/bin/python3 -c 'import socket; s = socket.socket()
s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# QEMU's user network accepts one connection at a time; a TAP device has no
# such bound and offers checksum and segmentation offload.
own_network() {
	local how=-n
	if [ -z "${IN_OWN_NETWORK:-}" ]; then
		[ "$(id -u)" = 0 ] || how=-Urn
		unshare $how true 2>/dev/null && [ -w /dev/net/tun ] ||
			skip "no network namespaces or no /dev/net/tun here"
		trap - EXIT
		IN_OWN_NETWORK=1 WORK=$work exec unshare $how \
			/bin/bash "$test_script" "$@"
	fi
	[ -z "$guest_net" ] || return 0
	ip link set lo up
	ip tuntap add dev tap0 mode tap vnet_hdr
	near_tap
	guest_net=tap:tap0
	address=10.9.0.2 host=10.9.0.2
	APPEND="${APPEND:-} ip=10.9.0.2::10.9.0.1:255.255.255.0::eth0:off"
}

# IPv4: a static address. IPv6: a router that advertises a prefix, radvd.
near_tap() {
	[ "$family" = 6 ] || ip addr add 10.9.0.1/24 dev tap0
	ip link set tap0 up
	[ "$family" = 6 ] || return 0
	sysctl -qw net.ipv6.conf.all.forwarding=1
	ip -6 addr add fd09:6::1/64 dev tap0 nodad
	if [ -n "$router" ]; then # it holds the file until its end
		kill "$router" 2>/dev/null || true
		wait "$router" || true
	fi
	cat >radvd.conf <<-'END'
	interface tap0 {
		AdvSendAdvert on;
		MinRtrAdvInterval 3;
		MaxRtrAdvInterval 4;
		prefix fd09:6::/64 { };
	};
	END
	radvd -n -m stderr -C radvd.conf -p "$work/radvd.pid" \
		>>radvd.log 2>&1 &
	router=$!
	helpers="$helpers $router"
}

# In the guest: waits for the address, and tells it.
tell_address6='
until ip -6 -o addr show dev eth0 scope global | grep "fd09:6:" |
	grep -qv tentative; do
	sleep 0.1
done
ip -6 -o addr show dev eth0 scope global | sed -n "s|.*inet6 \(fd09:6:[^/]*\).*|address \1|p"'

guest_options() {
	options=(--image "$image" --cpus "${CPUS:-1}"
		--memory "${MEMORY:-512}" --machine "${MACHINE:-pc}"
		--timeout "${TIMEOUT:-240}" --console "$work/console"
		--dump "$work/wire.pcap")
	if [ "$kernel" = linux ]; then
		options+=(--linux)
	else
		options+=(--kernel "$O/weir" --capture "$work/weir.pcapng")
	fi
	[ -z "${APPEND:-}" ] || options+=(--append "$APPEND")
	[ -z "${guest_net:-}" ] || options+=(--net "$guest_net")
}

# One command in a guest, its output on standard output.
guest_run() {
	guest_options
	"$top/tools/guest" "${options[@]}" "$@"
}

# Boots in the background: HTTP on $http, SSH on $ssh. More options for
# tools/guest may follow the commands.
guest_start() {
	local script=$1
	shift
	[ "$family" != 6 ] || script="$script
$tell_address6"
	http=80 ssh=22
	guest_options
	if [ -z "${guest_net:-}" ]; then
		http=$(free_port) ssh=$(free_port)
		options+=(--forward "$http:80" --forward "$ssh:22")
	fi
	rm -f "$work/stop"
	mkfifo "$work/stop"
	printf '%s\n' "$script" 'echo ready' 'read -r _' \
		'if [ -r /proc/weir/net ]; then cat /proc/weir/net; fi' >"$work/guest.sh"
	"$top/tools/guest" "${options[@]}" --stdin --keep-disk "$work/disk" \
		--put "$work/guest.sh:/run/guest.sh" "$@" -- \
		/bin/sh -e /run/guest.sh <>"$work/stop" >"$work/output" 2>&1 &
	guest_pid=$!
	local deadline=$((SECONDS + ${READY:-90}))
	until grep -q '^ready$' "$work/output" 2>/dev/null; do
		kill -0 "$guest_pid" 2>/dev/null || guest_died
		[ $SECONDS -lt $deadline ] || fail "the guest is not ready"
		sleep 0.1
	done
	[ "$family" != 6 ] || {
		host=$(sed -n 's/^address //p' "$work/output" | head -n 1)
		address=[$host]
		say "the guest is $host"
	}
}

guest_died() {
	cat "$work/output" >&2
	guest_pid=
	fail "the guest ended early"
}

guest_end() {
	echo >"$work/stop"
	local status=0
	wait "$guest_pid" || status=$?
	guest_pid=
	[ $status = 0 ] || cat "$work/output" >&2
	expect "the guest's exit status" 0 "$status"
	[ "$kernel" = linux ] || check_counters
	check_disk "$work/disk"
	check_capture
}

# Options for one more disk: /dev/vdc, /dev/vdd ... in the order of the calls
# (/dev/vdb carries what is put).
extra_disk() {
	echo "--qemu=-drive --qemu=if=virtio,file=$1,format=raw,cache=unsafe"
}

# Every packet that the stack was given is somewhere.
check_counters() {
	awk '/^ready$/ { after = 1 }
	after && $1 == "submitted" { given = $2; seen = 1 }
	after && /^(delivered|consumed|held|sent|dropped) / { sum += $2 }
	after && $1 == "reason" { reasons += $3 }
	after && $1 == "dropped" { dropped = $2 }
	END { exit !(seen && given == sum && dropped == reasons) }' \
		"$work/output" || {
		cat "$work/output" >&2
		fail "the stack's counters do not add up"
	}
}

check_disk() {
	e2fsck -fn "$1" >"$work/e2fsck" 2>&1 || {
		cat "$work/e2fsck" >&2
		fail "e2fsck found something"
	}
	say "e2fsck: $(tail -n 1 "$work/e2fsck")"
}

# The judges of a capture are tcpdump and tshark, and QEMU's own record of the
# wire: the same packets, each once.
check_capture() {
	local capture=$work/weir.pcapng
	[ "$kernel" = weir ] || capture=$work/wire.pcap
	"$top/tests/lib/capture_judge" "$capture" "$work/wire.pcap" \
		"$guest_net" "$O/pcapdump" || fail "the capture"
}

guest_ssh() {
	ssh -q -p "$ssh" -i "$O/id_weir" -o StrictHostKeyChecking=no \
		-o UserKnownHostsFile=/dev/null -o BatchMode=yes \
		-o ConnectTimeout=60 "root@$host" "$@"
}

finish() {
	local status=$?
	[ -z "$helpers" ] || kill $helpers 2>/dev/null || true
	if [ -n "$guest_pid" ]; then
		kill "$guest_pid" 2>/dev/null || true
		wait "$guest_pid" 2>/dev/null || true
	fi
	[ $status = 0 ] || { [ -s "$work/console" ] && [ $status != 77 ] && {
		echo "# the console's end:"
		tail -n 15 "$work/console" | sed 's/^/  | /'
	} >&2; }
	exit $status
}
trap finish EXIT
[ "$family" = 4 ] || own_network "$@"
