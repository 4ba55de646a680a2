// SPDX-License-Identifier: MIT
/*
 * Forwarding databases of bridges: RTM_NEWNEIGH, RTM_DELNEIGH, RTM_GETNEIGH
 * with family AF_BRIDGE (struct ndmsg, NDA_ attributes), and what RTNLGRP_NEIGH
 * hears of them. A listing also names the groups that each link listens to
 * ("self"), as Linux's does.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "net/bridge/bridge.h"
#include "net/core/instance.h"
#include "net/ip/group.h"
#include "net/netlink/route.h"
#include "net/wire/ethernet.h"

#define HEADER 12
#define NL_BULK 0x200 /* of DEL */
#define NUD_PERMANENT 0x80
#define NUD_NOARP 0x40
#define IP6_MTU_MIN 1280
#define IFLA_MASTER 10 /* of the old form of a dump's request */
#define OLD_HEADER 16

enum {
	NTF_USE = 0x01,
	NTF_SELF = 0x02,
	NTF_MASTER = 0x04,
	NTF_EXTERNAL = 0x10,
	NTF_STICKY = 0x40,
};

#define FLUSH_FLAGS (NTF_USE | NTF_EXTERNAL | NTF_STICKY)

enum {
	NDA_LLADDR = 2,
	NDA_CACHEINFO = 3,
	NDA_VLAN = 5,
	NDA_IFINDEX = 8,
	NDA_MASTER = 9,
	NDA_STATE_MASK = 16,
	NDA_FLAGS_MASK = 17,
	NDA_COUNT,
};

static const struct nl_rule rules[NDA_COUNT] = {
	[NDA_LLADDR] = { NL_BYTES, 0 }, [NDA_VLAN] = { NL_U16 },
	[NDA_IFINDEX] = { NL_U32 },	[NDA_MASTER] = { NL_U32 },
	[NDA_STATE_MASK] = { NL_U16 },	[NDA_FLAGS_MASK] = { NL_U8 },
};

/* ---- Showing ---- */

static void put_header(struct nl_writer *w, uint32_t index, uint16_t state,
		       uint8_t flags)
{
	uint8_t *at = nl_room(w, HEADER);

	if (!at)
		return;
	at[0] = RT_AF_BRIDGE;
	put_le32(at + 4, index);
	put_le16(at + 8, state);
	at[10] = flags;
}

static uint32_t age(nsec_t now, nsec_t then)
{
	return (uint32_t)((now - then) / BRIDGE_TICK);
}

static bool put_station(struct nl_writer *w, const struct nl_header *header,
			const struct station *s)
{
	const struct netif *own = &s->bridge->netif;
	const struct netif *netif = s->port ? s->port->netif : own;
	nsec_t now = own->net->now;
	uint32_t start = nl_begin(w, header);
	uint8_t times[16] = { 0 };

	put_header(w, netif->index, fdb_state(s), fdb_flags(s));
	nl_put(w, NDA_LLADDR, s->mac, 6);
	nl_put_u32(w, NDA_MASTER, own->index);
	put_le32(times + 4, age(now, s->used));
	put_le32(times + 8, age(now, s->updated));
	nl_put(w, NDA_CACHEINFO, times, sizeof times);
	return nl_end(w, start);
}

static bool put_group(struct nl_writer *w, const struct nl_header *header,
		      const struct netif *netif, const uint8_t mac[6])
{
	uint32_t start = nl_begin(w, header);

	put_header(w, netif->index, NUD_PERMANENT, NTF_SELF);
	nl_put(w, NDA_LLADDR, mac, 6);
	return nl_end(w, start);
}

/* ---- Listing ---- */

/* One part of a listing: its place is the number of the entry. */
struct listing {
	struct nl_writer *w;
	struct nl_header header;
	uint64_t skip, done;
	uint32_t only, bridge; /* indices, or 0 */
};

static bool list_station(struct listing *l, const struct station *s)
{
	if (l->done >= l->skip && !put_station(l->w, &l->header, s))
		return false;
	l->done++;
	return true;
}

static bool list_stations(struct listing *l, const struct bridge *bridge,
			  const struct bridge_port *port)
{
	const struct station *s;

	LIST_FOR_EACH(s, &bridge->all, list)
		if (s->port == port && !list_station(l, s))
			return false;
	return true;
}

