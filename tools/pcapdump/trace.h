// SPDX-License-Identifier: MIT
/*
 * One direction of one connection, ready to be drawn: the segments that carry
 * its data, the ACKs that come back, and what the sender's variables were.
 * Sequence numbers count from the SYN (0) in 64 bits, so a transfer of more
 * than 4 GiB goes on rising. What each packet means is conn.h's business.
 *
 * With Weir's notes cwnd, ssthresh, flight, srtt and rto are the kernel's own.
 * Without them only what a bystander can see is there: the bytes between the
 * highest number sent and the ACK, and the time from a segment to its ACK.
 */
#pragma once

#include "tools/pcapdump/pass.h"

enum segment_kind {
	SEGMENT_NEW,
	SEGMENT_FAST, /* fast retransmit: SACK, RACK or duplicate ACKs */
	SEGMENT_TIMEOUT, /* the retransmission timer; also of SYN and SYN-ACK */
	SEGMENT_TAIL_PROBE, /* RFC 8985's TLP: old data, or new */
	SEGMENT_NEEDLESS, /* again, although it had been acknowledged */
	SEGMENT_LATE, /* its first copy never passed the capture */
	SEGMENT_PROBE, /* window probe or keepalive */
	SEGMENT_KINDS,
};

struct trace_segment {
	nsec_t time; /* since the connection's first packet */
	uint64_t packet; /* its number in the file */
	int64_t from, to;
	uint8_t kind;
	bool syn, fin, rst, dropped;
};

struct trace_ack {
	nsec_t time;
	uint64_t packet;
	int64_t ack, edge; /* edge: ack + window */
	bool has_ack, has_edge, zero, dropped, syn, fin, rst;
	uint8_t sacks;
	struct {
		int64_t from, to;
	} sack[4];
};

/* The sender's variables after a packet; bytes and microseconds. */
struct trace_state {
	nsec_t time;
	uint32_t cwnd, ssthresh, flight, srtt_us, rto_us;
};

struct trace_point {
	nsec_t time;
	int64_t value;
};

enum trace_place { PLACE_UNKNOWN, PLACE_SENDER, PLACE_RECEIVER };

struct trace {
	unsigned side; /* of the connection: who sends the data */
	char from[64], to[64]; /* "10.0.2.15:80" */
	uint32_t number; /* of the connection */
	enum trace_place place; /* where the capture was taken */
	nsec_t start; /* since 1970 */
	nsec_t end; /* of the last packet, since the start */
	uint64_t kinds[SEGMENT_KINDS];
	uint64_t again; /* retransmissions of all kinds */
	int64_t bytes; /* of data, each counted once */
	uint64_t dropped, zeros, sacks;
	bool failed; /* out of memory: what follows is missing */
	size_t segment_count, ack_count, state_count, flight_count, rtt_count;
	struct trace_segment *segments;
	struct trace_ack *acks;
	struct trace_state *states; /* none without Weir's notes */
	struct trace_point *flights; /* bytes */
	struct trace_point *rtts; /* nanoseconds */
};

const char *segment_kind_name(enum segment_kind kind);
enum segment_kind segment_kind_of(const struct view *view);
/* The kernel's note tells of the sender's own end of the connection. */
bool trace_has_state(unsigned side, const struct view *view);

void trace_begin(struct trace *trace, const struct conn *conn, unsigned side);
/* A packet of the trace's connection, of either direction. */
void trace_add(struct trace *trace, const struct view *view);
void trace_end(struct trace *trace);
