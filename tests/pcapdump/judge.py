# SPDX-License-Identifier: MIT
"""What the judges of pictures and pages share: running the tool and tshark,
and counting what passed."""

import os
import subprocess
import sys

passed = failed = 0


def run(*words, status=0, **options):
    done = subprocess.run([str(w) for w in words], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, **options)
    if status is not None and done.returncode != status:
        sys.exit(f"{words[:3]} ended with {done.returncode}: {done.stderr}")
    return done.stdout


def tshark(capture, filter_, *fields):
    """The values of some fields of the packets that match, a list a packet."""
    words = ["tshark", "-r", capture, "-Y", filter_, "-T", "fields"]
    for field in fields or ("frame.number",):
        words += ["-e", field]
    lines = run(*words, env=dict(os.environ, LC_ALL="C")).splitlines()
    return [line.split("\t") for line in lines]


def check(what, good, detail=""):
    global passed, failed
    if good:
        passed += 1
        print(f"ok {what}")
    else:
        failed += 1
        print(f"not ok {what}: {detail}")
    sys.stdout.flush()


def equal(what, expected, got):
    check(what, expected == got, f"expected {expected!r}, got {got!r}")


def end():
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)
