// SPDX-License-Identifier: MIT
/*
 * The DHCP client (RFC 2131 4.4): DISCOVER, OFFER, REQUEST, ACK, then RENEW at
 * T1, REBIND at T2, and everything anew when the lease ends. It talks through
 * IP directly, since it has no address to bind a socket to at first, and gets
 * its answers from the stage UDP_IN (net->own_udp_input).
 *
 * Not here: DECLINE with an ARP probe, INIT-REBOOT, RELEASE.
 */
#include "net/dhcp/dhcp.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/config.h"
#include "net/core/instance.h"
#include "net/core/sockopt.h"
#include "net/ip/ip.h"
#include "net/wire/dhcp.h"
#include "net/wire/udp.h"

enum dhcp_state {
	SELECTING, /* DISCOVER is out */
	REQUESTING, /* REQUEST for an offer is out */
	BOUND,
	RENEWING, /* asking our server */
	REBINDING, /* asking anyone */
};

struct dhcp_client {
	struct net *net;
	struct netif *netif;
	enum dhcp_state state;
	struct timer timer;
	uint32_t xid;
	uint32_t tries;
	nsec_t started;
	uint32_t address, server;
	nsec_t t1, t2, expires;
	struct net_lease lease;
	char hostname[64];
	/* The message being handled: too large for the net thread's stack. */
	struct dhcp_message heard;
	uint8_t bytes[DHCP_MESSAGE_MAX]; /* we said: no longer than that */
};

#define BROADCAST_IP 0xffffffff

static void send(struct dhcp_client *c, uint8_t type) ON_NET_THREAD
{
	bool own = c->state >= RENEWING;
	struct dhcp_message m = {
		.operation = 1,
		.type = type,
		.xid = c->xid,
		.seconds =
			(uint16_t)((c->net->now - c->started) / NSEC_PER_SEC),
		.broadcast = !own,
		.client = own ? c->address : 0,
	};
	struct udp_header h = { DHCP_CLIENT_PORT, DHCP_SERVER_PORT, 0, 0 };
	struct packet *packet = packet_new(c->net);
	struct buf *buf = port_buf_alloc(DHCP_MESSAGE_MAX);
	size_t length;

	if (!packet || !buf)
		goto fail;
	memcpy(m.mac, c->netif->mac, 6);
	string_copy(m.hostname, c->hostname, sizeof m.hostname);
	if (c->state == REQUESTING) {
		m.requested = c->address;
		m.server_id = c->server;
	}
	length = dhcp_emit(buf->data, &m);
	packet_add_fragment(packet, buf, 0, (uint32_t)length);
	packet->src = addr_ip4(own ? c->address : 0);
	packet->dst = addr_ip4(c->state == RENEWING ? c->server : BROADCAST_IP);
	packet->protocol = NET_IPPROTO_UDP;
	packet->note.why = WHY_DHCP;
	packet->bound = c->netif;
	h.length = (uint16_t)(length + UDP_HEADER);
	udp_emit(packet_push(packet, UDP_HEADER), &h);
	packet->l4 = 0;
	packet->payload = UDP_HEADER;
	transport_checksum(packet, NET_IPPROTO_UDP, UDP_CHECKSUM_OFFSET);
	ip_output(c->net, packet);
	return;
fail:
	if (packet)
		packet_free(c->net, packet);
	if (buf)
		buf_put(buf);
}

/* 1, 2, 4 ... 64 seconds, give or take a tenth: quick at first, since the
 * server of a virtual machine is never far. */
static nsec_t backoff(struct dhcp_client *c)
{
	uint32_t shift = MIN(c->tries, 6u);
	nsec_t base = NSEC_PER_SEC << shift;
	nsec_t jitter = (nsec_t)(net_random32() % 200) * base / 1000;

	return base - base / 10 + jitter;
}

static void enter_selecting(struct dhcp_client *c) ON_NET_THREAD
{
	c->state = SELECTING;
	c->xid = net_random32();
	c->started = c->net->now;
	c->tries = 0;
	timer_arm(c->net, &c->timer, c->net->now);
}

