# SPDX-License-Identifier: MIT
"""abi_compare.py WORK GUEST-TOOL 'GUEST OPTIONS' NAME... : runs WORK/programs
under WORK/batch on the host and in a guest, and compares what each says.
Called by tests/abi/all.sh."""

import difflib
import os
import re
import subprocess
import sys

work, guest, options, *names = sys.argv[1:]
SECONDS = "30"
BOOTS = 6
RECORD = re.compile(r"^=== (\S+)\n(.*?)\n--- (exit \d+|signal \d+|late)$",
                    re.S | re.M)


def records(text):
    return {name: (said, end) for name, said, end in RECORD.findall(text)}


def run(words, log):
    with open(os.path.join(work, log), "ab") as errors:
        r = subprocess.run(words, stdin=subprocess.DEVNULL, cwd="/",
                           stdout=subprocess.PIPE, stderr=errors)
    return r.returncode, r.stdout.decode(errors="replace").replace("\r", "")


def on_host():
    paths = [f"{work}/programs/{n}" for n in names]
    os.makedirs(f"{work}/tmp", exist_ok=True)
    os.environ["TMPDIR"] = f"{work}/tmp"
    _, text = run([f"{work}/batch", SECONDS, *paths], "host.err")
    del os.environ["TMPDIR"]
    subprocess.run(["rm", "-rf", f"{work}/tmp"])
    return records(text)


def in_guest():
    found, left = {}, list(names)
    for boot in range(BOOTS):
        status, text = run(
            [guest, *options.split(), "--put", f"{work}/programs:/abi", "--put",
             f"{work}/batch:/abi/batch", "--", "/abi/batch", SECONDS,
             *(f"/abi/{n}" for n in left)], "guest.err")
        new = records(text)
        found.update(new)
        if status == 0:
            break
        started = re.findall(r"^=== (\S+)$", text, re.M)
        print(f"# boot {boot + 1} ended with status {status} in "
              f"{started[-1] if started else 'the boot'}")
        if not started:
            break
        if started[-1] not in found:
            found[started[-1]] = ("", f"the guest died (status {status})")
        left = [n for n in left if n not in found]
        if not left:
            break
    return found


def main():
    host = on_host()
    weir = in_guest()
    passed = failed = 0
    for name in names:
        want = host.get(name, ("", "nothing"))
        got = weir.get(name, ("", "nothing"))
        if want[1] == "exit 77":
            print(f"skipped {name}: {want[0].strip()}")
        elif want[1] != "exit 0":
            failed += 1
            print(f"not ok {name}: on this host: {want[1]}")
            print("  | " + want[0][-400:].replace("\n", "\n  | "))
        elif want == got:
            passed += 1
            print(f"ok {name}")
        else:
            failed += 1
            print(f"not ok {name}: {got[1]}")
            for line in list(difflib.unified_diff(
                    want[0].splitlines(), got[0].splitlines(), "linux",
                    "weir", lineterm="", n=1))[:16]:
                print("  | " + line)
    if failed:
        with open(os.path.join(work, "guest.err"), errors="replace") as f:
            print("".join("# " + line for line in f.readlines()[-30:]))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
