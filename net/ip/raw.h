// SPDX-License-Identifier: MIT
/*
 * Raw sockets.
 */
#pragma once

#include "net/core/endpoint.h"
#include "net/core/listing.h"

extern const struct protocol raw_protocol;
extern const struct diag_inet raw_diag;
