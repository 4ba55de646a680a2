// SPDX-License-Identifier: MIT
/*
 * The receive window; see window.h. The arithmetic is Linux's, so that the
 * numbers on the wire are those that scripts and people expect.
 *
 * Three limits. `clamp` is what the buffer can hold (tcp_adv_win_scale); `ssthresh`
 * opens slowly, by two segments for each one that came, so that a peer whose
 * segments cost too much memory is found out; the free space is the third.
 * The window is 0 rather than small (RFC 9293 3.8.6.2.2): below a segment, or a
 * sixteenth of the buffer.
 *
 * Right-sizing: when the user took more in one round trip than ever before, the
 * buffer grows to what makes twice that (more, in the peer's slow start) fit
 * into the window, up to tcp_rmem[2], unless SO_RCVBUF was set.
 *
 * While memory is short nothing grows, and the window of who does not keep up
 * with his peer shrinks: not by taking back, but by not giving anew.
 */
#include "net/tcp/window.h"

#include "lib/errno.h"
#include "net/tcp/memory.h"

#define FIELD_MAX 65535u
#define GROWS_WITH 128 /* bytes of payload at least */
#define SHORT_SEGMENTS 4u /* all of the window while memory is short */
#define FIRST_SEGMENTS 10 /* the peer's initial window */

uint32_t window_from_space(const struct net *net, uint32_t space)
{
	int scale = net->tunables.tcp_adv_win_scale;

	return scale <= 0 ? space >> -scale : space - (space >> scale);
}

/* The buffer that makes a window of this size. */
static uint64_t space_from_window(const struct net *net, uint64_t window)
{
	int scale = net->tunables.tcp_adv_win_scale;
	uint64_t parts = scale > 0 ? 1ull << scale : 0;

	return scale <= 0 ? window << -scale : window * parts / (parts - 1);
}

static uint32_t full_space(const struct tcp_conn *conn)
{
	return window_from_space(conn->net,
				 atomic_load_relaxed(&conn->ep->rx.limit));
}

static uint32_t free_space(const struct tcp_conn *conn)
{
	uint32_t full = full_space(conn), used = window_unread(conn);

	return full > used ? full - used : 0;
}

/* ---- How it begins ---- */

/* What TCP_WINDOW_CLAMP, the route and SO_RCVBUF allow for ever. */
static uint32_t first_clamp(const struct tcp_conn *conn, uint32_t by_route)
{
	uint32_t clamp = conn->set.window_clamp ? conn->set.window_clamp :
			 by_route		? by_route :
						  FIELD_MAX << TCP_MAX_WSCALE;

	if (conn->ep->opt.rcvbuf_locked)
		clamp = MIN(clamp, full_space(conn));
	return clamp;
}

uint8_t window_choose_scale(const struct tcp_conn *conn,
			    struct window_advice advice)
{
	const struct net_tunables *tunables = &conn->net->tunables;
	uint32_t most = full_space(conn);
	uint8_t scale = 0;

	most = MAX(most, (uint32_t)tunables->tcp_rmem[2]);
	most = MAX(most, (uint32_t)tunables->rmem_max);
	most = MIN(most, first_clamp(conn, advice.clamp));
	while (most > FIELD_MAX && scale < TCP_MAX_WSCALE) {
		most >>= 1;
		scale++;
	}
	return scale;
}

uint32_t window_initial(const struct tcp_conn *conn, uint32_t mss,
			struct window_advice advice)
{
	uint32_t space = MIN(full_space(conn), first_clamp(conn, advice.clamp));

	if (mss && space > mss)
		space = space / mss * mss;
	if (advice.segments)
		space = MIN((uint64_t)space, (uint64_t)advice.segments * mss);
	return MIN(space, FIELD_MAX);
}

static uint32_t first_window(const struct tcp_conn *conn)
{
	uint32_t mss = conn->rcv.offered_mss;

	/* The answer to a SYN knows whether timestamps take their share. */
	if (conn->passive && conn->stamp.on)
		mss -= TCP_TIMESTAMP_SPACE;
	return window_initial(conn, mss, window_advice(conn));
}

/* A part of the buffer is kept for the application (tcp_app_win), and one
 * segment in any case. */
static uint32_t established_clamp(const struct tcp_conn *conn)
{
	uint32_t most = full_space(conn);
	uint32_t clamp = first_clamp(conn, advice(conn, METRIC_WINDOW));
	uint32_t mss = conn->rcv.offered_mss;
	int app = conn->net->tunables.tcp_app_win;

	if (clamp >= most) {
		clamp = most;
		if (app && most > 4 * mss)
			clamp = MAX(most - (most >> app), 4 * mss);
	}
	if (app && clamp > 2 * mss && clamp + mss > most)
		clamp = MAX(2 * mss, most - mss);
	return clamp;
}

