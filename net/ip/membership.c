// SPDX-License-Identifier: MIT
/*
 * Memberships: see membership.h. Each option is first read into a `struct
 * wish`, whatever of the six layouts it has; then one of few operations does
 * it. A change of a socket's filter goes to the interface as a whole (group.h).
 */
#include "net/ip/membership.h"

#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/core/route.h"
#include "net/ip/dgram.h"
#include "net/ip/group.h"

#define GROUP_REQUEST 136 /* struct group_req: index, padding, sockaddr */
#define GROUP_SOURCE_REQUEST 264
#define FILTER_HEADER 16 /* struct ip_msfilter without sources */
#define GROUP_FILTER_HEADER 144 /* struct group_filter likewise */
#define SOCKADDR 128
#define MODE_EXCLUDE 0

/* What a program asks for. */
struct wish {
	struct net_addr group, by, source;
	uint32_t index; /* of the interface; 0: by `by`, or a route */
};

static struct group_filter filter_of(const struct membership *m)
{
	return (struct group_filter){ m->exclude, m->count, m->sources };
}

static struct net_addr read4(const uint8_t *at)
{
	return addr_ip4(get_be32(at));
}

static uint32_t limit_memberships(const struct endpoint *ep)
{
	return (uint32_t)ep->net->tunables.ip.igmp_max_memberships;
}

static uint32_t limit_sources(const struct net *net, const struct net_addr *g)
{
	return (uint32_t)(addr_is_ip4(g) ? net->tunables.ip.igmp_max_msf :
					   net->tunables.ip.mld_max_msf);
}

/* ---- reading the layouts ---- */

/* struct ip_mreqn, or ip_mreq without an index. */
static int read_request4(const uint8_t *at, uint32_t length, struct wish *w)
{
	int32_t index;

	if (length < 8)
		return -EINVAL;
	w->group = read4(at);
	w->by = read4(at + 4);
	if (length < 12)
		return 0;
	memcpy(&index, at + 8, 4);
	w->index = (uint32_t)index;
	return 0;
}

/* struct ip_mreq_source. */
static int read_source4(const uint8_t *at, uint32_t length, struct wish *w)
{
	if (length != 12)
		return -EINVAL;
	w->group = read4(at);
	w->by = read4(at + 4);
	w->source = read4(at + 8);
	return 0;
}

static int read_sockaddr(const uint8_t *at, int level, struct net_addr *out)
{
	uint16_t family;

	memcpy(&family, at, 2);
	if (level == NET_IPPROTO_IP) {
		if (family != NET_AF_INET)
			return -EADDRNOTAVAIL;
		*out = read4(at + 4);
		return 0;
	}
	if (family != NET_AF_INET6)
		return -EADDRNOTAVAIL;
	memcpy(out->b, at + 8, 16);
	return 0;
}

/* struct group_req and group_source_req. */
static int read_group(const uint8_t *at, uint32_t length, int level,
		      bool source, struct wish *w)
{
	int err;

	if (length < (source ? GROUP_SOURCE_REQUEST : GROUP_REQUEST))
		return -EINVAL;
	memcpy(&w->index, at, 4);
	err = read_sockaddr(at + 8, level, &w->group);
	if (err)
		return err == -EADDRNOTAVAIL && !source ? -EINVAL : err;
	return source ? read_sockaddr(at + 8 + SOCKADDR, level, &w->source) : 0;
}

static int read6(const uint8_t *at, uint32_t length, struct wish *w)
{
	if (length < 20)
		return -EINVAL;
	memcpy(w->group.b, at, 16);
	memcpy(&w->index, at + 16, 4);
	return 0;
}

/* ---- which interface, which membership ---- */

static struct netif *wanted_netif(struct endpoint *ep,
				  const struct wish *w) ON_NET_THREAD
{
	struct net_path path;

	if (w->index)
		return netif_by_index(ep->net, w->index);
	if (!addr_is_any(&w->by))
		return netif_of_address(ep->net, &w->by);
	if (path_find(ep->net, &w->group, NULL, NULL, &path))
		return NULL;
	return path.netif;
}

static struct membership *find(const struct endpoint *ep,
			       const struct net_addr *group,
			       const struct netif *netif)
{
	struct membership *m;

	LIST_FOR_EACH(m, &dgram_of(ep)->memberships, list)
		if (addr_equal(&m->group, group) && m->serial == netif->serial)
			return m;
	return NULL;
}

