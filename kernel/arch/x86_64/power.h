// SPDX-License-Identifier: MIT
/*
 * The end of the machine's run: ACPI S5 or the sleep register of
 * reduced-hardware ACPI; the reset register, the keyboard controller or a
 * triple fault. The caller has synced the disks. None of these returns: when
 * the machine cannot be powered off it is reset, so QEMU -no-reboot ends.
 */
#pragma once

#include "lib/types.h"

NORETURN void power_off(void);
NORETURN void power_reboot(void);
NORETURN void power_halt(void); /* CPUs stop; the machine stays on */
/* Other CPUs stop for good (panic, power). */
void power_stop_others(void);
void power_nmi(void);
void power_init(void);
