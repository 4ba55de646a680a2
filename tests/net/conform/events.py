#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# The state-event table of RFC 9293 as scripts: every state crossed with every
# kind of segment and every user call. The expectations are written here, from
# the text of section 3.10 (with RFC 5961's challenge ACKs, MAY-12, and Linux's
# errors for the calls), not from what the stack does.
#
#     tests/net/conform/events.py DIRECTORY     writes DIRECTORY/events/*.pkt
#     tests/net/conform/events.py --list        names and titles
#
# The peer's numbers begin at 0, ours at 0. A state is reached by its prefix;
# then rn is RCV.NXT, sn SND.NXT and su SND.UNA. No options but MSS are used, so
# windows are at most 65535 and FAR is outside of any of them.
import os
import sys

FAR = 200000

LISTENER = """\
    0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
   +0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
   +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
   +0 bind(3, ..., ...) = 0
   +0 listen(3, 1) = 0
"""
SYN_RECEIVED = LISTENER + """\
 +.01 < S 0:0(0) win 10000 <mss 1000>
   +0 > S. 0:0(0) ack 1 <mss 1460>
"""
ESTABLISHED = SYN_RECEIVED + """\
 +.01 < . 1:1(0) ack 1 win 10000
   +0 accept(3, ..., ...) = 4
   +0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0
"""
SYN_SENT = """\
    0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 4
   +0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0
   +0 connect(4, ..., ...) = -1 EINPROGRESS (Operation now in progress)
   +0 > S 0:0(0) <...>
"""
FIN_WAIT_1 = ESTABLISHED + """\
 +.01 shutdown(4, SHUT_WR) = 0
   +0 > F. 1:1(0) ack 1
"""
FIN_WAIT_2 = FIN_WAIT_1 + """\
 +.01 < . 1:1(0) ack 2 win 10000
"""
CLOSING = FIN_WAIT_1 + """\
 +.01 < F. 1:1(0) ack 1 win 10000
   +0 > . 2:2(0) ack 2
"""
CLOSE_WAIT = ESTABLISHED + """\
 +.01 < F. 1:1(0) ack 1 win 10000
   * > . 1:1(0) ack 2
"""
LAST_ACK = CLOSE_WAIT + """\
 +.01 shutdown(4, SHUT_WR) = 0
   +0 > F. 1:1(0) ack 2
"""
TIME_WAIT = FIN_WAIT_2 + """\
 +.01 < F. 1:1(0) ack 2 win 10000
   +0 > . 2:2(0) ack 2
"""


class State:
    def __init__(self, name, prefix, rn, sn, su, number, orphan=False):
        self.name, self.prefix, self.number = name, prefix, number
        self.rn, self.sn, self.su = rn, sn, su
        self.file = name.lower().replace("_", "-")
        self.title = name.replace("_", "-")
        self.orphan = orphan


STATES = {s.name: s for s in [
    State("SYN_RECEIVED", SYN_RECEIVED, 1, 1, 0, 3),
    State("ESTABLISHED", ESTABLISHED, 1, 1, 1, 1),
    State("FIN_WAIT_1", FIN_WAIT_1, 1, 2, 1, 4),
    State("FIN_WAIT_2", FIN_WAIT_2, 1, 2, 2, 5),
    State("CLOSE_WAIT", CLOSE_WAIT, 2, 1, 1, 8),
    State("CLOSING", CLOSING, 2, 2, 1, 11),
    State("LAST_ACK", LAST_ACK, 2, 2, 1, 9),
    State("TIME_WAIT", TIME_WAIT, 2, 2, 2, 6),
]}
SYNCHRONIZED = ["ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2", "CLOSE_WAIT",
                "CLOSING", "LAST_ACK", "TIME_WAIT"]
WITH_USER = ["ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2", "CLOSE_WAIT",
             "CLOSING", "LAST_ACK"]

scripts = {}


def add(name, title, body, rule="3.10.7.4"):
    assert name not in scripts, name
    scripts[name] = f"// rfc9293 {rule}: {title}\n" + body


def number(n):
    return n % (1 << 32)


def seg(flags, seq, length=0, ack=None, win=10000, urg=None, tail=""):
    """An arriving segment."""
    text = f" +.01 < {flags} {number(seq)}:{number(seq + length)}({length})"
    if ack is not None:
        text += f" ack {number(ack)}"
    text += f" win {win}"
    if urg is not None:
        text += f" urg {urg}"
    return text + (f" {tail}" if tail else "") + "\n"


def reply(flags, seq, length=0, ack=None, options="", when="   +0"):
    text = f"{when} > {flags} {number(seq)}:{number(seq + length)}({length})"
    if ack is not None:
        text += f" ack {number(ack)}"
    return text + (f" {options}" if options else "") + "\n"


