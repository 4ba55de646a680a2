// SPDX-License-Identifier: MIT
/*
 * What expressions are worth: numbers, bytes in the kernel's layouts, socket
 * addresses, and descriptors, which a script numbers as Linux would and the
 * kernel as it likes.
 */
#include "tests/net/conform/libc.h"

#include "lib/bytes.h"
#include "tests/net/conform/conform.h"

#define AF_INET 2
#define AF_INET6 10
#define FDS 1024

static int fds[FDS]; /* the kernel's number + 1 */

int live_fd(int script_fd)
{
	if (script_fd < 0 || script_fd >= FDS || !fds[script_fd])
		return script_fd < 0 ? script_fd : FDS - 1; /* nobody's */
	return fds[script_fd] - 1;
}

void map_fd(int script_fd, int live)
{
	if (script_fd >= 0 && script_fd < FDS)
		fds[script_fd] = live + 1;
}

static struct net_addr parse_address(const struct expr *e)
{
	struct net_addr addr = { 0 };

	if (e->kind != EXPR_STRING || addr_parse(e->text, &addr))
		unsupported(run.event->line, "no address: %s",
			    e->text ? e->text : "?");
	return addr;
}

static int64_t call_value(const struct expr *e)
{
	const struct expr *first = e->count ? e->items[0] : NULL;

	if (!first)
		unsupported(run.event->line, "%s() without arguments", e->text);
	if (!strcmp(e->text, "htons") || !strcmp(e->text, "ntohs"))
		return __builtin_bswap16((uint16_t)value_of(first));
	if (!strcmp(e->text, "htonl") || !strcmp(e->text, "ntohl"))
		return __builtin_bswap32((uint32_t)value_of(first));
	if (!strcmp(e->text, "inet_addr")) {
		struct net_addr addr = parse_address(first);

		return addr.w[3];
	}
	unsupported(run.event->line, "%s() in an expression", e->text);
}

static int64_t binary_value(const struct expr *e)
{
	int64_t a = value_of(e->items[0]), b = value_of(e->items[1]);

	switch (e->text[0]) {
	case '|':
		return a | b;
	case '&':
		return a & b;
	case '^':
		return a ^ b;
	case '+':
		return a + b;
	case '-':
		return a - b;
	case '*':
		return a * b;
	case '<':
		return a << b;
	default:
		return a >> b;
	}
}

int64_t value_of(const struct expr *e)
{
	int64_t value;

	switch (e->kind) {
	case EXPR_NUMBER:
		return e->number;
	case EXPR_WORD:
		if (!symbol_find(e->text, &value))
			unsupported(run.event->line, "unknown constant %s",
				    e->text);
		return value;
	case EXPR_BINARY:
		return binary_value(e);
	case EXPR_CALL:
		return call_value(e);
	case EXPR_LIST:
		if (e->count == 1)
			return value_of(e->items[0]);
		break;
	default:
		break;
	}
	unsupported(run.event->line, "an expression that is no number");
}

bool is_ellipsis(const struct expr *e)
{
	return e->kind == EXPR_ELLIPSIS ||
	       (e->kind == EXPR_LIST && e->count == 1 &&
		e->items[0]->kind == EXPR_ELLIPSIS);
}

const struct expr *member(const struct expr *structure, const char *name)
{
	for (int i = 0; i < structure->count; i++)
		if (structure->items[i]->name &&
		    !strcmp(structure->items[i]->name, name))
			return structure->items[i];
	return NULL;
}

int64_t member_or(const struct expr *structure, const char *name, int64_t or)
{
	const struct expr *e = member(structure, name);

	return e && !is_ellipsis(e) ? value_of(e) : or ;
}

/* timeval and timespec are the structures of long members. */
static size_t member_size(const struct expr *e)
{
	return e->name && (!strncmp(e->name, "tv_", 3) ||
			   !strcmp(e->name, "address") ||
			   !strcmp(e->name, "copybuf_address")) ?
		       8 :
		       4;
}

size_t value_bytes(const struct expr *e, uint8_t *to, size_t room)
{
	size_t size = 0;

	switch (e->kind) {
	case EXPR_STRING:
		size = MIN(e->length + 1, room);
		memcpy(to, e->text, size);
		return size;
	case EXPR_LIST:
	case EXPR_STRUCT:
		for (int i = 0; i < e->count; i++) {
			const struct expr *item = e->items[i];

			if (item->kind == EXPR_STRING ||
			    item->kind == EXPR_STRUCT) {
				size += value_bytes(item, to + size,
						    room - size);
				continue;
			}
			if (size + 8 > room)
				break;
			put_le64(to + size, (uint64_t)value_of(item));
			size += member_size(item);
		}
		return size;
	default:
		put_le64(to, (uint64_t)value_of(e));
		return 4;
	}
}

static int put_address(uint8_t *to, int family, const struct net_addr *addr,
		       uint16_t port)
{
	memset(to, 0, 28);
	put_le16(to, (uint16_t)family);
	put_be16(to + 2, port);
	if (family == AF_INET) {
		memcpy(to + 4, addr->b + 12, 4);
		return 16;
	}
	memcpy(to + 8, addr->b, 16);
	return 28;
}

static int structure_address(const struct expr *e, uint8_t *to)
{
	int family = (int)member_or(e, "sa_family", AF_INET);
	const struct expr *port = member(e, "sin_port");
	const struct expr *addr = member(e, "sin_addr");
	struct net_addr address = { 0 };

	if (!port)
		port = member(e, "sin6_port");
	if (!addr)
		addr = member(e, "sin6_addr");
	/* inet_pton(AF_INET6, "::1", &sin6_addr), as strace writes it */
	for (int i = 0; !addr && i < e->count; i++)
		if (e->items[i]->kind == EXPR_CALL && !e->items[i]->name)
			addr = e->items[i];
	put_address(to, family, &address, 0);
	if (port && !is_ellipsis(port))
		put_le16(to + 2, (uint16_t)value_of(port));
	if (!addr || is_ellipsis(addr))
		return family == AF_INET6 ? 28 : 16;
	if (addr->kind == EXPR_CALL && !strcmp(addr->text, "inet_pton")) {
		address = parse_address(addr->items[addr->count > 1]);
		memcpy(family == AF_INET6 ? to + 8 : to + 4,
		       family == AF_INET6 ? address.b : address.b + 12,
		       family == AF_INET6 ? 16 : 4);
	} else if (addr->kind == EXPR_STRING) {
		address = parse_address(addr);
		memcpy(family == AF_INET6 ? to + 8 : to + 4,
		       family == AF_INET6 ? address.b : address.b + 12,
		       family == AF_INET6 ? 16 : 4);
	} else {
		put_le32(to + 4, (uint32_t)value_of(addr));
	}
	if (family == AF_INET6)
		put_le32(to + 24, (uint32_t)member_or(e, "sin6_scope_id", 0));
	return family == AF_INET6 ? 28 : 16;
}

int value_address(const struct expr *e, const struct net_addr *addr,
		  uint16_t port, uint8_t *to)
{
	if (e->kind == EXPR_STRUCT)
		return structure_address(e, to);
	return put_address(to, run.version == VERSION_4 ? AF_INET : AF_INET6,
			   addr, port);
}

uint16_t address_port(const uint8_t *sockaddr)
{
	return get_be16(sockaddr + 2);
}
