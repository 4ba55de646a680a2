#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Keeps docs/reading-captures.md true: tutorial.py PCAPDUMP [--write]

Runs each `$ command` of its console blocks in docs/ and compares the output
with what stands there, and the picture with what --plot draws; or writes
both anew. What is written is then to be read by a human: the sentences
around it must still be right."""

import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from judge import end, equal

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.realpath(__file__))))
DOCS = os.path.join(TOP, "docs")
PAGE = os.path.join(DOCS, "reading-captures.md")
PICTURE = os.path.join(DOCS, "lossy-download.svg")


def run(command, path):
    env = dict(os.environ, PATH=path + ":" + os.environ["PATH"], LC_ALL="C",
               TZ="UTC")
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=DOCS,
                          env=env, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{command}: status {done.returncode}: {done.stderr}")
    return done.stdout


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def main():
    path = os.path.dirname(os.path.realpath(sys.argv[1]))
    write = "--write" in sys.argv[2:]
    page = read(PAGE)

    def renew(match):
        command = match.group(1)
        fresh = f"```console\n$ {command}\n{run(command, path)}```\n"
        if not write:
            equal(command, match.group(0), fresh)
        return fresh

    blocks = re.compile(r"^```console\n\$ (.*)\n(?:.*\n)*?```\n", re.M)
    fresh = blocks.sub(renew, page)
    with tempfile.TemporaryDirectory() as place:
        picture = os.path.join(place, "picture.svg")
        run(f"pcapdump --plot {picture} lossy-download.pcapng", path)
        drawn = read(picture)
    if write:
        with open(PAGE, "w", encoding="utf-8") as f:
            f.write(fresh)
        with open(PICTURE, "w", encoding="utf-8") as f:
            f.write(drawn)
        return
    equal("the picture is what --plot draws", read(PICTURE), drawn)
    end()


main()