def alive(s):
    """It still has this RCV.NXT: a segment before the window draws an ACK.
    (The first answer to such segments is never withheld; rate limits count
    half seconds.)"""
    return (seg(".", s.rn - 1, 0, s.su).replace(" +.01", " +.6", 1)
            if s.name not in ("FIN_WAIT_1", "CLOSING", "LAST_ACK",
                              "SYN_RECEIVED")
            else seg(".", s.rn - 1, 0, s.su)) + reply(".", s.sn, 0, s.rn)


def gone(s):
    """There is no connection any more: an ACK draws a reset (3.10.7.1)."""
    return seg(".", s.rn, 0, s.sn + 7) + reply("R", s.sn + 7)


def state_is(name):
    return f"   +0 %{{ assert tcpi_state == {name}, tcpi_state }}%\n"


# ---- Segments in the synchronized states, 3.10.7.4 ----

def first_check():
    for name in SYNCHRONIZED:
        s = STATES[name]
        add(f"{s.file}-data-beyond-window",
            f"{s.title}: data beyond the window draw an ACK and are dropped",
            s.prefix + seg("P.", s.rn + FAR, 100, s.su) +
            reply(".", s.sn, 0, s.rn))
        add(f"{s.file}-data-before-window",
            f"{s.title}: data received before draw an ACK",
            s.prefix + seg("P.", s.rn - 50, 50, s.su) +
            reply(".", s.sn, 0, s.rn))
        add(f"{s.file}-ack-before-window",
            f"{s.title}: an empty segment before the window draws an ACK",
            s.prefix + seg(".", s.rn - 1, 0, s.su) +
            reply(".", s.sn, 0, s.rn))
        add(f"{s.file}-fin-beyond-window",
            f"{s.title}: a FIN beyond the window draws an ACK",
            s.prefix + seg("F.", s.rn + FAR, 0, s.su) +
            reply(".", s.sn, 0, s.rn) +
            ("" if name == "TIME_WAIT" else state_is_of(s)))
        add(f"{s.file}-rst-beyond-window",
            f"{s.title}: a RST beyond the window is dropped in silence",
            s.prefix + seg("R", s.rn + FAR) + alive(s), "MAY-12 3.10.7.4")
        add(f"{s.file}-rst-before-window",
            f"{s.title}: a RST before the window is dropped in silence",
            s.prefix + seg("R", s.rn - 10) + alive(s), "MAY-12 3.10.7.4")
        add(f"{s.file}-bad-checksum",
            f"{s.title}: a segment with a wrong checksum does nothing",
            s.prefix + seg("R", s.rn, tail="badsum") + alive(s),
            "MUST-3 3.1")


def state_is_of(s):
    return state_is({"ESTABLISHED": "TCP_ESTABLISHED",
                     "FIN_WAIT_1": "TCP_FIN_WAIT1",
                     "FIN_WAIT_2": "TCP_FIN_WAIT2",
                     "CLOSE_WAIT": "TCP_CLOSE_WAIT",
                     "CLOSING": "TCP_CLOSING",
                     "LAST_ACK": "TCP_LAST_ACK",
                     "TIME_WAIT": "TCP_TIME_WAIT"}[s.name])


def second_check_rst():
    for name in SYNCHRONIZED:
        s = STATES[name]
        told = {"ESTABLISHED": "-1 ECONNRESET (Connection reset by peer)",
                "FIN_WAIT_1": "-1 ECONNRESET (Connection reset by peer)",
                "FIN_WAIT_2": "-1 ECONNRESET (Connection reset by peer)",
                "CLOSE_WAIT": "-1 EPIPE (Broken pipe)"}.get(name)
        add(f"{s.file}-rst-exact",
            f"{s.title}: a RST at RCV.NXT ends the connection" +
            (", and the user is told" if told else ""),
            s.prefix + seg("R", s.rn) +
            (f"   +0 getsockopt(4, SOL_SOCKET, SO_ERROR, ["
             f"{'ECONNRESET' if 'RESET' in told else 'EPIPE'}], [4]) = 0\n"
             if told else "") + gone(s), "MUST-12 3.10.7.4")
        add(f"{s.file}-rst-ack-exact",
            f"{s.title}: a RST with an ACK at RCV.NXT ends the connection",
            s.prefix + seg("R.", s.rn, 0, s.sn) + gone(s))
        if name == "TIME_WAIT":
            continue
        add(f"{s.file}-rst-in-window",
            f"{s.title}: a RST inside the window but not at RCV.NXT draws a "
            "challenge ACK",
            s.prefix + seg("R", s.rn + 100) + reply(".", s.sn, 0, s.rn) +
            state_is_of(s), "MAY-12 3.10.7.4")
        add(f"{s.file}-rst-with-data",
            f"{s.title}: a RST may carry data",
            s.prefix + seg("R", s.rn, 20) + gone(s), "SHLD-2 3.6.1")