static bool list_group(struct listing *l, const struct netif *netif,
		       const uint8_t mac[6])
{
	if (l->done >= l->skip && !put_group(l->w, &l->header, netif, mac))
		return false;
	l->done++;
	return true;
}

static void group_mac(const struct net_addr *addr, uint8_t mac[6])
{
	static const uint8_t six[2] = { 0x33, 0x33 };
	static const uint8_t four[3] = { 0x01, 0x00, 0x5e };

	memcpy(mac, six, 2);
	memcpy(mac + 2, addr->b + 12, 4);
	if (!addr_is_ip4(addr))
		return;
	memcpy(mac, four, 3);
	mac[3] &= 0x7f;
}

/* All nodes and all hosts are members without being asked. */
static bool list_groups(struct listing *l, const struct netif *netif)
{
	static const uint8_t nodes[6] = { 0x33, 0x33, 0, 0, 0, 1 };
	static const uint8_t hosts[6] = { 0x01, 0x00, 0x5e, 0, 0, 1 };
	const struct group *group;
	uint8_t mac[6];

	if (netif->type != NETIF_ETHERNET || !(netif->flags & NETIF_MULTICAST))
		return true;
	if (netif->mtu >= IP6_MTU_MIN && !list_group(l, netif, nodes))
		return false;
	if ((netif->flags & NETIF_UP) && !list_group(l, netif, hosts))
		return false;
	LIST_FOR_EACH(group, &netif->groups, list) {
		group_mac(&group->addr, mac);
		if (mac_equal(mac, nodes) || mac_equal(mac, hosts))
			continue;
		if (!list_group(l, netif, mac))
			return false;
	}
	return true;
}

static bool list_netif(struct listing *l, struct netif *netif)
{
	const struct bridge_port *port = port_of(netif);

	if (l->only && netif->index != l->only)
		return true;
	if (l->bridge && netif->index != l->bridge &&
	    !(port && port->bridge->netif.index == l->bridge))
		return true;
	if (port && !list_stations(l, port->bridge, port))
		return false;
	return list_groups(l, netif) &&
	       (!is_bridge(netif) || list_stations(l, bridge_of(netif), NULL));
}

/* Two forms of request: ndmsg with NDA_MASTER, ifinfomsg with IFLA_MASTER. */
static void read_filter(const struct nl_dump *dump, struct listing *l)
{
	bool old = !dump->strict &&
		   (dump->length == OLD_HEADER ||
		    dump->length == OLD_HEADER + NL_ATTR_HEADER + 4);
	uint32_t header = old ? OLD_HEADER : HEADER;
	struct nl_attrs attrs = { dump->body + header,
				  dump->length > header ?
					  dump->length - header :
					  0 };
	struct nl_attr attr;

	if (dump->length >= HEADER)
		l->only = get_le32(dump->body + 4);
	while (nl_next(&attrs, &attr)) {
		if (attr.length < 4)
			continue;
		if (attr.type == (old ? IFLA_MASTER : NDA_MASTER))
			l->bridge = nl_u32(&attr);
		if (!old && attr.type == NDA_IFINDEX)
			l->only = nl_u32(&attr);
	}
}

static int dump(struct nl_dump *dump, struct nl_writer *w) NET_THREAD_ROOT
{
	struct listing l = { .w = w };
	struct netif *netif;

	l.header = nl_dump_header(dump, RTM_NEWNEIGH);
	read_filter(dump, &l);
	LIST_FOR_EACH(netif, &dump->net->netifs, list) {
		if (netif->index <= dump->at[0])
			continue;
		l.skip = dump->at[1];
		l.done = 0;
		if (!list_netif(&l, netif)) {
			dump->at[1] = l.done;
			return 1;
		}
		dump->at[0] = netif->index;
		dump->at[1] = 0;
	}
	return 0;
}

void rt_station_changed(struct net *net, enum change_how how,
			const void *object)
{
	struct rt_notice notice;

	if (!nl_has_listeners(net, &nl_route_family, RTNLGRP_NEIGH))
		return;
	notice = rt_notice_begin(net, how == CHANGE_NEW ? RTM_NEWNEIGH :
							  RTM_DELNEIGH);
	if (put_station(&notice.writer, &notice.header, object))
		rt_notice_send(net, &notice, RTNLGRP_NEIGH);
}

/* ---- Requests ---- */

