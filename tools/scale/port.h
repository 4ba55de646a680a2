// SPDX-License-Identifier: MIT
/* What the stacks of the scale benchmark have allocated. */
#pragma once

#include <stddef.h>

extern size_t port_bytes, port_objects;
