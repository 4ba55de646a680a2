// SPDX-License-Identifier: MIT
/* Private to kernel/syscall: what kernel/file is told at start-up. */
#pragma once

/* Tells kernel/file's signalfd how to take signals. */
void signalfd_hooks_init(void);
/* Tells kernel/file's O_ASYNC how to signal a file's owner. */
void async_hooks_init(void);
