// SPDX-License-Identifier: MIT
/*
 * Private to net/tcp. A connection (RFC 9293's TCB) and the stack-wide state.
 *
 * A connection is made with its endpoint (attach, or a listener's child) and
 * ends when both have ended: the protocol (state CLOSED) and the user
 * (user_gone). An orphan - user gone, protocol not - still sends what the user
 * left behind. TIME-WAIT is not a connection any more: see time_wait.h.
 *
 * Sequence numbers and ring positions. The send ring counts bytes in 64 bits;
 * snd.una_pos is the ring position of the byte snd.una, so the byte `seq` is at
 * una_pos + (seq - snd.una). The ring is released up to una_pos. The FIN, once
 * asked for, has the sequence number after the last byte written.
 *
 * Invariants, from ESTABLISHED on:
 *	una <= nxt <= conn_send_end()
 *	the flight's records cover [una, nxt) without gap
 *	rcv.edge never moves left
 */
#pragma once

#include "lib/list.h"
#include "lib/errno.h"
#include "lib/siphash.h"
#include "net/core/annotate.h"
#include "net/core/demux.h"
#include "net/core/endpoint.h"
#include "net/core/instance.h"
#include "net/core/packet.h"
#include "net/core/route.h"
#include "net/core/timer.h"
#include "net/tcp/busy.h"
#include "net/tcp/congestion.h"
#include "net/tcp/flight.h"
#include "net/tcp/loss.h"
#include "net/tcp/rack.h"
#include "net/tcp/rate.h"
#include "net/tcp/reassembly.h"
#include "net/tcp/rtt.h"
#include "net/tcp/seq.h"
#include "net/wire/tcp.h"

#define TCP_MSL (30 * NSEC_PER_SEC) /* TIME-WAIT lasts two of them */
#define TCP_DEFAULT_MSS4 536 /* MUST-15 */
#define TCP_DEFAULT_MSS6 1220
#define TCP_MIN_MSS 88 /* what we accept from a peer or path */

/* Linux's numbers: seen in /proc/net/tcp, TCP_INFO and captures. */
enum tcp_state {
	TCP_ESTABLISHED = 1,
	TCP_SYN_SENT = 2,
	TCP_SYN_RECEIVED = 3,
	TCP_FIN_WAIT_1 = 4,
	TCP_FIN_WAIT_2 = 5,
	TCP_TIME_WAIT = 6,
	TCP_CLOSED = 7,
	TCP_CLOSE_WAIT = 8,
	TCP_LAST_ACK = 9,
	TCP_LISTEN = 10,
	TCP_CLOSING = 11,
};

/* What the retransmission timer is armed for. */
enum timer_purpose {
	FOR_NOTHING,
	FOR_RETRANSMISSION, /* RFC 6298; also SYN and SYN-ACK */
	FOR_LOSS_PROBE, /* RFC 8985 7 */
	FOR_REORDERING, /* RFC 8985 6: RACK looks again */
	FOR_WINDOW_PROBE, /* zero window, or data held back too long */
};

/* What a connection waits for: see timers.h. */
enum conn_timer {
	RETRANSMIT_TIMER, /* enum timer_purpose */
	ACK_TIMER, /* a delayed ACK */
	KEEP_TIMER, /* keepalive, FIN-WAIT-2, defer */
	PACING_TIMER, /* the next segment may go */
	CONN_TIMERS,
};

/* Set by setsockopt; a listener's children inherit them. */
struct tcp_settings {
	bool nodelay;
	bool cork;
	bool thin; /* TCP_THIN_LINEAR_TIMEOUTS */
	uint8_t keep_count;
	uint8_t syn_retries; /* TCP_SYNCNT; 0: as the settings say */
	uint8_t defer_accept; /* timeouts of the SYN-ACK */
	bool fast_open_connect; /* TCP_FASTOPEN_CONNECT */
	bool fast_open_no_cookie;
	uint16_t fast_open_queue; /* TCP_FASTOPEN: children before the ACK */
	uint8_t save_syn; /* 1: from the IP header, 2: from the link's */
	uint16_t max_segment; /* TCP_MAXSEG, 0: none */
	uint32_t keep_idle; /* seconds */
	uint32_t keep_interval;
	uint32_t user_timeout; /* milliseconds, 0: by count */
	int32_t linger2; /* seconds, 0: default, < 0: none */
	uint32_t window_clamp;
	uint32_t notsent_lowat;
	const struct congestion_ops *congestion;
};

