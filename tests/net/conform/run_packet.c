// SPDX-License-Identifier: MIT
/*
 * Packet events: which conversation a packet belongs to, what the numbers on
 * the wire are in the script's terms, and waiting for what is expected.
 *
 * Large segments are cut by the device. A script sees them as Linux happened
 * to hand them down; what counts is the wire, so a segment to be cut may
 * satisfy several expectations and several may make up one, as long as the
 * pieces are cut at the same places.
 */
#include "tests/net/conform/libc.h"

#include "lib/bytes.h"
#include "tests/net/conform/conform.h"
#include "tests/net/conform/machine.h"

#define TCP 6
#define UDP 17
#define SYN 2
#define FIN 1
#define ACK 16
#define PATIENCE (3600 * NSEC_PER_SEC) /* for packets at any time */

/* ---- Inbound ---- */

static uint8_t protocol_of(const struct script_packet *p)
{
	if (p->kind == PACKET_TCP)
		return TCP;
	if (p->kind == PACKET_UDP)
		return UDP;
	return p->echoed && p->echoed_kind == PACKET_UDP ? UDP : TCP;
}

/* A connection that the peer opens, or a stranger's packet. */
static struct conversation *new_peer(const struct script_packet *p,
				     uint16_t local_port, uint16_t remote_port)
{
	struct conversation *c = conversation_new(-1, -1, protocol_of(p));

	c->state = CONVERSATION_KNOWN;
	c->local_port = local_port;
	c->remote_port = remote_port;
	return c;
}

static struct conversation *named_conversation(const struct script_packet *p)
{
	uint16_t local = p->inbound ? p->dst_port : p->src_port;
	uint16_t remote = p->inbound ? p->src_port : p->dst_port;
	struct conversation *c =
		conversation_by_ports(protocol_of(p), local, remote);

	return c ? c : new_peer(p, local, remote);
}

static bool opens(const struct script_packet *p)
{
	return p->kind == PACKET_TCP && (p->flags & (SYN | ACK)) == SYN;
}

static struct conversation *for_inbound(const struct script_packet *p)
{
	struct conversation *c = run.under_test;

	if (p->has_ports)
		return named_conversation(p);
	if (!c && p->kind != PACKET_ICMP)
		return new_peer(p, (uint16_t)run.script->bind_port,
				next_peer_port());
	if (!c)
		unsupported(p->line, "a packet before there is any socket");
	if (p->kind == PACKET_UDP && c->protocol == UDP &&
	    c->state != CONVERSATION_KNOWN && c->local_port) {
		c->state = CONVERSATION_KNOWN;
		c->remote_port = next_peer_port();
	}
	if (p->kind == PACKET_TCP &&
	    (c->state == CONVERSATION_LISTENING ||
	     (c->state == CONVERSATION_NEW && c->protocol == TCP)))
		return new_peer(p,
				c->local_port ? c->local_port :
						(uint16_t)run.script->bind_port,
				next_peer_port());
	if (p->kind == PACKET_UDP && c->protocol != UDP)
		return new_peer(p, (uint16_t)run.script->bind_port,
				next_peer_port());
	return c;
}

void run_inbound(struct step *e)
{
	struct script_packet *p = e->packet;
	struct conversation *c;

	if (p->unsupported)
		unsupported(e->line, "%s packets", p->unsupported);
	c = for_inbound(p);
	/* A new connection under the same name has new numbers. */
	if (opens(p) && c != run.under_test)
		c->isn_known = false;
	run.under_test = c;
	packet_inject(p, c);
}

/* ---- Outbound: whose is it? ---- */

static struct conversation *opening(const struct live_packet *got)
{
	struct conversation *c = run.under_test;