def fourth_check_syn():
    for name in WITH_USER:
        s = STATES[name]
        add(f"{s.file}-syn-in-window",
            f"{s.title}: a SYN inside the window draws a challenge ACK",
            s.prefix + seg("S", s.rn + 10) + reply(".", s.sn, 0, s.rn) +
            state_is_of(s), "MAY-12 3.10.7.4")
        add(f"{s.file}-syn-at-rcv-nxt",
            f"{s.title}: a SYN at RCV.NXT draws a challenge ACK",
            s.prefix + seg("S", s.rn) + reply(".", s.sn, 0, s.rn) +
            state_is_of(s), "MAY-12 3.10.7.4")
        add(f"{s.file}-syn-outside-window",
            f"{s.title}: a SYN outside the window draws an ACK",
            s.prefix + seg("S", s.rn + FAR) + reply(".", s.sn, 0, s.rn) +
            state_is_of(s))
        add(f"{s.file}-syn-ack-again",
            f"{s.title}: a SYN-ACK inside the window draws a challenge ACK",
            s.prefix + seg("S.", s.rn, 0, s.su) +
            reply(".", s.sn, 0, s.rn) + state_is_of(s), "MAY-12 3.10.7.4")
    s = STATES["TIME_WAIT"]
    add("time-wait-syn-old",
        "TIME-WAIT: a SYN with an old sequence number draws an ACK",
        s.prefix + seg("S", s.rn - 100) + reply(".", s.sn, 0, s.rn),
        "MAY-2 3.6.1")
    add("time-wait-syn-new",
        "TIME-WAIT: a SYN with a greater sequence number opens anew",
        s.prefix + " +.01 < S 100000:100000(0) win 10000 <mss 1000>\n" +
        "   +0 > S. 0:0(0) ack 100001 <mss 1460>\n", "MAY-2 3.6.1")


def fifth_check_ack():
    for name in WITH_USER:
        s = STATES[name]
        add(f"{s.file}-no-ack-flag",
            f"{s.title}: a segment without ACK is dropped",
            s.prefix + seg("P", s.rn, 30) + alive(s))
        add(f"{s.file}-no-flags",
            f"{s.title}: a segment without any flag is dropped",
            s.prefix + seg("-", s.rn, 30) + alive(s))
        add(f"{s.file}-ack-beyond",
            f"{s.title}: an ACK of what was never sent draws an ACK",
            s.prefix + seg(".", s.rn, 0, s.sn + 100) +
            reply(".", s.sn, 0, s.rn) + state_is_of(s))
        add(f"{s.file}-ack-beyond-with-data",
            f"{s.title}: data with an ACK of what was never sent are dropped",
            s.prefix + seg("P.", s.rn, 50, s.sn + 100) +
            reply(".", s.sn, 0, s.rn))
        add(f"{s.file}-ack-duplicate",
            f"{s.title}: an old ACK changes nothing",
            s.prefix + seg(".", s.rn, 0, s.su) + alive(s) + state_is_of(s))
        add(f"{s.file}-ack-far-old",
            f"{s.title}: an ACK older than any window draws a challenge ACK",
            s.prefix + seg(".", s.rn, 0, s.su - FAR) +
            reply(".", s.sn, 0, s.rn) + state_is_of(s),
            "MAY-12 3.10.7.4")
    fw1, closing, last = (STATES[n] for n in
                          ("FIN_WAIT_1", "CLOSING", "LAST_ACK"))
    add("fin-wait-1-ack-of-fin",
        "FIN-WAIT-1: the ACK of our FIN leads to FIN-WAIT-2",
        fw1.prefix + seg(".", 1, 0, 2) + state_is("TCP_FIN_WAIT2"))
    add("fin-wait-1-fin-and-ack",
        "FIN-WAIT-1: a FIN with the ACK of ours leads to TIME-WAIT",
        fw1.prefix + seg("F.", 1, 0, 2) + reply(".", 2, 0, 2) +
        " +.6" + seg("F.", 1, 0, 2)[5:] + reply(".", 2, 0, 2))
    add("closing-ack-of-fin",
        "CLOSING: the ACK of our FIN leads to TIME-WAIT",
        closing.prefix + seg(".", 2, 0, 2) +
        seg("F.", 1, 0, 2) + reply(".", 2, 0, 2))
    add("last-ack-ack-of-fin",
        "LAST-ACK: the ACK of our FIN ends the connection",
        last.prefix + seg(".", 2, 0, 2) + gone(last))


