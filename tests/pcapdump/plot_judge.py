#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Judges the pictures of --plot: see plot_hides_nothing.sh."""

import os
import random
import re
import struct
import subprocess
import sys
import xml.etree.ElementTree as xml
import zlib

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from judge import check, end, equal, run, tshark

pcapdump, make_capture = sys.argv[1:3]
SVG = "{http://www.w3.org/2000/svg}"
KINDS = {"fast": "fast retransmit", "timeout": "retransmission timeout",
         "tlp": "tail loss probe"}
COLOURS = {"fast": (0xd9, 0x78, 0), "timeout": (0xc8, 0x10, 0x2e),
           "tlp": (0xb5, 0x40, 0x9b), "data": (0x2a, 0x6f, 0xb0),
           "ack": (0x14, 0x86, 0x6d), "sack": (0x7a, 0x55, 0xb8)}
ENTITIES = re.compile(r"<!(DOCTYPE|ENTITY)|<script|<foreignObject|\son\w+=", re.I)


def make(name, *words):
    text = run(make_capture, name, *words)
    return dict((k, int(v)) for k, v in
                (w.split("=") for w in text.split()))


def plot(capture, *words):
    run(pcapdump, "--plot", capture + ".svg", *words, capture)
    with open(capture + ".svg", encoding="utf-8") as f:
        text = f.read()
    return text, xml.fromstring(text)


def numbered(root, kind):
    """The packets whose numbers stand in the titles of a kind's marks."""
    found = []
    for use in root.iter(SVG + "use"):
        title = use.find(SVG + "title")
        if use.get("href") == "#" + kind and title is not None:
            found.append(int(re.search(r"packet (\d+)", title.text).group(1)))
    return sorted(found)


def legend(root):
    """{"fast retransmit": 12, ...} as the picture says."""
    counts = {}
    for text in root.iter(SVG + "text"):
        match = re.fullmatch(r"(.+) \((\d+)\)", text.text or "")
        if match:
            counts[match.group(1)] = int(match.group(2))
    return counts


def colours_in(png):
    """The set of colours in an 8-bit RGBA or RGB picture."""
    with open(png, "rb") as f:
        data = f.read()
    at, packed, width = 8, b"", 0
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8:at + 8 + length]
        if kind == b"IHDR":
            width, _, depth, colour = struct.unpack_from(">IIBB", body)
            size = {2: 3, 6: 4}[colour]
            assert depth == 8
        elif kind == b"IDAT":
            packed += body
        at += 12 + length
    raw, stride = zlib.decompress(packed), width * size
    before, seen = bytearray(stride), set()
    for y in range(0, len(raw), stride + 1):
        row = bytearray(raw[y + 1:y + 1 + stride])
        unfilter(raw[y], row, before, size)
        for x in range(0, stride, size):
            seen.add(bytes(row[x:x + 3]))
        before = row
    return {tuple(c) for c in seen}


def unfilter(kind, row, up, size):
    for i in range(len(row)):
        a = row[i - size] if i >= size else 0
        b, c = up[i], up[i - size] if i >= size else 0
        if kind == 1:
            guess = a
        elif kind == 2:
            guess = b
        elif kind == 3:
            guess = (a + b) // 2
        elif kind == 4:
            p = a + b - c
            guess = min((abs(p - a), 0, a), (abs(p - b), 1, b),
                        (abs(p - c), 2, c))[2]
        else:
            guess = 0
        row[i] = (row[i] + guess) & 255


def judge_small():
    made = make("small.pcapng", 3000)
    text, root = plot("small.pcapng")
    size = root.get("viewBox").split()
    equal("the picture has a size", ["0", "0"], size[:2])
    check("no markup from the capture", not ENTITIES.search(text))
    # tshark, which knows nothing of our notes, names the retransmissions of
    # the longest connection; ours has each, and calls it by its kind.
    again = {int(n) for [n] in tshark(
        "small.pcapng", "tcp.stream == 0 and tcp.srcport == 80 and "
        "(tcp.analysis.retransmission or tcp.analysis.fast_retransmission "
        "or tcp.analysis.spurious_retransmission or "
        "tcp.analysis.out_of_order)")}
    ours = sorted(n for kind in KINDS for n in numbered(root, kind))
    equal("every retransmission that tshark sees is marked", [],
          sorted(again - set(ours)))
    equal("no packet is marked twice", len(ours), len(set(ours)))
    counts = legend(root)
    for kind, name in KINDS.items():
        equal(f"the legend counts the marks: {name}",
              len(numbered(root, kind)), counts.get(name))
    equal("the dropped segment is marked", 1, counts.get("dropped"))
    equal("its mark names the packet", [int(n) for [n] in tshark(
        "small.pcapng", "tcp.stream == 0 and tcp.srcport == 20000 and "
        "tcp.len == 10")], numbered(root, "drop"))
    stats = run(pcapdump, "--stats", "--conn", 0, "small.pcapng")
    for kind, name in KINDS.items():
        label = {"tlp": "tail loss probe"}.get(kind, kind)
        row = re.search(rf"^ +{label} \(?.*?(\d+)$", stats, re.M)
        equal(f"--stats agrees: {name}", counts.get(name, 0),
              int(row.group(1)) if row else 0)
    return made


