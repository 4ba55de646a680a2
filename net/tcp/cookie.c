// SPDX-License-Identifier: MIT
/*
 * SYN cookies; see cookie.h. The number is
 *
 *	hash0(names) + the peer's ISN + minutes << 24 +
 *		((hash1(names, minutes) + index of the MSS) mod 2^24)
 *
 * so it moves forward with time like any ISN (RFC 6528 needs no more), and can
 * be checked for the two minutes that it is good for.
 */
#include "net/tcp/cookie.h"

#include "net/tcp/handshake.h"

#define COOKIE_BITS 24
#define COOKIE_MASK ((1u << COOKIE_BITS) - 1)
#define MINUTE (60 * NSEC_PER_SEC)
#define MINUTES_MOST 2
/* How long after the last cookie an ACK is looked at. */
#define OVERFLOW_LASTS (MINUTES_MOST * MINUTE)

/* In the timestamp. */
#define STAMP_BITS 6
#define STAMP_MASK ((1u << STAMP_BITS) - 1)
#define STAMP_WSCALE 0xfu /* 15: no scaling */
#define STAMP_SACK (1u << 4)
#define STAMP_ECN (1u << 5)

/* The MSS values that are told apart: what is common, from below. */
static const uint16_t mss_of4[] = { 536, 1300, 1440, 1460 };
static const uint16_t mss_of6[] = { 1280 - 60, 1480 - 60, 1500 - 60,
				    9000 - 60 };

static const uint16_t *mss_table(const struct tcp_request *request)
{
	return addr_is_ip4(&request->entry.remote.addr) ? mss_of4 : mss_of6;
}

static uint32_t hash(const struct tcp_request *request, int which,
		     uint32_t minutes)
{
	const struct net *net = request->listener->net;
	const struct net_name *local = &request->entry.local;
	const struct net_name *remote = &request->entry.remote;
	uint8_t bytes[40];

	__builtin_memcpy(bytes, local->addr.b, 16);
	__builtin_memcpy(bytes + 16, remote->addr.b, 16);
	put_be16(bytes + 32, local->port);
	put_be16(bytes + 34, remote->port);
	put_be32(bytes + 36, minutes);
	return (uint32_t)siphash(&tcp_of(net)->cookie_keys[which], bytes,
				 sizeof(bytes));
}

static uint32_t minutes_now(const struct tcp_request *request)
{
	return (uint32_t)(request->listener->net->now / MINUTE);
}

/* ---- Making ---- */

static uint32_t mss_index(const struct tcp_request *request)
{
	const uint16_t *table = mss_table(request);
	uint32_t i = ARRAY_LEN(mss_of4) - 1;

	while (i > 0 && request->peer_mss < table[i])
		i--;
	return i;
}

void cookie_make(struct tcp_request *request)
{
	struct net *net = request->listener->net;
	uint32_t minutes = minutes_now(request);

	if (!request->stamp_on) {
		request->sack_ok = request->wscale_ok = false;
		request->ecn_ok = false;
		request->snd_wscale = 0;
		request_choose_window(request);
	}
	request->iss = hash(request, 0, 0) + request->irs +
		       (minutes << COOKIE_BITS) +
		       ((hash(request, 1, minutes) + mss_index(request)) &
			COOKIE_MASK);
	request->listener->listener->overflow_at = net->now;
	if (request->stamp_on)
		request->stamp_offset = cookie_stamp(request);
}

/* The stamp must not be newer than the clock: 64 ms earlier if need be. */
uint32_t cookie_stamp(const struct tcp_request *request)
{
	uint32_t clock =
		(uint32_t)(request->listener->net->now / NSEC_PER_MSEC);
	uint32_t bits = request->wscale_ok ? request->snd_wscale : STAMP_WSCALE;
	uint32_t stamp;

	if (request->sack_ok)
		bits |= STAMP_SACK;
	if (request->ecn_ok)
		bits |= STAMP_ECN;
	stamp = (clock & ~STAMP_MASK) | bits;
	if (stamp > clock)
		stamp -= STAMP_MASK + 1;
	return request->stamp_offset + stamp - clock;
}

/* ---- Checking ---- */

/* The MSS that the cookie says, 0: it is not one of ours. */
static uint16_t check(const struct tcp_request *request)
{
	uint32_t minutes = minutes_now(request);
	uint32_t rest = request->iss - hash(request, 0, 0) - request->irs;
	uint32_t age = (minutes - (rest >> COOKIE_BITS)) &
		       (0xffffffffu >> COOKIE_BITS);
	uint32_t index;

	if (age >= MINUTES_MOST)
		return 0;
	index = (rest - hash(request, 1, minutes - age)) & COOKIE_MASK;
	return index < ARRAY_LEN(mss_of4) ? mss_table(request)[index] : 0;
}

/* What the timestamp brings back. False: it asks for what is switched off. */
static bool take_stamp(struct tcp_request *request, const struct segment *seg)
{
	const struct net_tunables *tunables = &request->listener->net->tunables;
	uint32_t bits;

	if (!seg->h.opt.has_timestamp)
		return true;
	if (!tunables->tcp_timestamps)
		return false;
	request->stamp_on = true;
	request->stamp_recent = seg->h.opt.ts_val;
	bits = (seg->h.opt.ts_ecr - request->stamp_offset) & STAMP_MASK;
	request->sack_ok = bits & STAMP_SACK;
	request->ecn_ok = bits & STAMP_ECN;
	if (request->sack_ok && !tunables->tcp_sack)
		return false;
	if ((bits & STAMP_WSCALE) == STAMP_WSCALE)
		return true;
	request->wscale_ok = true;
	request->snd_wscale = bits & STAMP_WSCALE;
	return tunables->tcp_window_scaling;
}

static bool cookies_were_given(const struct tcp_conn *listener)
{
	nsec_t last = listener->listener->overflow_at;

	return last && listener->net->now - last < OVERFLOW_LASTS;
}

bool cookie_take(struct tcp_request *request, struct tcp_conn *listener,
		 const struct segment *seg)
{
	struct net *net = listener->net;

	if (!net->tunables.tcp_syncookies || !cookies_were_given(listener) ||
	    (seg->h.flags & (TCP_SYN | TCP_RST | TCP_ACK)) != TCP_ACK)
		return false;
	if (request_fill(request, listener, seg))
		return false;
	request->irs = seg->seq - 1;
	request->iss = seg->h.ack - 1;
	request->stamp_on = false;
	request->peer_mss = check(request);
	if (!request->peer_mss || !take_stamp(request, seg)) {
		net->stats.tcp_ext.syncookies_failed++;
		return false;
	}
	request_choose_window(request);
	request->sent_at = 0; /* nobody has kept it */
	net->stats.tcp_ext.syncookies_recv++;
	return true;
}
