// SPDX-License-Identifier: MIT
/* Private to acpi.c: CPUs and I/O APICs from the old MP table. */
#pragma once

/* Fills `acpi`; leaves it alone when there is no table. */
void mptable_read(void);
