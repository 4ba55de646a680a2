// SPDX-License-Identifier: MIT
/* TUN and TAP interfaces: for net.c. */
#pragma once

#include "net/core/endpoint.h"
#include "net/core/link.h"

extern const struct protocol tun_protocol;
extern const struct link_kind tun_kind;
