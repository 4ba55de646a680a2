// SPDX-License-Identifier: MIT
/*
 * The pacing rate and the size of super-segments; see pacing.h. The formulas
 * are Linux's.
 */
#include "net/tcp/pacing.h"

#include "net/tcp/timers.h"

#define PACING_SHIFT 10 /* a 1/1024 s worth of bytes at once */
#define UNPACED_PACKETS 10
#define GSO_SEGMENTS_MAX 65535u

void pacing_update(struct tcp_conn *conn)
{
	const struct net_tunables *tunables = &conn->net->tunables;
	const struct congestion *cc = &conn->cc;
	uint64_t rate = conn->snd.mss, ratio;

	if (conn->rtt.srtt == 0) {
		conn->pacing.rate = PACING_UNLIMITED;
		return;
	}
	ratio = cc->cwnd < cc->ssthresh / 2 ? tunables->tcp_pacing_ss_ratio :
					      tunables->tcp_pacing_ca_ratio;
	rate = rate * MAX(cc->cwnd, conn->flight.packets) * ratio / 100;
	rate = rate * 1000000 / MAX(conn->rtt.srtt / NSEC_PER_USEC, (nsec_t)1);
	conn->pacing.rate = MIN(rate, conn->ep->opt.pacing_rate);
}

static bool is_paced(const struct tcp_conn *conn)
{
	return conn->ep->opt.pacing_rate != PACING_UNLIMITED ||
	       conn->net->tunables.tcp_pace_initial_window;
}

bool pacing_allows(struct tcp_conn *conn)
{
	if (conn->pacing.next_at <= conn->net->now || !is_paced(conn))
		return true;
	if (!timers_armed(conn, PACING_TIMER))
		timers_arm(conn, PACING_TIMER, conn->pacing.next_at);
	return false;
}

void pacing_sent(struct tcp_conn *conn, uint32_t bytes)
{
	nsec_t now = conn->net->now, took, credit;
	uint64_t rate = MIN(conn->pacing.rate, conn->ep->opt.pacing_rate);

	/* The time of the last transmission, for TSO deferral. */
	credit = now - conn->pacing.next_at;
	if (credit > 0)
		conn->pacing.next_at = now;
	if (!is_paced(conn) || rate == 0 || rate == PACING_UNLIMITED)
		return;
	if (conn->count.data_segments_out < UNPACED_PACKETS &&
	    !conn->net->tunables.tcp_pace_initial_window)
		return;
	took = bytes * NSEC_PER_SEC / rate;
	/* A late timer is made good, but not more than half of it. */
	if (credit > 0)
		took -= MIN(took / 2, credit);
	conn->pacing.next_at += took;
}

uint32_t pacing_tso_segments(const struct tcp_conn *conn, uint32_t mss)
{
	const struct net_tunables *tunables = &conn->net->tunables;
	uint64_t bytes = conn->pacing.rate >> PACING_SHIFT;
	uint32_t most = conn->path.gso_max, segments;
	uint64_t far;

	if (most == 0)
		return 1;
	/* A near peer's queue is never long: more at once does no harm. */
	far = conn->rtt.min / NSEC_PER_USEC >> tunables->tcp_tso_rtt_log;
	if (tunables->tcp_tso_rtt_log && far < 32)
		bytes += most >> far;
	bytes = MIN(bytes, (uint64_t)most);
	segments = MAX((uint32_t)bytes / mss,
		       (uint32_t)tunables->tcp_min_tso_segs);
	return MIN(segments, GSO_SEGMENTS_MAX);
}
