// SPDX-License-Identifier: MIT
/*
 * A TCP connection and its two users. A user is a state machine that acts when
 * its endpoint wakes it or its own alarm rings, never otherwise: a wake-up that
 * the stack forgets is a stall that the law finds. What it writes and expects
 * is a function of the position, so every byte is checked as it is read.
 */
#pragma once

#include "tools/netsim/law.h"
#include "tools/netsim/sim.h"

enum ending {
	END_SHUTDOWN, /* writes all, shuts down, reads to the end, closes */
	END_CLOSE, /* closes when all is written and read */
	END_AFTER_PEER, /* writes only when the peer has shut down */
	END_ABORT, /* SO_LINGER 0 and close, in the middle */
	END_RUDE, /* closes with bytes unread */
	ENDINGS,
};

struct side {
	struct list ready; /* sim->ready */
	struct flow *flow;
	struct host *host;
	struct endpoint *ep; /* NULL: not yet, or closed */
	struct side *peer;
	struct endpoint_request request;
	bool requested; /* `request` is under way */
	struct alarm alarm;
	struct law law; /* of the bytes towards this side */

	/* The plan. */
	enum ending ending;
	uint64_t to_send, to_get;
	uint32_t write_size, read_size;
	nsec_t write_pause, read_pause;
	uint64_t stop_at; /* bytes, for END_ABORT and END_RUDE */
	uint8_t salt; /* of what this side sends */

	/* So far. */
	bool connected, shut, at_end, closed;
	uint64_t sent, got;
	nsec_t write_at, read_at; /* not before */
};

struct flow {
	struct sim *sim;
	int number;
	struct side client, server;
	struct net_name name; /* the client's */
	uint16_t port;
	nsec_t start, give_up_at;
	struct alarm start_alarm;
	struct law handshake;
	bool started, reset_asked, accepted;
	bool doomed; /* too much of it was lost: it may end anyhow */
	uint64_t overflows; /* of the listener, seen */
	uint64_t refused; /* what memory was short for: flow_excused() */
	/* watch.c: the right edge that each side has offered. */
	struct edge {
		bool known;
		uint8_t scale;
		bool scale_known;
		uint32_t right;
	} edges[2]; /* by client, by server */
};

/* The sockets exist, options are set. */
void flow_open(struct flow *flow);
/* What woken users do; whether any did something. */
bool flows_work(struct sim *sim);
/* Its users lose patience. */
void flow_doom(struct flow *flow);
bool flow_over(const struct flow *flow);
/* A new connection at the listener. */
struct flow *flow_of_name(struct sim *sim, const struct net_name *client);
/* A listener had to refuse since the last question. */
bool flow_excused(struct flow *flow);
/* A listener's socket, served for all flows to (host, port). */
struct listening {
	struct sim *sim;
	struct host *host;
	struct endpoint *ep;
	uint16_t port;
	nsec_t accept_pause;
	struct alarm alarm;
	struct listening *next;
};
struct listening *flow_listen(struct sim *sim, struct host *host, uint16_t port,
			      int family, int backlog, nsec_t accept_pause);
/* Closes all listeners. */
void flow_unlisten(struct sim *sim);
void flow_describe(const struct flow *flow);
