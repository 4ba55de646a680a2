// SPDX-License-Identifier: MIT
/*
 * What the file of a TUN interface asks for by ioctl: TUNSETIFF makes an
 * interface or attaches to one; the others change it. Numbers and errors are
 * Linux's; more than one queue is not there, and IFF_NAPI changes nothing.
 */
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/filter.h"
#include "net/tun/tun_private.h"
#include "net/wire/ethernet.h"

#define OFFLOAD_CSUM 0x01
#define OFFLOAD_TSO4 0x02
#define OFFLOAD_TSO6 0x04
#define OFFLOAD_TSO_ECN 0x08
#define OFFLOAD_UFO 0x10
#define OFFLOAD_USO4 0x20
#define OFFLOAD_USO6 0x40
#define OFFLOAD_TSO (OFFLOAD_TSO4 | OFFLOAD_TSO6)
#define OFFLOAD_USO (OFFLOAD_USO4 | OFFLOAD_USO6)
#define IFF_NOFILTER 0x1000 /* what Linux adds to a file without a filter */

/* ---- TUNSETIFF ---- */

static bool is_member(const struct tun_request *r, uint32_t group)
{
	for (uint32_t i = 0; i < r->group_count; i++)
		if (r->groups[i] == group)
			return true;
	return r->gid == group;
}

static bool may_attach(const struct tun_state *state,
		       const struct tun_request *r)
{
	if (r->admin)
		return true;
	return (state->owner == UINT32_MAX || state->owner == r->uid) &&
	       (state->group == UINT32_MAX || is_member(r, state->group));
}

static int check_old(struct netif *netif,
		     const struct tun_request *r) ON_NET_THREAD
{
	const struct tun_state *state;

	if (r->number & TUN_IFF_EXCL)
		return -EBUSY;
	if (netif->kind != &tun_kind)
		return -EINVAL;
	state = tun_of(netif)->state;
	if (!(state->flags & r->number & TUN_MODE) ||
	    (r->number & TUN_IFF_MULTI_QUEUE))
		return -EINVAL;
	if (!may_attach(state, r))
		return -EPERM;
	return state->ep ? -EBUSY : 0;
}

static int make(struct endpoint *ep, const struct tun_request *r, uint16_t mode,
		struct netif **out) ON_NET_THREAD
{
	struct link_request request = { .index = r->index };
	struct tun_state *state;
	int err;

	if (!r->admin)
		return -EPERM;
	if (!mode || (r->number & TUN_IFF_MULTI_QUEUE))
		return -EINVAL;
	state = port_alloc(sizeof *state);
	if (!state)
		return -ENOMEM;
	state->flags = mode;
	state->vnet_size = VNET_HEADER;
	state->owner = state->group = UINT32_MAX;
	state->sndbuf = INT32_MAX;
	string_copy(request.name,
		    r->name[0]		? r->name :
		    mode == TUN_IFF_TAP ? "tap%d" :
					  "tun%d",
		    sizeof request.name);
	request.own = state;
	err = link_create(ep->net, &tun_kind, &request, out);
	if (err)
		port_free(state);
	return err;
}

static int set_interface(struct endpoint *ep,
			 struct tun_request *r) ON_NET_THREAD
{
	uint16_t flags = (uint16_t)r->number;
	/* Both is the first. */
	uint16_t mode = flags & TUN_IFF_TUN ? TUN_IFF_TUN : flags & TUN_IFF_TAP;
	struct netif *netif = NULL;
	struct tun_state *state;
	int err;

	if (tun_attached(ep))
		return -EEXIST;
	if ((flags & TUN_IFF_NAPI_FRAGS) && !r->admin)
		return -EPERM;
	if ((flags & TUN_IFF_NAPI_FRAGS) &&
	    (!(flags & TUN_IFF_NAPI) || (flags & TUN_MODE) != TUN_IFF_TAP))
		return -EINVAL;
	if (r->name[0])
		netif = netif_by_name(ep->net, r->name);
	err = netif ? check_old(netif, r) : make(ep, r, mode, &netif);
	if (err)
		return err;
	state = tun_of(netif)->state;
	state->flags = (state->flags & TUN_MODE) |
		       (flags & TUN_FEATURES & ~TUN_MODE);
	tun_attach(tun_of(netif), ep);
	netif_set_carrier(netif, !(flags & TUN_IFF_NO_CARRIER));
	string_copy(r->name, netif->name, sizeof r->name);
	return 0;
}

static void get_interface(const struct tun *tun, struct tun_request *r)
{
	const struct tun_state *state = tun->state;

	string_copy(r->name, tun->netif.name, sizeof r->name);
	r->number = state->flags | (state->persistent ? TUN_IFF_PERSIST : 0u) |
		    (state->filter ? 0u : IFF_NOFILTER);
}

/* ---- Settings ---- */

/* Even without a header that could say what is still to be done (Linux):
 * testers read large packets with sums that nobody has completed. */