	if (c && c->state == CONVERSATION_CONNECTING &&
	    c->protocol == got->protocol && c->remote_port == got->dst_port)
		return c;
	for (c = run.conversations; c; c = c->next)
		if (c->state == CONVERSATION_CONNECTING &&
		    c->protocol == got->protocol &&
		    c->remote_port == got->dst_port)
			return c;
	/* Opened by a call that the runner does not follow. */
	for (c = run.conversations; c; c = c->next)
		if (c->state == CONVERSATION_NEW &&
		    c->protocol == got->protocol)
			return c;
	return NULL;
}

static struct conversation *for_outbound(const struct live_packet *got)
{
	struct conversation *c;

	if (got->protocol == 1) {
		/* It quotes what the peer has sent. */
		c = conversation_by_ports(got->echoed_protocol,
					  got->echoed_dst_port,
					  got->echoed_src_port);
		return c ? c : run.under_test;
	}
	if (got->protocol != TCP && got->protocol != UDP)
		return NULL;
	c = conversation_by_ports(got->protocol, got->src_port, got->dst_port);
	if (c)
		return c;
	c = opening(got);
	if (!c)
		return NULL;
	c->state = CONVERSATION_KNOWN;
	c->local_port = got->src_port;
	c->remote_port = got->dst_port;
	return c;
}

static void to_script_numbers(struct live_packet *got, struct conversation *c)
{
	if (got->protocol != TCP)
		return;
	if (c->isn_known)
		got->seq += c->script_isn - c->live_isn;
	/* What the peer's acknowledgments refer to. */
	c->stack_next = got->seq + got->length + !!(got->flags & SYN) +
			(got->flags & FIN);
	if (got->flags & ACK)
		c->peer_next = got->ack;
	c->seen = true;
}

static void learn_isn(const struct script_packet *want,
		      const struct live_packet *got, struct conversation *c)
{
	if (want->kind != PACKET_TCP || !(want->flags & SYN) ||
	    got->protocol != TCP || !(got->flags & SYN))
		return;
	c->isn_known = true;
	c->script_isn = want->seq;
	c->live_isn = got->seq;
}

/* ---- Outbound: waiting and pieces ---- */

static nsec_t deadline_of(const struct step *e)
{
	int64_t end = e->form == TIME_RANGE || e->form == TIME_RELATIVE_RANGE ?
			      e->usecs_end :
			      e->usecs;

	if (e->form == TIME_ANY)
		return machine_now + PATIENCE;
	return run.live_start +
	       (end - run.script_start + run.script->tolerance_usecs) *
		       NSEC_PER_USEC;
}

/* Something that no script speaks of: reports of group membership and the
 * like, and packets of connections that are not the script's. */
static bool foreign(const struct wire_packet *wire)
{
	struct live_packet got;

	packet_dissect(&got, wire);
	return !for_outbound(&got);
}

static struct wire_packet *next_sent(nsec_t deadline)
{
	for (;;) {
		machine_run(MAX(deadline, machine_now), true);
		while (machine_sent() && foreign(machine_sent()))
			machine_take();
		if (machine_sent() || machine_now >= deadline)
			return machine_sent();
	}
}

static void mismatch(const struct step *e, const char *what,
		     const struct live_packet *got)
{
	bool fatal = !run.script->non_fatal_packet;

	if (!got)
		fail(e->line, fatal, "%s\n  expected: %s", what,
		     packet_text(e->packet));
	else
		fail(e->line, fatal,
		     "%s\n  expected: %s\n  actual:   %s\n  at %.6f", what,
		     packet_text(e->packet), live_text(got),
		     (double)script_time(machine_sent() ? machine_sent()->at :
							  machine_now) /
			     1e6);
}

static uint32_t segment_size(const struct wire_packet *wire,
			     const struct live_packet *got)
{
	return wire->gso_size ? wire->gso_size : got->length;
}

