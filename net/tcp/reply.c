// SPDX-License-Identifier: MIT
/*
 * Segments that belong to no connection; see reply.h.
 */
#include "net/tcp/reply.h"

#include "net/ip/ip.h"

void reply_send(struct net *net, const struct reply *reply)
{
	struct tcp_header h = {
		.src_port = reply->local.port,
		.dst_port = reply->remote.port,
		.seq = reply->seq,
		.ack = reply->ack,
		.flags = reply->flags,
		.window = reply->window,
		.opt = reply->opt,
	};
	struct packet *packet = packet_new(net);
	uint8_t *bytes;

	if (!packet)
		return;
	bytes = packet_append(packet, tcp_header_size(&h));
	tcp_header_emit(bytes, &h);
	packet->l4 = 0;
	packet->payload = packet->length;
	packet->src = reply->local.addr;
	packet->dst = reply->remote.addr;
	packet->protocol = NET_IPPROTO_TCP;
	packet->tos = reply->tos;
	packet->ttl = reply->ttl;
	packet->bound = reply->bound;
	packet->flags |= PACKET_DONT_FRAGMENT;
	packet->note.why = reply->why;
	packet->note.tcp_state = reply->state;
	transport_checksum(packet, NET_IPPROTO_TCP, TCP_CHECKSUM_OFFSET);
	net->stats.tcp.out_segs++;
	if (reply->flags & TCP_RST)
		net->stats.tcp.out_rsts++;
	ip_output(net, packet);
}

void reply_reset(struct net *net, const struct segment *seg, enum why_sent why)
{
	struct reply reply = {
		.local = seg->local,
		.remote = seg->remote,
		.flags = TCP_RST,
		.why = why,
		.state = TCP_CLOSED,
	};

	if (seg->h.flags & TCP_RST)
		return;
	if (seg->h.flags & TCP_ACK) {
		reply.seq = seg->h.ack;
	} else {
		reply.ack = seg->end;
		reply.flags |= TCP_ACK;
	}
	reply_send(net, &reply);
}

bool reply_challenge_allowed(struct net *net)
{
	uint32_t limit = (uint32_t)net->tunables.tcp_challenge_ack_limit;
	struct tcp_stack *tcp = tcp_of(net);
	nsec_t second = net->now / NSEC_PER_SEC;

	/* Between half and one and a half of it: who counts our answers learns
	 * nothing about others' connections (CVE-2016-5696). */
	if (tcp->challenge_second != second) {
		tcp->challenge_second = second;
		tcp->challenges_left = (limit + 1) / 2;
		if (limit)
			tcp->challenges_left += net_random32() % limit;
	}
	if (tcp->challenges_left == 0) {
		net->stats.tcp_ext.acks_skipped++;
		return false;
	}
	tcp->challenges_left--;
	net->stats.tcp_ext.challenge_acks++;
	return true;
}
