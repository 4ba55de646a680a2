#!/bin/bash
# SPDX-License-Identifier: MIT
# A minute of fuzzing for each parser of net/wire.
set -euo pipefail
cd "$(dirname "$0")/../.."
make --no-print-directory -j"$(nproc)" O="${O:-build}" fuzzers
exec tests/fuzz/run "${SECONDS_EACH:-60}" address arp ip4 ip6 tcp dhcp \
	ethernet icmp udp netlink
