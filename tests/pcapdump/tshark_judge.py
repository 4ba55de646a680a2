# SPDX-License-Identifier: MIT
"""tshark_judge.py PCAPDUMP CAPTURE [clean]: --stats and --follow against
tshark, for each connection and direction. `clean`: without losses also the
round trips must be the same, each of them."""

import collections
import re
import subprocess
import sys

pcapdump, capture = sys.argv[1:3]
clean = "clean" in sys.argv[3:]
passed = failed = 0


def run(*words):
    return subprocess.run(words, capture_output=True, check=True).stdout


def judge(what, ours, theirs):
    global passed, failed
    good = ours == theirs
    passed += good
    failed += not good
    if not good:
        print(f"not ok: {what}: pcapdump {ours}, tshark {theirs}")


FIELDS = ("tcp.stream", "tcp.srcport", "tcp.dstport", "frame.len", "tcp.len",
          "tcp.analysis.retransmission", "tcp.analysis.out_of_order",
          "tcp.analysis.lost_segment", "tcp.analysis.zero_window",
          "tcp.analysis.duplicate_ack", "tcp.analysis.window_update",
          "tcp.analysis.ack_rtt", "tcp.analysis.keep_alive",
          "frame.time_relative")


def theirs():
    """{stream: (opener's port, {direction: Counter})}"""
    words = ["tshark", "-r", capture, "-Y", "tcp", "-T", "fields",
             "-E", "separator=|"]
    for field in FIELDS:
        words += ["-e", field]
    streams = {}
    for line in run(*words).decode().splitlines():
        v = dict(zip(FIELDS, line.split("|")))
        opener, sides = streams.setdefault(
            int(v["tcp.stream"]),
            (v["tcp.srcport"], [collections.Counter(), collections.Counter()]))
        side = int(v["tcp.srcport"] != opener)
        c = sides[side]
        c["packets"] += 1
        c["bytes"] += int(v["frame.len"])
        c["bytes of payload"] += int(v["tcp.len"])
        c["again or late"] += bool(v["tcp.analysis.retransmission"] or
                                   v["tcp.analysis.out_of_order"])
        c["not captured before"] += bool(v["tcp.analysis.lost_segment"])
        c["gaps shown by a bare ACK"] += bool(
            v["tcp.analysis.lost_segment"] and v["tcp.len"] == "0")
        c["zero windows"] += bool(v["tcp.analysis.zero_window"])
        c["ACKs of nothing new"] += bool(v["tcp.analysis.duplicate_ack"] or
                                         v["tcp.analysis.window_update"])
        if v["tcp.analysis.ack_rtt"]:
            sides[1 - side].setdefault("rtt", []).append(
                round(float(v["tcp.analysis.ack_rtt"]) * 1e6))
    return streams


def ours():
    conns = {}
    current = None
    for line in run(pcapdump, "--stats", capture).decode().splitlines():
        found = re.match(r"connection (\d+): \S+:(\d+) > ", line)
        if found:
            current = conns[int(found[1])] = (found[2], [{}, {}])
        row = re.match(r"  (\S.*?)\s{2,}(\S.*?)\s{2,}(\S.*?)$", line)
        if current and row:
            for side in (0, 1):
                current[1][side][row[1].strip()] = row[2 + side]
    return conns


def microseconds(text):
    value, unit = text.split()
    return round(float(value) * (1000 if unit == "ms" else 1000000))


def number(side, name):
    return int(side.get(name, 0))


def compare(stream, side, mine, their, probed):
    who = f"connection {stream} side {side}"
    for name in ("packets", "bytes", "bytes of payload", "zero windows"):
        judge(f"{who}: {name}", number(mine, name), their[name])
    if number(mine, "outside the window"):
        return  # tshark believes what no receiver lets in
    if their["gaps shown by a bare ACK"]:
        return  # tshark counts it, and what comes late is new to it
    judge(f"{who}: not captured before", number(mine, "not captured before"),
          their["not captured before"])
    # tshark takes a copy of data for a retransmission, and one of an ACK for
    # nothing.
    again = number(mine, "retransmissions") + number(mine, "out of order")
    spare = number(mine, "copies")
    judge(f"{who}: retransmissions, out of order, copies",
          max(again, min(their["again or late"], again + spare)),
          their["again or late"])
    if not clean or probed:
        return  # tshark samples window probes, too
    judge(f"{who}: duplicate ACKs, window updates",
          number(mine, "duplicate ACKs") + number(mine, "window updates"),
          their["ACKs of nothing new"])
    rtt = sorted(their.get("rtt", []))
    judge(f"{who}: RTT samples", number(mine, "RTT samples"), len(rtt))
    if not rtt:
        return
    rank = (len(rtt) * 50 + 99) // 100 - 1
    far = (len(rtt) * 95 + 99) // 100 - 1
    for name, value in (("least", rtt[0]), ("median", rtt[rank]),
                        ("95 % below", rtt[far]), ("most", rtt[-1])):
        judge(f"{who}: RTT {name}", microseconds(mine[f"RTT, {name}"]), value)


def follow(stream):
    """Both directions' bytes, as tshark puts them together."""
    text = run("tshark", "-q", "-r", capture, "-z",
               f"follow,tcp,raw,{stream}").decode().splitlines()
    start = next(i for i, l in enumerate(text) if l.startswith("Node 1")) + 1
    halves = [b"", b""]
    for line in text[start:]:
        if line.startswith("="):
            break
        halves[line.startswith("\t")] += bytes.fromhex(line.strip())
    return halves


def main():
    them, us = theirs(), ours()
    judge("connections", sorted(us), sorted(them))
    for stream, (opener, sides) in them.items():
        if stream not in us:
            continue
        probed = any(number(s, "zero windows") for s in us[stream][1])
        for side in (0, 1):
            compare(stream, side, us[stream][1][side], sides[side], probed)
        path = f"{capture}.follow"
        run(pcapdump, "--follow=raw", "-o", path, "--conn", str(stream),
            capture)
        for side, bytes_of in enumerate(follow(stream)):
            with open(f"{path}.{side}", "rb") as f:
                judge(f"connection {stream} side {side}: --follow",
                      f.read() == bytes_of, True)
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


main()