struct fdb_call {
	struct netif *netif;
	struct bridge_port *port; /* or NULL */
	const struct nl_attr *attrs;
	uint16_t state;
	uint8_t flags;
};

static int read_request(struct nl_call *call, struct fdb_call *r) ON_NET_THREAD
{
	int err = nl_parse_body(call, HEADER, rules, NDA_COUNT, &r->attrs);

	if (err)
		return err;
	r->state = get_le16(call->body + 8);
	r->flags = call->body[10];
	if (!get_le32(call->body + 4))
		return nl_fail(call, -EINVAL, NULL, "invalid ifindex");
	r->netif = netif_by_index(call->net, get_le32(call->body + 4));
	if (!r->netif)
		return nl_fail(call, -ENODEV, NULL, "unknown ifindex");
	r->port = port_of(r->netif);
	return 0;
}

static int check_address(struct nl_call *call,
			 const struct fdb_call *r) ON_NET_THREAD
{
	const struct nl_attr *vlan = &r->attrs[NDA_VLAN];

	if (r->attrs[NDA_LLADDR].length != 6)
		return nl_fail(call, -EINVAL, NULL, "invalid address");
	if (r->netif->type != NETIF_ETHERNET)
		return nl_fail(call, -EINVAL, NULL,
			       "FDB add only supported for Ethernet devices");
	if (!vlan->data)
		return 0;
	if (get_le16(vlan->data) == 0 || get_le16(vlan->data) >= 4095)
		return nl_fail(call, -EINVAL, NULL, "invalid vlan id");
	return -EINVAL; /* no port has VLANs */
}

static int add_to(struct nl_call *call, struct bridge *bridge,
		  const struct fdb_call *r,
		  struct bridge_port *port) ON_NET_THREAD
{
	const struct fdb_request request = {
		.port = port,
		.mac = r->attrs[NDA_LLADDR].data,
		.state = r->state,
		.message_flags = call->header.flags,
		.sticky = r->flags & NTF_STICKY,
		.external = r->flags & NTF_EXTERNAL,
	};

	if (!(r->flags & NTF_USE))
		return fdb_set(bridge, &request);
	if (!port)
		return -EINVAL;
	if (port->state == BRIDGE_LEARNING || port->state == BRIDGE_FORWARDING)
		fdb_learn(port, request.mac);
	return 0;
}

static int add(struct nl_call *call) NET_THREAD_ROOT
{
	struct fdb_call r;
	int err = read_request(call, &r);
	bool to_master;

	if (!err)
		err = check_address(call, &r);
	if (err)
		return err;
	to_master = (!r.flags || (r.flags & NTF_MASTER)) && r.port;
	if (to_master)
		err = add_to(call, r.port->bridge, &r, r.port);
	if (err || (to_master && !(r.flags & NTF_SELF)))
		return err;
	if (!(r.flags & NTF_SELF) || !is_bridge(r.netif))
		return -EOPNOTSUPP;
	return add_to(call, bridge_of(r.netif), &r, NULL);
}

/* "bridge fdb flush" */
static int flush(struct nl_call *call, const struct fdb_call *r) ON_NET_THREAD
{
	const struct nl_attr *attrs = r->attrs;
	struct fdb_choice choice = {
		.port = r->port,
		.of_port = !is_bridge(r->netif),
		.masked = true,
		.state = r->state,
		.flags = r->flags & FLUSH_FLAGS,
	};
	struct bridge *bridge;
	struct netif *other;

	if (!is_bridge(r->netif) && !r->port)
		return -EOPNOTSUPP;
	bridge = r->port && !is_bridge(r->netif) ? r->port->bridge :
						   bridge_of(r->netif);
	if (r->state & ~(NUD_PERMANENT | NUD_NOARP))
		return nl_fail(call, -EINVAL, NULL,
			       "Unsupported fdb flush ndm state bits set");
	if (attrs[NDA_VLAN].data)
		return 0; /* no entry has one */
	if (attrs[NDA_STATE_MASK].data)
		choice.state_mask = get_le16(attrs[NDA_STATE_MASK].data);
	if (attrs[NDA_FLAGS_MASK].data)
		choice.flags_mask = attrs[NDA_FLAGS_MASK].data[0] & FLUSH_FLAGS;
	if (attrs[NDA_IFINDEX].data) {
		other = netif_by_index(call->net, nl_u32(&attrs[NDA_IFINDEX]));
		choice.of_port = true;
		choice.port = other ? port_of(other) : NULL;
		if (!other || (other != &bridge->netif &&
			       (!choice.port || choice.port->bridge != bridge)))
			return -EINVAL;
	}
	fdb_flush(bridge, &choice);
	return 0;
}

