// SPDX-License-Identifier: MIT
/* The vDSO in every process's memory. */
#pragma once

#include "lib/types.h"

struct address_space;

/* At start-up, when the clocks are known. */
void vdso_init(void);
/* Where the image is now, for AT_SYSINFO_EHDR; -ENOMEM, or -ENOENT when there
 * is none: programs make system calls instead. */
int64_t vdso_map(struct address_space *space);
