#!/bin/bash
# SPDX-License-Identifier: MIT
# The sources of --html's page keep to the rules that make it safe and readable:
# no text becomes markup, nothing is fetched, no style or handler stands in an
# attribute (the page's policy would refuse them), every file says what it is.
set -euo pipefail
cd "$(dirname "$0")/../../tools/pcapdump/html"
passed=0 failed=0

none() { # WHAT PATTERN FILES...
	local what=$1 pattern=$2 found
	shift 2
	if found=$(grep -nE "$pattern" "$@" /dev/null); then
		echo "not ok no $what: $found"
		failed=$((failed + 1))
	else
		echo "ok no $what"
		passed=$((passed + 1))
	fi
}

none "text that becomes markup" \
	'innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser' ./*.js
none "text that becomes code" \
	'\beval\(|new Function|setTimeout\(["'\''`]|javascript:' ./*.js ./*.html
none "way out" 'https?://|fetch\(|XMLHttpRequest|WebSocket|import\(|@import' \
	./*.js ./*.html ./*.css
none "handlers or styles in attributes" ' (on[a-z]+|style)=' ./*.html
none "style attributes set by scripts" 'setAttribute\(.style|cssText' ./*.js
none "loose ends" 'TODO|FIXME|XXX|console\.(log|debug)|debugger' ./*
none "comparisons that convert" '[^=!<>]==[^=]|!=[^=]' \
	$(ls ./*.js | grep -v filter.js)
none "old declarations" '^\s*var ' ./*.js
none "lines beyond 100 columns" '^.{101}' ./*
none "trailing blanks" '\s$' ./*
none "indentation by blanks" '^  ' ./*.js ./*.css
for file in *.js; do
	if [ "$(head -n 1 "$file")" = "'use strict';" ] &&
		[ "$(sed -n 3p "$file")" = "/*" ]; then
		passed=$((passed + 1))
	else
		echo "not ok $file: strict, and a comment on what it is"
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
