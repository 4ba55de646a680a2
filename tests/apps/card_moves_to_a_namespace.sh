#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The virtio card moves into a network namespace: curl and ping go out of it
# while it lives, in the middle of a download it moves on to another one and
# comes back to the first when the last one dies, under its own name or, if that
# is taken, under the one that Linux gives. The permanent address is the
# card's, whatever was set since. Each stay has
# its own interface in the capture, and all the packets of a stay in the first
# namespace are on it.
. "$(dirname "$0")/../lib/guest.sh"

mkdir served
head -c 20000000 /dev/urandom >served/big
head -c 100000 /dev/urandom >served/file
port=$(free_port)
/usr/bin/python3 -m http.server --bind 127.0.0.1 -d served "$port" \
	>server.log 2>&1 &
server=$!
helpers=$server

cat >inside <<END
url=http://10.0.2.2:$port
END
cat >>inside <<'END'
waits() { # until a command succeeds
	for i in $(seq 200); do "$@" >/dev/null 2>&1 && return; sleep 0.05; done
	echo "never: $*"
}
listens() { # how: somebody there is told of changes
	$1 grep -qE '^[0-9a-f]+ +0 +[0-9]+ +0*[1-9a-f]' /proc/net/netlink
}
of_card() { # how, name
	$1 ethtool -P $2 | sed "s/$mac/MAC/"
}
at_home() { ip link show "$1"; }
address() { # namespace
	ip -n $1 addr add 10.0.2.15/24 dev eth0
	ip -n $1 link set eth0 up
	ip -n $1 route add default via 10.0.2.2
}
fetch() { # how
	$1 curl -sS -o /tmp/got $url/file && sha256sum </tmp/got
}
mac=$(cat /sys/class/net/eth0/address)
waits ip route get 10.0.2.2
fetch
ip netns add A
ip netns add B
ip monitor link >/tmp/heard-home &
home=$!
ip netns exec A ip monitor link >/tmp/heard-A &
away=$!
waits listens
waits listens "ip netns exec A"
ip link set eth0 netns A
ip link show eth0
ip route show default
ip -n A -br link show eth0 | sed "s/$mac/MAC/"
of_card "ip netns exec A" eth0
waits grep -q Deleted /tmp/heard-home
waits grep -q eth0 /tmp/heard-A
kill $home $away
grep -A9 Deleted /tmp/heard-home | grep -o 'new-nets*n*.*' | cut -d' ' -f1
address A
fetch "ip netns exec A"
ip netns exec A ping -q -c 2 -i 0.2 -W 5 10.0.2.2 | grep received | cut -d, -f1,2
curl -sS --max-time 5 -o /tmp/got $url/file || echo "curl $?"
# In the middle of a download.
ip netns exec A curl -sS -o /tmp/part --limit-rate 1M --speed-limit 1 \
	--speed-time 2 $url/big || echo "curl $?" &
waits test -s /tmp/part
ip link add eth0 type dummy
ip -n A link set eth0 netns 1 2>&1
ip -n A link set eth0 netns B
wait $!
ip link del eth0
address B
fetch "ip netns exec B"
ip netns del B
waits at_home eth0
address 1 2>/dev/null || {
	ip addr add 10.0.2.15/24 dev eth0
	ip link set eth0 up
	ip route add default via 10.0.2.2
}
cat /sys/class/net/eth0/address | sed "s/$mac/MAC/"
fetch
# Its name is taken when it comes back.
ip link set eth0 down
ip link set eth0 address 52:54:00:aa:bb:cc
ip link set eth0 netns A name card
ip -n A -br link show card
of_card "ip netns exec A" card
ip -n A link set card address $mac
ip link add card type dummy
ip netns del A
waits ip link show dev2
of_card "" dev2
ip -br link show dev2 | sed "s/$mac/MAC/"
ip addr add 10.0.2.15/24 dev dev2
ip link set dev2 up
ip route add default via 10.0.2.2
fetch
END
timeout -k 5 100 "$top/tools/guest" --kernel "$O/weir" --image "$image" \
	--cpus "${CPUS:-1}" --timeout 90 --capture home.pcapng \
	--put inside:/tmp/inside -- sh -c "sh /tmp/inside 2>/dev/null" >all ||
	{ cat all; fail "the guest ended with status $?"; }
sum=$(sha256sum <served/file)
cat >wanted <<END
$sum
eth0             DOWN           MAC <BROADCAST,MULTICAST> 
Permanent address: MAC
new-netnsid
$sum
2 packets transmitted, 2 received
curl 7
Error: An interface with the same name exists in the target netns.
curl 28
$sum
MAC
$sum
card             DOWN           52:54:00:aa:bb:cc <BROADCAST,MULTICAST> 
Permanent address: MAC
Permanent address: MAC
dev2             DOWN           MAC <BROADCAST,MULTICAST> 
$sum
END
diff -u wanted all >diff || fail "$(cat diff)"
# Of each of the three stays in the first namespace: a download, on an interface
# of its own.
tshark -r home.pcapng -Y "tcp.flags.syn == 1 && tcp.dstport == $port" \
	-T fields -e frame.interface_id -e frame.interface_name >stays 2>/dev/null
expect "names" "eth0 eth0 dev2" "$(uniq stays | cut -f2 | xargs)"
expect "interfaces" 3 "$(cut -f1 stays | sort -u | wc -l)"
say "three namespaces, and back twice"
