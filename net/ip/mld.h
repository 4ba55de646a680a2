// SPDX-License-Identifier: MIT
/*
 * MLD (RFC 2710, RFC 3810): the ICMPv6 messages about groups.
 */
#pragma once

#include "net/core/annotate.h"
#include "net/core/packet.h"

/* An ICMPv6 message of MLD's, checksum verified. */
verdict_t mld_in(struct net *net, struct packet *packet,
		 uint8_t type) ON_NET_THREAD;