def seventh_text():
    for name in ("ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2"):
        s = STATES[name]
        add(f"{s.file}-data-in-order",
            f"{s.title}: data at RCV.NXT are taken, acknowledged and read",
            s.prefix + seg("P.", s.rn, 100, s.su) +
            reply(".", s.sn, 0, s.rn + 100, when="    *") +
            "   +0 read(4, ..., 1000) = 100\n")
        add(f"{s.file}-data-overlap",
            f"{s.title}: of a segment that begins before RCV.NXT the new part "
            "is taken",
            s.prefix + seg("P.", s.rn - 30, 100, s.su) +
            reply(".", s.sn, 0, s.rn + 70, when="    *") +
            "   +0 read(4, ..., 1000) = 70\n")
        add(f"{s.file}-data-out-of-order",
            f"{s.title}: data after a hole are kept; a duplicate ACK at once",
            s.prefix + seg("P.", s.rn + 100, 50, s.su) +
            reply(".", s.sn, 0, s.rn) +
            seg("P.", s.rn, 100, s.su) +
            reply(".", s.sn, 0, s.rn + 150) +
            "   +0 read(4, ..., 1000) = 150\n", "SHLD-31 3.10.7.4")
        add(f"{s.file}-urgent",
            f"{s.title}: an urgent segment is taken, and the user learns of it",
            s.prefix + seg("PU.", s.rn, 10, s.su, urg=10) +
            reply(".", s.sn, 0, s.rn + 10, when="    *") +
            "   +0 poll([{fd=4, events=POLLPRI, revents=POLLPRI}], 1, 0) = 1\n",
            "MUST-32 3.8.5")
    for name in ("CLOSE_WAIT", "CLOSING", "LAST_ACK"):
        s = STATES[name]
        add(f"{s.file}-data-after-fin",
            f"{s.title}: data behind the peer's FIN are ignored",
            s.prefix + seg("P.", s.rn, 100, s.su) + alive(s) +
            "   +0 read(4, ..., 1000) = 0\n")
        add(f"{s.file}-urgent-ignored",
            f"{s.title}: an urgent pointer behind the FIN is ignored",
            s.prefix + seg("U.", s.rn, 0, s.su, urg=100) + alive(s))


def eighth_fin():
    est, fw1, fw2 = (STATES[n] for n in
                     ("ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2"))
    for s, then in ((est, "TCP_CLOSE_WAIT"), (fw1, "TCP_CLOSING")):
        add(f"{s.file}-fin",
            f"{s.title}: a FIN is acknowledged and leads to "
            f"{then[4:].replace('_', '-')}; the reader sees the end",
            s.prefix + seg("F.", 1, 0, s.su) +
            reply(".", s.sn, 0, 2, when="    *") + state_is(then) +
            "   +0 read(4, ..., 1000) = 0\n")
    add("fin-wait-2-fin",
        "FIN-WAIT-2: a FIN is acknowledged and leads to TIME-WAIT",
        fw2.prefix + seg("F.", 1, 0, 2) + reply(".", 2, 0, 2) +
        "   +0 read(4, ..., 1000) = 0\n")
    for s in (est, fw1, fw2):
        add(f"{s.file}-fin-with-data",
            f"{s.title}: data and FIN of one segment are both taken",
            s.prefix + seg("FP.", 1, 50, s.su) + reply(".", s.sn, 0, 52,
                                                       when="    *") +
            "   +0 read(4, ..., 1000) = 50\n   +0 read(4, ..., 1000) = 0\n")
        add(f"{s.file}-fin-out-of-order",
            f"{s.title}: a FIN after a hole waits for the hole to be filled",
            s.prefix + seg("FP.", 101, 50, s.su) + reply(".", s.sn, 0, 1) +
            state_is_of(s) +
            seg("P.", 1, 100, s.su) + reply(".", s.sn, 0, 152) +
            "   +0 read(4, ..., 1000) = 150\n"
            "   +0 read(4, ..., 1000) = 0\n")
    for name in ("CLOSE_WAIT", "CLOSING", "LAST_ACK", "TIME_WAIT"):
        s = STATES[name]
        add(f"{s.file}-fin-again",
            f"{s.title}: the peer's FIN, repeated, is acknowledged again",
            s.prefix + seg("F.", 1, 0, s.su) + reply(".", s.sn, 0, 2))


