// SPDX-License-Identifier: MIT
/*
 * TUN/TAP: making, attaching to and ending interfaces through the file
 * (TUNSETIFF and its relatives), and the endpoint behind the file. Frames are
 * frame.c's.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "net/tun/tun_private.h"

#define QUEUE_LENGTH 500
#define FEATURES                                                         \
	(TUN_IFF_TUN | TUN_IFF_TAP | TUN_IFF_NO_PI | TUN_IFF_ONE_QUEUE | \
	 TUN_IFF_VNET_HDR)
#define MODE (TUN_IFF_TUN | TUN_IFF_TAP)
#define OFFLOAD_CSUM 0x01
#define OFFLOAD_TSO4 0x02
#define OFFLOAD_TSO6 0x04
#define OFFLOAD_TSO_ECN 0x08
#define OFFLOAD_UFO 0x10

/* ---- The interface ---- */

static const struct netif_ops ops = {
	.transmit = tun_transmit,
	.detached = link_detached,
};

/* `request->own`: the flags of TUNSETIFF; without them it is netlink's. */
static int create(struct net *net, struct link_request *request,
		  struct netif **out)
{
	const uint16_t *flags = request->own;
	struct netif *netif;
	struct tun *tun;

	if (!flags) {
		request->error_text =
			"tun/tap creation via rtnetlink is not supported.";
		return -EOPNOTSUPP;
	}
	tun = port_alloc(sizeof *tun);
	if (!tun)
		return -ENOMEM;
	tun->flags = *flags & FEATURES;
	tun->vnet_size = VNET_HEADER;
	tun->owner = tun->group = UINT32_MAX;
	netif = &tun->netif;
	netif->ops = &ops;
	netif->mtu = 1500;
	netif->max_mtu = PACKET_MAX;
	netif->queue_length = QUEUE_LENGTH;
	if (*flags & TUN_IFF_TAP) {
		netif->type = NETIF_ETHERNET;
	} else {
		netif->type = NETIF_TYPE_NONE;
		netif->flags = NETIF_POINTOPOINT | NETIF_NOARP |
			       NETIF_MULTICAST;
	}
	*out = netif;
	return 0;
}

static void destroy(struct netif *netif)
{
	struct tun *tun = tun_of(netif);

	if (tun->ep)
		tun->ep->half = NULL;
	tun->ep = NULL;
}

static void describe(const struct netif *netif, struct nl_writer *w)
{
	enum { OWNER = 1, GROUP, TYPE, PI, VNET_HDR, PERSIST, MULTI_QUEUE };
	const struct tun *tun = container_of(netif, struct tun, netif);

	nl_put_u8(w, TYPE, tun->flags & MODE);
	if (tun->owner != UINT32_MAX)
		nl_put_u32(w, OWNER, tun->owner);
	if (tun->group != UINT32_MAX)
		nl_put_u32(w, GROUP, tun->group);
	nl_put_u8(w, PI, !(tun->flags & TUN_IFF_NO_PI));
	nl_put_u8(w, VNET_HDR, !!(tun->flags & TUN_IFF_VNET_HDR));
	nl_put_u8(w, PERSIST, tun->persistent);
	nl_put_u8(w, MULTI_QUEUE, 0);
}

const struct link_kind tun_kind = {
	.name = "tun",
	.create = create,
	.destroy = destroy,
	.describe = describe,
	.software = true,
	.with_queue = true,
};

/* ---- The file ---- */

/* half: the interface, once there is one. */
static struct tun *attached(const struct endpoint *ep)
{
	return ep->half;
}

static bool may_attach(const struct tun *tun, const struct tun_request *r)
{
	if (r->admin)
		return true;
	if (tun->owner == UINT32_MAX && tun->group == UINT32_MAX)
		return false;
	return (tun->owner == UINT32_MAX || tun->owner == r->uid) &&
	       (tun->group == UINT32_MAX || tun->group == r->gid);
}

static int attach_to(struct netif *netif,
		     const struct tun_request *r) ON_NET_THREAD
{
	struct tun *tun;

	if (netif->kind != &tun_kind || (r->number & TUN_IFF_EXCL))
		return netif->kind != &tun_kind ? -EINVAL : -EBUSY;
	tun = tun_of(netif);
	if ((tun->flags ^ r->number) & MODE)
		return -EINVAL;
	if (!may_attach(tun, r))
		return -EPERM;
	return tun->ep ? -EBUSY : 0;
}

static int set_interface(struct endpoint *ep,
			 struct tun_request *r) ON_NET_THREAD
{
	struct link_request request = { .index = 0 };
	uint16_t flags = (uint16_t)r->number;
	struct netif *netif = NULL;
	int err;

