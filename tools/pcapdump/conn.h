// SPDX-License-Identifier: MIT
/*
 * The TCP connections of a capture: for each packet, in the order of the file,
 * which connection it belongs to and what it means there. One pass, no second
 * look: conn_table_add() takes a decoded packet and fills in a conn_packet.
 *
 * Sequence numbers are relative and do not wrap: 64 bits, 0 is the SYN's (or,
 * when the capture begins later, the first one seen is 1). Side 0 is the
 * opener. An acknowledgement is relative to what the *other* side sends.
 *
 * How far this can be trusted: what a packet means is seen from the place of
 * the capture. Weir's captures say why a packet was sent; elsewhere it is
 * inferred, and then `inferred` says so.
 *
 * Memory: about 1 KiB a connection and 48 bytes for each segment that is in
 * flight; at most CONN_MAX connections (packets of later ones are counted in
 * `table->refused` and not analysed) and CONN_SEGMENTS_MAX segments a side.
 */
#pragma once

#include "lib/types.h"
#include "net/wire/address.h"
#include "tools/pcapdump/capture.h"
#include "tools/pcapdump/frame.h"

#define CONN_MAX 262144
#define CONN_SEGMENTS_MAX 65536
#define CONN_RECENT 8

enum conn_meaning {
	CONN_NEW_DATA = 1 << 0, /* occupies sequence space not yet sent */
	CONN_RETRANSMISSION = 1 << 1, /* `kind` says which */
	CONN_OUT_OF_ORDER = 1 << 2, /* fills a gap, too soon to be a repeat */
	CONN_GAP = 1 << 3, /* the capture lacks bytes in front of it */
	CONN_DUPLICATE_ACK = 1 << 4,
	CONN_WINDOW_UPDATE = 1 << 5,
	CONN_ZERO_WINDOW = 1 << 6,
	CONN_KEEPALIVE = 1 << 7,
	CONN_KEEPALIVE_ACK = 1 << 8,
	CONN_WINDOW_PROBE = 1 << 9,
	CONN_WINDOW_FULL = 1 << 10, /* reaches the window's right edge */
	CONN_ACKED_UNSEEN = 1 << 11, /* acknowledges what the capture lacks */
	CONN_COPY = 1 << 12, /* the same datagram once more: seen on two
			      * interfaces or doubled by the network */
	CONN_CORRUPT = 1 << 13, /* bad checksum: not taken into account */
	CONN_FIRST = 1 << 14, /* the connection's first packet */
	CONN_ADVANCES_ACK = 1 << 15, /* acknowledges something new */
	CONN_REFUSED = 1 << 16, /* outside the window, or Weir's verdict says
				 * so: not taken into account */
};

/* Why bytes were sent again. */
enum conn_retransmission {
	RETRANSMIT_NONE,
	RETRANSMIT_TIMEOUT, /* RTO, and what follows it */
	RETRANSMIT_FAST, /* duplicate ACKs, SACK, RACK */
	RETRANSMIT_PROBE, /* tail loss probe */
	RETRANSMIT_HANDSHAKE, /* SYN or SYN-ACK again */
	RETRANSMIT_SPURIOUS, /* had been acknowledged, as the capture saw it */
	RETRANSMIT_LOST_BEFORE, /* the first copy never passed the capture */
	RETRANSMIT_KINDS,
};

/* Something in flight: the interval of one segment. */
struct conn_segment {
	int64_t seq, end;
	nsec_t first, last; /* times it was sent */
	uint64_t packet; /* number of the packet that sent it first */
	uint32_t hash; /* of its payload, if all of it was captured; else 0 */
	uint8_t times;
	bool sacked;
};

/* What one end has sent, and has told about itself. */
struct conn_side {
	struct net_name name;
	/* From its SYN. */
	bool seen_syn, has_wscale, sack_permitted, timestamps;
	uint16_t mss; /* 0: not told */
	uint8_t wscale;
	uint32_t isn; /* its absolute sequence number 0 */
	bool isn_known; /* some number was seen: `isn` means something */