def syn_received():
    s = STATES["SYN_RECEIVED"]
    p = s.prefix
    nothing = ("   +0 accept(3, ..., ...) = -1 EAGAIN (Resource temporarily "
               "unavailable)\n")
    good = (seg(".", 1, 0, 1) + "   +0 accept(3, ..., ...) = 4\n")
    add("syn-received-ack", "SYN-RECEIVED: the right ACK establishes", p + good)
    add("syn-received-ack-unacceptable",
        "SYN-RECEIVED: an unacceptable ACK draws a reset",
        p + seg(".", 1, 0, 100) + reply("R", 100) + good)
    add("syn-received-ack-of-nothing",
        "SYN-RECEIVED: an ACK that does not cover our SYN draws a reset",
        p + seg(".", 1, 0, 0) + reply("R", 0) + nothing)
    add("syn-received-rst",
        "SYN-RECEIVED, from LISTEN: a RST returns to LISTEN in silence",
        p + seg("R", 1) + nothing + seg(".", 1, 0, 7) + reply("R", 7),
        "MUST-11 3.10.7.4")
    add("syn-received-rst-outside-window",
        "SYN-RECEIVED: a RST outside the window is dropped in silence",
        p + seg("R", FAR) + good, "MAY-12 3.10.7.4")
    add("syn-received-syn-again",
        "SYN-RECEIVED: the same SYN again draws the SYN-ACK again (Linux)",
        p + " +.01 < S 0:0(0) win 10000 <mss 1000>\n" +
        "   +0 > S. 0:0(0) ack 1 <mss 1460>\n" + good)
    add("syn-received-data-outside-window",
        "SYN-RECEIVED: data outside the window draw an ACK",
        p + seg("P.", FAR, 10, 1) + reply(".", 1, 0, 1) + good)
    add("syn-received-no-ack-flag",
        "SYN-RECEIVED: a segment without ACK is dropped",
        p + seg("P", 1, 10) + nothing + good)
    add("syn-received-fin",
        "SYN-RECEIVED: a FIN with the right ACK leads to CLOSE-WAIT",
        p + seg("F.", 1, 0, 1) + reply(".", 1, 0, 2, when="    *") +
        "   +0 accept(3, ..., ...) = 4\n   +0 read(4, ..., 10) = 0\n" +
        state_is("TCP_CLOSE_WAIT"))
    add("syn-received-data",
        "SYN-RECEIVED: data with the right ACK are taken",
        p + seg("P.", 1, 10, 1) + reply(".", 1, 0, 11, when="    *") +
        "   +0 accept(3, ..., ...) = 4\n   +0 read(4, ..., 100) = 10\n")
    add("syn-received-bad-checksum",
        "SYN-RECEIVED: an ACK with a wrong checksum does not establish",
        p + seg(".", 1, 0, 1, tail="badsum") + nothing + good, "MUST-3 3.1")
    add("syn-received-close-of-listener",
        "SYN-RECEIVED: when the listener is closed, the ACK draws a reset",
        p + "   +0 close(3) = 0\n" + seg(".", 1, 0, 1) + reply("R", 1),
        "3.10.4")


