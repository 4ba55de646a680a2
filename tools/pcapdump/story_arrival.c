// SPDX-License-Identifier: MIT
/*
 * The way of an arriving packet: the stages, and for TCP the checks of RFC
 * 9293 3.10.7 in their order. The step at which the kernel's verdict says that
 * it ended is told as such, and nothing behind it. Without a verdict each step
 * is judged from the packets, as far as they show it.
 */
#include "tools/pcapdump/story_private.h"

#define ESTABLISHED 1
#define SYN_SENT 2
#define LISTEN 10

struct way {
	struct text *out;
	const struct view *view;
	const struct frame *frame;
	const struct conn_packet *tcp; /* NULL: not TCP */
	bool noted;
	enum reason reason; /* NONE: not dropped */
	enum story_step end; /* where it was dropped; STEP_DONE: nowhere */
	unsigned state; /* of the receiver, before; 0: not known */
};

/* Whether the packet got past this step; if not, the line that says why not. */
static bool passes(struct way *way, enum story_step step, const char *name)
{
	if (step < way->end)
		return true;
	if (step == way->end)
		text_add(way->out, "  %s: refused, %s: %s.\n", name,
			 reason_name(way->reason), story_reason(way->reason));
	return false;
}

static const char *checksum_words(enum frame_checksum checksum)
{
	static const char *const words[] = {
		"the checksum cannot be told from this capture",
		"the checksum is right",
		"it has no checksum",
		"the checksum was left to the sender's device",
		"the checksum is wrong",
	};

	return words[checksum];
}

static void tell_link(struct way *way)
{
	if (!passes(way, STEP_LINK, "link"))
		return;
	text_add(way->out, "  link: a frame of %u bytes with %s.\n",
		 way->view->packet->original,
		 way->frame->version == 4	? "IPv4" :
		 way->frame->version == 6	? "IPv6" :
		 way->frame->ethertype == 0x806 ? "ARP" :
						  "something else");
}

static void tell_network(struct way *way)
{
	const struct frame *f = way->frame;
	char dst[ADDR_TEXT_MAX];

	if (!passes(way, STEP_NETWORK, "IP") || !f->version)
		return;
	addr_format(dst, sizeof dst, &f->dst);
	text_add(way->out, "  IP: version %u to %s, %s %u%s; %s%s.\n",
		 f->version, dst, f->version == 4 ? "TTL" : "hop limit", f->ttl,
		 f->fragment ? ", a fragment" : "",
		 f->version == 6 ? "the header has no checksum" :
				   checksum_words(f->ip_checksum),
		 way->noted && way->end > STEP_NETWORK &&
				 way->end != STEP_DONE ?
			 ", and it is for this host" :
			 "");
}

static void tell_transport(struct way *way)
{
	const char *name = way->tcp ? "TCP header" : "transport";

	if (!passes(way, STEP_TRANSPORT, name))
		return;
	if (way->tcp)
		text_add(way->out, "  TCP header: %u bytes; %s.\n",
			 way->frame->tcp.length,
			 checksum_words(way->frame->checksum));
	else if (way->frame->l4)
		text_add(way->out, "  transport: protocol %u; %s.\n",
			 way->frame->protocol,
			 checksum_words(way->frame->checksum));
}

static void tell_socket(struct way *way)
{
	const struct capture_note *note = &way->view->packet->note;

	if (!passes(way, STEP_SOCKET, "socket") || !way->noted)
		return;
	if (note->socket)
		text_add(way->out,
			 "  socket: number %u of process %d has its names.\n",
			 note->socket, note->pid);
}

static void tell_sequence(struct way *way)
{
	const struct conn_side *to = &way->tcp->conn->side[!way->tcp->from];
	const struct conn_packet *p = way->tcp;

	if (!passes(way, STEP_SEQUENCE, "first, the sequence number"))
		return;
	if (!to->acked_any || !to->window_known) {
		text_add(
			way->out,
			"  first, the sequence number: %lld; the window is not "
			"known from this capture.\n",
			(long long)p->seq);
		return;
	}
	text_add(way->out,
		 "  first, the sequence number: %lld to %lld, %s the window "
		 "%lld to %lld%s.\n",
		 (long long)p->seq, (long long)p->end,
		 p->end < to->acked || p->seq > to->edge ? "outside" :
		 p->seq < to->acked			 ? "partly below" :
							   "within",
		 (long long)to->acked, (long long)to->edge,
		 way->frame->tcp.opt.has_timestamp ?
			 "; before that PAWS, on its timestamp" :
			 "");
}

