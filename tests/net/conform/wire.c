// SPDX-License-Identifier: MIT
/*
 * The wire of the machine: a bare IP interface called tun0 that segments and
 * checksums like a device would. What the stack hands down is kept, uncut, for
 * the runner to compare; what the runner injects arrives at once.
 */
#include <stdlib.h>
#include <string.h>

#include "net/core/instance.h"
#include "net/net.h"
#include "tests/net/conform/machine.h"

void wire_attach(const struct machine_config *config);

static struct netif tun;
static struct wire_packet *sent, **sent_tail = &sent;
static struct wire_packet *arriving, **arriving_tail = &arriving;

static struct wire_packet *wire_packet_new(uint32_t length)
{
	struct wire_packet *packet = calloc(1, sizeof(*packet));

	packet->length = length;
	packet->bytes = malloc(length ? length : 1);
	return packet;
}

static void wire_packet_free(struct wire_packet *packet)
{
	free(packet->bytes);
	free(packet);
}

static int transmit(struct netif *netif, struct packet *packet)
{
	struct wire_packet *copy = wire_packet_new(packet->length);

	packet_copy(packet, 0, copy->bytes, packet->length);
	copy->at = machine_now;
	copy->gso_size = packet->gso_size;
	copy->partial = packet->flags & PACKET_CSUM_PARTIAL;
	*sent_tail = copy;
	sent_tail = &copy->next;
	return 0;
}

static int poll(struct netif *netif, int budget)
{
	int n = 0;

	for (; arriving && n < budget; n++) {
		struct wire_packet *in = arriving;
		struct packet *packet = packet_new(machine_net);
		struct buf *buf = port_buf_alloc(in->length);

		memcpy(buf->data, in->bytes, in->length);
		packet_add_fragment(packet, buf, 0, in->length);
		arriving = in->next;
		if (!arriving)
			arriving_tail = &arriving;
		wire_packet_free(in);
		netif_receive(netif, packet);
	}
	return n;
}

static const struct netif_ops ops = {
	.transmit = transmit,
	.poll = poll,
};

void wire_attach(const struct machine_config *config)
{
	tun.ops = &ops;
	strcpy(tun.name, "tun0");
	tun.type = NETIF_TYPE_NONE;
	tun.mtu = tun.max_mtu = config->mtu;
	tun.link_up = 1;
	tun.features = NETIF_TX_CHECKSUM;
	if (!config->no_segmentation) {
		tun.features |= NETIF_TSO4 | NETIF_TSO6;
		tun.gso_max = 65535;
	}
	net_attach(machine_net, &tun);
	machine_settle();
}

void machine_inject(const uint8_t *bytes, uint32_t length)
{
	struct wire_packet *packet = wire_packet_new(length);

	memcpy(packet->bytes, bytes, length);
	*arriving_tail = packet;
	arriving_tail = &packet->next;
	netif_schedule(&tun);
	machine_settle();
}

void machine_without_offload(void)
{
	tun.features = 0;
	tun.gso_max = 0;
}

struct wire_packet *machine_sent(void)
{
	return sent;
}

void machine_take(void)
{
	struct wire_packet *packet = sent;

	sent = packet->next;
	if (!sent)
		sent_tail = &sent;
	wire_packet_free(packet);
}