def syn_sent():
    p = SYN_SENT
    opts = "<mss 1000>"

    def syn_ack(ack=1, tail=opts):
        return f" +.01 < S. 0:0(0) ack {ack} win 10000 {tail}\n"
    good = syn_ack() + reply(".", 1, 0, 1)
    section = "3.10.7.3"
    add("syn-sent-syn-ack", "SYN-SENT: a SYN-ACK is acknowledged and "
        "establishes", p + good + state_is("TCP_ESTABLISHED"), section)
    add("syn-sent-syn-ack-unacceptable",
        "SYN-SENT: a SYN-ACK of something else draws a reset",
        p + syn_ack(100) + reply("R", 100) + good, section)
    add("syn-sent-syn-ack-of-nothing",
        "SYN-SENT: a SYN-ACK that does not cover our SYN draws a reset",
        p + syn_ack(0) + reply("R", 0) + good, section)
    add("syn-sent-ack-unacceptable",
        "SYN-SENT: an unacceptable ACK draws a reset",
        p + seg(".", 0, 0, 55) + reply("R", 55) + good, section)
    add("syn-sent-ack-only", "SYN-SENT: an acceptable ACK without SYN is "
        "dropped", p + seg(".", 0, 0, 1) + good, section)
    add("syn-sent-rst-acceptable",
        "SYN-SENT: a RST with the right ACK: connection refused",
        p + seg("R.", 0, 0, 1) +
        "   +0 getsockopt(4, SOL_SOCKET, SO_ERROR, [ECONNREFUSED], [4]) = 0\n",
        section)
    add("syn-sent-rst-unacceptable",
        "SYN-SENT: a RST with another ACK is dropped",
        p + seg("R.", 0, 0, 77) + good, section)
    add("syn-sent-rst-without-ack",
        "SYN-SENT: a RST without ACK is dropped", p + seg("R", 0) + good,
        section)
    add("syn-sent-fin", "SYN-SENT: a FIN without SYN is dropped",
        p + seg("F.", 0, 0, 1) + good, section)
    add("syn-sent-data", "SYN-SENT: data without SYN are dropped",
        p + seg("P.", 0, 10, 1) + good, section)
    add("syn-sent-no-flags", "SYN-SENT: a segment without flags is dropped",
        p + seg("-", 0, 10) + good, section)
    add("syn-sent-bad-checksum",
        "SYN-SENT: a SYN-ACK with a wrong checksum is dropped",
        p + " +.01 < S. 0:0(0) ack 1 win 10000 <mss 1000> badsum\n" + good,
        "MUST-3 3.1")
    add("syn-sent-syn", "SYN-SENT: a SYN alone, simultaneous open: SYN-ACK",
        p + " +.01 < S 0:0(0) win 10000 <mss 1000>\n"
        "   +0 > S. 0:0(0) ack 1 <mss 1460>\n" +
        " +.01 < . 1:1(0) ack 1 win 10000\n" + state_is("TCP_ESTABLISHED"),
        "MUST-10 3.10.7.3")
    add("syn-sent-simultaneous-rst",
        "SYN-RECEIVED, from SYN-SENT: a RST: connection refused",
        p + " +.01 < S 0:0(0) win 10000 <mss 1000>\n"
        "   +0 > S. 0:0(0) ack 1 <mss 1460>\n" + seg("R", 1) +
        "   +0 getsockopt(4, SOL_SOCKET, SO_ERROR, [ECONNREFUSED], [4]) = 0\n",
        "MUST-11 3.10.7.4")
    add("syn-sent-close", "SYN-SENT: after CLOSE there is no connection",
        p + "   +0 close(4) = 0\n" + syn_ack() + reply("R", 1), "3.10.4")
    add("syn-sent-send", "SYN-SENT: SEND waits for the connection",
        p + "   +0 write(4, ..., 10) = -1 EAGAIN (Resource temporarily "
        "unavailable)\n" + good + "   +0 write(4, ..., 10) = 10\n" +
        reply("P.", 1, 10, 1), "3.10.2")
    add("syn-sent-receive", "SYN-SENT: RECEIVE waits for the connection",
        p + "   +0 read(4, ..., 10) = -1 EAGAIN (Resource temporarily "
        "unavailable)\n" + good, "3.10.3")
    add("syn-sent-open", "SYN-SENT: a second OPEN is refused",
        p + "   +0 connect(4, ..., ...) = -1 EALREADY (Operation already in "
        "progress)\n" + good, "3.10.1")
    add("syn-sent-listen", "SYN-SENT: a passive OPEN is refused",
        p + "   +0 listen(4, 1) = -1 EINVAL (Invalid argument)\n" + good,
        "3.10.1")
    add("syn-sent-status", "SYN-SENT: STATUS tells the state",
        p + state_is("TCP_SYN_SENT") + good, "3.10.6")
    add("syn-sent-abort", "SYN-SENT: ABORT deletes the connection, no reset",
        p + "   +0 setsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, linger=0}, "
        "8) = 0\n   +0 close(4) = 0\n" + syn_ack() + reply("R", 1), "3.10.5")


