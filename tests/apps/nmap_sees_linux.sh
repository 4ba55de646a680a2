#!/bin/bash
# SPDX-License-Identifier: MIT
#
# nmap -O asks a stack sixteen odd questions, and tells systems apart by the
# answers. Between two namespaces of the guest it gets those that it gets between
# two of the host's Linux: options, windows, flags, what is answered and what is
# not. (A name for it nmap has only where its list is as new as the kernel.)
. "$(dirname "$0")/../lib/guest.sh"
own_network "$@"

cat >both.sh <<'END'
near() { ip netns exec near "$@"; }
far() { ip netns exec far "$@"; }
ip link add c0 netns near type veth peer name s0 netns far
ip -n near addr add 10.1.1.2/24 dev c0
ip -n far addr add 10.1.1.1/24 dev s0
for at in 'near c0' 'far s0' 'near lo' 'far lo'; do
	ip -n ${at% *} link set "${at#* }" up
done
far sysctl -qw net.ipv4.tcp_rmem='4096 131072 33554432' || exit 1
far socat TCP-LISTEN:80,fork,reuseaddr OPEN:/dev/null &
listener=$!
until far ss -Hltn sport = 80 | grep -q LISTEN; do sleep 0.1; done
near timeout 100 nmap -n -Pn -O -p 80,81 10.1.1.1
kill $listener
END
# The names of namespaces lie in /run: in a mount namespace with one of its own.
timeout 110 unshare -m sh -c 'mount -t tmpfs none /run && ip netns add near &&
	ip netns add far && . ./both.sh' >linux 2>&1 || {
	cat linux
	fail "nmap on the host"
}
(
	echo 'ip netns add near && ip netns add far || exit 1'
	cat both.sh
) >inside
guest_net=none
guest_run --put inside:/tmp/inside -- sh /tmp/inside >weir 2>&1 || {
	cat weir
	fail "nmap in the guest"
}

# One answer a line, without what is random: how sequence numbers and time
# stamps go on, and the ports.
answers() {
	sed -n 's/^OS://p' "$1" | tr -d '\n' | sed 's/)/)\n/g' |
		sed -E 's/^SEQ\(.*(%TI=[^)]*)%TS=[^)]*/SEQ(\1/; /^SCAN/d'
}
answers linux >wanted
answers weir >got
expect "answers that Linux gives" 13 "$(wc -l <wanted)"
diff wanted got || fail "nmap can tell it from Linux"
say "$(grep -c '' got) answers are Linux's"
