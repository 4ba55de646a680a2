# SPDX-License-Identifier: MIT
# Inside the guest: client - router - server, three namespaces joined by veth,
# over IPv4 and IPv6. `netem` is what the router does to what goes to the
# client (words for tc); nothing if it is empty.
ip link set lo up
for name in client router server; do
	ip netns add $name || exit 1
	ip -n $name link set lo up
done
in_client() { ip netns exec client "$@"; }
in_router() { ip netns exec router "$@"; }
in_server() { ip netns exec server "$@"; }
ip link add c0 netns client type veth peer name r0 netns router || exit 1
ip link add s0 type veth peer name r1
ip link set s0 netns server || exit 1
ip link set r1 netns router || exit 1
address() { # namespace link IPv4 IPv6
	ip -n "$1" addr add "$3/24" dev "$2" &&
		ip -n "$1" addr add "$4/64" dev "$2" nodad &&
		ip -n "$1" link set "$2" up || exit 1
}
address client c0 10.1.1.2 fd00:1::2
address router r0 10.1.1.1 fd00:1::1
address router r1 10.2.2.1 fd00:2::1
address server s0 10.2.2.2 fd00:2::2
ip -n client route add default via 10.1.1.1 || exit 1
ip -n client route add default via fd00:1::1 || exit 1
ip -n server route add default via 10.2.2.1 || exit 1
ip -n server route add default via fd00:2::1 || exit 1
in_router sysctl -qw net.ipv4.ip_forward=1 || exit 1
in_router sysctl -qw net.ipv6.conf.all.forwarding=1 || exit 1
[ "$(cat /proc/sys/net/ipv4/ip_forward)" = 0 ] || exit 1
if [ -n "$netem" ]; then
	# shellcheck disable=SC2086
	in_router tc qdisc add dev r0 root netem $netem || exit 1
fi
mkdir -p /tmp/www
cat >/tmp/nginx.conf <<'END'
worker_processes 1;
pid /tmp/nginx.pid;
error_log /tmp/nginx.log;
events { worker_connections 64; }
http {
	access_log off;
	server { listen 80; listen [::]:80; root /tmp/www; }
}
END
in_server nginx -c /tmp/nginx.conf || exit 1
