# SPDX-License-Identifier: MIT
#
# A network of two hops for the tools' tests, sourced after own_network:
#
#     guest 10.9.0.2, fd09::2 -- router 10.9.0.1, fd09::1, fe80::1
#     router -- far 10.9.1.2, fd09:1::2, behind an MTU of 1400
#
# The router is the test's own namespace, the far host one inside it. In the
# guest's place a third namespace of the host's Linux can stand: the oracle,
# which runs the same commands.
#
#     far_start               makes the far host, with a web server's port 80
#                             open and an echo on port 7 of UDP and TCP
#     near_side DEVICE        the router's end of the guest's cable
#     oracle_start            the Linux in the guest's place
#     oracle COMMAND...       runs something there
#     oracle_end
#     $guest_set_up           what makes the guest's side of it

far_pid=
oracle_pid=

guest_set_up='ip link set lo up
ip -6 addr add fd09::2/64 dev eth0 nodad
ip -6 route add default via fd09::1 dev eth0'

# A namespace that lives as long as the test; its process in $held.
hold_namespace() {
	unshare -n sleep 1000 >/dev/null 2>&1 &
	held=$!
	helpers="$helpers $held"
	until [ "$(readlink "/proc/$held/ns/net")" != \
		"$(readlink /proc/self/ns/net)" ]; do
		sleep 0.01
	done
}

near_side() {
	ip addr add 10.9.0.1/24 dev "$1" 2>/dev/null || true
	ip link set "$1" up
	ip -6 addr add fd09::1/64 dev "$1" nodad
	ip -6 addr add fe80::1/64 dev "$1" nodad
}

far() {
	nsenter -t "$far_pid" -n "$@"
}

oracle() {
	nsenter -t "$oracle_pid" -n "$@"
}

# Limits would make answers depend on how fast questions come.
no_limits='sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0'

far_start() {
	sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	hold_namespace
	far_pid=$held
	ip link add far0 type veth peer name eth0 netns "$far_pid"
	ip link set far0 mtu 1400 up
	ip addr add 10.9.1.1/24 dev far0
	ip -6 addr add fd09:1::1/64 dev far0 nodad
	far ip link set eth0 mtu 1400 up
	far ip link set lo up
	far ip addr add 10.9.1.2/24 dev eth0
	far ip route add default via 10.9.1.1
	far ip -6 addr add fd09:1::2/64 dev eth0 nodad
	far ip -6 route add default via fd09:1::1
	$no_limits
	far $no_limits
	local port
	for port in "TCP6-LISTEN:80 SYSTEM:cat" "TCP6-LISTEN:7 EXEC:cat" \
		"UDP6-LISTEN:7 EXEC:cat"; do
		# shellcheck disable=SC2086
		set -- $port
		nsenter -t "$far_pid" -n socat \
			"$1,fork,reuseaddr,ipv6only=0" "$2" >>socat.log 2>&1 &
		helpers="$helpers $!"
	done
	until [ "$(far ss -tuln | grep -cE ':(80|7) ')" = 3 ]; do
		sleep 0.05
	done
}

oracle_start() {
	ip addr flush dev tap0
	hold_namespace
	oracle_pid=$held
	ip link add near0 type veth peer name eth0 netns "$oracle_pid"
	near_side near0
	oracle ip link set eth0 address 52:54:00:12:34:56 up
	oracle ip addr add 10.9.0.2/24 brd 10.9.0.255 dev eth0
	oracle ip route add default via 10.9.0.1
	oracle sh -ec "$guest_set_up"
	oracle sysctl -qw net.ipv4.ping_group_range="0 2147483647"
}

oracle_end() {
	ip link del near0
	oracle_pid=
}
