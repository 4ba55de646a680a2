# SPDX-License-Identifier: MIT
"""Which accelerator an ordinary guest can really use.

A /dev/kvm that opens proves nothing: on a host that is itself a
para-virtualised guest, KVM interprets ordinary kernels thousands of times too
slowly. So KVM is proved by a trial: a small guest of the very kernel that is
to be run must boot, run /bin/true and power off within a bound. The verdict is
kept in build/accel until the host boots again."""

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
    trial = [guest, *kernel_words, "--accel", "kvm", "--initramfs", "--net",
             "none", "--timeout", str(TRIAL_SECONDS), "--", "/bin/true"]
    status = subprocess.run(trial, stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL).returncode
    verdict = "kvm" if status == 0 else "tcg"
    if status in (0, 124):  # it worked, or it was too slow: both are facts
        os.makedirs(os.path.dirname(verdict_file), exist_ok=True)
        with open(verdict_file, "w") as f:
            f.write(f"{boot} {verdict}\n")
    return verdict