/* tcp_fastopen_key, or TCP_FASTOPEN_KEY's: the first makes cookies, both are
 * good. */
#define FAST_OPEN_KEY 16
struct fast_open_keys {
	uint8_t count; /* 0: none */
	uint8_t bytes[2][FAST_OPEN_KEY];
};

/* What all connections hold in their queues: memory.h. */
struct tcp_memory {
	uint32_t limits[3]; /* tcp_mem, pages */
	bool pressure;
	nsec_t pressure_since;
	uint64_t charged; /* bytes */
	struct list holders; /* tcp_conn.charged_link */
};

struct tcp_stack {
	struct demux demux;
	struct siphash_key isn_key; /* RFC 6528 */
	struct siphash_key stamp_key; /* timestamp offsets */
	struct list dying; /* connections to be freed: conn_reap() */
	struct list time_waits;
	struct hlist time_wait_ports[256];
	uint32_t time_wait_count;
	uint32_t orphans;
	uint32_t alive; /* connections in existence */
	uint32_t requests; /* half-open ones: request.h */
	nsec_t challenge_second; /* RFC 5961 10 */
	uint32_t challenges_left; /* in this second */
	struct siphash_key cookie_keys[2]; /* cookie.h */
	struct fast_open_keys fast_open_keys; /* tcp_fastopen_key */
	/* Of new sockets: tcp_congestion_control. */
	const struct congestion_ops *congestion;
	uint32_t congestion_denied; /* bit: congestion_at() */
	nsec_t fast_open_blocked_until; /* after a black hole */
	uint32_t fast_open_blocks;
	struct metrics_table *metrics;
	struct fold_base *fold;
	struct tcp_memory memory;
};

/* What a listener has beyond a connection. */
struct tcp_listener {
	struct list requests; /* tcp_request.list: half-open ones */
	uint32_t request_count;
	uint32_t young_count; /* of those: answered once so far */
	int backlog;
	struct list fast_children; /* tcp_fast_open.list: in SYN-RECEIVED */
	uint32_t fast_count;
	nsec_t overflow_at; /* a cookie was given last; 0: never */
};

struct stream_stamp;

struct tcp_conn {
	struct net *net;
	struct endpoint *ep; /* lives as long as this; has the names */
	struct list dying; /* tcp_stack.dying */
	struct tcp_settings set;
	struct {
		uint32_t mtu; /* as of the last look */
		uint32_t gso_max; /* largest packet to build; 0: by MTU */
	} path;

	enum tcp_state state; /* only state.c writes it */
	bool passive; /* from LISTEN (MUST-11) */
	bool user_gone; /* closed: an orphan */
	bool answered; /* the peer has acknowledged since we last sent */
	bool counted; /* in tcp_stack.orphans */
	bool fin_wanted; /* the user has closed his direction */
	bool fin_acked; /* and the peer has seen it */
	bool fin_received; /* and rcv.nxt has passed it */
	bool fin_seen; /* rcv.fin_seq is valid */
	bool syn_data_acked; /* a SYN's data was taken: TCPI_OPT_SYN_DATA */
	bool sack_ok;
	bool wscale_ok;

	struct tcp_listener *listener; /* in LISTEN */
	struct tcp_conn *parent; /* whose accept queue it is to enter */
	struct saved_syn *saved_syn; /* TCP_SAVED_SYN */
	struct route_metrics *advice; /* the route's: advice.h; or NULL */
	struct tcp_fast_open *fast; /* fastopen.h; NULL: as usual */

	struct {
		seq_t iss, una, nxt;
		seq_t up; /* urgent pointer, valid if urgent */
		seq_t wl1, wl2; /* of the last window update */
		seq_t small_end; /* end of the last sub-MSS segment */
		uint64_t una_pos; /* ring position of una */
		uint64_t tail_pos; /* of the last byte written, +1 */
		uint32_t wnd; /* bytes */
		uint32_t max_wnd;
		uint32_t mss; /* payload per segment, options taken */
		uint16_t peer_mss; /* as its SYN said */
		uint8_t wscale;
		bool urgent;
		nsec_t last_at; /* last segment with data */
	} snd;

