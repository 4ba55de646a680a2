# SPDX-License-Identifier: MIT
# For the tests of pcapdump: sourced. Needs no guest.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
O=${O:-$top/build}
pcapdump=$O/pcapdump
if [ -n "${WORK:-}" ]; then
	work=$WORK
else
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
fi

say() { printf '# %s\n' "$*"; }
fail() {
	printf 'not ok: %s\n' "$*"
	exit 1
}
skip() {
	printf 'SKIPPED: %s\n' "$*"
	exit 77
}
ok() { printf 'ok\n'; }

[ -x "$pcapdump" ] || fail "no $pcapdump: make pcapdump"
