#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# Who may include whom. Each floor of the tree lists the floors that it may
# name; a file belongs to the longest prefix that matches. Calls upward go
# through a table of function pointers that the lower floor owns. `<...>` is
# for the compiler's freestanding headers only, and "..." is written from the
# root. A test or tool may use net/, lib/ and itself.
#
#     tools/check/includes.py         prints each forbidden include; status 1
import re
import subprocess
import sys

BASE = ["lib", "kernel/log.h", "kernel/cmdline.h"]
ARCH = BASE + ["kernel/arch"]
MM = ARCH + ["kernel/mm"]
SCHED = MM + ["kernel/sched"]
FILE = SCHED + ["kernel/file"]
VM = FILE + ["kernel/vm"]
PROC = VM + ["kernel/proc"]
FS = VM + ["fs/vfs"]
CORE = ["lib", "net/wire", "net/core"]
IP = CORE + ["net/ip/route.h", "net/ip/ip.h", "net/ip/output.h"]

FLOORS = {
    "lib": ["lib"],
    "net/wire": ["lib", "net/wire"],
    "net/core": CORE,
    "net/link": CORE + ["net/link"],
    "net/loopback": CORE + ["net/loopback"],
    "net/tun": CORE + ["net/tun"],
    "net/bridge": CORE + ["net/bridge"],
    "net/vlan": CORE + ["net/vlan"],
    "net/sched": CORE + ["net/sched"],
    "net/ip": CORE + ["net/ip"],
    "net/icmp": CORE + ["net/icmp", "net/ip"],
    "net/udp": CORE + ["net/udp", "net/ip"],
    "net/tcp": CORE + ["net/tcp", "net/ip"],
    "net/dhcp": CORE + ["net/dhcp", "net/ip"],
    "net/packet": CORE + ["net/packet"],
    # netlink reads and changes the tables of the floors below.
    "net/netlink": CORE
    + ["net/netlink", "net/bridge/bridge.h", "net/ip/group.h"],
    "net": ["lib", "net"],  # net.c: all of it
    "kernel/arch": ARCH,
    "kernel/mm": MM,
    "kernel/sched": SCHED,
    "kernel/file": FILE,
    "kernel/tty": PROC + ["kernel/tty", "kernel/drivers/uart.h"],
    "kernel/vm": VM,
    "kernel/proc": PROC,
    "kernel/drivers": VM + ["kernel/drivers", "net/core/netif.h"],
    "kernel/socket": FILE + ["kernel/socket", "net/net.h", "net/ioctl.h"],
    "kernel/net_": SCHED + ["kernel", "net"],
    "kernel/syscall": ["lib", "kernel", "fs", "net"],
    "kernel": ["lib", "kernel", "fs", "net"],
    "fs/vfs": FS,
    "fs/ext4": FS + ["fs/ext4"],
    "fs/tmpfs": FS + ["fs/tmpfs"],
    "fs/devfs": FS + ["fs/devfs", "fs/tmpfs/tmpfs.h"],
    "fs/procfs": FS + ["fs/procfs"],
    "fs/sysfs": FS + ["fs/sysfs"],
    "fs": FS + ["fs"],
    "tools": ["lib", "net", "tools"],
    "tests": ["lib", "net", "tools", "tests"],
    # The kernel's system calls on the host: it plays the floors beneath them.
    "tests/net/conform": ["lib", "net", "kernel", "fs", "tests"],
    "bench": ["lib", "bench"],
    # The stack on the host, a million connections large.
    "bench/scale": ["lib", "net", "bench"],
}

# Exceptions, each with its reason.
ALLOWED = {
    # A network driver moves packets and asks the stack's port for buffers.
    ("kernel/drivers/virtio/net.c", "net/core/link.h"),
    ("kernel/drivers/virtio/net.c", "net/core/packet.h"),
    ("kernel/drivers/virtio/net.c", "net/core/port.h"),
    ("kernel/drivers/virtio/net.c", "kernel/net_thread.h"),
}

FREESTANDING = {"stdarg.h", "stdbool.h", "stddef.h", "stdint.h", "limits.h"}
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)')


def below(path, prefix):
    """kernel/net_ matches kernel/net_thread.c; net matches net/..."""
    return path.startswith(prefix if prefix.endswith("_") else prefix + "/")


def floor_of(path):
    return max((f for f in FLOORS if below(path, f)), key=len, default=None)


def allowed(floor, path, target):
    if (path, target) in ALLOWED:
        return True
    return any(target == f or below(target, f) for f in FLOORS[floor])


def hosted(path):
    return path.startswith(("tools/", "tests/", "bench/"))


def check_line(path, floor, kind, target):
    if kind == "<":
        if hosted(path) or target in FREESTANDING:
            return None
        if path in ("lib/types.h", "lib/string.h"):
            return None  # the host's half of the two
        return "<> is for freestanding headers"
    if "/" not in target:
        return "write includes from the root"
    if not allowed(floor, path, target):
        return f"{floor} may not include this"
    return None


def main():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard",
         "*.c", "*.h", "*.S"], capture_output=True, text=True, check=True)
    bad = files = 0
    for path in sorted(set(listed.stdout.split())):
        floor = floor_of(path)
        if not floor:
            continue
        try:
            lines = open(path, encoding="utf-8").read().splitlines()
        except FileNotFoundError:
            continue
        files += 1
        for number, line in enumerate(lines, 1):
            found = INCLUDE.match(line)
            why = found and check_line(path, floor, *found.groups())
            if why:
                bad += 1
                print(f'{path}:{number}: "{found.group(2)}": {why}')
    print(f"includes: {files} files, {bad} forbidden")
    return 1 if bad else 0


sys.exit(main())
