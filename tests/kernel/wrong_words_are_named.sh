#!/bin/bash
# SPDX-License-Identifier: MIT
# Words of the command line that nobody knows, and wrong values of known ones,
# are named on the console; unknown ones without our prefix reach init.
. "$(dirname "$0")/../lib/guest.sh"
[ "$kernel" = weir ] || skip "about Weir's own command line"

out=$("$top/tools/guest" --kernel "$O/weir" --accel tcg --initramfs --net none \
	--timeout 60 --console console \
	--append 'weir.nonsense=1 panic=soon COLOUR=blue' \
	-- /bin/sh -c 'tr "\0" "\n" </proc/1/environ; cat /proc/cmdline')
grep -q 'unknown word "weir.nonsense=1"' console || fail "$(cat console)"
grep -q 'wrong value: "panic=soon"' console || fail "$(cat console)"
grep -q 'unknown word "COLOUR=blue", handed to init' console ||
	fail "$(cat console)"
grep -q '^COLOUR=blue$' <<<"$out" || fail "init has no COLOUR: $out"
grep -q 'weir.nonsense=1 panic=soon COLOUR=blue' <<<"$out" ||
	fail "/proc/cmdline: $out"