	if (attached(ep))
		return -EEXIST;
	if ((flags & MODE) != TUN_IFF_TUN && (flags & MODE) != TUN_IFF_TAP)
		return -EINVAL;
	if (flags & ~(FEATURES | TUN_IFF_EXCL))
		return -EINVAL;
	if (r->name[0])
		netif = netif_by_name(ep->net, r->name);
	if (netif) {
		err = attach_to(netif, r);
	} else if (!r->admin) {
		err = -EPERM;
	} else {
		string_copy(request.name,
			    r->name[0]		? r->name :
			    flags & TUN_IFF_TAP ? "tap%d" :
						  "tun%d",
			    sizeof request.name);
		request.own = &flags;
		err = link_create(ep->net, &tun_kind, &request, &netif);
	}
	if (err)
		return err;
	tun_of(netif)->flags = flags & FEATURES;
	tun_of(netif)->ep = ep;
	ep->half = tun_of(netif);
	netif_set_carrier(netif, true);
	string_copy(r->name, netif->name, sizeof r->name);
	return 0;
}

/* Even without a header that could say what is still to be done (Linux):
 * testers read large packets with sums that nobody has completed. */
static int set_offload(struct tun *tun, uint32_t wanted)
{
	uint32_t features = 0;

	if (wanted & ~(uint32_t)(OFFLOAD_CSUM | OFFLOAD_TSO4 | OFFLOAD_TSO6 |
				 OFFLOAD_TSO_ECN | OFFLOAD_UFO))
		return -EINVAL;
	if (wanted & OFFLOAD_CSUM)
		features |= NETIF_TX_CHECKSUM;
	if ((wanted & OFFLOAD_TSO4) && (wanted & OFFLOAD_CSUM))
		features |= NETIF_TSO4;
	if ((wanted & OFFLOAD_TSO6) && (wanted & OFFLOAD_CSUM))
		features |= NETIF_TSO6;

	tun->netif.features = features;
	return 0;
}

static int set_type(struct tun *tun, uint32_t type)
{
	if (tun->netif.flags & NETIF_UP)
		return -EBUSY;
	return type == (uint32_t)tun->netif.type ? 0 : -EINVAL;
}

static int set_vnet_size(struct tun *tun, uint32_t size)
{
	if (size < VNET_HEADER || size > 32)
		return -EINVAL;
	tun->vnet_size = size;
	return 0;
}

/* What needs an interface: -EBADFD without one. */
static int control(struct tun *tun, unsigned int command,
		   struct tun_request *r) ON_NET_THREAD
{
	switch (command) {
	case TUNGETIFF:
		string_copy(r->name, tun->netif.name, sizeof r->name);
		r->number = tun->flags |
			    (tun->persistent ? TUN_IFF_PERSIST : 0u);
		return 0;
	case TUNSETPERSIST:
		tun->persistent = r->number;
		return 0;
	case TUNSETOWNER:
		tun->owner = r->number;
		return 0;
	case TUNSETGROUP:
		tun->group = r->number;
		return 0;
	case TUNSETLINK:
		return set_type(tun, r->number);
	case TUNSETOFFLOAD:
		return set_offload(tun, r->number);
	case TUNGETVNETHDRSZ:
		r->number = tun->vnet_size;
		return 0;
	case TUNSETVNETHDRSZ:
		return set_vnet_size(tun, r->number);
	case TUNSETCARRIER:
		netif_set_carrier(&tun->netif, r->number);
		return 0;
	default:
		return -EINVAL;
	}
}

static int ioctl(struct endpoint *ep, unsigned int command,
		 int *value) NET_THREAD_ROOT
{
	struct tun_request *r = (struct tun_request *)value;

	if (command == TUNSETIFF)
		return set_interface(ep, r);
	if (command == TUNGETFEATURES) {
		r->number = FEATURES;
		return 0;
	}
	return attached(ep) ? control(attached(ep), command, r) : -EBADFD;
}

static void kick(struct endpoint *ep) NET_THREAD_ROOT
{
	struct datagram *datagram;

	while ((datagram = endpoint_next_datagram(ep))) {
		struct request *answer = datagram->answer;
		int result = attached(ep) ? tun_write(attached(ep), datagram) :
					    -EBADFD;

		atomic_fetch_sub(&ep->tx_charged, datagram->charge);
		datagram_free(datagram);
		endpoint_writable(ep);
		if (answer)
			request_finish(answer, result);
	}
}

static int attach(struct endpoint *ep)
{
	return 0;
}

static void close(struct endpoint *ep, bool abort) NET_THREAD_ROOT
{
	struct tun *tun = attached(ep);

	if (tun) {
		tun->ep = NULL;
		ep->half = NULL;
		netif_set_carrier(&tun->netif, false);
		if (!tun->persistent && !abort)
			link_delete(&tun->netif);
	}
	endpoint_half_done(ep);
}

const struct protocol tun_protocol = {
	.name = "TUN",
	.family = NET_TUN,
	.type = NET_SOCK_RAW,
	.own_names = true,
	.attach = attach,
	.close = close,
	.kick = kick,
	.ioctl = ioctl,
};