static bool has_source(const struct membership *m, const struct net_addr *addr)
{
	for (uint32_t i = 0; i < m->count; i++)
		if (addr_equal(&m->sources[i], addr))
			return true;
	return false;
}

/* ---- operations ---- */

static void free_membership(struct membership *m)
{
	if (m->sources)
		port_free(m->sources);
	port_free(m);
}

/* Those of an interface that had this one's number. */
static void forget_stale(struct endpoint *ep, const struct net_addr *group,
			 const struct netif *netif)
{
	struct membership *m;

	LIST_FOR_EACH_SAFE(m, &dgram_of(ep)->memberships, list) {
		if (m->netif != netif->index || m->serial == netif->serial ||
		    !addr_equal(&m->group, group))
			continue;
		list_remove(&m->list);
		free_membership(m);
	}
}

static int join(struct endpoint *ep, const struct wish *w,
		bool exclude) ON_NET_THREAD
{
	struct dgram *half = dgram_of(ep);
	struct netif *netif;
	struct group_filter filter = { .exclude = exclude };
	struct membership *m;
	int err;

	if (!addr_is_multicast(&w->group))
		return -EINVAL;
	netif = wanted_netif(ep, w);
	if (!netif)
		return -ENODEV;
	if (find(ep, &w->group, netif))
		return -EADDRINUSE;
	forget_stale(ep, &w->group, netif);
	if (addr_is_ip4(&w->group) &&
	    list_length(&half->memberships) >= limit_memberships(ep))
		return -ENOBUFS;
	m = port_alloc(sizeof *m);
	if (!m)
		return -ENOBUFS;
	m->group = w->group;
	m->netif = netif->index;
	m->serial = netif->serial;
	m->by = w->by;
	m->exclude = exclude;
	err = group_update(netif, &w->group, NULL, &filter);
	if (err) {
		port_free(m);
		return -ENOBUFS;
	}
	list_push_back(&half->memberships, &m->list);
	return 0;
}

static void leave_membership(struct endpoint *ep,
			     struct membership *m) ON_NET_THREAD
{
	struct netif *netif = netif_by_serial(ep->net, m->serial);
	struct group_filter filter = filter_of(m);

	if (netif)
		group_update(netif, &m->group, &filter, NULL);
	list_remove(&m->list);
	free_membership(m);
}

static int leave(struct endpoint *ep, const struct wish *w) ON_NET_THREAD
{
	struct netif *netif = wanted_netif(ep, w);
	struct membership *m;

	if (!w->index && addr_is_any(&w->by) && !netif)
		return -ENODEV;
	LIST_FOR_EACH(m, &dgram_of(ep)->memberships, list) {
		if (!addr_equal(&m->group, &w->group))
			continue;
		if (w->index ?
			    m->netif != w->index :
			    !addr_is_any(&w->by) && !addr_equal(&m->by, &w->by))
			continue;
		leave_membership(ep, m);
		return 0;
	}
	return -EADDRNOTAVAIL;
}

/* Puts another filter in its place. */
static int change_filter(struct endpoint *ep, struct membership *m,
			 bool exclude, const struct net_addr *sources,
			 uint32_t count) ON_NET_THREAD
{
	struct netif *netif = netif_by_serial(ep->net, m->serial);
	struct group_filter before = filter_of(m), after;
	struct net_addr *copy = NULL;

	if (count) {
		copy = port_alloc(count * sizeof *copy);
		if (!copy)
			return -ENOBUFS;
		memcpy(copy, sources, count * sizeof *copy);
	}
	after = (struct group_filter){ exclude, count, copy };
	if (netif && group_update(netif, &m->group, &before, &after)) {
		if (copy)
			port_free(copy);
		return -ENOBUFS;
	}
	if (m->sources)
		port_free(m->sources);
	m->sources = copy;
	m->count = count;
	m->exclude = exclude;
	return 0;
}

static int add_source(struct endpoint *ep, struct membership *m, bool exclude,
		      const struct net_addr *source) ON_NET_THREAD
{
	uint32_t n = m->count;
	struct net_addr *list;
	int err;

	if (has_source(m, source))
		return -EADDRNOTAVAIL;
	if (n >= limit_sources(ep->net, &m->group))
		return -ENOBUFS;
	list = port_alloc((n + 1) * sizeof *list);
	if (!list)
		return -ENOBUFS;
	if (n)
		memcpy(list, m->sources, n * sizeof *list);
	list[n] = *source;
	err = change_filter(ep, m, exclude, list, n + 1);
	port_free(list);
	if (!err)
		m->listed = true;
	return err;
}