	struct {
		seq_t irs, nxt;
		seq_t edge; /* right edge of the window we gave */
		seq_t up;
		seq_t fin_seq;
		uint16_t mss; /* what the peer's segments look like */
		uint16_t last_size; /* of its last one below that; 0: none */
		uint16_t offered_mss; /* in our SYN */
		uint8_t wscale;
		bool urgent; /* `up` is the urgent byte */
		bool urgent_coming; /* and has not come */
		nsec_t last_at; /* last acceptable segment */
		nsec_t data_at; /* last one with data */
		/* window.c */
		uint32_t clamp; /* the most that the buffer can hold */
		uint32_t ssthresh; /* how far the window has been opened */
		uint32_t space; /* the most the user took in a round trip */
		uint64_t measured_head; /* what he has taken since then */
		nsec_t measured_at;
		nsec_t rtt; /* as seen by the receiver, smoothed; 0: unknown */
		nsec_t rtt_at; /* without timestamps: measuring since, until */
		seq_t rtt_seq;
		uint32_t last_echo;
		uint64_t read_head; /* where the reader was last seen */
	} rcv;

	struct {
		bool wanted; /* something is to be acknowledged */
		bool fresh; /* and has not been decided upon */
		bool now; /* at once */
		uint8_t pingpong; /* data rode with ACKs this often */
		uint8_t quick; /* ACKs that are not to be delayed */
		uint8_t pushed; /* PUSHED bits of delayed_ack.c */
		uint8_t behind_gap; /* duplicate ACKs at gap_nxt */
		uint8_t compressed; /* ACKs that one will stand for */
		seq_t gap_nxt;
		nsec_t ato; /* the delay; 0: no data yet */
		uint8_t why; /* enum why_sent */
		seq_t nxt; /* rcv.nxt of the last ACK: Last.ACK.sent */
		struct tcp_sack_block dsack; /* left == right: none */
		nsec_t challenged_at; /* last answer out of window */
		bool challenged;
	} ack;

	struct stream_stamp *stamps; /* stamps.h */

	struct {
		bool on;
		uint32_t recent; /* TS.Recent */
		nsec_t recent_at;
		uint32_t offset;
	} stamp;

	struct congestion cc;
	struct tcp_rtt rtt;
	struct rack rack;
	struct flight flight;
	struct reassembly ooo;

	/* memory.h: as of the last look; may hold something. */
	uint32_t charged;
	struct list charged_link;

	/* Loss recovery. */
	struct loss loss;
	uint8_t ecn; /* enum ecn_flags */
	uint8_t retransmits; /* timeouts in a row */
	uint8_t probes; /* window probes in a row: their back-off */
	uint8_t unanswered; /* of them, since anything came back */
	nsec_t stalled_at; /* first of those; 0: none */
	struct mtu_probe {
		bool on;
		uint16_t low, high; /* packet sizes: passes, may pass */
		uint16_t size; /* of the probe in flight; 0: none */
		seq_t start, end; /* of that */
		nsec_t at; /* when the search began */
	} mtu_probe;
	struct {
		uint64_t rate; /* bytes a second */
		nsec_t next_at; /* when the next segment may go */
	} pacing;
	struct tcp_rate rate;
	struct tcp_busy busy;
	int soft_error; /* told when we give up (MUST-56) */

	enum timer_purpose purpose;
	struct timer timer; /* rings not later than the first of these */
	nsec_t due[CONN_TIMERS]; /* see timers.h; 0: not armed */
	nsec_t handshake_at; /* when SYN or SYN-ACK first went out */
	uint8_t keep_probes;

	struct {
		uint64_t bytes_sent, bytes_acked, bytes_received;
		uint64_t bytes_retransmitted;
		uint32_t segments_out, segments_in;
		uint32_t data_segments_out, data_segments_in;
		nsec_t timed_out_at; /* the first of several */
		uint32_t timeout_ms; /* spent in recoveries from timeouts */
		uint16_t timeouts, timeout_recoveries;
		uint32_t delivered_ce; /* by ACKs with ECE */
		uint32_t retransmissions, dsacks, out_of_order, reorderings;
	} count;
};

