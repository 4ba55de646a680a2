#!/bin/bash
# SPDX-License-Identifier: MIT
# The picture of --plot: well-formed, small for 100,000 packets, every
# retransmission in it with its packet's number (tshark knows where they are),
# colours that a renderer other than ours puts on the page, and nothing from
# the capture taken as markup.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$(mktemp -d "${WORK:-/tmp}/plot-XXXXXX")"
exec /usr/bin/python3 "$top/tests/pcapdump/plot_judge.py" \
	"${O:-$top/build}/pcapdump" "$top/tests/pcapdump/make_capture"
