// SPDX-License-Identifier: MIT
/*
 * Selective acknowledgments (RFC 2018, 2883); see sack.h.
 *
 * A block that lies outside what we have in flight is not believed: it is old,
 * a duplicate report, or an attack.
 */
#include "net/tcp/sack.h"

static bool has_duplicate(const struct tcp_conn *conn)
{
	return conn->ack.dsack.left != conn->ack.dsack.right;
}

/* Beside timestamps there is room for three (RFC 2018 3). */
static uint8_t most_blocks(const struct tcp_conn *conn)
{
	return conn->stamp.on ? TCP_MAX_SACKS - 1 : TCP_MAX_SACKS;
}

uint32_t sack_option_size(const struct tcp_conn *conn)
{
	struct tcp_options opt = { 0 };

	if (!conn->sack_ok ||
	    (!has_duplicate(conn) && reassembly_empty(&conn->ooo)))
		return 0;
	sack_fill(conn, &opt);
	return opt.sack_count ? 4 + 8 * opt.sack_count : 0;
}

void sack_fill(const struct tcp_conn *conn, struct tcp_options *opt)
{
	uint8_t most = most_blocks(conn);

	opt->sack_count = 0;
	if (has_duplicate(conn))
		opt->sack[opt->sack_count++] = conn->ack.dsack;
	opt->sack_count += reassembly_blocks(&conn->ooo, conn->rcv.nxt,
					     opt->sack + opt->sack_count,
					     most - opt->sack_count);
}

void sack_report_duplicate(struct tcp_conn *conn, seq_t left, seq_t right)
{
	if (!conn->sack_ok || left == right || !conn->net->tunables.tcp_dsack)
		return;
	if (seq_lt(left, conn->rcv.nxt))
		conn->net->stats.tcp_ext.dsack_old_sent++;
	else
		conn->net->stats.tcp_ext.dsack_ofo_sent++;
	conn->ack.dsack = (struct tcp_sack_block){ left, right };
}

/* RFC 2883 4: below the cumulative ACK, or inside the second block. */
static bool is_duplicate_report(const struct segment *seg)
{
	const struct tcp_sack_block *first = &seg->h.opt.sack[0];
	const struct tcp_sack_block *second = &seg->h.opt.sack[1];

	if (!seq_lt(first->left, first->right))
		return false;
	if (seq_lt(first->left, seg->h.ack))
		return true;
	return seg->h.opt.sack_count > 1 &&
	       seq_geq(first->left, second->left) &&
	       seq_leq(first->right, second->right);
}

/* Did we send it twice at all? */
static bool was_resent(const struct tcp_conn *conn,
		       const struct tcp_sack_block *block, seq_t una)
{
	const struct sent *sent;

	if (seq_leq(block->right, una))
		return true; /* as far as we can remember */
	sent = flight_find(&conn->flight, block->left);
	return sent && sent->marks & SENT_EVER;
}

/* RFC 3708, RFC 8985 6.2 step 4: what a D-SACK says of our repairs. */
static void take_duplicate_report(struct tcp_conn *conn,
				  const struct tcp_sack_block *block,
				  struct news *news)
{
	uint32_t length = block->right - block->left;
	uint32_t packets = 1;

	conn->net->stats.tcp_ext.dsack_recv++;
	if (length > conn->snd.max_wnd)
		return;
	if (length > conn->snd.mss)
		packets = DIV_ROUND_UP(length, conn->snd.mss);
	else if (conn->loss.probe_out && conn->loss.probe_resent &&
		 conn->loss.probe_end == block->right)
		news->dsack_of_probe = true;
	conn->count.dsacks += packets;
	/* More than we ever sent again: not by our doing. */
	if (conn->count.dsacks > conn->count.retransmissions)
		return;
	news->dsack = true;
	conn->flight.delivered += packets;
	if (conn->loss.reorderings && !news->dsack_of_probe)
		conn->rack.dsack_seen = true;
	if (seq_gt(block->right, conn->loss.undo_marker) &&
	    was_resent(conn, block, news->prior_una))
		undo_reported(conn, packets);
}

static bool is_believable(const struct tcp_conn *conn,
			  const struct tcp_sack_block *block)
{
	return seq_lt(block->left, block->right) &&
	       seq_leq(conn->snd.una, block->left) &&
	       seq_leq(block->right, conn->snd.nxt);
}

void sack_take(struct tcp_conn *conn, const struct segment *seg,
	       struct news *news)
{
	const struct tcp_options *opt = &seg->h.opt;
	bool duplicate;
	uint8_t i;

	if (!conn->sack_ok || opt->sack_count == 0)
		return;
	duplicate = is_duplicate_report(seg);
	if (duplicate)
		take_duplicate_report(conn, &opt->sack[0], news);
	for (i = duplicate; i < opt->sack_count; i++)
		if (is_believable(conn, &opt->sack[i]))
			flight_sacked(&conn->flight, opt->sack[i].left,
				      opt->sack[i].right, &news->got);
	if (news->got.has_sacked_low &&
	    (conn->cc.phase != CC_LOSS || conn->loss.undo_on))
		recovery_note_reordering(conn, news->got.sacked_low);
}
