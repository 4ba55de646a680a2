# SPDX-License-Identifier: MIT
"""Writes captures of TCP conversations that keep every rule, or break one.

A Talk is a connection from 10.0.0.1:40000 (c) to 10.0.0.2:80 (s), captured next
to the server: it answers within 0.1 ms, the client 20 ms later. send() keeps
sequence numbers, acknowledgements, timestamps and checksums right unless it is
told otherwise."""

import struct

FIN, SYN, RST, PSH, ACK, ECE, CWR = 1, 2, 4, 8, 16, 64, 128
ETHERNET, RAW, SLL = 1, 101, 113
NAMES = {"c": (bytes([10, 0, 0, 1]), 40000), "s": (bytes([10, 0, 0, 2]), 80)}
NOP = b"\1"


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def mss_option(n):
    return struct.pack(">BBH", 2, 4, n)


def wscale_option(n):
    return NOP + struct.pack("BBB", 3, 3, n)


SACK_OK = NOP + NOP + b"\4\2"


class Talk:
    def __init__(self, timestamps=True, sack=True, wscale=7, mss=1460,
                 window=512, link=ETHERNET):
        self.link = link
        self.packets = []  # (time, bytes)
        self.now = 1000.0
        self.other = {"c": "s", "s": "c"}
        self.next = {"c": 1000, "s": 500000}
        self.ack = {"c": 0, "s": 0}  # what each side acknowledges
        self.clock = {"c": 70000, "s": 90000}
        self.recent = {"c": 0, "s": 0}
        self.id = {"c": 100, "s": 30000}
        self.timestamps = timestamps
        self.sack = sack
        self.wscale = wscale
        self.mss = mss
        self.window = window

    def options(self, side, syn, sack, ts, echo):
        out = b""
        if syn:
            out += mss_option(self.mss)
            out += SACK_OK if self.sack else b""
            out += wscale_option(self.wscale) if self.wscale else b""
        if self.timestamps if ts is None else ts:
            value = self.clock[side] + int((self.now - 1000) * 1000)
            if ts not in (None, True):
                value += ts
            self.value = value
            out += NOP + NOP + struct.pack(">BBII", 8, 10, value,
                                           self.recent[side] + echo)
        if sack:
            out += NOP + NOP + struct.pack("BB", 5, 2 + 8 * len(sack))
            for left, right in sack:
                out += struct.pack(">II", left, right)
        return out

    def send(self, side, data=b"", flags=ACK, after=0.0001, seq=None, ack=None,
             window=None, options=None, extra=b"", sack=(), ts=None, echo=0,
             spoil=None, tos=0, step=1, record=True):
        """One segment. `spoil`: "tcp" or "ip", whose checksum is wrong."""
        self.now += after
        self.value = None
        to = self.other[side]
        if seq is None:
            seq = self.next[side]
        if flags & ACK and ack is None:
            ack = self.ack[side]
        if options is None:
            options = self.options(side, flags & SYN, sack, ts, echo)
        options += extra
        options += NOP * (-len(options) % 4)
        (src, sport), (dst, dport) = NAMES[side], NAMES[to]
        if window is None:
            window = 65535 if flags & SYN and self.wscale else self.window
        tcp = struct.pack(">HHIIBBHHH", sport, dport, seq & 0xffffffff,
                          (ack or 0) & 0xffffffff, (20 + len(options)) // 4 << 4,
                          flags, window, 0, 0) + options + data
        pseudo = src + dst + struct.pack(">HH", 6, len(tcp))
        total = checksum(pseudo + tcp) ^ (0x1234 if spoil == "tcp" else 0)
        tcp = tcp[:16] + struct.pack(">H", total) + tcp[18:]
        self.id[side] += step
        ip = struct.pack(">BBHHHBBH", 0x45, tos, 20 + len(tcp), self.id[side],
                         0x4000, 64, 6, 0) + src + dst
        total = checksum(ip) ^ (0x1234 if spoil == "ip" else 0)
        ip = ip[:10] + struct.pack(">H", total) + ip[12:]
        if record:
            self.packets.append((self.now, self.head(side) + ip + tcp))
        end = seq + len(data) + bool(flags & SYN) + bool(flags & FIN)
        if (end - self.next[side]) & 0xffffffff < 0x80000000:
            self.next[side] = end
        if not spoil and self.ack[to] in (0, seq):
            self.ack[to] = end
            if self.value:
                self.recent[to] = self.value
        return seq

    def head(self, side):
        if self.link == RAW:
            return b""
        if self.link == SLL:
            kind = 4 if side == "s" else 0
            return struct.pack(">HHH8sH", kind, 1, 6, b"\2\0\0\0\0\2\0\0", 0x800)
        mac = {"c": b"\2\0\0\0\0\1", "s": b"\2\0\0\0\0\2"}
        return mac[self.other[side]] + mac[side] + b"\x08\x00"

    def open(self):
        self.send("c", flags=SYN)
        self.send("s", flags=SYN | ACK)
        self.send("c", after=0.02)
        return self

    def put(self, n=1, size=1448, byte=b"q", **more):
        """The client sends n segments, the server acknowledges each second."""
        for i in range(n):
            self.send("c", byte * size, flags=ACK | PSH, **more)
            if i % 2 or i == n - 1:
                self.send("s")
        return self

    def get(self, n=1, size=1448):
        """The other way: n segments at once, the ACKs a round trip later."""
        ends = []
        for i in range(n):
            self.send("s", b"r" * size)
            ends.append(self.next["s"])
        after = 0.02
        for end in ends:
            self.send("c", after=after, ack=end)
            after = 0.0001
        return self

    def close(self):
        self.send("c", flags=FIN | ACK, after=0.02)
        self.send("s")
        self.send("s", flags=FIN | ACK, after=0.001)
        self.send("c", after=0.02)
        return self

    def write(self, path):
        write_pcap(path, self.link, self.packets)


