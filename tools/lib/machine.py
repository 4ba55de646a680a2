# SPDX-License-Identifier: MIT
"""The QEMU command line of a guest: one place that knows how its devices are
called on the machines pc and q35 (PCI) and microvm (virtio-mmio)."""

import os

MAC = "52:54:00:12:34:56"


def suffix(machine):
    return "device" if machine == "microvm" else "pci"


def base(o, accel):
    """`o` holds tools/guest's options."""
    machine = {"microvm": "microvm,acpi=on,rtc=on,pic=on,pit=on"}
    return ["qemu-system-x86_64", "-machine",
            machine.get(o.machine, o.machine), "-accel", accel, "-cpu", o.cpu,
            "-smp", str(o.cpus), "-m", str(o.memory), "-nodefaults",
            "-no-user-config", "-display", "none", "-no-reboot",
            "-device", "isa-debug-exit,iobase=0xf4,iosize=4"]


def serial_ports(o, result_fd, console):
    """ttyS0 is the console, ttyS1 the result channel."""
    args = ["-chardev", console, "-serial", "chardev:console",
            "-chardev", f"socket,id=result,fd={result_fd}"]
    if o.machine == "microvm":
        return args + ["-device",
                       "isa-serial,chardev=result,iobase=0x2f8,irq=3"]
    return args + ["-serial", "chardev:result"]


def disk(o, name, path, words):
    return ["-drive", f"if=none,id={name},format=raw,file={escape(path)},"
            f"{words}", "-device", f"virtio-blk-{suffix(o.machine)},"
            f"drive={name}"]


def network(o):
    if o.net == "none":
        return []
    if o.net == "user":
        back = "user,id=net0"
        for forward in o.forward:
            proto = "tcp"
            if forward.startswith(("tcp:", "udp:")):
                proto, forward = forward.split(":", 1)
            host, guest = forward.rsplit(":", 1)
            if ":" not in host:
                host = "127.0.0.1:" + host
            back += f",hostfwd={proto}:{host}-:{guest}"
    elif o.net.startswith("tap:"):
        back = (f"tap,id=net0,ifname={o.net[4:]},script=no,downscript=no,"
                "vhost=off")
    else:
        kind, _, rest = o.net.partition(",")
        back = f"{kind},id=net0,{rest}"
    args = ["-netdev", back, "-device",
            f"virtio-net-{suffix(o.machine)},netdev=net0,mac={MAC}"]
    if o.machine != "microvm":
        args[-1] += ",romfile="
    if o.dump:
        args += ["-object", "filter-dump,id=dump0,netdev=net0,"
                 f"maxlen=256,file={escape(o.dump)}"]
    return args


def capture(o):
    """Ports for the packets' capture and the stack's event record."""
    args = []
    for name, path in (("capture", o.capture), ("record", o.record)):
        if path:
            path = os.path.abspath(path)
            args += ["-chardev", f"file,id={name},path={escape(path)}",
                     "-device",
                     f"virtserialport,chardev={name},name=weir.{name}"]
    if args:
        args = ["-device", f"virtio-serial-{suffix(o.machine)}"] + args
    return args


def entropy(o):
    return ["-object", "rng-random,id=rng0,filename=/dev/urandom",
            "-device", f"virtio-rng-{suffix(o.machine)},rng=rng0"]


def escape(path):
    return str(path).replace(",", ",,")
