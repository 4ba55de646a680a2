// SPDX-License-Identifier: MIT
/*
 * IPv6 extension headers that a program sends along (RFC 3542 6 to 9): with one
 * message, or from a sticky option on. In between they are a list: each header
 * behind the number of the option that it was given with, in the order in which
 * they came. On the wire they stand in the order of RFC 8200 4.1, and all
 * of them in front of a fragment header, where Linux has them too.
 */
#pragma once

#include "lib/types.h"
#include "net/core/datagram.h"
#include "net/core/packet.h"

/* All together: 40 bytes of headers. Linux takes more. */
struct extension_list {
	uint8_t length;
	uint8_t bytes[DATAGRAM_OPTIONS];
};

/* Puts the header in place of the one of the same option; `length` 0: takes it
 * away. -EINVAL: its own length says something else; -ENOBUFS: too long. */
int extension_set(struct extension_list *list, int option, const void *header,
		  uint32_t length);
/* The header of an option, or NULL. */
const uint8_t *extension_get(const struct extension_list *list, int option,
			     uint32_t *length);
/* Their bytes on the wire. */
uint32_t extension_size(const uint8_t *list, uint32_t length);
/* Into the packet's options, in order. */
void extension_arrange(const uint8_t *list, uint32_t length,
		       struct packet *packet);

/* Puts such headers, `first` being the first one's number, in front of what
 * begins with `*protocol`, which becomes `first`. False: no room. */
bool extension_push(struct packet *packet, const uint8_t *headers,
		    uint32_t length, uint8_t first, uint8_t *protocol);
