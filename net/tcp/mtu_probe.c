// SPDX-License-Identifier: MIT
/*
 * Packetization-layer path MTU discovery; see mtu_probe.h. The search is by
 * halving between a size known to pass and one known not to, and ends when they
 * are tcp_probe_threshold apart; after tcp_probe_interval it begins anew. A
 * probe goes out only when it could be repaired fast: enough data behind it,
 * window for it, a large enough cwnd.
 */
#include "net/tcp/mtu_probe.h"

#include "net/ip/ip.h"
#include "net/tcp/output.h"
#include "net/tcp/recovery.h"
#include "net/tcp/retransmit.h"

#define CWND_LEAST 11

/* Headers of a segment with payload, as it goes over the path. */
static uint32_t headers(const struct tcp_conn *conn)
{
	return ip_header_length(&conn->ep->remote.addr) + TCP_HEADER_MIN +
	       (conn->stamp.on ? 12 : 0);
}

static uint32_t to_mtu(const struct tcp_conn *conn, uint32_t mss)
{
	return mss + headers(conn);
}

static uint32_t to_mss(const struct tcp_conn *conn, uint32_t mtu)
{
	return mtu - headers(conn);
}

/* The largest packet that the peer would take. */
static uint32_t highest(const struct tcp_conn *conn)
{
	uint32_t mss = conn->snd.peer_mss ? conn->snd.peer_mss :
					    TCP_DEFAULT_MSS4;
	uint32_t fixed =
		ip_header_length(&conn->ep->remote.addr) + TCP_HEADER_MIN;

	if (conn->set.max_segment)
		mss = MIN(mss, (uint32_t)conn->set.max_segment);
	return MIN(mss + fixed, MIN(conn->path.mtu, (uint32_t)PACKET_MAX));
}

/* Any number may have been written. */
static uint32_t base_mss(const struct tcp_conn *conn)
{
	const struct net_tunables *tunables = &conn->net->tunables;

	return (uint32_t)CLAMP(tunables->tcp_base_mss,
			       tunables->tcp_min_snd_mss, UINT16_MAX);
}

void mtu_probe_start(struct tcp_conn *conn)
{
	const struct net_tunables *tunables = &conn->net->tunables;
	struct mtu_probe *probe = &conn->mtu_probe;

	*probe = (struct mtu_probe){ .on = tunables->tcp_mtu_probing > 1 };
	probe->high = highest(conn);
	probe->low = MIN(to_mtu(conn, base_mss(conn)), (uint32_t)probe->high);
	probe->at = conn->net->now;
	if (probe->on)
		conn_update_mss(conn);
}

/* The path may have changed: look again from the beginning. */
static void search_again(struct tcp_conn *conn)
{
	struct mtu_probe *probe = &conn->mtu_probe;
	nsec_t interval = conn->net->tunables.tcp_probe_interval * NSEC_PER_SEC;

	if (conn->net->now - probe->at < interval)
		return;
	probe->at = conn->net->now;
	probe->high = highest(conn);
	probe->low = to_mtu(conn, conn->snd.mss);
}

uint32_t mtu_probe_due(struct tcp_conn *conn, bool *wait)
{
	struct mtu_probe *probe = &conn->mtu_probe;
	uint32_t size, needed, mss = tcp_current_mss(conn);
	uint32_t pipe = flight_pipe(&conn->flight);
	uint32_t least = conn->net->tunables.tcp_probe_threshold;

	*wait = false;
	if (!probe->on || probe->size || conn->cc.phase != CC_OPEN ||
	    conn->cc.cwnd < CWND_LEAST || !reassembly_empty(&conn->ooo))
		return 0;
	if (probe->high < probe->low + least) {
		search_again(conn);
		return 0;
	}
	size = to_mss(conn, (probe->high + probe->low) / 2);
	needed = size + (conn->loss.reordering + 1) * mss;
	if (size <= mss || conn_data_end(conn) - conn->snd.nxt < needed ||
	    conn->snd.wnd < needed)
		return 0;
	if (seq_gt(conn->snd.nxt + needed, conn->snd.una + conn->snd.wnd) ||
	    (pipe + 2 > conn->cc.cwnd)) {
		*wait = pipe > 0;
		return 0;
	}
	return size;
}

void mtu_probe_sent(struct tcp_conn *conn, seq_t seq, seq_t end)
{
	struct mtu_probe *probe = &conn->mtu_probe;

	probe->size = to_mtu(conn, end - seq);
	probe->start = seq;
	probe->end = end;
	conn->cc.cwnd--; /* as if it had been lost: it counts double */
	conn->net->stats.tcp_ext.mtup_probes++;
}

void mtu_probe_acked(struct tcp_conn *conn)
{
	struct mtu_probe *probe = &conn->mtu_probe;
	uint32_t before = to_mtu(conn, conn->snd.mss);

	if (!probe->size || seq_lt(conn->snd.una, probe->end))
		return;
	conn->net->stats.tcp_ext.mtup_success++;
	/* As many bytes in flight, in larger packets. */
	conn->cc.cwnd =
		MAX((uint64_t)conn->cc.cwnd * before / probe->size, 1ull);
	conn->cc.used_at = conn->net->now;
	conn->cc.prior_ssthresh = congestion_current_ssthresh(&conn->cc);
	probe->low = probe->size;
	probe->size = 0;
	conn_update_mss(conn);
}

bool mtu_probe_was_lost(struct tcp_conn *conn)
{
	struct mtu_probe *probe = &conn->mtu_probe;
	struct sent *first = flight_first(&conn->flight);

	if (!probe->size || conn->snd.una != probe->start || !first)
		return false;
	conn->net->stats.tcp_ext.mtup_fail++;
	probe->high = probe->size - 1;
	probe->size = 0;
	conn->cc.cwnd++;
	recovery_resend_all(conn);
	return true;
}

void mtu_probe_suspect(struct tcp_conn *conn)
{
	const struct net_tunables *tunables = &conn->net->tunables;
	struct mtu_probe *probe = &conn->mtu_probe;
	uint32_t mss;

	if (!tunables->tcp_mtu_probing)
		return;
	if (!probe->on) {
		probe->on = true;
		probe->at = conn->net->now;
		probe->low = MIN(to_mtu(conn, base_mss(conn)),
				 (uint32_t)probe->high);
	} else {
		mss = to_mss(conn, probe->low) / 2;
		mss = MIN(mss, base_mss(conn));
		mss = MAX(mss, (uint32_t)tunables->tcp_mtu_probe_floor);
		mss = MAX(mss, (uint32_t)tunables->tcp_min_snd_mss);
		probe->low = to_mtu(conn, mss);
	}
	probe->size = 0;
	conn_update_mss(conn);
}
