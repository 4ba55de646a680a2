// SPDX-License-Identifier: MIT
/* The PC's battery clock (CMOS), read once at start for the wall clock. */
#pragma once

#include "lib/types.h"

/* Seconds since 1970 in UTC; 0 when the machine has no such clock. */
int64_t rtc_read(void);
