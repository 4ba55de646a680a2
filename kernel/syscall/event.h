// SPDX-License-Identifier: MIT
/* Private to kernel/syscall: start-up of event.c. */
#pragma once

/* Tells kernel/file's signalfd how to take signals. */
void signalfd_hooks_init(void);
