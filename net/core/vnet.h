// SPDX-License-Identifier: MIT
/*
 * struct virtio_net_hdr in front of a packet, as TUN's files and packet sockets
 * show and take it: which checksum is still to be done, and how a large packet
 * is to be cut. All numbers are little endian.
 */
#pragma once

#include "lib/types.h"

struct packet;

#define VNET_HEADER 10

/* What there is to say of a packet. `shift` bytes are in front of it in what the
 * program sees, or, negative, are left out. */
void vnet_describe(const struct packet *packet, int32_t shift,
		   uint8_t header[VNET_HEADER]);
/* How many bytes of the packet a program says to be its header; more than it
 * has is -EINVAL. */
uint32_t vnet_header_length(const uint8_t header[VNET_HEADER]);
/* What a program says of a packet: -EINVAL, in all cases that Linux refuses. The
 * packet begins with its link header, if it has one. */
int vnet_apply(struct packet *packet, const uint8_t header[VNET_HEADER]);
