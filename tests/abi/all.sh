#!/bin/bash
# SPDX-License-Identifier: MIT
# Every program of tests/abi says on Weir what it says on Linux. The host's
# Linux is the oracle; the guest runs them all in one boot, and goes on with
# the next one after a boot that died. TESTS='a b' runs only those.
. "$(dirname "$0")/../lib/guest.sh"

make -s -C "$top" O="$O" abi-programs >make.log 2>&1 || {
	cat make.log >&2
	fail "the programs do not compile"
}
gcc -static -O1 -o batch "$top/tests/lib/batch.c"
names=${TESTS:-$(cd "$top/tests/abi" && basename -s .c ./*.c)}
mkdir -p programs
for name in $names; do
	cp "$O/tests/abi/$name" programs/
	strip programs/"$name"
done
TIMEOUT=${TIMEOUT:-400} guest_options
/usr/bin/python3 "$top/tests/lib/abi_compare.py" "$work" \
	"$top/tools/guest" "${options[*]}" $names
