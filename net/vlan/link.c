// SPDX-License-Identifier: MIT
/*
 * The kind "vlan": what one is made of, and how it follows the link below:
 * up and down with it (unless loosely bound), its carrier, never a larger MTU,
 * its address while nobody has chosen another. Maps between priorities of
 * packets and of tags are not there, nor GVRP and MVRP's own messages, as on a
 * Linux that was built without them.
 */
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/core/upper.h"
#include "net/vlan/vlan.h"
#include "net/wire/ethernet.h"

enum {
	IFLA_VLAN_ID = 1,
	IFLA_VLAN_FLAGS = 2,
	IFLA_VLAN_EGRESS_QOS = 3,
	IFLA_VLAN_INGRESS_QOS = 4,
	IFLA_VLAN_PROTOCOL = 5,
};

#define FLAGS_KNOWN                                                            \
	(VLAN_FLAG_REORDER_HEADER | VLAN_FLAG_GVRP | VLAN_FLAG_LOOSE_BINDING | \
	 VLAN_FLAG_MVRP | VLAN_FLAG_BRIDGE_BINDING)
#define INHERITED (NETIF_BROADCAST | NETIF_NOARP | NETIF_MULTICAST)

static int transmit(struct netif *netif, struct packet *packet) NET_THREAD_ROOT;
static int create(struct net *net, struct link_request *request,
		  struct netif **out) NET_THREAD_ROOT;
static void joined(struct netif *netif) NET_THREAD_ROOT;
static void detached(struct netif *netif) NET_THREAD_ROOT;
static int open(struct netif *netif) NET_THREAD_ROOT;
static int change(struct netif *netif,
		  struct link_request *request) NET_THREAD_ROOT;
static void lower_changed(struct netif *netif, struct netif *lower,
			  uint32_t news) NET_THREAD_ROOT;

static struct vlan *vlan_of(struct netif *netif)
{
	return container_of(netif, struct vlan, netif);
}

static int protocol_number(uint16_t ethertype)
{
	return ethertype == ETHERTYPE_VLAN ? 0 : 1;
}

/* The sender's socket is charged until the tagged frame has gone. */
static void move_charge(struct packet *from, struct packet *to)
{
	to->charged = from->charged;
	to->charge = from->charge;
	from->charged = NULL;
}

static int transmit(struct netif *netif, struct packet *packet)
{
	struct vlan *vlan = vlan_of(netif);
	struct packet *tagged;

	if (!netif->lower || !(netif->lower->flags & NETIF_UP))
		return -ENETDOWN;
	tagged = vlan_tagged(netif->net, packet, vlan->protocol, vlan->id);
	if (!tagged)
		return -ENOMEM;
	move_charge(packet, tagged);
	tagged->flags &= ~(uint32_t)(PACKET_QUEUED | PACKET_RECORD_IN);
	tagged->id = 0;
	tagged->netif = netif->lower;
	tagged->stage = STAGE_NETIF_OUT;
	net_submit(netif->net, tagged);
	return 0;
}

static const struct netif_ops ops = {
	.transmit = transmit,
	.detached = detached,
};

/* ---- Making one ---- */

struct wish {
	bool has_id, has_flags, has_map;
	uint16_t id, protocol;
	uint32_t flags, mask;
};

static int refuse(struct link_request *request, int error, const char *text)
{
	request->error_text = text;
	return error;
}

/* In the order of Linux's checks. */
static int read_wish(struct link_request *request, struct wish *wish)
{
	struct nl_attrs data = request->data;
	struct nl_attr attr;

	memset(wish, 0, sizeof *wish);
	wish->protocol = ETHERTYPE_VLAN;
	while (nl_next(&data, &attr)) {
		if (attr.type == IFLA_VLAN_PROTOCOL && attr.length >= 2)
			wish->protocol = get_be16(attr.data);
		if (attr.type == IFLA_VLAN_ID && attr.length >= 2) {
			wish->id = get_le16(attr.data);
			wish->has_id = true;
		}
		if (attr.type == IFLA_VLAN_FLAGS && attr.length >= 8) {
			wish->flags = get_le32(attr.data);
			wish->mask = get_le32(attr.data + 4);
			wish->has_flags = true;
		}
		if (attr.type == IFLA_VLAN_EGRESS_QOS ||
		    attr.type == IFLA_VLAN_INGRESS_QOS)
			wish->has_map = true;
	}
	if (wish->protocol != ETHERTYPE_VLAN &&
	    wish->protocol != ETHERTYPE_SERVICE_VLAN)
		return refuse(request, -EPROTONOSUPPORT,
			      "8021q: VLAN protocol should be 802.1Q or "
			      "802.1ad");
	if (wish->has_id && wish->id >= VLAN_ID_MASK)
		return refuse(request, -ERANGE, "8021q: Invalid VLAN id");
	if (wish->flags & wish->mask & ~(uint32_t)FLAGS_KNOWN)
		return refuse(request, -EINVAL, "8021q: Invalid VLAN flags");
	if (wish->has_map)
		return refuse(request, -EOPNOTSUPP,
			      "8021q: priority maps are not supported");
	if (wish->mask & ~wish->flags & VLAN_FLAG_REORDER_HEADER)
		return refuse(request, -EOPNOTSUPP,
			      "8021q: the tag can not stay in the frame");
	return 0;
}

