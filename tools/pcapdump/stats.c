// SPDX-License-Identifier: MIT
/*
 * See stats.h: what is counted. The meaning of each packet was found by the
 * connection table; here it is only added up.
 */
#include "tools/pcapdump/stats.h"

#include <stdlib.h>

static void count_meaning(struct stats_side *side, const struct conn_packet *p)
{
	uint32_t m = p->meaning;

	if (m & CONN_RETRANSMISSION) {
		side->retransmissions[p->kind]++;
		side->retransmitted += p->length;
		side->inferred[p->kind] += p->inferred;
	}
	side->out_of_order += !!(m & CONN_OUT_OF_ORDER);
	side->duplicate_acks += !!(m & CONN_DUPLICATE_ACK);
	side->window_updates += !!(m & CONN_WINDOW_UPDATE);
	side->zero_windows += !!(m & CONN_ZERO_WINDOW);
	side->keepalives += !!(m & CONN_KEEPALIVE);
	side->window_probes += !!(m & CONN_WINDOW_PROBE);
	side->window_full += !!(m & CONN_WINDOW_FULL);
	side->gaps += !!(m & CONN_GAP);
	side->copies += !!(m & CONN_COPY);
	side->corrupt += !!(m & CONN_CORRUPT);
	side->refused += !!(m & CONN_REFUSED);
}

/* How long the side's window was closed, up to its last packet. */
static void count_zero_time(struct stats_side *side,
			    const struct conn_packet *p, nsec_t now)
{
	if (p->meaning & (CONN_CORRUPT | CONN_COPY))
		return;
	if (side->zero_since) {
		side->zero_time += MAX(now - side->zero_since, 0);
		side->zero_since = 0;
	}
	if (p->meaning & CONN_ZERO_WINDOW)
		side->zero_since = now;
}

static void count_note(struct stats_conn *conn, struct stats_side *side,
		       const struct capture_packet *packet)
{
	uint16_t verdict = packet->note.verdict;

	if (!packet->has_note)
		return;
	if (packet->note.why < WHY_COUNT)
		side->why[packet->note.why]++;
	if (verdict < VERDICT_REASON)
		return;
	conn->dropped++;
	if (verdict - VERDICT_REASON < REASON_COUNT)
		conn->drops[verdict - VERDICT_REASON]++;
}

static void add_tcp(const struct view *view)
{
	const struct conn_packet *p = view->tcp;
	struct stats_conn *conn = p->conn->user;
	struct stats_side *own, *peer;

	if (!conn)
		conn = p->conn->user = calloc(1, sizeof *conn);
	if (!conn)
		return;
	own = &conn->side[p->from];
	peer = &conn->side[!p->from];
	own->packets++;
	own->bytes += view->packet->original;
	own->payload += p->length;
	own->most_in_flight = MAX(own->most_in_flight, p->in_flight);
	count_meaning(own, p);
	count_zero_time(own, p, (nsec_t)view->packet->time);
	if (p->rtt >= 0)
		samples_add(&peer->rtt, p->rtt);
	count_note(conn, own, view->packet);
}

void stats_add(struct stats *stats, const struct view *view)
{
	nsec_t now = (nsec_t)view->packet->time;

	if (!view->selected)
		return;
	if (!stats->packets)
		stats->first = now;
	stats->last = MAX(stats->last, now);
	stats->packets++;
	stats->bytes += view->packet->original;
	stats->lost += view->packet->lost;
	if (!view->tcp)
		return;
	stats->tcp_packets++;
	add_tcp(view);
}

void stats_free(struct conn_table *table)
{
	for (uint32_t i = 0; table && i < table->count; i++) {
		struct stats_conn *conn = table->conns[i]->user;

		if (!conn)
			continue;
		samples_free(&conn->side[0].rtt);
		samples_free(&conn->side[1].rtt);
		free(conn);
	}
}
