# SPDX-License-Identifier: MIT
"""One conversation for each rule of --check, that breaks it: RULES maps the
rule's id to a function that makes the Talk."""

from talk import (ACK, ECE, FIN, NOP, PSH, RST, SACK_OK, SLL, SYN, Talk,
                  mss_option, wscale_option)

RULES = {}


def breaks(name):
    def add(function):
        RULES[name] = function
        return function
    return add


@breaks("CAPTURE-INCOMPLETE")
def lost_in_the_capture():
    t = Talk().open().put(4)
    t.send("c", b"l" * 100, record=False)
    t.put(2)
    return t.close()


@breaks("IP-CHECKSUM")
def ip_checksum():
    t = Talk().open()
    t.send("c", b"x" * 10, spoil="ip")
    return t


@breaks("CHECKSUM-SENT")
def checksum_sent():
    t = Talk(link=SLL).open()
    t.send("s", b"x" * 10, spoil="tcp")
    return t


@breaks("CHECKSUM-ACCEPTED")
def checksum_accepted():
    t = Talk().open()
    t.send("c", b"x" * 10, spoil="tcp")
    t.ack["s"] += 10
    t.send("s")
    t.send("c", b"y", after=0.02)
    return t


@breaks("CHECKSUM-BAD")
def checksum_bad():
    t = Talk().open()
    t.send("c", b"x" * 10, spoil="tcp")
    return t


@breaks("FLAGS")
def flags():
    t = Talk().open()
    t.send("c", flags=SYN | FIN | ACK)
    return t


@breaks("ACK-FLAG")
def ack_flag():
    t = Talk().open()
    t.send("c", b"x", flags=PSH)
    return t


@breaks("OPTION-MALFORMED")
def option_malformed():
    t = Talk().open()
    t.send("c", b"x", extra=b"\x09\x00\x01\x01")
    return t


@breaks("OPTION-SYN-ONLY")
def option_syn_only():
    t = Talk().open()
    t.send("c", b"x", extra=mss_option(1000))
    return t


@breaks("OPTION-UNASKED")
def option_unasked():
    t = Talk(timestamps=False, sack=False, wscale=0)
    t.send("c", flags=SYN)
    t.send("s", flags=SYN | ACK, extra=SACK_OK)
    return t


@breaks("WSCALE-LIMIT")
def wscale_limit():
    t = Talk(wscale=0)
    t.send("c", flags=SYN, extra=wscale_option(15))
    return t


@breaks("TIMESTAMP-MISSING")
def timestamp_missing():
    t = Talk().open()
    t.send("c", b"x", ts=False)
    return t


@breaks("TIMESTAMP-UNASKED")
def timestamp_unasked():
    t = Talk(timestamps=False).open()
    t.send("c", b"x", ts=True)
    return t


@breaks("TIMESTAMP-BACKWARDS")
def timestamp_backwards():
    t = Talk().open().put(2)
    t.send("c", b"x", ts=-5000)
    return t


@breaks("TIMESTAMP-ECHO")
def timestamp_echo():
    t = Talk().open().put(2)
    t.send("s", b"x", echo=1000, after=0.005)
    t.send("c", after=0.02)
    return t


@breaks("ECN-UNASKED")
def ecn_unasked():
    t = Talk().open()
    t.send("c", b"x", tos=2)
    return t


@breaks("SEQUENCE-CONTENT")
def sequence_content():
    t = Talk().open()
    seq = t.send("s", b"first")
    t.send("s", b"other", seq=seq, after=0.3)
    return t


@breaks("WINDOW-OVERRUN")
def window_overrun():
    t = Talk(wscale=0, window=2000).open()
    t.put(2, size=500)
    t.send("c", b"x" * 1400)
    t.send("c", b"y" * 1400)
    t.ack["s"] -= 1400
    t.send("s", window=600)
    t.send("s", window=600, after=0.3)
    return t


@breaks("WINDOW-SHRUNK")
def window_shrunk():
    t = Talk(wscale=0, window=20000).open().put(2)
    t.send("c", b"x")
    t.send("s", window=10000)
    return t


@breaks("MSS")
def mss():
    t = Talk(mss=1000).open()
    t.send("c", b"x" * 1001)
    return t


@breaks("INITIAL-WINDOW")
def initial_window():
    t = Talk().open().put(1)
    return t.get(20)


@breaks("DATA-AFTER-FIN")
def data_after_fin():
    t = Talk().open().put(1)
    t.send("c", flags=FIN | ACK)
    t.send("s")
    t.send("c", b"more")
    return t


@breaks("RST-STORM")
def rst_storm():
    t = Talk().open()
    for _ in range(20):
        t.send("c", flags=RST)
        t.send("s", flags=RST)
    return t


@breaks("ACK-UNSENT")
def ack_unsent():
    t = Talk().open().put(2)
    t.send("s", ack=t.ack["s"] + 500, after=0.005)
    t.send("c", b"x" * 100, after=0.02)
    return t