static int set_offload(struct tun *tun, uint32_t wanted)
{
	uint32_t features = 0;

	if (wanted & OFFLOAD_CSUM) {
		features |= NETIF_TX_CHECKSUM;
		if (wanted & OFFLOAD_TSO4)
			features |= NETIF_TSO4;
		if (wanted & OFFLOAD_TSO6)
			features |= NETIF_TSO6;
		if (wanted & OFFLOAD_TSO)
			wanted &= ~(uint32_t)OFFLOAD_TSO_ECN;
		wanted &= ~(uint32_t)(OFFLOAD_CSUM | OFFLOAD_TSO | OFFLOAD_UFO);
		if ((wanted & OFFLOAD_USO) == OFFLOAD_USO) {
			features |= NETIF_USO;
			wanted &= ~(uint32_t)OFFLOAD_USO;
		}
	}
	if (wanted)
		return -EINVAL;
	netif_set_features(&tun->netif, features);
	return 0;
}

static int set_type(struct tun *tun, uint32_t type)
{
	if (tun->netif.flags & NETIF_UP)
		return -EBUSY;
	return type == (uint32_t)tun->netif.type ? 0 : -EINVAL;
}

static int set_who(uint32_t *who, uint32_t number)
{
	if (number == UINT32_MAX)
		return -EINVAL;
	*who = number;
	return 0;
}

static int set_number(uint32_t *to, uint32_t number, int32_t least)
{
	if ((int32_t)number < least)
		return -EINVAL;
	*to = number;
	return 0;
}

static int set_mac(struct tun *tun, const struct tun_request *r) ON_NET_THREAD
{
	if (r->type != tun->netif.type)
		return -EINVAL;
	return link_set_mac(&tun->netif, r->mac);
}

/* How many addresses are compared; 0: all frames pass. */
static int choose_frames(struct tun_filter *chosen, const struct tun_request *r)
{
	const uint8_t *mac = r->bytes;
	uint32_t n = 0;

	chosen->count = 0;
	chosen->groups = 0;
	for (; n < r->number && n < TUN_EXACT; n++, mac += 6)
		memcpy(chosen->exact[n], mac, 6);
	for (uint32_t i = n; i < r->number; i++, mac += 6) {
		if (!mac_is_multicast(mac))
			return 0;
		chosen->groups |= UINT64_C(1) << tun_group_bit(mac);
	}
	if (r->all_multicast)
		chosen->groups = UINT64_MAX;
	chosen->count = n;
	return (int)n;
}

static int attach_filter(struct tun_state *state, const struct tun_request *r)
{
	struct filter *filter;
	int err = filter_make(r->bytes, r->number, &filter);

	if (err)
		return err;
	filter_free(state->filter);
	state->filter = filter;
	state->filter_pointer = r->pointer;
	return 0;
}

static int about_filters(struct tun_state *state, unsigned int command,
			 struct tun_request *r)
{
	if (!(state->flags & TUN_IFF_TAP))
		return -EINVAL;
	switch (command) {
	case TUNSETTXFILTER:
		return choose_frames(&state->chosen, r);
	case TUNATTACHFILTER:
		return attach_filter(state, r);
	case TUNDETACHFILTER:
		filter_free(state->filter);
		state->filter = NULL;
		return 0;
	default: /* TUNGETFILTER */
		r->number = state->filter ? state->filter->count : 0;
		r->pointer = state->filter ? state->filter_pointer : 0;
		return 0;
	}
}

static int change(struct tun *tun, unsigned int command,
		  struct tun_request *r) ON_NET_THREAD
{
	struct tun_state *state = tun->state;

	switch (command) {
	case TUNSETNOCSUM:
	case TUNSETDEBUG:
		return 0;
	case TUNSETPERSIST:
		state->persistent = r->number;
		return 0;
	case TUNSETOWNER:
		return set_who(&state->owner, r->number);
	case TUNSETGROUP:
		return set_who(&state->group, r->number);
	case TUNSETLINK:
		return set_type(tun, r->number);
	case TUNSETOFFLOAD:
		return set_offload(tun, r->number);
	case TUNSETSNDBUF:
		return set_number(&state->sndbuf, r->number, 1);
	case TUNSETVNETHDRSZ:
		return set_number(&state->vnet_size, r->number, VNET_HEADER);
	case TUNSETVNETLE:
		state->little_endian = r->number;
		return 0;
	case TUNSETCARRIER:
		netif_set_carrier(&tun->netif, r->number);
		return 0;
	case TUN_SIOCSIFHWADDR:
		return set_mac(tun, r);
	case TUNSETTXFILTER:
	case TUNATTACHFILTER:
	case TUNDETACHFILTER:
	case TUNGETFILTER:
		return about_filters(state, command, r);
	default:
		return -EINVAL;
	}
}

int tun_control(struct endpoint *ep, unsigned int command,
		struct tun_request *r)
{
	const struct tun *tun = tun_attached(ep);

	if (command == TUNSETIFF)
		return set_interface(ep, r);
	if (!tun)
		return -EBADFD;
	switch (command) {
	case TUNGETIFF:
		get_interface(tun, r);
		return 0;
	case TUNGETSNDBUF:
		r->number = tun->state->sndbuf;
		return 0;
	case TUNGETVNETHDRSZ:
		r->number = tun->state->vnet_size;
		return 0;
	case TUNGETVNETLE:
		r->number = tun->state->little_endian;
		return 0;
	case TUN_SIOCGIFHWADDR:
		r->type = (uint16_t)tun->netif.type;
		memcpy(r->mac, tun->netif.mac, 6);
		return 0;
	default:
		return change(tun_attached(ep), command, r);
	}
}