static void lose_lease(struct dhcp_client *c) ON_NET_THREAD
{
	struct net *net = c->net;

	route_flush(net, c->netif, ROUTE_DHCP);
	netif_del_address(c->netif, &c->lease.address);
	memset(&c->lease, 0, sizeof c->lease);
	if (net->config->lease)
		net->config->lease(net, NULL);
}

static void expired(struct net *net, struct timer *timer) NET_THREAD_ROOT;

/* RENEWING and REBINDING: half of what is left, at least a minute. */
static nsec_t again(const struct dhcp_client *c, nsec_t until)
{
	nsec_t left = until - c->net->now;

	return c->net->now + MAX(left / 2, MIN(left, 60 * NSEC_PER_SEC));
}

static void expired(struct net *net, struct timer *timer)
{
	struct dhcp_client *c = container_of(timer, struct dhcp_client, timer);

	switch (c->state) {
	case SELECTING:
		send(c, DHCP_DISCOVER);
		break;
	case REQUESTING:
		if (c->tries >= 4) {
			enter_selecting(c);
			return;
		}
		send(c, DHCP_REQUEST);
		break;
	case BOUND:
		c->state = RENEWING;
		c->xid = net_random32();
		c->started = net->now;
		FALLTHROUGH;
	case RENEWING:
	case REBINDING:
		if (net->now >= c->expires) {
			lose_lease(c);
			enter_selecting(c);
			return;
		}
		if (net->now >= c->t2)
			c->state = REBINDING;
		send(c, DHCP_REQUEST);
		timer_arm(net, timer,
			  again(c, c->state == RENEWING ? c->t2 : c->expires));
		return;
	}
	timer_arm(net, timer, net->now + backoff(c));
	c->tries++;
}

static uint8_t mask_bits(uint32_t mask, uint32_t address)
{
	if (!mask) /* by class, as of old */
		return address >> 31 == 0 ? 8 : address >> 30 == 2 ? 16 : 24;
	return (uint8_t)__builtin_popcount(mask);
}

static void fill_lease(struct dhcp_client *c, const struct dhcp_message *m,
		       struct net_lease *lease)
{
	memset(lease, 0, sizeof *lease);
	lease->netif = c->netif;
	lease->address = addr_ip4(m->yours);
	lease->bits = mask_bits(m->mask, m->yours);
	if (m->router)
		lease->router = addr_ip4(m->router);
	lease->server = addr_ip4(c->server);
	for (int i = 0; i < DHCP_DNS_MAX; i++)
		if (m->dns[i])
			lease->dns[i] = addr_ip4(m->dns[i]);
	lease->seconds = m->lease;
	string_copy(lease->domain, m->domain, sizeof lease->domain);
	string_copy(lease->hostname, m->hostname, sizeof lease->hostname);
}

static void set_times(struct dhcp_client *c,
		      const struct dhcp_message *m) ON_NET_THREAD
{
	nsec_t lease = m->lease ? m->lease : 3600, t1 = m->t1, t2 = m->t2;

	if (t2 == 0 || t2 >= lease)
		t2 = lease * 7 / 8;
	if (t1 == 0 || t1 >= t2)
		t1 = lease / 2;
	c->t1 = c->net->now + t1 * NSEC_PER_SEC;
	c->t2 = c->net->now + t2 * NSEC_PER_SEC;
	c->expires = c->net->now + lease * NSEC_PER_SEC;
	/* 0xffffffff is for ever. */
	if (m->lease == UINT32_MAX)
		timer_cancel(c->net, &c->timer);
	else
		timer_arm(c->net, &c->timer, c->t1);
}