void window_start(struct tcp_conn *conn)
{
	uint32_t first = first_window(conn);

	conn->rcv.edge = conn->rcv.nxt;
	conn->rcv.clamp = established_clamp(conn);
	conn->rcv.ssthresh = MIN(first, conn->rcv.clamp);
	conn->rcv.space = MIN(conn->rcv.ssthresh,
			      (uint32_t)FIRST_SEGMENTS * conn->rcv.offered_mss);
	conn->rcv.measured_head = conn->ep->rx_head;
	conn->rcv.measured_at = conn->net->now;
	conn->rcv.rtt = 0;
	conn->rcv.rtt_at = 0;
}

/* ---- What is offered ---- */

/* Without a scale the window is a multiple of the segment size. */
static uint32_t whole_segments(const struct tcp_conn *conn, uint32_t space,
			       uint32_t mss, uint32_t full)
{
	uint32_t window = window_now(conn);

	if (window + mss <= space || window > space)
		return space / mss * mss;
	if (mss == full && space > window + full / 2)
		return space;
	return window;
}

static uint32_t shrinkable(const struct tcp_conn *conn, uint32_t space,
			   uint32_t mss)
{
	uint32_t unit = 1u << conn->rcv.wscale;

	space = ALIGN_DOWN(space, unit);
	if (space < full_space(conn) >> 4 || space < mss || space < unit)
		return 0;
	return MIN(space, ALIGN_UP(conn->rcv.ssthresh, unit));
}

void window_shorten(struct tcp_conn *conn)
{
	conn->rcv.ssthresh =
		MIN(conn->rcv.ssthresh, SHORT_SEGMENTS * conn->rcv.offered_mss);
}

uint32_t window_select(struct tcp_conn *conn)
{
	uint32_t scale = conn->wscale_ok ? conn->rcv.wscale : 0;
	uint32_t space = free_space(conn), most = full_space(conn);
	uint32_t full = MIN(conn->rcv.clamp, most);
	uint32_t mss = MIN((uint32_t)conn->rcv.mss, full);

	if (mss == 0)
		return 0;
	if (scale && conn->net->tunables.tcp_shrink_window)
		return shrinkable(conn, space, mss);
	if (unlikely(memory_is_exhausted(conn)) && window_unread(conn))
		return 0;
	if (space < full / 2) {
		conn->ack.quick = 0;
		if (memory_is_short(conn))
			window_shorten(conn);
		space = ALIGN_DOWN(space, 1u << scale);
		if (space < most >> 4 || space < mss)
			return 0;
	}
	space = MIN(space, conn->rcv.ssthresh);
	if (scale)
		return ALIGN_UP(space, 1u << scale);
	return whole_segments(conn, space, mss, full);
}

static ON_NET_THREAD void count_zero(struct tcp_conn *conn, bool was,
				     uint16_t field)
{
	struct net_stats *stats = &conn->net->stats;

	if (field == 0 && was)
		stats->tcp_ext.to_zero_window_adv++;
	else if (field != 0 && !was)
		stats->tcp_ext.from_zero_window_adv++;
}

uint16_t window_field(struct tcp_conn *conn, bool syn)
{
	uint32_t scale = conn->wscale_ok && !syn ? conn->rcv.wscale : 0;
	uint32_t now = window_now(conn);
	bool shrinks = scale && conn->net->tunables.tcp_shrink_window;
	bool was = conn->rcv.edge != conn->ack.nxt;
	uint32_t window;

	if (syn) {
		window = MIN(first_window(conn), FIELD_MAX);
		conn->rcv.edge = conn->rcv.nxt + window;
		return (uint16_t)window;
	}
	window = window_select(conn);
	if (window < now && !shrinks) {
		if (window == 0)
			conn->net->stats.tcp_ext.want_zero_window_adv++;
		window = ALIGN_UP(now, 1u << scale);
	}
	window = MIN(window, FIELD_MAX << scale);
	conn->rcv.edge = conn->rcv.nxt + window;
	window >>= scale;
	count_zero(conn, was, (uint16_t)window);
	return (uint16_t)window;
}

int window_set_clamp(struct tcp_conn *conn, uint32_t clamp)
{
	bool open = conn->state != TCP_CLOSED && conn->state != TCP_LISTEN;
	uint32_t least = NET_RCVBUF_MIN / 2;

	if (clamp == 0) {
		if (open)
			return -EINVAL;
		conn->set.window_clamp = 0;
		return 0;
	}
	conn->set.window_clamp = MAX(clamp, least);
	if (!open)
		return 0;
	conn->rcv.clamp = conn->set.window_clamp;
	if (conn->rcv.clamp < conn->rcv.ssthresh)
		conn->rcv.ssthresh = conn->rcv.clamp;
	else
		conn->rcv.ssthresh = MAX(MIN(window_now(conn), conn->rcv.clamp),
					 conn->rcv.ssthresh);
	return 0;
}

