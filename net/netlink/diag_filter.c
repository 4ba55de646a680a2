// SPDX-License-Identifier: MIT
/*
 * INET_DIAG_REQ_BYTECODE: the small programs into which ss(8) compiles its
 * filter expressions. An instruction is four bytes - code, how far to go on if
 * it holds (`yes`), how far if not (`no`) - and what it compares. A program is
 * checked whole before it runs: known codes, arguments inside, every way leads
 * forward to an instruction or to the end. Running off the end by exactly
 * nothing accepts the socket; jumping beyond it refuses.
 */
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/listing.h"
#include "net/netlink/netlink.h"

#define STEP 4u /* struct inet_diag_bc_op */
#define CONDITION 8u /* struct inet_diag_hostcond without address */
#define AF_UNSPEC 0
#define AF_INET 2
#define AF_INET6 10

enum code {
	NOP,
	JUMP,
	SPORT_GE,
	SPORT_LE,
	DPORT_GE,
	DPORT_LE,
	AUTO,
	SOURCE,
	DESTINATION,
	DEVICE,
	MARK,
	SPORT_EQ,
	DPORT_EQ,
};

static uint32_t yes_of(const uint8_t *step)
{
	return step[1];
}

static uint32_t no_of(const uint8_t *step)
{
	return get_le16(step + 2);
}

/* ---- Checking ---- */

static uint32_t address_length(uint8_t family)
{
	return family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0;
}

/* The bytes of an address condition behind its step; 0: malformed. */
static uint32_t condition_length(const uint8_t *at, uint32_t left)
{
	uint32_t address;

	if (left < CONDITION ||
	    (at[0] != AF_UNSPEC && at[0] != AF_INET && at[0] != AF_INET6))
		return 0;
	address = address_length(at[0]);
	if (left < CONDITION + address || at[1] > 8 * address)
		return 0;
	return CONDITION + address;
}

/* The length of the step with its arguments; 0: malformed. */
static uint32_t step_length(const uint8_t *step, uint32_t left)
{
	uint32_t arguments;

	switch (step[0]) {
	case NOP:
	case JUMP:
	case AUTO:
		return STEP;
	case SPORT_GE:
	case SPORT_LE:
	case DPORT_GE:
	case DPORT_LE:
	case SPORT_EQ:
	case DPORT_EQ:
	case DEVICE:
		return left >= 2 * STEP ? 2 * STEP : 0;
	case MARK:
		return left >= STEP + 8 ? STEP + 8 : 0;
	case SOURCE:
	case DESTINATION:
		arguments = condition_length(step + STEP, left - STEP);
		return arguments ? STEP + arguments : 0;
	default:
		return 0;
	}
}

/* Whether an instruction begins where `left` bytes are left. */
static bool is_step(const uint8_t *code, uint32_t length, uint32_t left)
{
	while (length > left) {
		uint32_t yes = yes_of(code);

		if (yes < STEP || yes & 3 || yes > length)
			return false;
		code += yes;
		length -= yes;
	}
	return length == left;
}

static int check_step(const uint8_t *code, uint32_t length, uint32_t left,
		      bool admin)
{
	const uint8_t *step = code + (length - left);
	uint32_t least = left >= STEP ? step_length(step, left) : 0;
	uint32_t yes, no;

	if (left >= STEP && step[0] == MARK && !admin)
		return -EPERM;
	if (!least)
		return -EINVAL;
	yes = yes_of(step);
	no = no_of(step);
	if (step[0] != NOP) {
		if (no < least || no > left + 4 || no & 3)
			return -EINVAL;
		if (no < left && !is_step(code, length, left - no))
			return -EINVAL;
	}
	if (yes < least || yes > left || yes & 3)
		return -EINVAL;
	return 0;
}

int diag_filter_check(const uint8_t *code, uint32_t length, bool admin)
{
	uint32_t left = length;

	if (length < STEP)
		return -EINVAL;
	while (left) {
		int err = check_step(code, length, left, admin);

		if (err)
			return err;
		left -= yes_of(code + (length - left));
	}
	return 0;
}

/* ---- Running ---- */

static bool bits_equal(const uint8_t *a, const uint8_t *b, uint32_t bits)
{
	uint32_t bytes = bits / 8, rest = bits % 8;

	return memcmp(a, b, bytes) == 0 &&
	       (!rest || (a[bytes] ^ b[bytes]) >> (8 - rest) == 0);
}

/* An IPv4 condition holds for mapped addresses of IPv6 sockets, too. */
static bool address_holds(const uint8_t *at, const struct net_name *name,
			  uint8_t socket_family)
{
	uint8_t family = socket_family == NET_IP4 ? AF_INET : AF_INET6;
	uint32_t port = get_le32(at + 4);
	const uint8_t *own = name->addr.b;

	if (port != UINT32_MAX && port != name->port)
		return false;
	if (at[0] == AF_UNSPEC || (at[0] == family && at[1] == 0))
		return true;
	if (at[0] == AF_INET) {
		if (family == AF_INET6 && !addr_is_ip4(&name->addr))
			return false;
		own += 12;
	} else if (family == AF_INET) {
		return false;
	}
	return bits_equal(own, at + CONDITION, at[1]);
}

static bool has_operand(uint8_t code)
{
	return code != NOP && code != JUMP && code != AUTO;
}

static bool holds(const uint8_t *step, const struct socket_info *info,
		  const struct demux_entry *entry)
{
	const struct endpoint *ep =
		entry->kind == DEMUX_SOCKET ? entry_endpoint(entry) : NULL;
	const uint8_t *at = step + STEP;
	/* The shortest steps are nothing but their head. */
	uint16_t port = has_operand(step[0]) ? get_le16(at + 2) : 0;

	switch (step[0]) {
	case JUMP:
		return false;
	case SPORT_EQ:
		return info->local.port == port;
	case SPORT_GE:
		return info->local.port >= port;
	case SPORT_LE:
		return info->local.port <= port;
	case DPORT_EQ:
		return info->remote.port == port;
	case DPORT_GE:
		return info->remote.port >= port;
	case DPORT_LE:
		return info->remote.port <= port;
	case AUTO:
		return !ep || ep->port_origin != PORT_CHOSEN;
	case SOURCE:
		return address_holds(at, &info->local, info->family);
	case DESTINATION:
		return address_holds(at, &info->remote, info->family);
	case DEVICE:
		return get_le32(at) == (ep ? ep->opt.bound_netif : 0);
	case MARK:
		return ((ep ? ep->opt.mark : 0) & get_le32(at + 4)) ==
		       get_le32(at);
	default:
		return true;
	}
}

bool diag_filter_run(const uint8_t *code, uint32_t length,
		     const struct socket_info *info,
		     const struct demux_entry *entry)
{
	uint32_t at = 0;

	while (at < length)
		at += holds(code + at, info, entry) ? yes_of(code + at) :
						      no_of(code + at);
	return at == length;
}