static void tell_ack(struct way *way, const char *name)
{
	const struct conn_packet *p = way->tcp;
	const struct conn_side *to = &p->conn->side[!p->from];

	if (!passes(way, STEP_ACK, name))
		return;
	if (!p->has_ack)
		text_add(way->out, "  %s: none.\n", name);
	else if (p->meaning & CONN_ACKED_UNSEEN)
		text_add(
			way->out,
			"  %s: %lld, beyond %lld, the last that was captured.\n",
			name, (long long)p->ack, (long long)to->next);
	else if (p->meaning & CONN_ADVANCES_ACK)
		text_add(way->out,
			 "  %s: %lld, %lld new bytes of the %lld that were "
			 "sent.\n",
			 name, (long long)p->ack, (long long)p->newly_acked,
			 (long long)to->next);
	else
		text_add(way->out, "  %s: %lld, nothing new.\n", name,
			 (long long)p->ack);
}

static void tell_bit(struct way *way, enum story_step step, const char *name,
		     uint8_t bit)
{
	if (passes(way, step, name))
		text_add(way->out, "  %s: %s.\n", name,
			 way->frame->tcp.flags & bit ? "set" : "not set");
}

static void tell_text(struct way *way)
{
	uint8_t flags = way->frame->tcp.flags;

	if (!passes(way, STEP_TEXT, "seventh, the text"))
		return;
	if (flags & TCP_URG)
		text_str(way->out, "  sixth, URG: set.\n");
	if (way->tcp->length)
		text_add(way->out, "  seventh, the text: %u bytes.\n",
			 way->tcp->length);
	else
		text_str(way->out, "  seventh, the text: none.\n");
	text_add(way->out, "  eighth, FIN: %s.\n",
		 flags & TCP_FIN ? "set" : "not set");
}

/* 3.10.7.2 and 3.10.7.3 have orders of their own. */
static void tell_listen(struct way *way)
{
	tell_bit(way, STEP_RESET, "first, RST", TCP_RST);
	tell_ack(way, "second, ACK");
	tell_bit(way, STEP_SYN, "third, SYN", TCP_SYN);
}

static void tell_syn_sent(struct way *way)
{
	tell_ack(way, "first, ACK");
	tell_bit(way, STEP_RESET, "second, RST", TCP_RST);
	tell_bit(way, STEP_SYN, "fourth, SYN", TCP_SYN);
}

static void tell_tcp(struct way *way)
{
	const char *clause = "3.10.7.4";

	if (way->end <= STEP_SOCKET)
		return;
	if (way->state == LISTEN)
		clause = "3.10.7.2";
	else if (way->state == SYN_SENT)
		clause = "3.10.7.3";
	text_add(way->out, "  The receiver is %s%s (RFC 9293 %s):\n",
		 way->noted ? "in " : "probably in ",
		 way->state ? story_state(way->state) : "a synchronized state",
		 clause);
	if (way->state == LISTEN) {
		tell_listen(way);
		return;
	}
	if (way->state == SYN_SENT) {
		tell_syn_sent(way);
		return;
	}
	tell_sequence(way);
	tell_bit(way, STEP_RESET, "second, RST", TCP_RST);
	tell_bit(way, STEP_SYN, "fourth, SYN", TCP_SYN);
	tell_ack(way, "fifth, ACK");
	tell_text(way);
}

/* Before the packet, from the notes or from what both sides had sent. */
static unsigned state_before(const struct view *view)
{
	const struct conn_packet *p = view->tcp;
	uint8_t flags = view->frame->tcp.flags;

	if (!p)
		return 0;
	if (p->has_before)
		return p->before.tcp_state;
	if ((flags & (TCP_SYN | TCP_ACK)) == TCP_SYN)
		return LISTEN;
	if ((flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK))
		return SYN_SENT;
	return 0;
}

void story_arrival(struct text *out, const struct view *view)
{
	const struct capture_packet *packet = view->packet;
	struct way way = {
		.out = out,
		.view = view,
		.frame = view->frame,
		.tcp = view->tcp,
		.noted = packet->has_note,
		.end = STEP_DONE,
		.state = state_before(view),
	};

	if (packet->has_note && packet->note.verdict >= VERDICT_REASON) {
		way.reason =
			(enum reason)(packet->note.verdict - VERDICT_REASON);
		way.end = story_step_of(way.reason);
	}
	text_str(out, packet->has_note ? "Its way through the stack:\n" :
					 "Its checks at the receiver, as far "
					 "as the packets show them "
					 "(inferred):\n");
	tell_link(&way);
	tell_network(&way);
	tell_transport(&way);
	tell_socket(&way);
	if (way.tcp)
		tell_tcp(&way);
}
