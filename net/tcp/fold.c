// SPDX-License-Identifier: MIT
/*
 * Folding idle connections; see fold.h.
 *
 * The variables, as 32-bit words, are compared with those of a model that has
 * never done anything. Most are equal. Of the others many are near to one that
 * came before: times of the same exchange, sequence numbers of the same stream.
 * So each is written as a byte that says what follows (enum token):
 *
 *	a run of words that are as in the model;
 *	a small difference from the model's;
 *	one of the last 32 large ones, or that and a difference of 1 or 2 bytes;
 *	those of its four bytes that differ from the model's.
 *
 * Pointers of the connection into itself, its empty lists, are made relative
 * first.
 */
#include "net/tcp/fold.h"

#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/tcp/memory.h"
#include "net/tcp/state.h"
#include "net/tcp/timers.h"

#define WORDS (sizeof(struct tcp_conn) / 8)
#define HALVES (sizeof(struct tcp_conn) / 4)
#define RECENT 32u /* large values that are remembered */
#define RUN_MOST 64u
#define SMALL_MOST 63u
/* A pointer to the byte n of the connection itself is OWN + n. */
#define OWN UINT64_C(0x5eedfaceb00c0000)

STATIC_ASSERT(sizeof(struct tcp_conn) % 8 == 0);

struct fold_base {
	struct tcp_conn model;
	struct tcp_conn reading; /* fold_peek()'s */
	struct tcp_conn *spare; /* so that unfolding hardly ever fails */
	uint8_t packed[HALVES * 5 + 1];
};

enum token {
	RUN = 0x00, /* + length - 1, below 64 */
	SAME = 0x40, /* + its place among the recent ones */
	NEAR = 0x60, /* the same, and a byte to add */
	BYTES = 0x80, /* + which of the four */
	FAR = 0xa0, /* as NEAR, two bytes */
	SMALL = 0xc0, /* + the difference, below 64 */
	TOKEN_KIND = 0xe0,
};

/* The last large values, the oldest to be replaced next. */
struct recent {
	uint32_t value[RECENT];
	uint32_t next;
};

/* ---- Words ---- */

static uint64_t *words_of(const struct tcp_conn *conn)
{
	return (uint64_t *)(uintptr_t)conn;
}

static bool is_own(uint64_t word)
{
	return word - OWN < sizeof(struct tcp_conn);
}

/* Its pointers into itself become numbers. False: some word looks like one. */
static bool make_relative(struct tcp_conn *conn)
{
	uint64_t *words = words_of(conn);

	for (size_t i = 0; i < WORDS; i++)
		if (is_own(words[i]))
			return false;
	for (size_t i = 0; i < WORDS; i++)
		if (words[i] - (uintptr_t)conn < sizeof(*conn))
			words[i] = OWN + (words[i] - (uintptr_t)conn);
	return true;
}

static void make_absolute(struct tcp_conn *conn)
{
	uint64_t *words = words_of(conn);

	for (size_t i = 0; i < WORDS; i++)
		if (is_own(words[i]))
			words[i] = (uintptr_t)conn + (words[i] - OWN);
}

static uint32_t *halves_of(const struct tcp_conn *conn)
{
	return (uint32_t *)(uintptr_t)conn;
}

static void remember(struct recent *recent, uint32_t value)
{
	recent->value[recent->next++ % RECENT] = value;
}

/* The nearest of the recent ones; how far it is. */
static int32_t nearest(const struct recent *recent, uint32_t value,
		       uint8_t *place)
{
	int32_t best = INT32_MAX;

	for (uint8_t i = 0; i < RECENT; i++) {
		int32_t far = (int32_t)(value - recent->value[i]);

		if (far == INT32_MIN ||
		    (far < 0 ? -far : far) >= (best < 0 ? -best : best))
			continue;
		best = far;
		*place = i;
	}
	return best;
}

