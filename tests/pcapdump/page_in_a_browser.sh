#!/bin/bash
# SPDX-License-Identifier: MIT
# The page of --html in a real browser (headless Chromium, driven by WebDriver,
# from a file: URL): no error on its console, tshark's counts, stories, zoom,
# filter, keys; nothing from the capture is run; 100,000 packets stay usable.
set -euo pipefail
export PATH=$PATH:/usr/sbin:/sbin
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$(mktemp -d "${WORK:-/tmp}/page-XXXXXX")"
for program in chromium chromedriver tshark; do
	command -v $program >/dev/null || {
		echo "SKIPPED: no $program"
		exit 77
	}
done
exec timeout 300 /usr/bin/python3 "$top/tests/pcapdump/page_judge.py" \
	"${O:-$top/build}/pcapdump" "$top/tests/pcapdump/make_capture"
