# SPDX-License-Identifier: MIT
"""golden.py DIR: writes the captures behind the golden outputs: plain.pcap, a
conversation seen by a bystander, and weir.pcapng, one seen by Weir."""

import sys

from broken_rules import good
from talk import (ACK, CONSUMED, DELIVERED, DROPPED, FIN, IN, OUT, PSH, SENT,
                  SYN, Notes, Talk)

out = sys.argv[1]
good().write(f"{out}/plain.pcap")

# A server in Weir: a request, an answer of which one segment gets lost and is
# sent again by the timer, a segment outside the window, the end.
t = Talk()
n = Notes(f"{out}/weir.pcapng")
TCP_IN, NETIF_OUT = 7, 12
OUT_OF_WINDOW = DROPPED + 42
NEW, SYN_ACK, CLOSE, AT_ONCE, TIMEOUT, CHALLENGE = 1, 3, 5, 6, 9, 14


def seen(side, how, **more):
    when, data = t.packets[-1]
    n.add(when, data, IN if side == "c" else OUT, how,
          stage=TCP_IN if side == "c" else NETIF_OUT, rcv=t.ack["s"],
          nxt=t.next["s"], **more)


t.send("c", flags=SYN)
seen("c", CONSUMED, state=12, una=500000)
t.send("s", flags=SYN | ACK)
seen("s", SENT, why=SYN_ACK, state=12, una=500000, flight=1)
t.send("c", after=0.02)
seen("c", CONSUMED, una=500001)
t.send("c", b"GET / HTTP/1.0\r\n\r\n", flags=ACK | PSH, after=0.001)
seen("c", DELIVERED, una=500001, rwnd=65518)
first = t.send("s", b"a" * 100, after=0.002)
seen("s", SENT, why=NEW, una=500001, flight=100)
t.send("s", b"b" * 100, after=0.0001)
seen("s", SENT, why=NEW, una=500001, flight=200)
t.ack["c"] = first
t.send("c", ack=first, sack=[(first + 100, first + 200)], after=0.02)
seen("c", CONSUMED, una=500001, flight=100)
t.send("s", b"a" * 100, seq=first, after=0.22)
seen("s", SENT, why=TIMEOUT, una=500001, flight=100, retransmits=1,
     cwnd=1448, ssthresh=2896, rto=440000)
t.ack["c"] = first + 200
t.send("c", after=0.02)
seen("c", CONSUMED, una=500201, cwnd=2896, ssthresh=2896)
t.send("c", b"x" * 10, seq=900000, after=0.01)
t.next["c"] = t.ack["s"]
seen("c", OUT_OF_WINDOW, una=500201, cwnd=2896, ssthresh=2896)
t.send("s", after=0.0001)
seen("s", SENT, why=CHALLENGE, una=500201, cwnd=2896, ssthresh=2896)
t.send("s", flags=FIN | ACK, after=0.01)
seen("s", SENT, why=CLOSE, state=4, una=500201, flight=1, lost=3)
t.send("c", flags=FIN | ACK, after=0.02)
seen("c", CONSUMED, state=6, una=500202)
t.send("s", after=0.0001)
seen("s", SENT, why=AT_ONCE, state=6, una=500202)
n.close()