static int drop_source(struct endpoint *ep, struct membership *m,
		       const struct net_addr *source) ON_NET_THREAD
{
	uint32_t n = m->count, at = 0;
	struct net_addr *list;
	int err;

	while (at < n && !addr_equal(&m->sources[at], source))
		at++;
	if (at == n)
		return -EADDRNOTAVAIL;
	if (n == 1 && !m->exclude) { /* nobody is left to listen to */
		leave_membership(ep, m);
		return 0;
	}
	list = port_alloc(n * sizeof *list);
	if (!list)
		return -ENOBUFS;
	memcpy(list, m->sources, at * sizeof *list);
	memcpy(list + at, m->sources + at + 1, (n - at - 1) * sizeof *list);
	err = change_filter(ep, m, m->exclude, list, n - 1);
	port_free(list);
	return err;
}

/* Adds to or takes from a list of the mode; an empty one may change its mode.
 */
static int source_operation(struct endpoint *ep, const struct wish *w,
			    bool exclude, bool add) ON_NET_THREAD
{
	struct netif *netif;
	struct membership *m;

	if (!addr_is_multicast(&w->group))
		return -EINVAL;
	netif = wanted_netif(ep, w);
	if (!netif)
		return -ENODEV;
	m = find(ep, &w->group, netif);
	if (!m || (m->listed && m->exclude != exclude))
		return -EINVAL;
	return add ? add_source(ep, m, exclude, &w->source) :
		     drop_source(ep, m, &w->source);
}

static int join_source(struct endpoint *ep, const struct wish *w) ON_NET_THREAD
{
	int err = join(ep, w, false);

	if (err && err != -EADDRINUSE)
		return err;
	return source_operation(ep, w, false, true);
}

/* ---- whole filters ---- */

static int set_filter(struct endpoint *ep, const struct wish *w, bool exclude,
		      const struct net_addr *sources,
		      uint32_t count) ON_NET_THREAD
{
	struct netif *netif;
	struct membership *m;

	if (!addr_is_multicast(&w->group))
		return -EINVAL;
	netif = wanted_netif(ep, w);
	if (!netif)
		return -ENODEV;
	m = find(ep, &w->group, netif);
	if (!m)
		return -EINVAL;
	if (!exclude && !count) {
		leave_membership(ep, m);
		return 0;
	}
	m->listed = count;
	return change_filter(ep, m, exclude, sources, count);
}

static int set_msfilter(struct endpoint *ep, int level, int name,
			const uint8_t *at, uint32_t length) ON_NET_THREAD
{
	bool old = name == NET_IP_MSFILTER;
	uint32_t header = old ? FILTER_HEADER : GROUP_FILTER_HEADER;
	uint32_t mode, count, size = old ? 4 : SOCKADDR;
	struct net_addr *sources;
	struct wish w = { 0 };
	int err = 0;

	if (length < header)
		return -EINVAL;
	if (old) {
		w.group = read4(at);
		w.by = read4(at + 4);
	} else {
		memcpy(&w.index, at, 4);
		err = read_sockaddr(at + 8, level, &w.group);
	}
	memcpy(&mode, at + header - 8, 4);
	memcpy(&count, at + header - 4, 4);
	if (err || mode > 1)
		return -EINVAL;
	if (count > limit_sources(ep->net, &w.group))
		return -ENOBUFS;
	if (length < header + count * size)
		return -EINVAL;
	sources = port_alloc((count + 1) * sizeof *sources);
	if (!sources)
		return -ENOBUFS;
	for (uint32_t i = 0; i < count && !err; i++) {
		const uint8_t *from = at + header + i * size;

		if (old)
			sources[i] = read4(from);
		else
			err = read_sockaddr(from, level, &sources[i]);
	}
	if (!err)
		err = set_filter(ep, &w, mode == MODE_EXCLUDE, sources, count);
	port_free(sources);
	return err;
}