static uint8_t *pack_bytes(uint8_t *at, uint32_t bits)
{
	uint8_t *token = at++;

	*token = BYTES;
	for (int b = 0; b < 4; b++, bits >>= 8) {
		if (!(bits & 0xff))
			continue;
		*token |= 1 << b;
		*at++ = (uint8_t)bits;
	}
	return at;
}

/* One that is not as in the model; where the next one goes. */
static uint8_t *pack_word(uint8_t *at, uint32_t value, uint32_t model,
			  struct recent *recent)
{
	uint8_t place = 0;
	int32_t far = nearest(recent, value, &place);

	if ((value ^ model) <= SMALL_MOST) {
		*at++ = (uint8_t)(SMALL | (value ^ model));
	} else if (far == 0) {
		*at++ = SAME | place;
	} else if (far == (int8_t)far) {
		*at++ = NEAR | place;
		*at++ = (uint8_t)far;
	} else if (far == (int16_t)far && (value ^ model) > UINT16_MAX) {
		*at++ = FAR | place;
		put_le16(at, (uint16_t)far);
		at += 2;
	} else {
		at = pack_bytes(at, value ^ model);
	}
	if ((far != 0 || (value ^ model) <= SMALL_MOST) && value > SMALL_MOST)
		remember(recent, value);
	return at;
}

static uint32_t pack(const struct tcp_conn *conn, const struct tcp_conn *model,
		     uint8_t *out)
{
	const uint32_t *words = halves_of(conn), *base = halves_of(model);
	struct recent recent = { .next = 0 };
	uint8_t *at = out;

	for (size_t i = 0; i < HALVES;) {
		size_t run = 0;

		while (run < RUN_MOST && i + run < HALVES &&
		       words[i + run] == base[i + run])
			run++;
		if (run)
			*at++ = RUN | (uint8_t)(run - 1);
		else
			at = pack_word(at, words[i], base[i], &recent);
		i += run ? run : 1;
	}
	return (uint32_t)(at - out);
}

/* Reads one word; where the next one is. */
static const uint8_t *unpack_word(const uint8_t *at, uint32_t *word,
				  struct recent *recent)
{
	uint8_t token = *at++;
	uint32_t near = recent->value[token % RECENT];

	switch (token & TOKEN_KIND) {
	case SAME:
		*word = near;
		return at;
	case NEAR:
		*word = near + (uint32_t)(int8_t)*at++;
		break;
	case FAR:
		*word = near + (uint32_t)(int16_t)get_le16(at);
		at += 2;
		break;
	case BYTES:
		for (int b = 0; b < 4; b++)
			if (token & 1 << b)
				*word ^= (uint32_t)*at++ << 8 * b;
		break;
	default:
		*word ^= token & SMALL_MOST;
		break;
	}
	if (*word > SMALL_MOST)
		remember(recent, *word);
	return at;
}

static const uint8_t *unpack(const uint8_t *at, const struct tcp_conn *model,
			     struct tcp_conn *conn)
{
	struct recent recent = { .next = 0 };
	uint32_t *words = halves_of(conn);

	*conn = *model;
	for (size_t i = 0; i < HALVES;) {
		if (*at < RUN + RUN_MOST)
			i += *at++ + 1u;
		else
			at = unpack_word(at, &words[i++], &recent);
	}
	make_absolute(conn);
	return at;
}

/* ---- Folding ---- */

static struct fold_base *base_of(const struct net *net)
{
	return tcp_of(net)->fold;
}

bool fold_allowed(const struct tcp_conn *conn)
{
	return (conn->state == TCP_ESTABLISHED ||
		conn->state == TCP_CLOSE_WAIT) &&
	       !conn->user_gone && !conn->ep->opt.keepalive &&
	       !conn->saved_syn && !conn->fast &&
	       !conn->advice; /* nobody would free them */
}

static bool is_quiet(const struct tcp_conn *conn)
{
	nsec_t last = MAX(conn->rcv.last_at, conn->snd.last_at);

	for (int i = 0; i < CONN_TIMERS; i++)
		if (conn->due[i])
			return false;
	return fold_allowed(conn) && conn->net->now - last >= FOLD_AFTER &&
	       flight_empty(&conn->flight) && reassembly_empty(&conn->ooo) &&
	       conn->snd.nxt == conn_send_end(conn) && !conn->ack.wanted &&
	       !conn->parent && list_empty(&conn->dying);
}

