// SPDX-License-Identifier: MIT
/* Whether an event record is as it was written; see net/core/record.h. */
#pragma once

#include "lib/types.h"

/* Where the part of it ends that a sum vouches for: in front of the last
 * record's head, since a record is vouched for by the next one. NULL: damaged;
 * it says where. */
const uint8_t *record_undamaged(const uint8_t *bytes, const uint8_t *end);