/* ---- How it grows ---- */

/* Smoothed with 1/8; `bound`: the sample is only an upper bound, as it
 * includes how long the peer took to fill a window. */
static void update_rtt(struct tcp_conn *conn, nsec_t sample, bool bound)
{
	nsec_t *rtt = &conn->rcv.rtt;

	if (*rtt == 0)
		*rtt = sample;
	else if (!bound)
		*rtt += (sample - *rtt) / 8;
	else
		*rtt = MIN(*rtt, sample);
	*rtt = MAX(*rtt, (nsec_t)NSEC_PER_USEC);
}

/* Without timestamps: the time that one window takes. */
static void measure_by_window(struct tcp_conn *conn)
{
	if (conn->rcv.rtt_at && seq_lt(conn->rcv.nxt, conn->rcv.rtt_seq))
		return;
	if (conn->rcv.rtt_at)
		update_rtt(conn, conn->net->now - conn->rcv.rtt_at, true);
	conn->rcv.rtt_seq = conn->rcv.edge;
	conn->rcv.rtt_at = conn->net->now;
}

static void measure_by_echo(struct tcp_conn *conn, const struct segment *seg)
{
	uint32_t echo = seg->h.opt.ts_ecr;
	int32_t ms = (int32_t)(conn_stamp(conn) - echo);

	if (echo == conn->rcv.last_echo || seg->length < conn->rcv.mss)
		return;
	conn->rcv.last_echo = echo;
	/* Not what lay about at our reader's. */
	if (ms >= 0 && ms < 120000)
		update_rtt(conn, MAX(ms, 1) * NSEC_PER_MSEC, false);
}

static void open_slowly(struct tcp_conn *conn, const struct segment *seg)
{
	uint32_t most = MIN(conn->rcv.clamp, free_space(conn));
	uint32_t step = 2 * MAX((uint32_t)conn->rcv.offered_mss, seg->length);

	if (most <= conn->rcv.ssthresh || memory_is_short(conn))
		return;
	conn->rcv.ssthresh += MIN(most - conn->rcv.ssthresh, step);
	conn->ack.quick |= 1; /* the peer should hear of it */
}

void window_data_arrived(struct tcp_conn *conn, const struct segment *seg)
{
	if (conn->stamp.on && seg->h.opt.has_timestamp && seg->h.opt.ts_ecr)
		measure_by_echo(conn, seg);
	else
		measure_by_window(conn);
	if (seg->length >= GROWS_WITH)
		open_slowly(conn, seg);
}

/* The buffer for a user who took `taken` bytes in the last round trip. */
static uint64_t wanted_buffer(const struct tcp_conn *conn, uint64_t taken)
{
	uint64_t window = 2 * taken + 16u * conn->rcv.offered_mss;
	uint64_t grown = taken - conn->rcv.space;

	/* A peer in slow start doubles with each of our ACKs. */
	window += 2 * (window * grown / MAX(conn->rcv.space, 1u));
	return space_from_window(conn->net, window);
}

static void grow_buffer(struct tcp_conn *conn, uint64_t wanted)
{
	struct endpoint *ep = conn->ep;
	uint32_t most = (uint32_t)conn->net->tunables.tcp_rmem[2];
	uint32_t size = (uint32_t)MIN(wanted, (uint64_t)most);

	if (size <= ep->rx.limit || memory_is_short(conn))
		return;
	atomic_store(&ep->rx.limit, size);
	atomic_store(&ep->rcvbuf, size);
	conn->rcv.clamp = window_from_space(conn->net, size);
	if (conn->set.window_clamp)
		conn->rcv.clamp = MIN(conn->rcv.clamp, conn->set.window_clamp);
}

void window_tune(struct tcp_conn *conn)
{
	struct endpoint *ep = conn->ep;
	uint64_t taken = ep->rx_head - conn->rcv.measured_head;

	if (conn->rcv.rtt == 0 ||
	    conn->net->now - conn->rcv.measured_at < conn->rcv.rtt)
		return;
	if (taken > conn->rcv.space) {
		if (conn->net->tunables.tcp_moderate_rcvbuf &&
		    !ep->opt.rcvbuf_locked)
			grow_buffer(conn, wanted_buffer(conn, taken));
		conn->rcv.space = (uint32_t)MIN(taken, (uint64_t)UINT32_MAX);
	}
	conn->rcv.measured_head = ep->rx_head;
	conn->rcv.measured_at = conn->net->now;
}
