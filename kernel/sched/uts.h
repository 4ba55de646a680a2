// SPDX-License-Identifier: MIT
/*
 * The system's names: what uname(2) and /proc/sys/kernel show. Host and domain
 * name may change; the rest is constant.
 */
#pragma once

#include "lib/types.h"

#define UTS_LENGTH 64
#define UTS_SYSTEM "Linux"
#define UTS_RELEASE "6.1.0-weir"
#define UTS_VERSION "#1 SMP Weir 0.1"
#define UTS_MACHINE "x86_64"

enum uts_name { UTS_HOST, UTS_DOMAIN };

/* Copies with NUL; never more than UTS_LENGTH + 1 bytes. */
void uts_get(enum uts_name which, char name[UTS_LENGTH + 1]);
/* -EINVAL: too long. */
int uts_set(enum uts_name which, const char *name, size_t length);