static int check_lower(struct link_request *request,
		       const struct wish *wish) ON_NET_THREAD
{
	struct netif *lower = request->lower;

	if (!request->data.at)
		return refuse(request, -EINVAL,
			      "8021q: VLAN properties not specified");
	if (!wish->has_id)
		return refuse(request, -EINVAL, "8021q: VLAN id not specified");
	if (!lower)
		return refuse(request, -EINVAL, "8021q: link not specified");
	if (lower->type != NETIF_ETHERNET)
		return refuse(request, -EOPNOTSUPP,
			      "8021q: VLANs not supported on device");
	if (vlan_find(lower, protocol_number(wish->protocol), wish->id))
		return refuse(request, -EEXIST,
			      "8021q: VLAN device already exists");
	if (request->has_mtu && request->mtu > lower->mtu)
		return -EINVAL;
	return vlan_reserve(lower, protocol_number(wish->protocol), wish->id);
}

/* What IPv4 and TCP may leave to the lower link, or to what cuts for it. */
static void look_like(struct netif *netif, const struct netif *lower)
{
	netif->ops = &ops;
	netif->type = NETIF_ETHERNET;
	netif->flags = lower->flags & INHERITED;
	netif->mtu = lower->mtu;
	netif->max_mtu = PACKET_MAX;
	netif->features = NETIF_TX_CHECKSUM | NETIF_TSO4 | NETIF_TSO6 |
			  NETIF_USO;
	netif->gso_max = PACKET_MAX;
	netif->headroom = lower->headroom + VLAN_TAG;
	netif->link_up = !!(lower->flags & NETIF_RUNNING) &&
			 (lower->flags & NETIF_UP);
	memcpy(netif->mac, lower->mac, 6);
	netif->mac_origin = MAC_INHERITED;
}

static int create(struct net *net, struct link_request *request,
		  struct netif **out)
{
	struct wish wish;
	struct vlan *vlan;
	int err = read_wish(request, &wish);

	if (!err)
		err = check_lower(request, &wish);
	if (err)
		return err;
	vlan = port_alloc(sizeof *vlan);
	if (!vlan)
		return -ENOMEM;
	vlan->id = wish.id;
	vlan->protocol = wish.protocol;
	vlan->flags = VLAN_FLAG_REORDER_HEADER | (wish.flags & wish.mask);
	look_like(&vlan->netif, request->lower);
	vlan->netif.lower = request->lower;
	*out = &vlan->netif;
	return 0;
}

static void joined(struct netif *netif)
{
	struct vlan *vlan = vlan_of(netif);

	netif->min_mtu = 0;
	vlan_join(netif->lower, netif, protocol_number(vlan->protocol),
		  vlan->id);
}

static void detached(struct netif *netif)
{
	struct vlan *vlan = vlan_of(netif);

	vlan_leave(netif, protocol_number(vlan->protocol), vlan->id);
	link_detached(netif);
}

/* ---- What becomes of it ---- */

static int change(struct netif *netif, struct link_request *request)
{
	struct vlan *vlan = vlan_of(netif);
	struct wish wish;
	int err = read_wish(request, &wish);

	if (!err)
		vlan->flags = (vlan->flags & ~wish.mask) |
			      (wish.flags & wish.mask);
	return err;
}

static bool loose(const struct vlan *vlan)
{
	return vlan->flags & VLAN_FLAG_LOOSE_BINDING;
}

static int open(struct netif *netif)
{
	struct netif *lower = netif->lower;

	if (!lower)
		return -ENETDOWN;
	if (!(lower->flags & NETIF_UP) && !loose(vlan_of(netif)))
		return -ENETDOWN;
	if (netif->mac_origin == MAC_INHERITED)
		memcpy(netif->mac, lower->mac, 6);
	return 0;
}

static int check_mtu(const struct netif *netif, uint32_t mtu)
{
	return netif->lower && mtu > netif->lower->mtu ? -ERANGE : 0;
}

/* Up and down with the lower link, as Linux has it. */
static void follow_state(struct netif *netif,
			 const struct netif *lower) ON_NET_THREAD
{
	bool up = lower->flags & NETIF_UP;

	if (!loose(vlan_of(netif)) && up != !!(netif->flags & NETIF_UP))
		link_set_flags(netif, up ? NETIF_UP : 0, NETIF_UP);
	netif_set_carrier(netif, up && (lower->flags & NETIF_RUNNING));
}

static void follow_mac(struct netif *netif,
		       const struct netif *lower) ON_NET_THREAD
{
	if (!(netif->flags & NETIF_UP) || netif->mac_origin != MAC_INHERITED ||
	    mac_equal(netif->mac, lower->mac))
		return;
	memcpy(netif->mac, lower->mac, 6);
	net_changed(netif->net, CHANGE_LINK, CHANGE_NEW, netif);
	link_news(netif, NEWS_MAC);
}

static void lower_changed(struct netif *netif, struct netif *lower,
			  uint32_t news)
{
	if (news & NEWS_STATE)
		follow_state(netif, lower);
	if (news & NEWS_MAC)
		follow_mac(netif, lower);
	if ((news & NEWS_MTU) && netif->mtu > lower->mtu)
		link_set_mtu(netif, lower->mtu);
}

static void describe(const struct netif *netif, struct nl_writer *w)
{
	const struct vlan *vlan = container_of(netif, struct vlan, netif);
	uint8_t protocol[2], flags[8];

	put_be16(protocol, vlan->protocol);
	nl_put(w, IFLA_VLAN_PROTOCOL, protocol, sizeof protocol);
	nl_put_u16(w, IFLA_VLAN_ID, vlan->id);
	if (!vlan->flags)
		return;
	put_le32(flags, vlan->flags);
	put_le32(flags + 4, UINT32_MAX);
	nl_put(w, IFLA_VLAN_FLAGS, flags, sizeof flags);
}

const struct link_kind vlan_kind = {
	.name = "vlan",
	.create = create,
	.joined = joined,
	.change = change,
	.describe = describe,
	.open = open,
	.check_mtu = check_mtu,
	.lower_changed = lower_changed,
	.software = true,
};
