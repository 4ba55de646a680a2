// SPDX-License-Identifier: MIT
/*
 * What interrupt.c calls in the floors above; sched sets them at start-up.
 */
#pragma once

extern void (*timer_interrupt)(void);
extern void (*reschedule_interrupt)(void);
extern void (*interrupt_entropy)(unsigned source);
