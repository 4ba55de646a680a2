// SPDX-License-Identifier: MIT
/*
 * I/O APICs: which vector and CPU a line's interrupts go to. Private to
 * interrupt.c.
 */
#pragma once

#include "lib/types.h"

/* Masks all lines, and the two old PICs. */
void ioapic_init(void);
/* ISA numbers that the firmware wired elsewhere. */
void ioapic_override(unsigned *gsi, bool *level, bool *low);
/* 0; -ENODEV: no I/O APIC has this line. */
int ioapic_route(unsigned gsi, unsigned vector, unsigned apic_id, bool level,
		 bool low);
