# SPDX-License-Identifier: MIT
"""Which accelerator an ordinary guest can really use.

A /dev/kvm that opens proves nothing: on a host that is itself a
para-virtualised guest, KVM interprets ordinary kernels thousands of times too
slowly. So KVM is proved by a trial: a small guest of the very kernel that is
to be run must boot, run /bin/true and power off within a bound, while the same under
TCG shows that the kernel is not to blame. The verdict is kept in build/accel
until the host boots again."""

import os
import subprocess

TRIAL_SECONDS = 8


def _boot_id():
    try:
        with open("/proc/sys/kernel/random/boot_id") as f:
            return f.read().strip()
    except OSError:
        return "unknown"


def choose(guest, verdict_file, kernel_words):
    """`guest` is tools/guest itself, `kernel_words` its options that name the
    kernel. Says "kvm" or "tcg"."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg"
    boot = _boot_id()
    try:
        with open(verdict_file) as f:
            seen, verdict = f.read().split()
            if seen == boot and verdict in ("kvm", "tcg"):
                return verdict
    except (OSError, ValueError):
        pass
    verdict = "kvm" if _trial(guest, kernel_words, "kvm") else "tcg"
    # A kernel that starts nowhere says nothing about KVM: ask again next time.
    if verdict == "kvm" or _trial(guest, kernel_words, "tcg"):
        os.makedirs(os.path.dirname(verdict_file), exist_ok=True)
        with open(verdict_file, "w") as f:
            f.write(f"{boot} {verdict}\n")
    return verdict


def _trial(guest, kernel_words, accelerator):
    words = [guest, *kernel_words, "--accel", accelerator, "--initramfs",
             "--net", "none", "--timeout", str(TRIAL_SECONDS), "--",
             "/bin/true"]
    return subprocess.run(words, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0
