// SPDX-License-Identifier: MIT
/*
 * Netlink's wire format (RFC 3549, netlink(7), rtnetlink(7)): messages with a
 * 16-byte header, attributes with a 4-byte one, both padded to 4 bytes, all in
 * the host's byte order unless an attribute says otherwise. Reading never goes
 * beyond what it was given; writing stops, and says so, when there is no room.
 */
#pragma once

#include "lib/bytes.h"
#include "lib/types.h"
#include "net/wire/address.h"

#define NL_HEADER 16
#define NL_ATTR_HEADER 4

enum nl_type {
	NL_NOOP = 1,
	NL_ERROR = 2,
	NL_DONE = 3,
	NL_FIRST_TYPE = 16, /* below: control messages */
};

enum nl_flags {
	NL_REQUEST = 0x01,
	NL_MULTI = 0x02,
	NL_ACK = 0x04,
	NL_ECHO = 0x08,
	NL_DUMP_INTERRUPTED = 0x10,
	NL_DUMP_FILTERED = 0x20,
	NL_ROOT = 0x100, /* of GET */
	NL_MATCH = 0x200,
	NL_DUMP = 0x300,
	NL_REPLACE = 0x100, /* of NEW */
	NL_EXCLUSIVE = 0x200,
	NL_CREATE = 0x400,
	NL_APPEND = 0x800,
	NL_CAPPED = 0x100, /* of ACK */
	NL_ACK_TLVS = 0x200,
};

#define NL_NESTED 0x8000
#define NL_BYTEORDER 0x4000
#define NL_TYPE_MASK 0x3fff

struct nl_header {
	uint32_t length; /* header included */
	uint16_t type, flags;
	uint32_t sequence, port;
};

/* False: less than a header, or `length` is not within [16, n]. */
bool nl_read_header(const uint8_t *from, uint32_t n, struct nl_header *to);

struct nl_attr {
	uint16_t type; /* without the flags */
	bool nested;
	uint32_t length;
	const uint8_t *data;
};

/* Attributes that are still to be read. */
struct nl_attrs {
	const uint8_t *at;
	uint32_t left;
};

static inline struct nl_attrs nl_inside(const struct nl_attr *attr)
{
	return (struct nl_attrs){ attr->data, attr->length };
}

/* The next one; false at the end, or (left is not 0 then) when the rest is no
 * attribute. Up to 3 bytes of padding at the end are no error. */
bool nl_next(struct nl_attrs *attrs, struct nl_attr *out);

/* A text attribute: terminated or not, without an inner NUL. False: longer than
 * size - 1. */
bool nl_text(const struct nl_attr *attr, char *to, uint32_t size);
/* An IPv4 (4 bytes) or IPv6 (16 bytes) address; false: another length. */
bool nl_address(const struct nl_attr *attr, struct net_addr *to);

static inline uint32_t nl_u32(const struct nl_attr *attr)
{
	return get_le32(attr->data);
}

/* ---- Writing ---- */

struct nl_writer {
	uint8_t *buffer;
	uint32_t size, used;
	bool full; /* something did not fit */
};

/* `n` bytes, zeroed, padded to 4; NULL and `full` when there is no room. */
uint8_t *nl_room(struct nl_writer *w, uint32_t n);
/* Where the message begins: for nl_end(). Sets everything but the length. */
uint32_t nl_begin(struct nl_writer *w, const struct nl_header *header);
/* Completes the message; when something did not fit, it is taken back and the
 * result is false (`full` is cleared). */
bool nl_end(struct nl_writer *w, uint32_t start);

void nl_put(struct nl_writer *w, uint16_t type, const void *data, uint32_t n);
void nl_put_u8(struct nl_writer *w, uint16_t type, uint8_t value);
void nl_put_u16(struct nl_writer *w, uint16_t type, uint16_t value);
void nl_put_u32(struct nl_writer *w, uint16_t type, uint32_t value);
void nl_put_u64(struct nl_writer *w, uint16_t type, uint64_t value);
void nl_put_text(struct nl_writer *w, uint16_t type, const char *text);
/* 4 or 16 bytes, by family. */
void nl_put_address(struct nl_writer *w, uint16_t type,
		    const struct net_addr *addr);
/* An attribute that holds others. Older ones are written without NL_NESTED
 * in their type, and old readers insist on that. */
uint32_t nl_nest(struct nl_writer *w, uint16_t type);
void nl_nest_end(struct nl_writer *w, uint32_t start);