def listen_and_closed():
    section = "3.10.7.2"
    syn = ("   +0 < S 0:0(0) win 10000 <mss 1000>\n"
           "   +0 > S. 0:0(0) ack 1 <mss 1460>\n")
    add("listen-syn", "LISTEN: a SYN draws a SYN-ACK", LISTENER + syn, section)
    add("listen-rst", "LISTEN: a RST is ignored",
        LISTENER + seg("R", 0) + syn, section)
    add("listen-ack", "LISTEN: an ACK draws a reset",
        LISTENER + seg(".", 5, 0, 9) + reply("R", 9), section)
    add("listen-syn-ack", "LISTEN: a SYN-ACK draws a reset",
        LISTENER + seg("S.", 5, 0, 9) + reply("R", 9), section)
    add("listen-fin", "LISTEN: a FIN without ACK is dropped",
        LISTENER + seg("F", 0) + syn, section)
    add("listen-data", "LISTEN: data without ACK are dropped",
        LISTENER + seg("P", 0, 10) + syn, section)
    add("listen-no-flags", "LISTEN: a segment without flags is dropped",
        LISTENER + seg("-", 0) + syn, section)
    add("listen-syn-rst", "LISTEN: SYN and RST together are ignored",
        LISTENER + seg("SR", 0) + syn, section)
    add("listen-bad-checksum", "LISTEN: a SYN with a wrong checksum is dropped",
        LISTENER + " +.01 < S 7:7(0) win 10000 <mss 1000> badsum\n" + syn,
        "MUST-3 3.1")
    add("listen-send", "LISTEN: SEND is an error",
        LISTENER + "   +0 write(3, ..., 10) = -1 EPIPE (Broken pipe)\n",
        "3.10.2")
    add("listen-receive", "LISTEN: RECEIVE is an error",
        LISTENER + "   +0 read(3, ..., 10) = -1 ENOTCONN (Transport endpoint "
        "is not connected)\n", "3.10.3")
    add("listen-open", "LISTEN: an active OPEN of the same socket is refused",
        LISTENER + "   +0 connect(3, ..., ...) = -1 EISCONN (Transport "
        "endpoint is already connected)\n", "3.10.1")
    add("listen-listen", "LISTEN: a second passive OPEN changes the backlog",
        LISTENER + "   +0 listen(3, 5) = 0\n" + syn, "3.10.1")
    add("listen-status", "LISTEN: STATUS tells the state",
        LISTENER + state_is("TCP_LISTEN"), "3.10.6")
    add("listen-close", "LISTEN: after CLOSE a SYN draws a reset",
        LISTENER + "   +0 close(3) = 0\n" +
        " +.01 < 40000 > 8080 S 0:0(0) win 10000 <mss 1000>\n"
        "   +0 > 8080 > 40000 R. 0:0(0) ack 1\n", "3.10.4")

    closed = "    0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
    section = "3.10.7.1"

    def there(text):
        return text.replace("< ", "< 40000 > 9999 ", 1)

    def back(text):
        return text.replace("> ", "> 9999 > 40000 ", 1)
    add("closed-syn", "CLOSED: a SYN draws a reset that acknowledges it",
        closed + there(seg("S", 10)) + back(reply("R.", 0, 0, 11)), section)
    add("closed-syn-data", "CLOSED: the reset covers SYN and data",
        closed + there(seg("S", 10, 20)) + back(reply("R.", 0, 0, 31)),
        section)
    add("closed-ack", "CLOSED: an ACK draws a reset at its number",
        closed + there(seg(".", 10, 0, 500)) + back(reply("R", 500)), section)
    add("closed-syn-ack", "CLOSED: a SYN-ACK draws a reset at its ACK",
        closed + there(seg("S.", 10, 0, 500)) + back(reply("R", 500)), section)
    add("closed-fin", "CLOSED: a FIN without ACK draws a reset behind it",
        closed + there(seg("F", 10)) + back(reply("R.", 0, 0, 11)), section)
    add("closed-data", "CLOSED: data without ACK draw a reset behind them",
        closed + there(seg("P", 10, 30)) + back(reply("R.", 0, 0, 40)),
        section)
    add("closed-fin-ack-data", "CLOSED: FIN and data with ACK: reset at the ACK",
        closed + there(seg("FP.", 10, 30, 600)) + back(reply("R", 600)),
        section)
    add("closed-rst", "CLOSED: a RST is dropped",
        closed + there(seg("R", 10)) + there(seg(".", 10, 0, 500)) +
        back(reply("R", 500)), section)
    add("closed-rst-ack", "CLOSED: a RST with ACK is dropped",
        closed + there(seg("R.", 10, 0, 300)) + there(seg(".", 10, 0, 500)) +
        back(reply("R", 500)), section)
    add("closed-bad-checksum", "CLOSED: a wrong checksum draws nothing",
        closed + there(seg(".", 10, 0, 400, tail="badsum")) +
        there(seg(".", 10, 0, 500)) + back(reply("R", 500)), "MUST-3 3.1")
    add("closed-no-flags", "CLOSED: a segment without flags draws a reset",
        closed + there(seg("-", 10, 5)) + back(reply("R.", 0, 0, 15)), section)
    add("closed-send", "CLOSED: SEND is an error",
        closed + "   +0 write(3, ..., 10) = -1 EPIPE (Broken pipe)\n",
        "3.10.2")
    add("closed-receive", "CLOSED: RECEIVE is an error",
        closed + "   +0 read(3, ..., 10) = -1 ENOTCONN (Transport endpoint "
        "is not connected)\n", "3.10.3")
    add("closed-shutdown", "CLOSED: closing one direction is an error",
        closed + "   +0 shutdown(3, SHUT_WR) = -1 ENOTCONN (Transport "
        "endpoint is not connected)\n", "3.10.4")
    add("closed-close", "CLOSED: CLOSE of an unused socket is fine",
        closed + "   +0 close(3) = 0\n", "3.10.4")
    add("closed-status", "CLOSED: STATUS tells the state",
        closed + state_is("TCP_CLOSE"), "3.10.6")


# ---- User calls in the synchronized states, 3.10.1 to 3.10.6 ----

AGAIN = "-1 EAGAIN (Resource temporarily unavailable)"
PIPE = "-1 EPIPE (Broken pipe)"


