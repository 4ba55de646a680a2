// SPDX-License-Identifier: MIT
/*
 * What the route to the peer advises; see advice.h. Linux's meaning of each
 * metric, but for rtt, ssthresh and cwnd, which Linux believes from the second
 * connection on (they seed its cache of what connections have learned): here
 * the first one does.
 */
#include "net/tcp/advice.h"

void advice_take(struct tcp_conn *conn, const struct net_path *path)
{
	uint32_t congestion = path_advice(path, METRIC_CC_ALGO);

	if (!path->metrics) {
		port_free(conn->advice);
		conn->advice = NULL;
		return;
	}
	if (!conn->advice)
		conn->advice = port_alloc(sizeof(*conn->advice));
	if (conn->advice) /* without memory: without advice */
		*conn->advice = *path->metrics;
	if (congestion)
		conn->set.congestion =
			congestion_find(route_congestion_name(congestion));
}

void advice_apply(struct tcp_conn *conn)
{
	struct congestion *cc = &conn->cc;

	if (!conn->advice)
		return;
	if (advice_locked(conn, METRIC_CWND))
		cc->most = MIN(advice(conn, METRIC_CWND), CWND_MAX);
	cc->initial = (uint16_t)MIN(advice(conn, METRIC_INITCWND), 65535u);
	cc->cwnd = congestion_initial(cc);
	if (advice(conn, METRIC_SSTHRESH))
		cc->ssthresh = advice(conn, METRIC_SSTHRESH);
	if (advice(conn, METRIC_REORDERING))
		conn->loss.reordering =
			(uint16_t)MIN(advice(conn, METRIC_REORDERING), 65535u);
	if (advice(conn, METRIC_RTO_MIN))
		conn->rtt.rto_least =
			advice(conn, METRIC_RTO_MIN) * NSEC_PER_MSEC;
}

void advice_first_timeout(struct tcp_conn *conn)
{
	nsec_t rtt = advice(conn, METRIC_RTT) * NSEC_PER_MSEC;

	if (rtt > conn->rtt.srtt)
		conn->rtt.rto = MAX(conn->rtt.rto,
				    rtt + MAX(2 * rtt, conn->rtt.rto_least));
}