def judge_rendering():
    """librsvg, which is not ours, draws it: every colour is on the page."""
    run("rsvg-convert", "-o", "small.png", "small.pcapng.svg")
    seen = colours_in("small.png")
    for name, colour in COLOURS.items():
        check(f"the colour of {name} is seen", colour in seen)
    equal("rsvg-convert reads it without a word", "",
          run("sh", "-c", "rsvg-convert small.pcapng.svg 2>&1 >small2.png"))


def judge_large():
    make("large.pcapng", 100000)
    text, root = plot("large.pcapng")
    check("100,000 packets stay below 1 MB", len(text) < 1_000_000, len(text))
    counts = legend(root)
    for kind, name in KINDS.items():
        uses = sum(u.get("href") == "#" + kind for u in
                   root.iter(SVG + "use"))
        # One more in the legend, one in front of the rug's row.
        equal(f"all {name} marks of 50,000 packets", counts[name], uses - 2)
    check("there are many", counts[KINDS["timeout"]] > 1000, counts)


def judge_plain():
    """Without our options only what can be inferred; nothing is claimed."""
    make("plain.pcapng", 3000, "plain")
    text, root = plot("plain.pcapng")
    names = [t.text for t in root.iter(SVG + "text")]
    check("no cwnd without notes", "cwnd" not in names and "srtt" not in names)
    check("what is in flight is said", any(
        "not acknowledged" in (n or "") for n in names))
    noted = plot("small.pcapng")[1]
    ours = {n for k in ("fast", "timeout", "tlp", "needless", "late")
            for n in numbered(noted, k)}
    inferred = {n for k in ("fast", "timeout", "tlp", "needless", "late")
                for n in numbered(root, k)}
    equal("the same retransmissions are found", ours, inferred)


def judge_words():
    one, root = plot("small.pcapng", "--conn", 1)
    check("--conn chooses", "10.0.0.1:80 \u2192 10.0.0.2:20001" in one)
    back = plot("small.pcapng", "--conn", 1, "--reverse")[0]
    check("--reverse turns round", "10.0.0.2:20001 \u2192 10.0.0.1:80" in back)
    equal("its title is its name", "title", root.get("aria-labelledby").split()[0])
    check("its description counts", "fast retransmit" in
          (plot("small.pcapng")[1].find(SVG + "desc").text or ""))
    run(pcapdump, "--plot", "x.svg", "--conn", 99999, "small.pcapng", status=2)
    run(pcapdump, "--plot", "/nonexistent/x.svg", "small.pcapng", status=2)
    equal("to standard output", plot("small.pcapng")[0],
          run(pcapdump, "--plot", "-", "small.pcapng"))
    with open("small.pcapng", "rb") as f:
        data = f.read()
    with open("cut.pcapng", "wb") as f:
        f.write(data[:len(data) // 2 + 1])
    xml.fromstring(run(pcapdump, "--plot", "-", "cut.pcapng", status=None))
    check("a capture that is cut off is drawn as far as it goes", True)


def judge_broken():
    """Bytes that someone changed: a whole picture or none, and no crash."""
    dice = random.Random(7)
    with open("small.pcapng", "rb") as f:
        data = f.read(60000)
    whole = 0
    for _ in range(80):
        broken = bytearray(data)
        for _ in range(dice.choice((1, 5, 50))):
            at = dice.randrange(len(broken) - 4)
            broken[at:at + 4] = dice.choice((
                b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff",
                dice.randbytes(4)))
        with open("broken.pcapng", "wb") as f:
            f.write(broken)
        done = subprocess.run(
            [pcapdump, "--plot", "-", "--conn", "0", "broken.pcapng"],
            capture_output=True, timeout=20)
        if done.returncode not in (0, 2):
            check("a broken capture is survived", False, done.returncode)
            return
        if done.stdout:
            xml.fromstring(done.stdout)
            whole += 1
    check("80 broken captures are survived", whole > 10, whole)


judge_small()
judge_rendering()
judge_large()
judge_plain()
judge_words()
judge_broken()
end()
