#!/bin/bash
# SPDX-License-Identifier: MIT
# The examples of docs/pcapdump.md do what they say; its table of rules is the
# tool's; every option in the usage text is on the page.
. "$(dirname "$0")/lib.sh"
page=$top/docs/pcapdump.md
cd "$work" || exit 1
PYTHONPATH=$here python3 -c '
import broken_rules
broken_rules.good().write("capture.pcap")'

sed -n '/^```sh$/,/^```$/p' "$page" | grep -v '^```' >examples
[ "$(wc -l <examples)" -gt 10 ] || fail "no examples on the page"
n=0
while read -r line; do
	n=$((n + 1))
	(eval "${line//pcapdump /\"\$pcapdump\" }") >"out.$n" 2>"err.$n" </dev/null ||
		fail "$line: $(cat "err.$n")"
	[ ! -s "err.$n" ] || fail "$line: $(cat "err.$n")"
	case $line in
	*-o\ bytes*) [ -s bytes.0 ] && [ -s bytes.1 ] || fail "$line" ;;
	*out.svg*) grep -q '<svg' out.svg || fail "$line" ;;
	*out.html*) grep -qi '<html' out.html || fail "$line" ;;
	*-d\ *) ;; # nothing was dropped
	*) [ -s "out.$n" ] || fail "$line says nothing" ;;
	esac
done <examples
say "$n examples"

sed -n 's/^| \([A-Z-]*\) | \(violation\|note\) | .*/\1 \2/p' "$page" | sort >told
tr -d '\n' <"$top/tools/pcapdump/check_rules.c" |
	grep -o '{ *"[A-Z-]*", *\(true\|false\)' |
	sed 's/.*"\(.*\)", *true/\1 violation/; s/.*"\(.*\)", *false/\1 note/' |
	sort >known
diff told known || fail "the page's rules are not the tool's"

"$pcapdump" --help >help || fail "--help"
for option in $(grep -o -- '--[a-z]\+' help | sort -u); do
	[ "$option" = --help ] || grep -q -- "$option" "$page" ||
		fail "the page does not tell of $option"
done
ok
