#!/bin/bash
# SPDX-License-Identifier: MIT
# Files of every kind: what is no capture is refused in words and with status 2;
# what is cut is read as far as it goes; either byte order, both clocks, and all
# link types give the same connection.
. "$(dirname "$0")/lib.sh"
PYTHONPATH=$here exec python3 - "$pcapdump" "$work" <<'END'
import os, struct, subprocess, sys
from broken_rules import good
from talk import ETHERNET, RAW, SLL, block, option, read_pcap, write_pcap

pcapdump, work = sys.argv[1:3]
os.chdir(work)
MODES = ([], ["--summary"], ["--stats"], ["--follow"], ["--check"],
         ["--explain", "1"])


def run(*words, data=None):
    done = subprocess.run([pcapdump, *words], input=data, capture_output=True)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def expect(what, good, *seen):
    if not good:
        sys.exit(f"not ok: {what}: {seen}")


def refused(what, data, words):
    with open("bad", "wb") as f:
        f.write(data)
    for mode in MODES:
        status, out, err = run(*mode, "bad")
        expect(what, status == 2 and words in err and err.count("\n") == 1,
               mode, status, err)


good().write("good.pcap")
source = open("good.pcap", "rb").read()
link, packets = read_pcap("good.pcap")
_, stats, _ = run("--stats", "good.pcap")

refused("empty", b"", "the file is empty")
refused("short", b"\xd4\xc3", "not a capture")
refused("text", b"hello, world\n" * 10, "not a capture")
refused("header cut", source[:20], "ends in its first block")
refused("version", source[:4] + b"\x09\x00" + source[6:], "version")
refused("length", source[:32] + b"\xff\xff\xff\x7f" + source[36:],
        "impossible length")
refused("pcapng's magic", struct.pack("<III", 0x0a0d0d0a, 28, 0x12345678) +
        bytes(16), "byte order")
refused("pcapng's length", struct.pack("<III", 0x0a0d0d0a, 5, 0x1a2b3c4d) +
        bytes(16), "impossible length")
section = block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1))
refused("no interface", section + block(6, bytes(20)), "unknown interface")
status, out, err = run("nowhere")
expect("no file", status == 2 and "No such file" in err, err)
status, out, err = run(work)
expect("a folder", status == 2 and "directory" in err.lower() or
       "cannot be read" in err, status, err)
for words in (["--conn"], ["--conn", "x", "f"], ["--explain", "-1", "f"],
              ["--stats", "--check", "f"], ["--follow=dots", "f"], ["--nix"],
              ["--live", "--check", "f"], ["--interval", "soon", "f"], []):
    status, out, err = run(*words)
    expect("wrong use", status == 2 and err and not out, words, status, err)

# Cut anywhere: what is whole is read, and the rest is told of.
for cut in range(24, len(source), 211):
    with open("cut", "wb") as f:
        f.write(source[:cut])
    for mode in MODES[:5]:
        status, out, err = run(*mode, "cut")
        expect("cut", status in (0, 1), mode, cut, status, err)

# The other byte order; nanoseconds; a pipe.
write_pcap("swapped.pcap", link, packets, order=">")
data = open("swapped.pcap", "rb").read()
nano = struct.pack("<I", 0xa1b23c4d) + source[4:24]
at = 24
while at < len(source):
    sec, usec, size, full = struct.unpack("<IIII", source[at:at + 16])
    nano += struct.pack("<IIII", sec, usec * 1000, size, full)
    nano += source[at + 16:at + 16 + size]
    at += 16 + size
for what, bytes_of in (("swapped", data), ("nanoseconds", nano),
                       ("a pipe", source)):
    status, out, err = run("--stats", "-", data=bytes_of)
    expect(what, (status, out, err) == (0, stats, ""), status, out, err)

# The same conversation over other links, and as pcapng of both orders.
for link in (RAW, SLL):
    good(link=link).write("link.pcap")
    status, out, err = run("--check", "link.pcap")
    expect(f"link {link}", status == 0 and "in 1 connections" in out, out)
    for words in (["tcp", "port", "80"], ["src", "host", "10.0.0.1"]):
        _, ours, err = run("link.pcap", *words)
        expect(f"filter on link {link}", ours.count("\n") > 20, err)
for order in "<>":
    body = struct.pack(order + "IHHq", 0x1a2b3c4d, 1, 0, -1)
    file = struct.pack(order + "II", 0x0a0d0d0a, 28) + body + \
        struct.pack(order + "I", 28)
    file += struct.pack(order + "IIHHII", 1, 20, ETHERNET, 0, 0, 20)
    for when, data in packets:
        padded = data + b"\0" * (-len(data) % 4)
        time, size = int(round(when * 1000000)), 32 + len(padded)
        file += struct.pack(order + "IIIIIII", 6, size, 0, time >> 32,
                            time & 0xffffffff, len(data), len(data))
        file += padded + struct.pack(order + "I", size)
    status, out, err = run("--follow", "-", data=file)
    expect(f"pcapng {order}", status == 0 and
           out == run("--follow", "good.pcap")[1], err)
print("ok")
END
