// SPDX-License-Identifier: MIT
/*
 * Which connection a packet belongs to. A connection is found by its two names
 * in either order; a SYN with a new number after the old connection's end
 * begins another one of the same names.
 */
#include "tools/pcapdump/conn.h"

#include <stdlib.h>
#include <string.h>

#include "lib/format.h"
#include "lib/hash.h"
#include "tools/pcapdump/analyse.h"

#define BUCKETS 65536
/* After this much silence a SYN begins a new connection (RFC 9293: 2 MSL). */
#define FORGOTTEN (240 * NSEC_PER_SEC)

struct conn_table *conn_table_new(void)
{
	struct conn_table *table = calloc(1, sizeof *table);

	if (!table)
		return NULL;
	table->bucket_count = BUCKETS;
	table->buckets = calloc(BUCKETS, sizeof(struct conn *));
	if (!table->buckets) {
		free(table);
		return NULL;
	}
	return table;
}

void conn_table_free(struct conn_table *table)
{
	if (!table)
		return;
	for (uint32_t i = 0; i < table->count; i++) {
		free(table->conns[i]->side[0].segments);
		free(table->conns[i]->side[1].segments);
		free(table->conns[i]);
	}
	free(table->conns);
	free(table->buckets);
	free(table);
}

static uint64_t hash_name(const struct net_addr *addr, uint16_t port)
{
	return hash_pair(hash_pair(addr->q[0], addr->q[1]), port);
}

/* The same for both directions. */
static struct conn **bucket_of(const struct conn_table *table,
			       const struct frame *f)
{
	uint64_t h = hash_name(&f->src, f->tcp.src_port) +
		     hash_name(&f->dst, f->tcp.dst_port);

	return &table->buckets[hash_u64(h) % table->bucket_count];
}

static bool is_name(const struct net_name *name, const struct net_addr *addr,
		    uint16_t port)
{
	return name->port == port && addr_equal(&name->addr, addr);
}

/* The side that sent the packet; -1: another connection. */
static int side_of(const struct conn *conn, const struct frame *f)
{
	for (int i = 0; i < 2; i++)
		if (is_name(&conn->side[i].name, &f->src, f->tcp.src_port) &&
		    is_name(&conn->side[!i].name, &f->dst, f->tcp.dst_port))
			return i;
	return -1;
}

/* Whether this SYN opens a new connection between the same names. */
static bool begins_anew(const struct conn *conn, int from,
			const struct capture_packet *packet,
			const struct frame *f)
{
	const struct conn_side *side = &conn->side[from];

	if ((f->tcp.flags & (TCP_SYN | TCP_ACK | TCP_RST)) != TCP_SYN ||
	    f->checksum == CHECKSUM_BAD)
		return false;
	if (side->isn_known && side->isn == f->tcp.seq)
		return false;
	return conn->closed || conn->reset ||
	       (nsec_t)packet->time - conn->last_time > FORGOTTEN;
}

static struct conn *find(const struct conn_table *table,
			 const struct capture_packet *packet,
			 const struct frame *f, int *from)
{
	struct conn *conn = *bucket_of(table, f);

	for (; conn; conn = conn->chain) {
		*from = side_of(conn, f);
		if (*from >= 0)
			break;
	}
	if (conn && begins_anew(conn, *from, packet, f))
		return NULL;
	return conn;
}

static bool make_room(struct conn_table *table)
{
	uint32_t room = table->room ? table->room * 2 : 64;
	struct conn **conns;

	if (table->count == CONN_MAX)
		return false;
	if (table->count < table->room)
		return true;
	conns = realloc(table->conns, room * sizeof *conns);
	if (!conns)
		return false;
	table->conns = conns;
	table->room = room;
	return true;
}

static struct conn *add(struct conn_table *table,
			const struct capture_packet *packet,
			const struct frame *f, int *from)
{
	struct conn **bucket = bucket_of(table, f);
	struct conn *conn;
	uint8_t flags = f->tcp.flags & (TCP_SYN | TCP_ACK);

	if (!make_room(table))
		return NULL;
	conn = calloc(1, sizeof *conn);
	if (!conn)
		return NULL;
	*from = flags == (TCP_SYN | TCP_ACK);
	conn->number = table->count;
	conn->side[*from].name =
		(struct net_name){ .addr = f->src, .port = f->tcp.src_port };
	conn->side[!*from].name =
		(struct net_name){ .addr = f->dst, .port = f->tcp.dst_port };
	conn->first_time = (nsec_t)packet->time;
	conn->first_packet = packet->number;
	conn->handshake = -1;
	conn->complete_start = flags == TCP_SYN;
	conn->chain = *bucket;
	*bucket = conn;
	table->conns[table->count++] = conn;
	return conn;
}

bool conn_table_add(struct conn_table *table,
		    const struct capture_packet *packet,
		    const struct frame *frame, struct conn_packet *out)
{
	int from;

	memset(out, 0, sizeof *out);
	if (!frame->is_tcp)
		return false;
	out->conn = find(table, packet, frame, &from);
	if (!out->conn) {
		out->conn = add(table, packet, frame, &from);
		out->meaning = CONN_FIRST;
	}
	if (!out->conn) {
		table->refused++;
		return false;
	}
	out->from = (unsigned)from;
	conn_analyse(packet, frame, out);
	return true;
}

/* ---- words ---- */

const char *conn_retransmission_name(enum conn_retransmission kind)
{
	static const char *const names[RETRANSMIT_KINDS] = {
		"none",	     "timeout",	 "fast",	"tail loss probe",
		"handshake", "spurious", "lost before",
	};

	return kind < RETRANSMIT_KINDS ? names[kind] : "unknown";
}

size_t conn_meaning_text(char *to, size_t size, const struct conn_packet *p)
{
	static const char *const names[] = {
		"new data",
		"retransmission",
		"out of order",
		"previous segment not captured",
		"duplicate ACK",
		"window update",
		"zero window",
		"keepalive",
		"keepalive ACK",
		"window probe",
		"window full",
		"acknowledges what was not captured",
		"copy",
		"corrupt",
		NULL, /* CONN_FIRST: seen by everyone */
		NULL,
		"refused",
	};
	struct text out;

	text_init(&out, to, size);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (!(p->meaning & (1u << i)) || !names[i])
			continue;
		text_add(&out, "%s%s", out.len ? ", " : "", names[i]);
		if (1u << i == CONN_RETRANSMISSION)
			text_add(&out, " (%s%s)",
				 conn_retransmission_name(p->kind),
				 p->inferred ? ", inferred" : "");
	}
	return text_length(&out);
}

size_t conn_name_text(char *to, size_t size, const struct net_name *name)
{
	bool six = !addr_is_ip4(&name->addr);
	char address[ADDR_TEXT_MAX];
	size_t length;

	addr_format(address, sizeof address, &name->addr);
	length = format_to(to, size, "%s%s%s:%u", six ? "[" : "", address,
			   six ? "]" : "", name->port);
	return MIN(length, size ? size - 1 : 0);
}
