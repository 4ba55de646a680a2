# SPDX-License-Identifier: MIT
"""losing.py PCAPDUMP CAPTURE: takes packets out of a capture, at random and in
runs, or cuts its beginning off: --check must blame nobody for that."""

import random
import subprocess
import sys

from talk import read_pcap, write_pcap

pcapdump, capture = sys.argv[1:3]
link, packets = read_pcap(capture)
dice = random.Random(7)
path = capture + ".less"


def check(what, kept):
    write_pcap(path, link, kept)
    done = subprocess.run([pcapdump, "--check", path], capture_output=True,
                          text=True)
    if done.returncode:
        print(what, done.stdout, done.stderr)
        sys.exit(1)


for round in range(6):
    share = (0.001, 0.01, 0.1)[round % 3]
    check(f"without {share}, round {round}",
          [p for p in packets if dice.random() >= share])
    start = dice.randrange(len(packets))
    check(f"from packet {start} on", packets[start:])
    check(f"without 50 from {start}", packets[:start] + packets[start + 50:])