static int del(struct nl_call *call) NET_THREAD_ROOT
{
	struct fdb_call r;
	int err = read_request(call, &r);
	bool to_master;

	if (err)
		return err;
	if (call->header.flags & NL_BULK)
		return flush(call, &r);
	err = check_address(call, &r);
	if (err)
		return err;
	to_master = (!r.flags || (r.flags & NTF_MASTER)) && r.port;
	if (to_master)
		err = fdb_remove(r.port->bridge, r.port,
				 r.attrs[NDA_LLADDR].data);
	if (err || (to_master && !(r.flags & NTF_SELF)))
		return err;
	if (!(r.flags & NTF_SELF))
		return -EOPNOTSUPP;
	if (!is_bridge(r.netif))
		return -ENOENT; /* nobody can add any */
	return fdb_remove(bridge_of(r.netif), NULL, r.attrs[NDA_LLADDR].data);
}

/* Whose table: by NDA_MASTER, or by the link. */
static int choose_bridge(struct nl_call *call, const struct nl_attr *attrs,
			 struct bridge **out) ON_NET_THREAD
{
	uint32_t index = get_le32(call->body + 4);
	uint8_t flags = call->body[10];
	struct netif *netif = netif_by_index(call->net, index), *master;

	if (index && !netif)
		return nl_fail(call, -ENODEV, NULL, "Unknown device ifindex");
	if (attrs[NDA_MASTER].data) {
		if (index)
			return nl_fail(
				call, -EINVAL, NULL,
				"Master and device are mutually exclusive");
		master = netif_by_index(call->net, nl_u32(&attrs[NDA_MASTER]));
		if (!master)
			return nl_fail(call, -EINVAL, NULL,
				       "Invalid master ifindex");
	} else if (!netif) {
		return nl_fail(call, -ENODEV, NULL, "No device specified");
	} else if (!flags || (flags & NTF_MASTER)) {
		if (!port_of(netif))
			return nl_fail(call, -EINVAL, NULL,
				       "Device is not a bridge port");
		master = netif->master;
	} else {
		master = netif;
	}
	if (!is_bridge(master))
		return nl_fail(call, -EOPNOTSUPP, NULL,
			       "Fdb get operation not supported by device");
	*out = bridge_of(master);
	return 0;
}

static int get(struct nl_call *call) NET_THREAD_ROOT
{
	const struct nl_attr *attrs;
	const struct station *s;
	struct bridge *bridge = NULL;
	struct nl_reply reply;
	struct nl_header header;
	int err = nl_parse_body(call, HEADER, rules, NDA_COUNT, &attrs);

	if (err)
		return err;
	if (attrs[NDA_LLADDR].length != 6)
		return nl_fail(call, -EINVAL, NULL,
			       "Missing lookup address for fdb get request");
	err = choose_bridge(call, attrs, &bridge);
	if (err)
		return err;
	s = fdb_find(bridge, attrs[NDA_LLADDR].data);
	if (!s)
		return nl_fail(call, -ENOENT, NULL, "Fdb entry not found");
	nl_reply_begin(call, &reply, RTM_NEWNEIGH);
	reply.writer.used = reply.start;
	header = (struct nl_header){ .type = RTM_NEWNEIGH,
				     .sequence = call->header.sequence,
				     .port = call->socket->port };
	if (!put_station(&reply.writer, &header, s))
		return -EMSGSIZE;
	return nl_deliver(call->socket, reply.writer.buffer, reply.writer.used,
			  0);
}

static const struct nl_handler handlers[] = {
	{ .type = RTM_NEWNEIGH, .address_family = RT_AF_BRIDGE, .call = add },
	{ .type = RTM_DELNEIGH, .address_family = RT_AF_BRIDGE, .call = del },
	{ .type = RTM_GETNEIGH,
	  .address_family = RT_AF_BRIDGE,
	  .open = true,
	  .call = get,
	  .dump = dump,
	  .dump_kinds = 1 << CHANGE_LINK | 1 << CHANGE_STATION },
};

const struct rt_table rt_bridge_fdb_table = { handlers, ARRAY_LEN(handlers) };
