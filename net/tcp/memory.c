// SPDX-License-Identifier: MIT
/*
 * The memory of all connections together; see memory.h.
 *
 * Connections that may hold something are in a list. They are put at its end
 * when they begin to, and leave it when somebody looks and finds nothing: so
 * that traffic touches no other connection's memory. When the sum passes a
 * limit, some of the first are looked at before anyone suffers.
 */
#include "net/tcp/memory.h"

#include "net/tcp/window.h"

#define PAGE 4096u
#define QUEUE_COST 512u /* descriptors of a queue that is not empty */
/* The second limit where nobody says how much memory there is: 64 MiB. */
#define DEFAULT_PAGES 16384
/* At others: for each event while memory is short, and before anyone suffers. */
#define LOOKS 4
#define LOOKS_MOST 64

static uint64_t limit_of(const struct net *net, int which)
{
	return (uint64_t)tcp_of(net)->memory.limits[which] * PAGE;
}

uint32_t memory_pages(const struct tcp_stack *tcp)
{
	return (uint32_t)DIV_ROUND_UP(tcp->memory.charged, (uint64_t)PAGE);
}

/* Half of a received packet's buffer is payload, as tcp_adv_win_scale has it. */
static uint32_t receive_cost(uint32_t bytes)
{
	return bytes ? 2 * bytes + QUEUE_COST : 0;
}

/* Writers fill their buffers. */
static uint32_t send_cost(const struct tcp_conn *conn)
{
	uint64_t bytes = conn->ep->tx_tail - conn->snd.una_pos;

	if (conn->state == TCP_CLOSED || conn->state == TCP_LISTEN || !bytes)
		return 0;
	return (uint32_t)(bytes + bytes / 4) + QUEUE_COST +
	       conn->flight.records * (uint32_t)sizeof(struct sent);
}

static uint32_t cost_of(const struct tcp_conn *conn)
{
	return receive_cost(window_unread(conn)) + send_cost(conn) +
	       conn->ooo.truesize;
}

/* ---- The sum ---- */

static void account(struct tcp_conn *conn, uint32_t cost)
{
	struct tcp_memory *memory = &tcp_of(conn->net)->memory;

	memory->charged += cost;
	memory->charged -= conn->charged;
	conn->charged = cost;
	if (cost && list_empty(&conn->charged_link))
		list_push_back(&memory->holders, &conn->charged_link);
}

/* Looks at those that were looked at least recently. */
static ON_NET_THREAD void look_again(struct tcp_memory *memory, int most)
{
	for (int i = 0; i < most; i++) {
		struct tcp_conn *conn = LIST_FIRST(
			&memory->holders, struct tcp_conn, charged_link);

		if (!conn)
			return;
		list_remove(&conn->charged_link);
		endpoint_sample(conn->ep);
		account(conn, cost_of(conn));
	}
}

static void enter_pressure(struct net *net, struct tcp_memory *memory)
{
	memory->pressure = true;
	memory->pressure_since = net->now;
	net->stats.tcp_ext.memory_pressures++;
}

static void leave_pressure(struct net *net, struct tcp_memory *memory)
{
	memory->pressure = false;
	net->stats.tcp_ext.memory_pressures_chrono +=
		(net->now - memory->pressure_since) / NSEC_PER_MSEC;
}

static ON_NET_THREAD void judge(struct net *net)
{
	struct tcp_memory *memory = &tcp_of(net)->memory;

	if (likely(!memory->pressure && memory->charged <= limit_of(net, 1)))
		return;
	look_again(memory, memory->pressure ? LOOKS : LOOKS_MOST);
	if (!memory->pressure && memory->charged > limit_of(net, 1))
		enter_pressure(net, memory);
	else if (memory->pressure && memory->charged <= limit_of(net, 0))
		leave_pressure(net, memory);
}

/* ---- Shares ---- */

bool memory_is_exhausted(const struct tcp_conn *conn)
{
	return tcp_of(conn->net)->memory.charged > limit_of(conn->net, 2);
}

bool memory_is_plenty(const struct tcp_conn *conn)
{
	const struct tcp_memory *memory = &tcp_of(conn->net)->memory;

	return !memory->pressure && memory->charged < limit_of(conn->net, 0);
}

static bool has_its_share(const struct tcp_conn *conn, uint64_t cost)
{
	return cost * tcp_of(conn->net)->alive >= limit_of(conn->net, 2);
}

bool memory_admits(struct tcp_conn *conn, uint32_t length)
{
	struct tcp_memory *memory = &tcp_of(conn->net)->memory;
	uint32_t cost = receive_cost(length);

	if (likely(!memory->pressure &&
		   memory->charged + cost <= limit_of(conn->net, 1)))
		return true;
	if (window_unread(conn) == 0 && reassembly_empty(&conn->ooo))
		return true;
	look_again(memory, LOOKS_MOST);
	if (memory->charged + cost > limit_of(conn->net, 2))
		return false;
	return window_unread(conn) <
		       (uint32_t)conn->net->tunables.tcp_rmem[0] ||
	       !memory->pressure || !has_its_share(conn, conn->charged + cost);
}

/* Linux's sk_stream_moderate_sndbuf: what is queued drains, and the writer waits
 * until half of it is gone. */
static ON_NET_THREAD void moderate_send_buffer(struct tcp_conn *conn)
{
	struct endpoint *ep = conn->ep;
	uint32_t used = (uint32_t)(ep->tx_tail - conn->snd.una_pos);
	uint32_t limit =
		MAX(MIN(ep->tx.limit, used / 2), (uint32_t)NET_SNDBUF_MIN);

	if (ep->opt.sndbuf_locked || limit >= ep->tx.limit)
		return;
	atomic_store(&ep->tx.limit, limit);
	atomic_store(&ep->sndbuf, limit);
}

void memory_init(struct tcp_memory *memory)
{
	memory->limits[0] = DEFAULT_PAGES / 4 * 3;
	memory->limits[1] = DEFAULT_PAGES;
	memory->limits[2] = DEFAULT_PAGES / 4 * 6;
	list_init(&memory->holders);
}

void memory_update(struct tcp_conn *conn)
{
	uint32_t cost = cost_of(conn);

	if (cost == conn->charged)
		return;
	account(conn, cost);
	judge(conn->net);
	if (unlikely(memory_is_short(conn)) && send_cost(conn) &&
	    (memory_is_exhausted(conn) || has_its_share(conn, conn->charged)))
		moderate_send_buffer(conn);
}

void memory_release(struct tcp_conn *conn)
{
	account(conn, 0);
	list_remove(&conn->charged_link);
	judge(conn->net);
}
