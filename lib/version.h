// SPDX-License-Identifier: MIT
/*
 * What the kernel calls itself: uname(2), /proc/version, /proc/sys/kernel. The
 * release is the Linux version whose behaviour is the contract.
 */
#pragma once

#define VERSION_SYSTEM "Linux"
#define VERSION_RELEASE "6.1.0-weir"
#define VERSION_BUILD "#1 SMP Weir 0.1"
#define VERSION_MACHINE "x86_64"
