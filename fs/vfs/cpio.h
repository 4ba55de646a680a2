// SPDX-License-Identifier: MIT
/*
 * Unpacking a cpio archive in "newc" form into the root directory.
 */
#pragma once

#include "lib/types.h"

/* 0; -EINVAL, with a line in the log that says what is wrong and where: nothing
 * may be missing, so a damaged archive is refused as a whole. */
int cpio_unpack(const void *archive, size_t size);
