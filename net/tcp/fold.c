// SPDX-License-Identifier: MIT
/*
 * Folding idle connections; see fold.h.
 *
 * The variables, as 64-bit words, are compared with those of a model that has
 * never done anything; the differences are mostly zero bytes. Each word becomes
 * a byte that says which of its eight bytes are not zero, and these; a word of
 * zero is followed by how many more of them come. (The scheme is that of Cap'n
 * Proto's packing.) Pointers of the connection into itself, its empty lists,
 * are made relative first.
 */
#include "net/tcp/fold.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/tcp/memory.h"
#include "net/tcp/state.h"
#include "net/tcp/timers.h"

#define WORDS (sizeof(struct tcp_conn) / 8)
/* A pointer to the byte n of the connection itself is OWN + n. */
#define OWN UINT64_C(0x5eedfaceb00c0000)

STATIC_ASSERT(sizeof(struct tcp_conn) % 8 == 0);

struct fold_base {
	struct tcp_conn model;
	struct tcp_conn reading; /* fold_peek()'s */
	struct tcp_conn *spare; /* so that unfolding hardly ever fails */
	uint8_t packed[WORDS * 9 + 1];
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

/* The bytes of one word behind its tag; where the next one goes. */
static uint8_t *pack_word(uint8_t *at, uint64_t word)
{
	uint8_t *tag = at++;

	*tag = 0;
	for (int b = 0; b < 8; b++, word >>= 8) {
		if (!(word & 0xff))
			continue;
		*tag |= 1 << b;
		*at++ = (uint8_t)word;
	}
	return at;
}

static uint32_t pack(const struct tcp_conn *conn, const struct tcp_conn *model,
		     uint8_t *out)
{
	const uint64_t *words = words_of(conn), *base = words_of(model);
	uint8_t *at = out;

	for (size_t i = 0; i < WORDS; i++) {
		size_t zeros = 0;

		at = pack_word(at, words[i] ^ base[i]);
		if (words[i] != base[i])
			continue;
		while (i + 1 < WORDS && zeros < 255 &&
		       words[i + 1] == base[i + 1]) {
			zeros++;
			i++;
		}
		*at++ = (uint8_t)zeros;
	}
	return (uint32_t)(at - out);
}

static void unpack(const uint8_t *at, const struct tcp_conn *model,
		   struct tcp_conn *conn)
{
	uint64_t *words = words_of(conn);

	*conn = *model;
	for (size_t i = 0; i < WORDS; i++) {
		uint8_t tag = *at++;

		for (int b = 0; b < 8; b++)
			if (tag & 1 << b)
				words[i] ^= (uint64_t)*at++ << 8 * b;
		if (!tag)
			i += *at++;
	}
	make_absolute(conn);
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
	if (conn->charged)
		atomic_store(&ep->rx_kick_at, ep->rx_head + 1);
}

uint32_t fold_size(const struct endpoint *ep)
{
	const uint8_t *at = ep->half;

	for (size_t i = 0; i < WORDS; i++) {
		uint8_t tag = *at++;

		at += __builtin_popcount(tag);
		if (!tag)
			i += *at++;
	}
	return (uint32_t)(at - (const uint8_t *)ep->half);
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
	port_free(base_of(net)->spare);
	port_free(base_of(net));
}
