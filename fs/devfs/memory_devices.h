// SPDX-License-Identifier: MIT
/* The devices that need no hardware: null, zero, full, random, urandom, kmsg. */
#pragma once

#include "kernel/sched/wait.h"

/* Woken after each new record of the kernel's log. */
extern struct wait_queue log_wait;

/* Registers them and makes their nodes; devtmpfs must be there. */
void memory_devices_init(void);
