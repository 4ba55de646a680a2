#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Programs that live on inotify: inotifywait says what happens in a tree, ip
# netns monitor which namespaces come and go, tail -f follows a file by its name.
. "$(dirname "$0")/../lib/guest.sh"

cat >inside <<'END'
# has FILE TEXT: waits until it is there.
has() {
	end=$(($(date +%s) + 20))
	until grep -q "$2" "$1"; do
		[ "$(date +%s)" -lt $end ] || { echo "no $2 in $1"; cat "$1"; exit 1; }
		sleep 0.1
	done
}
cd /tmp
mkdir -p tree/sub /run/netns
inotifywait -m -r --format '%w%f %e' tree >seen 2>seen.err &
waiter=$!
has seen.err 'Watches established'
echo text >tree/file
cat tree/file >/dev/null
chmod 600 tree/file
mv tree/file tree/sub/moved
ln tree/sub/moved tree/link
rm tree/link
mkdir tree/new
has seen 'tree/new CREATE,ISDIR'
# It watches the new one by now, or soon.
until grep -q 'tree/new/inside CREATE' seen; do
	rm -f tree/new/inside
	touch tree/new/inside
	sleep 0.1
done
kill $waiter
grep -v 'tree/new/' seen | head -n 13
echo '== once'
inotifywait -q -t 20 -e delete_self --format '%w %e' tree/sub/moved >once &
waiter=$!
until grep -q inotify /proc/$waiter/fdinfo/3; do sleep 0.1; done
rm tree/sub/moved
wait $waiter
cat once

echo '== ip netns monitor'
stdbuf -oL ip netns monitor >names &
monitor=$!
until grep -q inotify /proc/$monitor/fdinfo/*; do sleep 0.1; done
ip netns add red
ip netns add blue
ip netns del red
has names 'delete red'
kill $monitor
cat names

echo '== tail -f'
echo one >log
tail -F log >followed 2>/dev/null &
tail=$!
has followed one
echo two >>log
has followed two
mv log log.1
echo three >log
has followed three
kill $tail
cat followed
END
guest_run --net none --put inside:/tmp/inside -- sh /tmp/inside >got || {
	cat got
	fail "the guest ended early"
}
cat >wanted <<'END'
tree/file CREATE
tree/file OPEN
tree/file MODIFY
tree/file CLOSE_WRITE,CLOSE
tree/file OPEN
tree/file ACCESS
tree/file CLOSE_NOWRITE,CLOSE
tree/file ATTRIB
tree/file MOVED_FROM
tree/sub/moved MOVED_TO
tree/link CREATE
tree/link DELETE
tree/new CREATE,ISDIR
== once
tree/sub/moved DELETE_SELF
== ip netns monitor
add red
add blue
delete red
== tail -f
one
two
three
END
diff wanted got || fail "not as wanted"
