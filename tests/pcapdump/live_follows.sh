#!/bin/bash
# SPDX-License-Identifier: MIT
# pcapdump --live: a file that grows in pieces, a FIFO and a UNIX socket give
# the same lines as the whole file; it ends with the writer, or on SIGINT, with
# the sums; a summary comes in between.
. "$(dirname "$0")/lib.sh"
PYTHONPATH=$here exec python3 - "$pcapdump" "$work" <<'END'
import os, signal, socket, subprocess, sys, time
from broken_rules import good

pcapdump, work = sys.argv[1:3]
os.chdir(work)
good().write("whole.pcap")
source = open("whole.pcap", "rb").read()
whole = subprocess.run([pcapdump, "whole.pcap"], capture_output=True).stdout


def start(*words):
    out = open("out", "wb")
    return subprocess.Popen([pcapdump, "--live", *words], stdout=out,
                            stderr=subprocess.STDOUT)


def end(what, process, expected=whole):
    status = process.wait(10)
    text = open("out", "rb").read()
    lines = b"".join(l for l in text.splitlines(True)
                     if not l.startswith(b"---"))
    if status or lines != expected or b"--- end: " not in text:
        sys.exit(f"not ok: {what}: status {status}, {text[-300:]}")
    print("#", what)
    return text


# A file: nothing at first, then pieces that end within blocks.
f = open("file", "wb", buffering=0)
t = start("file", "--interval", "0.3")
for i in range(0, len(source), 4999):
    f.write(source[i:i + 4999])
    time.sleep(0.05)
time.sleep(0.7)
if t.poll() is not None:
    sys.exit("not ok: it ended before the writer")
f.close()
text = end("a file that grows", t)
if text.count(b"--- ") < 2:
    sys.exit("not ok: no summary in between")

f = open("file", "wb", buffering=0)
f.write(source[:len(source) // 2])
t = start("file", "--stats")
time.sleep(0.7)
t.send_signal(signal.SIGINT)
t.wait(10)
text = open("out", "rb").read()
if t.returncode or b"connection 0: " not in text:
    sys.exit(f"not ok: SIGINT: {t.returncode} {text}")
print("# SIGINT")
f.close()

os.mkfifo("fifo")
t = start("fifo")
with open("fifo", "wb") as f:
    f.write(source)
end("a FIFO", t)

t = start("fifo")
time.sleep(0.3)
t.send_signal(signal.SIGINT)
if t.wait(10):
    sys.exit("not ok: SIGINT before the FIFO's writer")

s = socket.socket(socket.AF_UNIX)
s.bind("socket")
s.listen()
t = start("socket")
c, _ = s.accept()
for i in range(0, len(source), 4999):
    c.sendall(source[i:i + 4999])
c.close()
end("a UNIX socket", t)

t = start("whole.pcap", "src", "port", "80")
some = subprocess.run([pcapdump, "whole.pcap", "src", "port", "80"],
                      capture_output=True).stdout
end("a finished file, with a filter", t, some)
print("ok")
END
