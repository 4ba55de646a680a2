// SPDX-License-Identifier: MIT
/* Whether an event record is as it was written; see net/core/record.h. */
#pragma once

#include "lib/types.h"

/* Says where it is damaged. One that ends early is whole up to there. */
bool record_undamaged(const uint8_t *bytes, const uint8_t *end);
