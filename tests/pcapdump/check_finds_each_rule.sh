#!/bin/bash
# SPDX-License-Identifier: MIT
# Each rule of pcapdump --check: a conversation that breaks it is found out, by
# that rule's name; those that keep the rules are clean, whole or cut anywhere.
. "$(dirname "$0")/lib.sh"
python3 "$here/check_judge.py" "$pcapdump" "$work" || fail "--check"
ok
