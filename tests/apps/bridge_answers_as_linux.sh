#!/bin/bash
# SPDX-License-Identifier: MIT
#
# bridge(8) and ip(8) about bridges and VLANs: as ip_answers_as_linux.sh.
NAMES="bridge vlan" LIMIT=200 exec bash "$(dirname "$0")/ip_answers_as_linux.sh" "$@"
