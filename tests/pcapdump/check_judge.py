# SPDX-License-Identifier: MIT
"""check_judge.py PCAPDUMP DIR: see check_finds_each_rule.sh."""

import random
import re
import subprocess
import sys

import broken_rules
from talk import ETHERNET, RAW, SLL, write_pcap

pcapdump, work = sys.argv[1:3]
passed = failed = 0


def check(path):
    done = subprocess.run([pcapdump, "--check", path], capture_output=True,
                          text=True)
    if done.stderr:
        print(done.stderr)
    return done.returncode, done.stdout


def judge(what, good, text=""):
    global passed, failed
    passed += good
    failed += not good
    if not good:
        print(f"not ok: {what}\n{text}")


def classes():
    """Of all rules in the tool's own table: none may be without a test."""
    with open("tools/pcapdump/check_rules.c") as f:
        return dict(re.findall(r'\{ "([A-Z-]+)", (true|false)', f.read()))


path = f"{work}/talk.pcap"
violation = {name: value == "true" for name, value in classes().items()}
judge("every rule has a conversation", set(violation) ==
      set(broken_rules.RULES), sorted(set(violation) ^ set(broken_rules.RULES)))

for name, make in broken_rules.RULES.items():
    make().write(path)
    status, text = check(path)
    kind = "violation" if violation.get(name) else "note"
    judge(f"{name} is found", f"{kind} {name} " in text, text)
    judge(f"{name} has status {int(violation.get(name, 0))}",
          status == violation.get(name), text)
    others = [line for line in text.splitlines()
              if line.startswith("violation") and f" {name} " not in line]
    judge(f"{name} alone is violated", not others, text)

# None of them may be seen where all is well.
for more in ({}, {"link": RAW}, {"link": SLL}, {"timestamps": False},
             {"sack": False}, {"wscale": 0, "window": 60000}, {"mss": 1500}):
    t = broken_rules.good(**more)
    t.write(path)
    status, text = check(path)
    notes = [line for line in text.splitlines()
             if line.startswith(("violation", "note"))]
    judge(f"good {more} is clean", status == 0 and not notes, text)

for what, t in broken_rules.damaged_beginnings():
    t.write(path)
    status, text = check(path)
    judge(f"a damaged {what} accuses nobody", status == 0, text)
    judge(f"a damaged {what} is told", "note CHECKSUM-BAD" in text or
          "SYN" in what, text)

# A capture that lost packets, or began late, accuses nobody.
t = broken_rules.good()
for i in range(len(t.packets)):
    write_pcap(path, ETHERNET, t.packets[:i] + t.packets[i + 1:])
    status, text = check(path)
    judge(f"packet {i + 1} not captured", status == 0, text)
    write_pcap(path, ETHERNET, t.packets[i:])
    status, text = check(path)
    judge(f"captured from packet {i + 1} on", status == 0, text)
dice = random.Random(2026)
for round in range(60):
    kept = [p for p in t.packets if dice.random() > 0.2]
    write_pcap(path, ETHERNET, kept)
    status, text = check(path)
    judge(f"a fifth not captured, round {round}", status == 0, text)
for side in (b"\2\0\0\0\0\1", b"\2\0\0\0\0\2"):
    write_pcap(path, ETHERNET, [p for p in t.packets if p[1][:6] == side])
    status, text = check(path)
    judge("one direction alone", status == 0, text)

print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
