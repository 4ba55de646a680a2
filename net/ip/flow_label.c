// SPDX-License-Identifier: MIT
/* Flow labels: see flow_label.h. */
#include "net/ip/flow_label.h"

#include "lib/bytes.h"
#include "lib/siphash.h"
#include "net/core/instance.h"
#include "net/core/sockopt.h"

#define FLOW_LABEL_MASK 0xfffffu
#define STATELESS 0x80000u /* flowlabel_state_ranges: ours, nobody's lease */

enum { ECHO_REQUEST = 128, ECHO_REPLY = 129 };

struct flow {
	struct net_addr src, dst;
	uint32_t ports, protocol;
};

static bool has_label(const struct net *net, struct packet *packet)
{
	const uint8_t *icmp;

	if (!net->tunables.ip.auto_flowlabels ||
	    (packet->flags & PACKET_NO_FLOW))
		return false;
	if (packet->protocol != NET_IPPROTO_ICMPV6)
		return true;
	icmp = packet_header(packet, 0, 1);
	return icmp && icmp[0] <= ECHO_REPLY;
}

uint32_t flow_label_auto(struct net *net, struct packet *packet)
{
	struct flow flow = { .src = packet->src,
			     .dst = packet->dst,
			     .protocol = packet->protocol };
	const uint8_t *ports = packet_header(packet, 0, 4);
	uint32_t label;

	if (!has_label(net, packet))
		return 0;
	if (ports && (packet->protocol == NET_IPPROTO_TCP ||
		      packet->protocol == NET_IPPROTO_UDP))
		flow.ports = get_be32(ports);
	label = (uint32_t)siphash(&net->secret, &flow, sizeof flow);
	label &= FLOW_LABEL_MASK;
	return net->tunables.ip.flowlabel_state_ranges ? label | STATELESS :
							 label;
}