def write_pcap(path, link, packets, order="<"):
    with open(path, "wb") as f:
        f.write(struct.pack(order + "IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144,
                            link))
        for when, data in packets:
            f.write(struct.pack(order + "IIII",
                                *divmod(round(when * 1000000), 1000000),
                                len(data), len(data)))
            f.write(data)


def read_pcap(path):
    """(link, [(time, data)]) of a classic file in this machine's order."""
    with open(path, "rb") as f:
        magic, _, _, _, _, _, link = struct.unpack("<IHHIIII", f.read(24))
        assert magic == 0xa1b2c3d4, path
        packets = []
        while True:
            head = f.read(16)
            if len(head) < 16:
                return link, packets
            sec, usec, size, _ = struct.unpack("<IIII", head)
            packets.append((sec + usec / 1000000, f.read(size)))


# ---- pcapng with Weir's notes (net/core/tap_pcapng.h) ----

IN, OUT = 1, 2
DELIVERED, CONSUMED, SENT, DROPPED = 0x40, 0x41, 0x43, 0x80


def option(code, value):
    return struct.pack("<HH", code, len(value)) + value + \
        b"\0" * (-len(value) % 4)


def block(kind, body):
    size = len(body) + 12
    return struct.pack("<II", kind, size) + body + struct.pack("<I", size)


class Notes:
    """A capture taken in a Weir host: packets with what the kernel says."""

    def __init__(self, path):
        self.f = open(path, "wb")
        self.f.write(block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0,
                                                   -1)))
        self.f.write(block(1, struct.pack("<HHI", 1, 0, 0) +
                           option(2, b"eth0") + option(9, b"\x09") +
                           option(0, b"")))

    def add(self, when, data, direction, verdict, why=0, stage=12, state=1,
            socket=7, pid=42, lost=0, retransmits=0, una=0, nxt=0, wnd=65536,
            rcv=0, rwnd=65536, cwnd=14480, ssthresh=0x7fffffff, flight=0,
            srtt=20000, rto=220000):
        time = round(when * 1000000) * 1000
        body = struct.pack("<IIIII", 0, time >> 32, time & 0xffffffff,
                           len(data), len(data)) + data
        body += b"\0" * (-len(data) % 4)
        body += option(2, struct.pack("<I", direction))
        if lost:
            body += option(4, struct.pack("<Q", lost))
        body += option(2989, struct.pack(
            "<IBBHBBBBIiIIIIIIIIIIII", 32473, 1, why, verdict, stage, 1, state,
            retransmits, socket, pid, una & 0xffffffff, nxt & 0xffffffff, wnd,
            rcv & 0xffffffff, rwnd, cwnd, ssthresh, flight, srtt, rto, 0, 0))
        self.f.write(block(6, body + option(0, b"")))

    def close(self):
        self.f.close()
