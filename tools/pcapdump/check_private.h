// SPDX-License-Identifier: MIT
/*
 * Private to --check: what it remembers of each side, and the groups of rules.
 */
#pragma once

#include "tools/pcapdump/check.h"

#define CHECK_ARRIVALS 16

/* A finding that waits for the other side's next packet. */
struct check_doubt {
	enum check_rule rule;
	uint64_t packet, because; /* 0: none */
	char text[120];
};

/* Data that reached a side. */
struct check_arrival {
	int64_t left, right;
	nsec_t time;
	bool kept; /* not, as far as can be seen, dropped there */
};

struct check_stamp {
	bool known;
	uint32_t value;
	uint16_t ip_id; /* of the datagram that had it */
};

struct check_side {
	uint64_t in, out; /* packets by the capture's direction */
	uint32_t answers, quick; /* its ACKs, and those after < 1 ms */
	nsec_t rtt; /* the shortest on its own data; -1: none */
	bool last_rst; /* its last packet was a RST, not yet answered by one */
	unsigned storm; /* RSTs that it sent in answer to RSTs */
	/* Its last packet follows the one before it: none is missing. */
	bool consecutive;
	bool later; /* sent after all before it, by its number */
	bool random_ids; /* its numbers say nothing */
	uint16_t last_id, top_id; /* the last captured; the last sent */
	/* Broken, unless the capture lacks a packet of the other side. */
	struct check_doubt doubts[2];
	/* The last segment whose checksum was bad. */
	bool corrupt;
	bool corrupt_sure; /* no packet is missing since then */
	int64_t corrupt_end;
	uint64_t corrupt_packet;
	/* Timestamps: the highest with new data, with a new ACK, and of all. */
	struct check_stamp ts_data, ts_ack;
	bool has_ts;
	uint32_t ts_most;
	bool ts_fresh; /* the last one was higher than all before */
	/* An acknowledgement of what nobody has seen being sent. */
	int64_t unsent_ack;
	uint64_t unsent_packet; /* 0: none */
	int64_t unsent_end; /* of the data with it; 0: none */
	uint32_t unsent_stamp; /* its timestamp */
	bool unsent_stamped, unsent_fresh; /* the first with that */
	bool unsent_sack; /* it was a SACK block */
	/* An echo of a timestamp that nobody has seen. */
	uint32_t echo, echo_stamp; /* its own timestamp */
	bool echo_fresh; /* the first with that */
	uint64_t echo_packet; /* 0: none */
	/* Data beyond the window, as far as the capture knows it. */
	int64_t over_end, over_edge;
	uint64_t over_packet; /* 0: none */
	uint32_t over_stamp; /* its timestamp */
	/* As receiver: data that waits for its ACK. */
	nsec_t owed_since;
	int64_t owed_end;
	uint64_t owed_packet; /* 0: none */
	nsec_t disorder_since;
	uint64_t disorder_packet; /* 0: none */
	struct check_arrival arrivals[CHECK_ARRIVALS]; /* a ring */
	unsigned arrived; /* ever */
	nsec_t missed; /* when a packet to it was last missing */
	bool disordered; /* it has told of a hole */
	uint32_t full; /* largest payload that it has sent in one segment */
	/* As sender: what it sent before its first data was acknowledged. */
	int64_t early, early_limit;
	uint64_t early_packet; /* the first beyond the limit; 0: none */
	bool early_gap; /* the capture lacks some of it */
	/* As sender: the timeouts of one segment. */
	int64_t back_end; /* below this all may follow a timeout */
	int64_t timeout_seq;
	nsec_t timeout_gap; /* between the last two; 0: there was one */
	unsigned timeouts; /* in a row */
	bool ect_allowed, offered_ecn;
};

struct check_conn {
	struct check_side side[2];
	bool told_incomplete;
};

/* All that a rule looks at. */
struct judge {
	struct check *check;
	const struct view *view;
	const struct conn_packet *p;
	const struct tcp_header *tcp;
	struct conn *conn;
	const struct conn_side *self, *peer;
	struct check_conn *state;
	struct check_side *own, *other;
	nsec_t now;
};

void check_report(struct judge *judge, enum check_rule rule, unsigned from,
		  uint64_t packet, uint64_t because, const char *fmt, ...)
	PRINTF_LIKE(6, 7);
/* The packet being judged broke the rule. */
#define CHECK_REPORT(judge, rule, because, ...)     \
	check_report(judge, rule, (judge)->p->from, \
		     (judge)->view->packet->number, because, __VA_ARGS__)

/* The same, but it counts only if the other side's next packet shows that none
 * of its packets is missing in the capture. `slot`: 0 or 1. */
void check_doubt(struct judge *judge, unsigned slot, enum check_rule rule,
		 uint64_t because, const char *fmt, ...) PRINTF_LIKE(5, 6);

/* Whether the capture was taken next to this side, so that the time of its
 * answers is known. */
bool check_is_near(const struct judge *judge, unsigned side);
/* The capture itself lacks packets of this connection. */
bool check_is_incomplete(const struct judge *judge);

/* The rules, in groups. Header: of every segment; the others only of those
 * that are neither corrupt nor copies. */
void check_checksums(struct judge *judge);
void check_header(struct judge *judge);
void check_timestamps(struct judge *judge);
void check_sequence(struct judge *judge);
void check_refused(struct judge *judge); /* outside the window */
void check_acks(struct judge *judge);
void check_sack(struct judge *judge);
void check_timers(struct judge *judge);
