// SPDX-License-Identifier: MIT
/*
 * What answered a packet: for TCP the first acknowledgement that covers it or,
 * for a probe or a segment that was refused, whatever the other side said
 * next; for others the reply that their protocol knows.
 */
#include <string.h>

#include "lib/bytes.h"
#include "tools/pcapdump/story_private.h"

#define PROTOCOL_ICMP 1
#define PROTOCOL_UDP 17
#define PROTOCOL_ICMP6 58
#define ETHERTYPE_ARP 0x0806

static void take_ports(uint16_t ports[2], uint8_t *type, const struct frame *f)
{
	if (f->l4_captured < 8)
		return;
	if (f->protocol == PROTOCOL_UDP) {
		ports[0] = get_be16(f->l4);
		ports[1] = get_be16(f->l4 + 2);
		return;
	}
	*type = f->l4[0];
	/* An echo's identifier and number. */
	ports[0] = get_be16(f->l4 + 4);
	ports[1] = get_be16(f->l4 + 6);
}

void story_ask(struct story_question *q, const struct view *view)
{
	const struct conn_packet *p = view->tcp;
	const struct capture_packet *packet = view->packet;

	memset(q, 0, sizeof *q);
	q->number = packet->number;
	q->time = (nsec_t)packet->time;
	q->protocol = view->frame->protocol;
	q->ethertype = view->frame->ethertype;
	q->src = view->frame->src;
	q->dst = view->frame->dst;
	if (!p) {
		take_ports(q->ports, &q->type, view->frame);
		return;
	}
	q->conn = p->conn;
	q->from = p->from;
	q->end = p->end;
	q->wants_ack = p->end > p->seq && !(view->frame->tcp.flags & TCP_RST);
	q->any = p->meaning & (CONN_KEEPALIVE | CONN_WINDOW_PROBE) ||
		 (packet->has_note && packet->note.verdict >= VERDICT_REASON);
}

static void add_answer(struct text *out, const struct story_question *q,
		       const struct view *view, const char *how)
{
	nsec_t after = (nsec_t)view->packet->time - q->time;

	text_add(out, "Packet %llu answers it, %lld.%03lld ms later%s",
		 (unsigned long long)view->packet->number,
		 (long long)(after / NSEC_PER_MSEC),
		 (long long)(after % NSEC_PER_MSEC / NSEC_PER_USEC), how);
	if (view->packet->has_note && view->packet->note.why)
		text_add(out, " (%s)",
			 view->packet->note.why < WHY_COUNT ?
				 why_name((enum why_sent)
						  view->packet->note.why) :
				 "?");
	if (q->repeated)
		text_add(out, "; before that it was sent again %u time%s",
			 q->repeated, q->repeated > 1 ? "s" : "");
	text_str(out, ".\n");
}

static bool answers_tcp(struct story_question *q, const struct view *view,
			struct text *out)
{
	const struct conn_packet *p = view->tcp;

	if (!p || p->conn != q->conn ||
	    p->meaning & (CONN_CORRUPT | CONN_REFUSED))
		return false;
	if (p->from == q->from) {
		q->repeated += p->meaning & CONN_RETRANSMISSION &&
			       p->seq < q->end && p->end >= q->end;
		return false;
	}
	if (view->frame->tcp.flags & TCP_RST)
		add_answer(out, q, view, ", with a reset");
	else if (q->any)
		add_answer(out, q, view, "");
	else if (q->wants_ack && p->has_ack && p->ack >= q->end)
		add_answer(out, q, view, ": it acknowledges all of it");
	else
		return false;
	return true;
}

static bool answers_icmp(const struct story_question *q, uint8_t type)
{
	if (q->protocol == PROTOCOL_ICMP)
		return q->type == 8 && type == 0;
	if (q->protocol == PROTOCOL_ICMP6)
		return (q->type == 128 && type == 129) ||
		       (q->type == 135 && type == 136);
	return false;
}

static bool answers_other(struct story_question *q, const struct view *view,
			  struct text *out)
{
	const struct frame *f = view->frame;
	uint16_t ports[2] = { 0, 0 };
	uint8_t type = 0;
	bool answers;

	if (q->ethertype == ETHERTYPE_ARP) {
		answers = f->ethertype == ETHERTYPE_ARP;
	} else {
		take_ports(ports, &type, f);
		answers = f->version && f->protocol == q->protocol &&
			  addr_equal(&f->src, &q->dst) &&
			  addr_equal(&f->dst, &q->src);
		if (q->protocol == PROTOCOL_UDP)
			answers &= ports[0] == q->ports[1] &&
				   ports[1] == q->ports[0];
		else
			answers &=
				answers_icmp(q, type) &&
				(q->type == 135 || (ports[0] == q->ports[0] &&
						    ports[1] == q->ports[1]));
	}
	if (answers)
		add_answer(out, q, view, "");
	return answers;
}

bool story_answer(struct story_question *q, const struct view *view,
		  struct text *out)
{
	return q->conn ? answers_tcp(q, view, out) :
			 answers_other(q, view, out);
}