@breaks("ACK-BACKWARDS")
def ack_backwards():
    t = Talk().open().put(4)
    t.send("s", ack=t.ack["s"] - 1448)
    return t


@breaks("ACK-STRETCH")
def ack_stretch():
    t = Talk().open()
    for _ in range(6):
        t.send("c", b"x" * 1448)
    t.send("s")
    return t


@breaks("ACK-DELAY")
def ack_delay():
    t = Talk().open().put(2)
    t.send("c", b"x")
    t.send("s", after=0.7)
    return t


@breaks("ACK-OUT-OF-ORDER")
def ack_out_of_order():
    t = Talk().open().put(2)
    left = t.next["c"] + 1448
    t.send("c", b"x" * 1448, record=False)
    t.ack["s"] -= 1448
    t.send("c", b"y" * 1448)
    t.send("s", after=0.2, sack=[(left, left + 1448)])
    return t


@breaks("SACK-UNASKED")
def sack_unasked():
    t = Talk(sack=False).open().put(2)
    t.send("s", sack=[(t.next["c"] - 100, t.next["c"])])
    return t


@breaks("SACK-RANGE")
def sack_range():
    t = Talk().open().put(4)
    n = t.next["c"]
    t.send("s", sack=[(n - 200, n - 100), (n - 400, n - 300)])
    return t


@breaks("SACK-FIRST")
def sack_first():
    t = Talk().open().put(2)
    n = t.next["c"]
    t.send("c", b"1" * 1000, record=False)
    t.ack["s"] = n
    t.send("c", b"2" * 1000)
    t.send("s", ack=n, sack=[(n + 1000, n + 2000)])
    t.send("c", b"3" * 1000, record=False)
    t.ack["s"] = n
    t.send("c", b"4" * 1000)
    t.send("s", ack=n, sack=[(n + 3000, n + 4000), (n + 1000, n + 2000)])
    t.send("c", b"5" * 1000, after=0.2)
    t.send("s", ack=n, sack=[(n + 1000, n + 2000), (n + 3000, n + 5000)])
    t.send("c", b"6" * 1000)
    return t


@breaks("RTO-EARLY")
def rto_early():
    t = Talk().open().put(1)
    t.get(3)
    seq = t.send("s", b"1" * 1448)
    t.send("s", b"2" * 1448)
    t.send("s", b"1" * 1448, seq=seq, after=0.005)
    t.send("c", after=0.015)
    return t


@breaks("RTO-LEAST")
def rto_least():
    t = Talk()
    t.send("c", flags=SYN)
    t.send("c", flags=SYN, seq=1000, after=0.3)
    return t


@breaks("RTO-BACKOFF")
def rto_backoff():
    t = Talk().open().put(1)
    t.get(3)
    seq = t.send("s", b"1" * 1448)
    t.send("s", b"2" * 1448)
    for _ in range(4):
        t.send("s", b"1" * 1448, seq=seq, after=0.3)
    t.send("c", after=0.02)
    return t


def damaged_beginnings():
    """Conversations whose first packets were damaged on their way, and came
    again: what stood in them is nobody's word."""
    t = Talk()
    first = t.send("c", flags=SYN, ts=False, spoil="tcp")
    t.send("c", flags=SYN, seq=first, after=1.1)
    t.send("s", flags=SYN | ACK, after=0.02)
    t.send("c", after=0.001)
    yield "SYN", t.put(5).get(5).close()
    t = Talk()
    t.send("c", flags=SYN)
    first = t.send("s", flags=SYN | ACK, ts=False, spoil="tcp", after=0.02)
    t.send("s", flags=SYN | ACK, seq=first, after=1.1)
    t.send("c", after=0.001)
    yield "SYN-ACK", t.put(5).get(5).close()
    t = Talk()
    first = t.send("c", flags=SYN | FIN | RST, spoil="tcp")
    t.next["c"] = first + 1
    t.send("c", flags=SYN, seq=first, after=1.1)
    t.send("s", flags=SYN | ACK, after=0.02)
    t.send("c", after=0.001)
    yield "SYN with other flags", t.put(5).get(5).close()
    t = Talk().open()
    t.packets.clear()  # the capture begins here
    t.send("c", b"1" * 1000)
    t.send("s", ack=t.next["c"] + 5000, spoil="tcp", after=0.02)
    t.send("c", b"2" * 1000)
    t.send("s", after=0.02)
    yield "ACK", t.put(5).get(5).close()


def good(**more):
    """Keeps every rule, with a loss that is repaired by SACK."""
    t = Talk(**more).open().put(5).get(10)
    n = t.next["c"]
    t.send("c", b"1" * 1000, record=False)
    t.ack["s"] = n
    for i in range(1, 4):
        t.send("c", b"%d" % (i + 1) * 1000)
        sack = [(n + 1000, n + 1000 * (i + 1))] if t.sack else []
        t.send("s", ack=n, sack=sack)
    t.send("c", b"1" * 1000, seq=n, after=0.02)
    t.ack["s"] = n + 4000
    t.send("s")
    return t.get(20).close()