static void configure(struct dhcp_client *c,
		      const struct dhcp_message *m) ON_NET_THREAD
{
	struct net_addr any = addr_ip4(0);
	struct net *net = c->net;
	struct net_lease lease;

	fill_lease(c, m, &lease);
	if (!addr_equal(&lease.address, &c->lease.address) ||
	    lease.bits != c->lease.bits) {
		if (c->lease.seconds || c->lease.bits)
			netif_del_address(c->netif, &c->lease.address);
		netif_add_address(c->netif, &lease.address, lease.bits);
	}
	route_flush(net, c->netif, ROUTE_DHCP);
	if (m->router)
		route_add(net, &any, 0, &lease.router, c->netif, 0, ROUTE_DHCP);
	if (m->mtu >= 576 && m->mtu <= c->netif->max_mtu)
		c->netif->mtu = m->mtu;
	c->lease = lease;
	if (net->config->lease)
		net->config->lease(net, &c->lease);
}

static void on_offer(struct dhcp_client *c, const struct dhcp_message *m)
{
	if (c->state != SELECTING || !m->yours || !m->server_id)
		return;
	c->address = m->yours;
	c->server = m->server_id;
	c->state = REQUESTING;
	c->tries = 0;
	expired(c->net, &c->timer);
}

static void on_ack(struct dhcp_client *c,
		   const struct dhcp_message *m) ON_NET_THREAD
{
	struct net_addr address = addr_ip4(m->yours);

	if (c->state == SELECTING || c->state == BOUND || !m->yours)
		return;
	if (addr_is_multicast(&address) || addr_is_loopback(&address))
		return;
	c->address = m->yours;
	if (m->server_id)
		c->server = m->server_id;
	c->state = BOUND;
	configure(c, m);
	set_times(c, m);
}

static void on_nak(struct dhcp_client *c) ON_NET_THREAD
{
	if (c->state == SELECTING || c->state == BOUND)
		return;
	if (c->state >= RENEWING)
		lose_lease(c);
	enter_selecting(c);
}

static verdict_t input(struct net *net, struct packet *packet) ON_NET_THREAD
{
	struct dhcp_client *c = net->dhcp;
	uint32_t size =
		MIN(packet_payload_length(packet), (uint32_t)DHCP_MESSAGE_MAX);
	struct dhcp_message *m = &c->heard;

	packet_copy(packet, packet->payload, c->bytes, size);
	if (dhcp_parse(c->bytes, size, m))
		return packet_dropped(REASON_UDP_MALFORMED);
	if (packet->netif != c->netif || m->operation != 2 ||
	    m->xid != c->xid || memcmp(m->mac, c->netif->mac, 6))
		return packet_dropped(REASON_UDP_NO_SOCKET);
	if (m->type == DHCP_OFFER)
		on_offer(c, m);
	else if (m->type == DHCP_ACK)
		on_ack(c, m);
	else if (m->type == DHCP_NAK)
		on_nak(c);
	return packet_consumed();
}

static void link_gone(struct net *net,
		      const struct netif *netif) NET_THREAD_ROOT;

static void link_gone(struct net *net, const struct netif *netif)
{
	if (net->dhcp && net->dhcp->netif == netif)
		dhcp_stop(net);
}

int dhcp_start(struct net *net, struct netif *netif, const char *hostname)
{
	struct dhcp_client *c = net->dhcp;

	if (c && c->netif != netif)
		return -EBUSY;
	if (netif->type != NETIF_ETHERNET)
		return -EOPNOTSUPP;
	if (!c) {
		c = port_alloc(sizeof *c);
		if (!c)
			return -ENOMEM;
		c->net = net;
		c->netif = netif;
		timer_init(&c->timer, expired);
		net->dhcp = c;
		net->own_udp_port = DHCP_CLIENT_PORT;
		net->own_udp_input = input;
		net->watch.link_gone = link_gone;
	}
	if (hostname)
		string_copy(c->hostname, hostname, sizeof c->hostname);
	enter_selecting(c);
	expired(net, &c->timer); /* at once */
	return 0;
}

void dhcp_stop(struct net *net)
{
	if (!net->dhcp)
		return;
	timer_cancel(net, &net->dhcp->timer);
	net->own_udp_port = 0;
	port_free(net->dhcp);
	net->dhcp = NULL;
}