/* A received segment as input.c sees it. */
struct segment {
	struct packet *packet;
	struct tcp_header h;
	seq_t seq; /* of the first byte, SYN included */
	seq_t end; /* one past the last, FIN included */
	uint32_t offset; /* of the payload in the packet */
	uint32_t length; /* of the payload */
	struct net_name local, remote;
	seq_t isn; /* for the answer to a SYN; 0: free */
	bool delivered; /* payload was taken */
};

/* How many the peer has sent, if the driver has joined them. */
static inline uint32_t segment_pieces(const struct segment *seg)
{
	uint32_t size = seg->packet->gso_size;

	return size && seg->length ? DIV_ROUND_UP(seg->length, size) : 1;
}

static inline struct tcp_stack *tcp_of(const struct net *net)
{
	return net->tcp;
}

/* Who is no administrator may choose this one. */
bool congestion_allowed(const struct net *net,
			const struct congestion_ops *ops);

/* Folded (fold.h): packed until now. NULL: no memory to unpack it. */
struct tcp_conn *conn_unfold(struct endpoint *ep);

static inline struct tcp_conn *conn_of(struct endpoint *ep)
{
	return likely(!ep->folded) ? ep->half : conn_unfold(ep);
}

/* The beginning of every connection: in CLOSED, with default settings. */
void conn_init(struct tcp_conn *conn, struct net *net);

/* A new connection in CLOSED for the endpoint (ep->half). NULL: no memory. */
struct tcp_conn *conn_new(struct endpoint *ep) ON_NET_THREAD;

/*
 * The protocol has finished with it: timers stop, queues are freed, it leaves
 * the tables, and it is CLOSED. When the user is gone too, it will be freed by
 * conn_reap(), not before: callers may still look at it.
 */
void conn_end(struct tcp_conn *conn) ON_NET_THREAD;

/* Ends it with an error that the user will see (positive errno). */
void conn_fail(struct tcp_conn *conn, int error) ON_NET_THREAD;

/* Frees what has ended. Every entry into TCP ends with this. */
void conn_reap(struct net *net) ON_NET_THREAD;

/* SO_ERROR and poll, without ending anything. */
void conn_report(struct tcp_conn *conn, int error) ON_NET_THREAD;

/* Takes what path_find() said about the way to entry.remote: MSS in both
 * directions, and how much may be segmented by others. */
void conn_set_path(struct tcp_conn *conn,
		   const struct net_path *path) ON_NET_THREAD;

/* The MSS that we offer to `remote` on this way (MUST-67, SHLD-6). */
uint16_t conn_receive_mss(const struct tcp_settings *set,
			  const struct net_path *path,
			  const struct net_addr *remote);

/* The peer's MSS, timestamps or TCP_MAXSEG have changed. */
void conn_update_mss(struct tcp_conn *conn);

/* Tells the endpoint what TCP_NOTSENT_LOWAT has to do with writing. */
void conn_publish_unsent(struct tcp_conn *conn) ON_NET_THREAD;

/* Fills a packet's note with the variables of this connection. */
void conn_note(const struct tcp_conn *conn, struct packet *packet);

/* Takes the sample of how far the user has written. */
static inline void conn_sample(struct tcp_conn *conn)
{
	if (!conn->fin_wanted)
		conn->snd.tail_pos = conn->ep->tx_tail;
}

/* Our timestamp clock, in milliseconds from a secret origin. */
static inline uint32_t conn_stamp(const struct tcp_conn *conn)
{
	return (uint32_t)(conn->net->now / NSEC_PER_MSEC) + conn->stamp.offset;
}

/* The sequence number after the last byte written, without the FIN. */
static inline seq_t conn_data_end(const struct tcp_conn *conn)
{
	return conn->snd.una - conn->fin_acked +
	       (uint32_t)(conn->snd.tail_pos - conn->snd.una_pos);
}

/* The sequence number after everything the user wants to send. */
static inline seq_t conn_send_end(const struct tcp_conn *conn)
{
	return conn_data_end(conn) + conn->fin_wanted;
}

/* Bytes sent and not acknowledged: RFC 9293's and 5681's FlightSize. */
static inline uint32_t conn_outstanding(const struct tcp_conn *conn)
{
	return conn->snd.nxt - conn->snd.una;
}

/* Bytes believed to be in the network. */
static inline uint32_t conn_pipe(const struct tcp_conn *conn)
{
	return flight_pipe(&conn->flight) * conn->snd.mss;
}