	bool seen_fin, seen_rst;
	bool first_bad; /* so was the checksum of its first packet */
	bool offloads; /* its checksums are not to be looked at */
	uint64_t packets; /* of this direction */
	uint64_t bytes; /* on the wire, with all headers */
	uint64_t payload; /* with those sent again */
	int64_t start; /* the first number seen */
	int64_t next; /* the highest end of a segment sent */
	int64_t fin; /* relative number of its FIN, if seen_fin */
	/* As receiver of the other's data. */
	bool acked_any;
	int64_t acked; /* the highest acknowledgement that it has sent */
	int64_t edge; /* the highest right edge of its window, ever */
	uint32_t window; /* as last told, scaled */
	bool window_known; /* the scale is known */
	uint32_t duplicate_acks; /* in a row */
	int64_t sacked; /* the highest right edge of its SACK blocks */

	nsec_t last_time; /* of its last packet */
	uint32_t last_meaning; /* of it */
	uint64_t last_packet;
	/* As sender: what is in flight, by sequence number. */
	struct conn_segment *segments;
	uint32_t segment_first, segment_count, segment_room;
	int64_t recovery_end; /* repeats below this belong to `recovery` */
	uint8_t recovery; /* enum conn_retransmission */
	nsec_t gap_time; /* when the oldest open gap was seen */
	nsec_t srtt, rttvar; /* RFC 6298, from this table's samples; 0: none */
	uint64_t recent[CONN_RECENT]; /* hashes of datagrams, to know copies */
};

struct conn {
	uint32_t number; /* from 0, in order of the first packets */
	struct conn_side side[2];
	nsec_t first_time, last_time; /* since 1970 */
	uint64_t first_packet, last_packet;
	nsec_t handshake; /* SYN to the ACK of the SYN-ACK; -1: not seen */
	bool complete_start; /* the capture has its SYN */
	bool reset, closed; /* RST seen; both FINs seen and acknowledged */
	bool incomplete; /* bytes are missing in the capture */
	uint64_t lost; /* records that the capture says were lost meanwhile */
	/* Weir's last notes on it, by socket: [0] is the one seen last. */
	struct capture_note note[2];
	void *user; /* the mode's own; the table never looks at it */
	struct conn *chain; /* the table's */
};

/* One packet's part in its connection. */
struct conn_packet {
	struct conn *conn;
	unsigned from; /* the side that sent it */
	uint32_t meaning; /* enum conn_meaning, several */
	enum conn_retransmission kind;
	bool inferred; /* the kind is a guess */
	uint64_t repeats; /* the packet that sent these bytes first; 0 */
	nsec_t repeats_after; /* since those bytes were sent last */
	int64_t seq, end; /* with SYN and FIN */
	bool has_ack;
	int64_t ack;
	uint32_t length; /* payload */
	uint32_t window; /* scaled, if window_known */
	bool window_known;
	nsec_t since_same; /* since this side's last packet; -1: its first */
	nsec_t rtt; /* sample on the other's data; -1: none */
	uint64_t rtt_of; /* the packet that it acknowledges */
	int64_t newly_acked; /* bytes */
	int64_t in_flight; /* of its sender, after it */
	int sack_count;
	struct {
		int64_t left, right;
	} sack[TCP_MAX_SACKS];
	bool has_before; /* Weir: the connection's note before this packet */
	struct capture_note before;
};

struct conn_table {
	struct conn **conns; /* by number */
	uint32_t count, room;
	struct conn **buckets; /* of the open ones and the last closed ones */
	uint32_t bucket_count;
	uint64_t refused; /* packets of connections beyond CONN_MAX */
};

/* NULL: out of memory. */
struct conn_table *conn_table_new(void);
void conn_table_free(struct conn_table *table);
/* False when the packet is no TCP segment, or its connection was refused. */
bool conn_table_add(struct conn_table *table,
		    const struct capture_packet *packet,
		    const struct frame *frame, struct conn_packet *out);

/* The side's i-th segment in flight. */
static inline struct conn_segment *conn_segment(const struct conn_side *side,
						uint32_t i)
{
	return &side->segments[side->segment_first + i];
}

/* An absolute number as a relative one near the side's last. */
int64_t conn_relative(const struct conn_side *side, uint32_t number);
/* "timeout", "fast", ... */
const char *conn_retransmission_name(enum conn_retransmission kind);
/* The names of the set bits of `meaning`, with commas. */
size_t conn_meaning_text(char *to, size_t size, const struct conn_packet *p);
/* "10.0.2.2:40000" or "[::1]:80"; the length. */
size_t conn_name_text(char *to, size_t size, const struct net_name *name);