int membership_get(struct endpoint *ep, int level, int name, void *value,
		   uint32_t length)
{
	uint8_t *out = value;
	uint32_t mode, room;
	struct membership *m;
	struct wish w = { 0 };
	struct netif *netif;

	if (level != NET_IPPROTO_IP || name != NET_IP_MSFILTER)
		return -ENOPROTOOPT;
	if (length < FILTER_HEADER)
		return -EINVAL;
	w.group = read4(out);
	w.by = read4(out + 4);
	if (!addr_is_multicast(&w.group))
		return -EINVAL;
	netif = wanted_netif(ep, &w);
	if (!netif)
		return -ENODEV;
	m = find(ep, &w.group, netif);
	if (!m)
		return -EADDRNOTAVAIL;
	mode = m->exclude ? MODE_EXCLUDE : 1;
	memcpy(out + 8, &mode, 4);
	memcpy(out + 12, &m->count, 4);
	room = MIN((length - FILTER_HEADER) / 4, m->count);
	for (uint32_t i = 0; i < room; i++)
		put_be32(out + FILTER_HEADER + i * 4,
			 addr_to_ip4(&m->sources[i]));
	return (int)(FILTER_HEADER + room * 4);
}

/* ---- the table ---- */

static int set_common(struct endpoint *ep, int level, int name,
		      const uint8_t *at, uint32_t length) ON_NET_THREAD
{
	bool source = name != NET_MCAST_JOIN_GROUP &&
		      name != NET_MCAST_LEAVE_GROUP;
	struct wish w = { 0 };
	int err = read_group(at, length, level, source, &w);

	if (err)
		return err;
	switch (name) {
	case NET_MCAST_JOIN_GROUP:
		return join(ep, &w, true);
	case NET_MCAST_LEAVE_GROUP:
		return leave(ep, &w);
	case NET_MCAST_BLOCK_SOURCE:
		return source_operation(ep, &w, true, true);
	case NET_MCAST_UNBLOCK_SOURCE:
		return source_operation(ep, &w, true, false);
	case NET_MCAST_JOIN_SOURCE_GROUP:
		return join_source(ep, &w);
	default:
		return source_operation(ep, &w, false, false);
	}
}

static int set4(struct endpoint *ep, int name, const uint8_t *at,
		uint32_t length) ON_NET_THREAD
{
	bool source = name >= NET_IP_UNBLOCK_SOURCE;
	struct wish w = { 0 };
	int err = source ? read_source4(at, length, &w) :
			   read_request4(at, length, &w);

	if (err)
		return err;
	switch (name) {
	case NET_IP_ADD_MEMBERSHIP:
		return join(ep, &w, true);
	case NET_IP_DROP_MEMBERSHIP:
		return leave(ep, &w);
	case NET_IP_BLOCK_SOURCE:
		return source_operation(ep, &w, true, true);
	case NET_IP_UNBLOCK_SOURCE:
		return source_operation(ep, &w, true, false);
	case NET_IP_ADD_SOURCE_MEMBERSHIP:
		return join_source(ep, &w);
	default:
		return source_operation(ep, &w, false, false);
	}
}

int membership_set(struct endpoint *ep, int level, int name, const void *value,
		   uint32_t length)
{
	struct wish w = { 0 };

	if (level != NET_IPPROTO_IP &&
	    (level != NET_IPPROTO_IPV6 || ep->family != NET_IP6))
		return -ENOPROTOOPT;
	if (name >= NET_MCAST_JOIN_GROUP &&
	    name <= NET_MCAST_LEAVE_SOURCE_GROUP)
		return set_common(ep, level, name, value, length);
	if (name == NET_MCAST_MSFILTER ||
	    (level == NET_IPPROTO_IP && name == NET_IP_MSFILTER))
		return set_msfilter(ep, level, name, value, length);
	if (level == NET_IPPROTO_IP && name >= NET_IP_ADD_MEMBERSHIP &&
	    name <= NET_IP_DROP_SOURCE_MEMBERSHIP)
		return set4(ep, name, value, length);
	if (level == NET_IPPROTO_IPV6 &&
	    (name == NET_IPV6_JOIN_GROUP || name == NET_IPV6_LEAVE_GROUP)) {
		int err = read6(value, length, &w);

		if (err)
			return err;
		return name == NET_IPV6_JOIN_GROUP ? join(ep, &w, true) :
						     leave(ep, &w);
	}
	return -ENOPROTOOPT;
}

void membership_flush(struct endpoint *ep)
{
	struct dgram *half = dgram_of(ep);
	struct membership *m;

	while ((m = LIST_FIRST(&half->memberships, struct membership, list)))
		leave_membership(ep, m);
}

bool membership_allows(const struct endpoint *ep, const struct net_addr *group,
		       const struct net_addr *source, const struct netif *netif)
{
	const struct membership *m = find(ep, group, netif);

	if (!m)
		return ep->family == NET_IP6 ? !(ep->opt.ip6 & IP6_OWN_GROUPS) :
					       dgram_of(ep)->multicast_all;
	return has_source(m, source) != m->exclude;
}