def calls():
    for name in SYNCHRONIZED:
        s = STATES[name]
        can_send = name in ("ESTABLISHED", "CLOSE_WAIT")
        add(f"{s.file}-send",
            f"{s.title}: SEND " + ("sends" if can_send else
                                   "is an error, the direction is closed"),
            s.prefix + " +.01 write(4, ..., 10) = " +
            ("10\n" + reply("P.", s.sn, 10, s.rn) if can_send
             else PIPE + "\n"), "3.10.2")
        at_end = s.rn == 2
        add(f"{s.file}-receive",
            f"{s.title}: RECEIVE " + ("tells the end" if at_end else "waits"),
            s.prefix + " +.01 read(4, ..., 10) = " +
            ("0" if at_end else AGAIN) + "\n", "3.10.3")
        if name != "TIME_WAIT":
            add(f"{s.file}-open",
                f"{s.title}: a second OPEN is refused",
                s.prefix + " +.01 connect(4, ..., ...) = -1 EISCONN "
                "(Transport endpoint is already connected)\n", "3.10.1")
            add(f"{s.file}-listen",
                f"{s.title}: a passive OPEN is refused",
                s.prefix + " +.01 listen(4, 1) = -1 EINVAL (Invalid "
                "argument)\n", "3.10.1")
            add(f"{s.file}-status", f"{s.title}: STATUS tells the state",
                s.prefix + state_is_of(s), "3.10.6")
        if can_send:
            add(f"{s.file}-close", f"{s.title}: CLOSE sends a FIN",
                s.prefix + " +.01 close(4) = 0\n" +
                reply("F.", s.sn, 0, s.rn), "3.10.4")
            add(f"{s.file}-shutdown-write",
                f"{s.title}: closing our direction sends a FIN",
                s.prefix + " +.01 shutdown(4, SHUT_WR) = 0\n" +
                reply("F.", s.sn, 0, s.rn), "3.10.4")
            add(f"{s.file}-send-then-close",
                f"{s.title}: CLOSE waits for what was sent before",
                s.prefix + " +.01 write(4, ..., 100) = 100\n" +
                reply("P.", s.sn, 100, s.rn) + "   +0 close(4) = 0\n" +
                reply("F.", s.sn + 100, 0, s.rn), "3.10.4")
        else:
            add(f"{s.file}-close",
                f"{s.title}: CLOSE sends no second FIN",
                s.prefix + " +.01 close(4) = 0\n" + alive(s), "3.10.4")
        resets = name in ("ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2",
                          "CLOSE_WAIT")
        if name != "TIME_WAIT":
            add(f"{s.file}-abort",
                f"{s.title}: ABORT " + ("sends a reset" if resets else
                                        "ends without a reset"),
                s.prefix + " +.01 setsockopt(4, SOL_SOCKET, SO_LINGER, "
                "{onoff=1, linger=0}, 8) = 0\n   +0 close(4) = 0\n" +
                (reply("R.", s.sn, 0, s.rn) if resets else "") + gone(s),
                "3.10.5")
    s = STATES["ESTABLISHED"]
    add("established-close-with-unread",
        "ESTABLISHED: CLOSE with unread data sends a reset",
        s.prefix + seg("P.", 1, 10, 1) + reply(".", 1, 0, 11, when="    *") +
        "   +0 close(4) = 0\n" + reply("R.", 1, 0, 11), "SHLD-3 3.6.1")
    for name in ("FIN_WAIT_1", "FIN_WAIT_2"):
        s = STATES[name]
        prefix = s.prefix.replace("shutdown(4, SHUT_WR)", "close(4)")
        add(f"{s.file}-closed-data",
            f"{s.title}, after CLOSE: new data draw a reset",
            prefix + seg("P.", 1, 10, s.su) + reply("R", 2 if s.su == 2 else 1),
            "SHLD-3 3.6.1")


def write_all(directory):
    path = os.path.join(directory, "events")
    os.makedirs(path, exist_ok=True)
    for old in os.listdir(path):
        if old.endswith(".pkt") and old[:-4] not in scripts:
            os.remove(os.path.join(path, old))
    for name, text in scripts.items():
        with open(os.path.join(path, name + ".pkt"), "w") as f:
            f.write(text)


def main():
    for make in (first_check, second_check_rst, fourth_check_syn,
                 fifth_check_ack, seventh_text, eighth_fin, syn_received,
                 syn_sent, listen_and_closed, calls):
        make()
    if sys.argv[1:] == ["--list"]:
        for name in sorted(scripts):
            print(f"{name}.pkt {scripts[name].splitlines()[0]}")
    elif len(sys.argv) == 2:
        write_all(sys.argv[1])
        print(f"events: {len(scripts)} scripts")
    else:
        sys.exit("usage: events.py DIRECTORY | --list")


main()
