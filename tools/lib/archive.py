# SPDX-License-Identifier: MIT
"""The two archives that a guest reads: newc (an initramfs) and ustar (the
second disk, unpacked by tools/init). Both hold the same thing: a Tree, that is
directories, symbolic links and files by their path in the guest."""

import io
import os
import stat
import tarfile


class Tree:
    """Paths in the guest and what is there. Parents are added by themselves."""

    def __init__(self):
        self.entries = {}  # path -> (mode, bytes | host path | link target)

    def _parents(self, path):
        parts = path.split("/")[:-1]
        for i in range(1, len(parts) + 1):
            parent = "/".join(parts[:i])
            if parent:
                self.entries.setdefault(parent, (stat.S_IFDIR | 0o755, b""))

    def _add(self, path, mode, what):
        path = path.strip("/")
        self._parents(path)
        self.entries[path] = (mode, what)

    def text(self, path, data, mode=0o644):
        self._add(path, stat.S_IFREG | mode, data)

    def directory(self, path, mode=0o755):
        self._add(path, stat.S_IFDIR | mode, b"")

    def link(self, path, target):
        self._add(path, stat.S_IFLNK | 0o777, target.encode())

    def put(self, source, path):
        """A host file, or a directory with everything below it."""
        if os.path.islink(source) and not os.path.exists(source):
            self.link(path, os.readlink(source))
        elif os.path.isdir(source):
            self.directory(path)
            for name in sorted(os.listdir(source)):
                self.put(os.path.join(source, name), path + "/" + name)
        else:
            mode = stat.S_IMODE(os.stat(source).st_mode)
            self._add(path, stat.S_IFREG | mode, source)

    def items(self):
        """(path, mode, size, open file or None), parents first."""
        for path, (mode, what) in self.entries.items():
            if isinstance(what, bytes):
                yield path, mode, len(what), io.BytesIO(what)
            else:
                with open(what, "rb") as f:
                    yield path, mode, os.fstat(f.fileno()).st_size, f


def write_newc(tree, out):
    def record(ino, path, mode, size):
        name = path.encode() + b"\0"
        fields = (ino, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, len(name), 0)
        head = b"070701" + b"".join(b"%08x" % f for f in fields) + name
        out.write(head + b"\0" * (-len(head) % 4))

    ino = 1
    for path, mode, size, data in tree.items():
        record(ino, path, mode, size)
        out.write(data.read())
        out.write(b"\0" * (-size % 4))
        ino += 1
    device = b"dev/console"
    record(ino, "dev", stat.S_IFDIR | 0o755, 0)
    fields = (ino + 1, stat.S_IFCHR | 0o600, 0, 0, 1, 0, 0, 0, 0, 5, 1,
              len(device) + 1, 0)
    head = b"070701" + b"".join(b"%08x" % f for f in fields) + device + b"\0"
    out.write(head + b"\0" * (-len(head) % 4))
    record(0, "TRAILER!!!", 0, 0)
    out.write(b"\0" * 512)


def write_tar(tree, out):
    with tarfile.open(fileobj=out, mode="w",
                      format=tarfile.USTAR_FORMAT) as tar:
        for path, mode, size, data in tree.items():
            info = tarfile.TarInfo(path)
            info.mode = stat.S_IMODE(mode)
            if stat.S_ISDIR(mode):
                info.type = tarfile.DIRTYPE
                tar.addfile(info)
            elif stat.S_ISLNK(mode):
                info.type = tarfile.SYMTYPE
                info.linkname = data.read().decode()
                tar.addfile(info)
            else:
                info.size = size
                tar.addfile(info, data)
