// SPDX-License-Identifier: MIT
/*
 * HyStart++ (RFC 9406): leaves slow start before it overflows the path.
 *
 * A round is a round trip's worth of data. When the least RTT of a round is
 * larger than that of the one before by an eighth (4 to 16 ms), the path's
 * queue has begun to grow: conservative slow start follows, a quarter as fast,
 * for five rounds. If the RTT falls again meanwhile, it was jitter, and slow
 * start resumes; otherwise the window is the new threshold.
 *
 * Only the first slow start of a connection. The RFC's limit of eight packets
 * for one ACK without pacing is not kept, as in Linux: receivers that merge
 * segments acknowledge more than that at once.
 */
#include "net/tcp/congestion.h"

#define MIN_RTT_THRESH (4 * NSEC_PER_MSEC)
#define MAX_RTT_THRESH (16 * NSEC_PER_MSEC)
#define MIN_RTT_DIVISOR 8
#define N_RTT_SAMPLE 8
#define CSS_GROWTH_DIVISOR 4
#define CSS_ROUNDS 5

static bool applies(const struct congestion *cc)
{
	return !cc->hystart.done && cc->ssthresh == SSTHRESH_INFINITE;
}

static void leave_slow_start(struct congestion *cc)
{
	cc->hystart.done = true;
	cc->ssthresh = cc->cwnd;
}

static void begin_round(struct congestion *cc, seq_t nxt)
{
	struct hystart *h = &cc->hystart;

	h->last_min = h->round_min;
	h->round_min = 0;
	h->samples = 0;
	h->round_end = nxt;
	if (h->in_css && ++h->css_rounds >= CSS_ROUNDS)
		leave_slow_start(cc);
}

static nsec_t threshold(const struct hystart *h)
{
	return CLAMP(h->last_min / MIN_RTT_DIVISOR, MIN_RTT_THRESH,
		     MAX_RTT_THRESH);
}

/* RFC 9406 4.2. */
static void judge(struct hystart *h)
{
	if (h->samples < N_RTT_SAMPLE)
		return;
	if (h->in_css) {
		if (h->round_min < h->baseline) {
			h->in_css = false;
			h->baseline = 0;
		}
	} else if (h->last_min && h->round_min >= h->last_min + threshold(h)) {
		h->in_css = true;
		h->baseline = h->round_min;
		h->css_rounds = 0;
		h->css_credit = 0;
	}
}

void hystart_measure(struct congestion *cc, const struct congestion_ack *ack)
{
	struct hystart *h = &cc->hystart;

	if (!applies(cc) || ack->acked == 0)
		return;
	if (!h->has_round || seq_gt(ack->una, h->round_end)) {
		h->has_round = true;
		begin_round(cc, ack->nxt);
	}
	if (ack->rtt == 0)
		return;
	if (h->round_min == 0 || ack->rtt < h->round_min)
		h->round_min = ack->rtt;
	h->samples++;
	judge(h);
}

uint32_t hystart_share(struct congestion *cc, uint32_t acked)
{
	struct hystart *h = &cc->hystart;
	uint32_t share;

	if (!applies(cc) || !h->in_css)
		return acked;
	h->css_credit += acked;
	share = h->css_credit / CSS_GROWTH_DIVISOR;
	h->css_credit %= CSS_GROWTH_DIVISOR;
	return share;
}
