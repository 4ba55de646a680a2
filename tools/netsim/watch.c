// SPDX-License-Identifier: MIT
/* The rules for one frame; see watch.h. */
#include "tools/netsim/watch.h"

#include "lib/bytes.h"
#include "lib/string.h"
#include "net/wire/checksum.h"
#include "net/wire/ethernet.h"
#include "tools/netsim/flow.h"

#define IP 14u
#define FIN 0x01
#define SYN 0x02
#define RST 0x04
#define ACK 0x10

/* Where the TCP header begins; 0: this is no TCP over IPv4. */
static uint32_t tcp_at(const struct frame *frame)
{
	uint32_t at;

	if (frame->length < IP + 40 ||
	    get_be16(frame->bytes + 12) != ETHERTYPE_IP4 ||
	    frame->bytes[IP + 9] != 6 ||
	    (get_be16(frame->bytes + IP + 6) & 0x1fff))
		return 0;
	at = IP + (frame->bytes[IP] & 15) * 4u;
	return at + 20 <= frame->length ? at : 0;
}

struct flow *watch_flow(struct sim *sim, const struct frame *frame)
{
	uint32_t at = tcp_at(frame);
	uint32_t src, dst;

	if (!at)
		return NULL;
	src = get_be32(frame->bytes + IP + 12);
	dst = get_be32(frame->bytes + IP + 16);
	for (int i = 0; i < sim->flow_count; i++) {
		struct flow *flow = sim->flows[i];
		uint32_t client = addr_to_ip4(&flow->client.host->addr);
		uint32_t server = addr_to_ip4(&flow->server.host->addr);
		uint16_t from = get_be16(frame->bytes + at);
		uint16_t to = get_be16(frame->bytes + at + 2);

		if (src == client && dst == server && from == flow->name.port &&
		    to == flow->port)
			return flow;
		if (src == server && dst == client && from == flow->port &&
		    to == flow->name.port)
			return flow;
	}
	return NULL;
}

static void check_ip(struct sim *sim, const struct frame *frame)
{
	const uint8_t *ip = frame->bytes + IP;
	uint32_t header = (ip[0] & 15) * 4u, total = get_be16(ip + 2);

	if (header < 20 || total < header || total + IP != frame->length)
		sim_fail(sim, "a frame of %u bytes holds IP of %u",
			 frame->length, total);
	if (!frame->gso_size && total > frame->from->netif.mtu)
		sim_fail(sim, "%u bytes on a wire with an MTU of %u", total,
			 frame->from->netif.mtu);
	if (checksum_finish(checksum_add(0, ip, header)))
		sim_fail(sim, "an IP checksum is wrong");
}

static void check_sum(struct sim *sim, const struct frame *frame, uint32_t at)
{
	const uint8_t *ip = frame->bytes + IP;
	struct net_addr src = addr_ip4(get_be32(ip + 12));
	struct net_addr dst = addr_ip4(get_be32(ip + 16));
	uint32_t length = frame->length - at;
	uint64_t sum = checksum_pseudo(&src, &dst, ip[9], length);

	if (checksum_finish(checksum_add(sum, frame->bytes + at, length)))
		sim_fail(sim, "a TCP checksum is wrong");
}

static uint8_t scale_of(const uint8_t *tcp)
{
	uint32_t end = (tcp[12] >> 4) * 4u;

	for (uint32_t at = 20; at < end && tcp[at] != 0;) {
		if (tcp[at] == 1) {
			at++;
			continue;
		}
		if (tcp[at] == 3)
			return (uint8_t)(tcp[at + 2] | 0x80);
		at += MAX(tcp[at + 1], (uint8_t)2);
	}
	return 0;
}

static void learn_edge(struct edge *own, const struct edge *other,
		       const uint8_t *tcp)
{
	uint8_t scale = 0;
	uint32_t right;

	if (tcp[13] & SYN) {
		own->scale = scale_of(tcp);
		own->scale_known = true;
	}
	if (!(tcp[13] & ACK) || (tcp[13] & RST))
		return;
	/* Both must have said it, and a SYN's window is never scaled. */
	if (!(tcp[13] & SYN) && (own->scale & 0x80) && (other->scale & 0x80))
		scale = own->scale & 15;
	right = get_be32(tcp + 8) + ((uint32_t)get_be16(tcp + 14) << scale);
	if (!own->known || (int32_t)(right - own->right) > 0)
		own->right = right;
	own->known = true;
}

static void check_window(struct sim *sim, struct flow *flow,
			 const struct frame *frame, uint32_t at)
{
	const uint8_t *tcp = frame->bytes + at;
	int from = get_be16(tcp) == flow->name.port ? 0 : 1;
	struct edge *own = &flow->edges[from], *other = &flow->edges[!from];
	uint32_t payload = frame->length - at - (tcp[12] >> 4) * 4u;
	uint32_t end = get_be32(tcp + 4) + payload;

	/* A FIN may stand one past a window that data has filled. */
	if (payload && other->known && !(tcp[13] & (SYN | RST)) &&
	    (int32_t)(end - other->right) > 0)
		sim_fail(sim,
			 "flow %d: the %s sends %d bytes beyond the window",
			 flow->number, from ? "server" : "client",
			 (int32_t)(end - other->right));
	learn_edge(own, other, tcp);
}

void watch_frame(struct sim *sim, const struct frame *frame)
{
	uint32_t at;
	struct flow *flow;

	if (get_be16(frame->bytes + 12) != ETHERTYPE_IP4)
		return;
	check_ip(sim, frame);
	at = tcp_at(frame);
	if (!at)
		return;
	check_sum(sim, frame, at);
	flow = watch_flow(sim, frame);
	if (flow)
		check_window(sim, flow, frame, at);
}
