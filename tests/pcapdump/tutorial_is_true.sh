#!/bin/bash
# SPDX-License-Identifier: MIT
# What docs/reading-captures.md shows is what the tool says today. After a
# change that is meant: tests/pcapdump/tutorial.py build/pcapdump --write
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
exec /usr/bin/python3 "$top/tests/pcapdump/tutorial.py" \
	"${O:-$top/build}/pcapdump"