/* Who looks again at those that hold something finds only unfolded ones. If the
 * user has not read all, his next read tells. */
static ON_NET_THREAD void leave_holders(struct tcp_conn *conn)
{
	struct endpoint *ep = conn->ep;

	endpoint_sample(ep);
	memory_update(conn);
	list_remove(&conn->charged_link);
	if (!conn->charged)
		return;
	atomic_store(&ep->rx_kick_at, ep->rx_head + 1);
	atomic_fence();
	/* He may have read before he could see that. */
	if (atomic_load(&ep->rx.head) > ep->rx_head)
		endpoint_kick(ep);
}

uint32_t fold_size(const struct endpoint *ep)
{
	struct fold_base *base = base_of(ep->net);
	const uint8_t *at = ep->half;

	return (uint32_t)(unpack(at, &base->model, &base->reading) - at);
}

bool fold_conn(struct tcp_conn *conn)
{
	struct fold_base *base = base_of(conn->net);
	struct endpoint *ep = conn->ep;
	uint8_t *folded;
	uint32_t length;

	if (!is_quiet(conn))
		return false;
	leave_holders(conn);
	timer_cancel(conn->net, &conn->timer);
	timers_init(conn);
	conn->ep = NULL;
	if (!make_relative(conn)) {
		conn->ep = ep;
		return false;
	}
	length = pack(conn, &base->model, base->packed);
	folded = port_alloc(length);
	if (!folded) {
		make_absolute(conn);
		conn->ep = ep;
		return false;
	}
	memcpy(folded, base->packed, length);
	ep->half = folded;
	ep->folded = true;
	port_free(conn);
	return true;
}

static void read_folded(const struct endpoint *ep, struct tcp_conn *conn)
{
	unpack(ep->half, &base_of(ep->net)->model, conn);
	conn->ep = (struct endpoint *)(uintptr_t)ep;
}

struct tcp_conn *conn_unfold(struct endpoint *ep) NET_THREAD_ROOT
{
	struct fold_base *base = base_of(ep->net);
	struct tcp_conn *conn = base->spare;

	base->spare = port_alloc(sizeof(*conn));
	if (!conn)
		return NULL;
	read_folded(ep, conn);
	port_free(ep->half);
	ep->half = conn;
	ep->folded = false;
	timers_keep(conn);
	return conn;
}

const struct tcp_conn *fold_peek(const struct endpoint *ep)
{
	struct tcp_conn *reading = &base_of(ep->net)->reading;

	if (!ep->folded)
		return ep->half;
	read_folded(ep, reading);
	return reading;
}

void fold_discard(struct endpoint *ep)
{
	struct tcp_stack *tcp = tcp_of(ep->net);

	if (unlikely(ep->net->watch.socket_gone))
		ep->net->watch.socket_gone(ep->net, ep);
	tcp->memory.charged -= fold_peek(ep)->charged;
	demux_remove_pair(&tcp->demux, &ep->entry);
	binding_release(ep);
	port_free(ep->half);
	ep->folded = false;
	tcp->alive--;
	endpoint_half_done(ep);
}

/* ---- The model ---- */

int fold_create(struct net *net)
{
	struct fold_base *base = port_alloc(sizeof(*base));

	if (!base)
		return -ENOMEM;
	conn_init(&base->model, net);
	congestion_init(&base->model.cc, base->model.set.congestion,
			TCP_DEFAULT_MSS4);
	base->model.state = TCP_ESTABLISHED;
	make_relative(&base->model);
	tcp_of(net)->fold = base;
	base->spare = port_alloc(sizeof(*base->spare));
	return 0;
}

void fold_destroy(struct net *net)
{
	struct fold_base *base = base_of(net);

	if (!base)
		return; /* it was never made */
	port_free(base->spare);
	port_free(base);
}
