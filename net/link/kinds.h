// SPDX-License-Identifier: MIT
/* The kinds of software links, for net.c's table; one file each. */
#pragma once

#include "net/core/link.h"

extern const struct link_kind dummy_kind, veth_kind;
