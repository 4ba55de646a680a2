// SPDX-License-Identifier: MIT
/* Eventfd: a counter that can be waited for. */
#pragma once

#include "kernel/file/file.h"

#define EFD_SEMAPHORE 1

/* flags: EFD_SEMAPHORE, O_NONBLOCK. *file has one reference. */
int eventfd_create(unsigned value, unsigned flags, struct file **file);
