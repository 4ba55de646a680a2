// SPDX-License-Identifier: MIT
/*
 * DHCP messages (RFC 2131, RFC 2132): the fields and options that a client
 * reads and writes. Option overload and long options are not followed.
 */
#pragma once

#include "lib/types.h"

#define DHCP_CLIENT_PORT 68
#define DHCP_SERVER_PORT 67
#define DHCP_MESSAGE_MAX 576
#define DHCP_DNS_MAX 3

enum dhcp_type {
	DHCP_NONE,
	DHCP_DISCOVER,
	DHCP_OFFER,
	DHCP_REQUEST,
	DHCP_DECLINE,
	DHCP_ACK,
	DHCP_NAK,
	DHCP_RELEASE,
	DHCP_INFORM,
};

/* IPv4 addresses in host order, 0: absent. */
struct dhcp_message {
	uint8_t operation; /* 1 request, 2 reply */
	uint8_t type; /* enum dhcp_type */
	uint32_t xid;
	uint16_t seconds;
	bool broadcast;
	uint32_t client, yours, server; /* ciaddr, yiaddr, siaddr */
	uint8_t mac[6];
	/* Options */
	uint32_t requested, server_id, mask, router;
	uint32_t dns[DHCP_DNS_MAX];
	uint32_t lease, t1, t2; /* seconds */
	uint16_t mtu;
	char hostname[64], domain[64]; /* terminated */
};

/* -EINVAL: too short, no magic cookie, an option that is cut off. */
int dhcp_parse(const uint8_t *bytes, size_t size, struct dhcp_message *out);
/* A client's message; `bytes` has room for DHCP_MESSAGE_MAX. The length. */
size_t dhcp_emit(uint8_t *bytes, const struct dhcp_message *m);
