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
	if (!conn->sack_ok || left == right)
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
	if (seq_leq(first->right, seg->h.ack))
		return true;
	return seg->h.opt.sack_count > 1 &&
	       seq_geq(first->left, second->left) &&
	       seq_leq(first->right, second->right);
}

static bool is_believable(const struct tcp_conn *conn,
			  const struct tcp_sack_block *block, seq_t ack)
{
	return seq_lt(block->left, block->right) && seq_leq(ack, block->left) &&
	       seq_leq(block->right, conn->snd.nxt);
}

bool sack_take(struct tcp_conn *conn, const struct segment *seg,
	       struct delivery *got)
{
	const struct tcp_options *opt = &seg->h.opt;
	bool duplicate;
	uint8_t i;

	if (!conn->sack_ok || opt->sack_count == 0)
		return false;
	duplicate = is_duplicate_report(seg);
	for (i = duplicate; i < opt->sack_count; i++)
		if (is_believable(conn, &opt->sack[i], seg->h.ack))
			flight_sacked(&conn->flight, opt->sack[i].left,
				      opt->sack[i].right, conn->snd.mss, got);
	return duplicate;
}
