// SPDX-License-Identifier: MIT
/*
 * The floating-point and vector registers as one block of memory, in the
 * layout of XSAVE (or FXSAVE). kernel/sched/fpu.c ties them to threads.
 */
#pragma once

#include "lib/types.h"

size_t fpu_area_size(void);
uint64_t fpu_area_mask(void); /* XCR0: the components in it */
bool fpu_has_xsave(void);
void fpu_store(void *area); /* 64-byte aligned */
int fpu_load(const void *area); /* 0; -EINVAL: malformed, not loaded */
void fpu_initial(void *area); /* the state of a new program */