/* The first `n` bytes of data have been accounted for. */
static void cut(struct wire_packet *wire, const struct live_packet *got,
		uint32_t n)
{
	uint32_t data = wire->length - got->length;
	uint8_t *tcp = got->tcp;

	put_be32(tcp + 4, get_be32(tcp + 4) + n);
	memmove(wire->bytes + data, wire->bytes + data + n, got->length - n);
	wire->length -= n;
	if (run.six)
		put_be16(wire->bytes + 4, (uint16_t)(wire->length - 40));
	else
		put_be16(wire->bytes + 2, (uint16_t)wire->length);
	tcp[13] &= (uint8_t)~0x80; /* CWR is on the first piece only */
	wire->partial = true; /* the checksum is no more */
}

/* One expectation met by the head of a large segment. */
static bool take_head(struct step *e, struct wire_packet *wire,
		      struct live_packet *got, struct conversation *c)
{
	uint32_t n = e->packet->length;

	if (!wire->gso_size || got->protocol != TCP || !n || got->length <= n ||
	    n % wire->gso_size)
		return false;
	got->length = n;
	got->flags &= (uint16_t) ~(8 | FIN);
	if (packet_compare(e->packet, got, c, true))
		return false;
	packet_dissect(got, wire);
	cut(wire, got, n);
	return true;
}

/* One expectation met by several segments in a row. */
static bool take_several(struct step *e, struct wire_packet *wire,
			 struct live_packet *got, struct conversation *c)
{
	struct script_packet want = *e->packet;
	uint32_t size = segment_size(wire, got), left = want.length;

	if (want.kind != PACKET_TCP || got->protocol != TCP || !got->length ||
	    got->length >= left || size < 48)
		return false;
	while (got->length < left) {
		struct script_packet part = want;

		if (got->length % size)
			return false;
		part.length = got->length;
		part.end = part.seq + part.length;
		if (packet_compare(&part, got, c, true))
			return false;
		want.seq += got->length;
		left -= got->length;
		machine_take();
		wire = next_sent(machine_now);
		if (!wire)
			return false;
		packet_dissect(got, wire);
		if (for_outbound(got) != c || segment_size(wire, got) > size)
			return false;
		to_script_numbers(got, c);
		want.has_window = false; /* CWR, too, is the first one's */
		want.flags &= (uint16_t)~0x80;
	}
	want.length = left;
	want.end = want.seq + left;
	if (got->length > left) {
		struct step rest = { .packet = &want };

		return take_head(&rest, wire, got, c);
	}
	if (packet_compare(&want, got, c, false))
		return false;
	machine_take();
	return true;
}

static void wrong_conversation(struct step *e, const struct live_packet *got,
			       const struct conversation *want)
{
	if (want && want->state == CONVERSATION_KNOWN)
		mismatch(e, "a packet of another connection", got);
}

void run_outbound(struct step *e)
{
	struct wire_packet *wire;
	struct live_packet got;
	struct conversation *c;
	const char *wrong;
	nsec_t at;

	if (e->packet->unsupported)
		unsupported(e->line, "%s packets", e->packet->unsupported);
	if (e->packet->has_ports)
		run.under_test = named_conversation(e->packet);
	wire = next_sent(deadline_of(e));
	if (!wire) {
		mismatch(e, "the packet was not sent in time", NULL);
		return;
	}
	packet_dissect(&got, wire);
	at = wire->at;
	c = for_outbound(&got);
	learn_isn(e->packet, &got, c);
	to_script_numbers(&got, c);
	if (run.under_test != c)
		wrong_conversation(e, &got, run.under_test);
	wrong = packet_compare(e->packet, &got, c, false);
	if (!wrong) {
		machine_take();
	} else {
		struct live_packet first = got;

		if (!take_head(e, wire, &got, c)) {
			got = first;
			if (!take_several(e, wire, &got, c)) {
				mismatch(e, wrong, &first);
				if (machine_sent())
					machine_take();
				return;
			}
		}
	}
	if (e->form == TIME_ANY)
		e->usecs = script_time(at);
	check_time(e, at, "packet");
	if (e->form == TIME_RANGE || e->form == TIME_RELATIVE_RANGE)
		e->usecs = script_time(at);
}
