// SPDX-License-Identifier: MIT
/*
 * Socket options of level SOL_SOCKET, for every protocol. Switches are one
 * table; numbers and what has rules of its own follow. What needs a privilege
 * is refused by the user side, which knows the caller.
 *
 * Not here since there is nothing behind them: hardware stamps, SO_TXTIME,
 * eBPF, SO_RESERVE_MEM. They are -ENOPROTOOPT.
 */
#include "net/core/sockopt.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/endpoint.h"
#include "net/core/filter.h"
#include "net/core/instance.h"
#include "net/core/netif.h"

#define BUSY_POLL_BUDGET_MAX 0xffff
#define STAMPING_SIZE 8u /* struct so_timestamping */

static const struct sockopt_switch switches[] = {
	SOCKOPT_BOOL(NET_SO_REUSEADDR, reuse_addr),
	SOCKOPT_BOOL(NET_SO_REUSEPORT, reuse_port),
	SOCKOPT_BOOL(NET_SO_KEEPALIVE, keepalive),
	SOCKOPT_BOOL(NET_SO_BROADCAST, broadcast),
	SOCKOPT_BOOL(NET_SO_OOBINLINE, oob_inline),
	SOCKOPT_BOOL(NET_SO_DONTROUTE, dont_route),
	SOCKOPT_BOOL(NET_SO_NO_CHECK, no_check),
	SOCKOPT_BOOL(NET_SO_DEBUG, debug),
	SOCKOPT_TELL(NET_SO_RXQ_OVFL, TELL_DROPS),
	SOCKOPT_BOOL(NET_SO_SELECT_ERR_QUEUE, poll_errors),
	SOCKOPT_BOOL(NET_SO_PREFER_BUSY_POLL, prefer_busy_poll),
	SOCKOPT_TELL(NET_SO_RCVMARK, TELL_MARK),
	SOCKOPT_TELL(NET_SO_RCVPRIORITY, TELL_PRIORITY),
};

static const struct sockopt_switch *find_switch(int name)
{
	return sockopt_find(switches, ARRAY_LEN(switches), name);
}

/* ---- setting ---- */

static void store_rcvbuf(struct endpoint *ep, uint32_t size)
{
	atomic_store(&ep->rcvbuf, size);
	if (ep->type == NET_SOCK_STREAM)
		atomic_store(&ep->rx.limit, size);
}

static uint32_t double_size(int v, int most, uint32_t least)
{
	/* As Linux: a negative number is a large one. */
	uint32_t size =
		MIN((uint32_t)v, (uint32_t)MIN(most, INT32_MAX / 2)) * 2;

	return MAX(size, least);
}

static void set_sndbuf(struct endpoint *ep, int v, bool force) ON_NET_THREAD
{
	int most = force ? INT32_MAX / 2 : ep->net->tunables.wmem_max;
	uint32_t size = double_size(v, most, NET_SNDBUF_MIN);

	ep->opt.sndbuf_locked = true;
	atomic_store(&ep->sndbuf, size);
	if (ep->type == NET_SOCK_STREAM)
		atomic_store(&ep->tx.limit, size);
	endpoint_writable(ep);
}

static void set_rcvbuf(struct endpoint *ep, int v, bool force)
{
	int most = force ? INT32_MAX / 2 : ep->net->tunables.rmem_max;

	ep->opt.rcvbuf_locked = true;
	store_rcvbuf(ep, double_size(v, most, NET_RCVBUF_MIN));
}

/* A stream's buffer must hold what its reader waits for (tcp_set_rcvlowat). */
static void set_low_water(struct endpoint *ep, int v) ON_NET_THREAD
{
	uint32_t most = (uint32_t)ep->net->tunables.tcp_rmem[2] / 2;
	uint32_t low = v < 0 ? INT32_MAX : MAX((uint32_t)v, 1u);

	if (ep->type == NET_SOCK_STREAM) {
		if (ep->opt.rcvbuf_locked)
			most = ep->rcvbuf / 2;
		low = MIN(low, most);
	}
	atomic_store(&ep->opt.low_water, low);
	if (ep->type != NET_SOCK_STREAM)
		return;
	if (!ep->opt.rcvbuf_locked && ep->rcvbuf < 2 * low)
		store_rcvbuf(ep, 2 * low);
	if (endpoint_readable(ep))
		endpoint_wake(ep, NET_POLLIN);
}

static int bind_to_device(struct endpoint *ep, const void *value,
			  uint32_t length) ON_NET_THREAD
{
	char name[NETIF_NAME_MAX] = { 0 };
	struct netif *netif;

	memcpy(name, value, MIN(length, (uint32_t)sizeof name - 1));
	if (name[0] == 0) {
		ep->opt.bound_netif = 0;
		return 0;
	}
	netif = netif_by_name(ep->net, name);
	if (!netif)
		return -ENODEV;
	ep->opt.bound_netif = netif->index;
	return 0;
}

static int bind_to_index(struct endpoint *ep, int index) ON_NET_THREAD
{
	if (index < 0)
		return -EINVAL;
	if (index && !netif_by_index(ep->net, (uint32_t)index))
		return -ENODEV;
	ep->opt.bound_netif = (uint32_t)index;
	return 0;
}

static int set_linger(struct endpoint *ep, const void *value, uint32_t length)
{
	int v[2];

	if (length < sizeof v)
		return -EINVAL;
	memcpy(v, value, sizeof v);
	ep->opt.linger = v[0] != 0;
	if (v[0])
		ep->opt.linger_seconds = (uint32_t)v[1];
	return 0;
}

/* One switch with two spellings and two units. */
static void set_stamp(struct endpoint *ep, int name, bool on)
{
	bool ns = name == NET_SO_TIMESTAMPNS || name == NET_SO_TIMESTAMPNS_NEW;

	sockopt_tell(ep, TELL_TIME, on);
	sockopt_tell(ep, TELL_TIME_NS, on && ns);
	sockopt_tell(ep, TELL_TIME_NEW,
		     name == NET_SO_TIMESTAMP_NEW ||
			     name == NET_SO_TIMESTAMPNS_NEW);
}

static int set_stamping(struct endpoint *ep, int name, int v) ON_NET_THREAD
{
	uint32_t flags = (uint32_t)v;
	int err = 0;

	if (flags & ~(uint32_t)NET_STAMP_ALL)
		return -EINVAL;
	if ((flags & NET_STAMP_OPT_ID_TCP) && !(flags & NET_STAMP_OPT_ID))
		return -EINVAL;
	if ((flags & NET_STAMP_OPT_STATS) && !(flags & NET_STAMP_OPT_TSONLY))
		return -EINVAL;
	if ((flags & NET_STAMP_OPT_ID) &&
	    !(ep->opt.timestamping & NET_STAMP_OPT_ID)) {
		atomic_store(&ep->stamp_keys, 0);
		if (ep->protocol->start_stamp_keys)
			err = ep->protocol->start_stamp_keys(ep, flags);
	}
	if (err)
		return err;
	sockopt_tell(ep, TELL_TIME_NEW, name == NET_SO_TIMESTAMPING_NEW);
	atomic_store(&ep->opt.timestamping, flags);
	return 0;
}

static int set_zerocopy(struct endpoint *ep, int v)
{
	if (ep->number != NET_IPPROTO_TCP && ep->number != NET_IPPROTO_UDP)
		return -EOPNOTSUPP;
	if (v < 0 || v > 1)
		return -EINVAL;
	ep->opt.zerocopy = v;
	return 0;
}

static int set_pacing(struct endpoint *ep, const void *value, uint32_t length,
		      int v)
{
	uint64_t rate = v == -1 ? UINT64_MAX : (uint32_t)v;

	if (length == sizeof(rate))
		memcpy(&rate, value, sizeof rate);
	ep->opt.pacing_rate = rate;
	return 0;
}

/* `value`: the program's steps; the user side has read struct sock_fprog. */
static int attach_filter(struct endpoint *ep, const void *value,
			 uint32_t length) ON_NET_THREAD
{
	struct filter *filter;
	int err;

	if (ep->opt.filter_locked)
		return -EPERM;
	err = filter_make(value, length / 8, &filter);
	if (err)
		return err;
	filter_free(ep->filter);
	ep->filter = filter;
	return 0;
}

static int detach_filter(struct endpoint *ep) ON_NET_THREAD
{
	if (ep->opt.filter_locked)
		return -EPERM;
	if (!ep->filter)
		return -ENOENT;
	filter_free(ep->filter);
	ep->filter = NULL;
	return 0;
}

static int lock_filter(struct endpoint *ep, bool lock)
{
	if (ep->opt.filter_locked && !lock)
		return -EPERM;
	ep->opt.filter_locked = lock;
	return 0;
}

static int set_number(struct endpoint *ep, int name, int v) ON_NET_THREAD
{
	switch (name) {
	case NET_SO_SNDBUF:
	case NET_SO_SNDBUFFORCE:
		set_sndbuf(ep, v, name == NET_SO_SNDBUFFORCE);
		return 0;
	case NET_SO_RCVBUF:
	case NET_SO_RCVBUFFORCE:
		set_rcvbuf(ep, v, name == NET_SO_RCVBUFFORCE);
		return 0;
	case NET_SO_RCVLOWAT:
		set_low_water(ep, v);
		return 0;
	case NET_SO_PRIORITY:
		ep->opt.priority = (uint32_t)v;
		return 0;
	case NET_SO_MARK:
		ep->opt.mark = (uint32_t)v;
		return 0;
	case NET_SO_BINDTOIFINDEX:
		return bind_to_index(ep, v);
	case NET_SO_TIMESTAMP:
	case NET_SO_TIMESTAMP_NEW:
	case NET_SO_TIMESTAMPNS:
	case NET_SO_TIMESTAMPNS_NEW:
		set_stamp(ep, name, v != 0);
		return 0;
	case NET_SO_TIMESTAMPING:
	case NET_SO_TIMESTAMPING_NEW:
		return set_stamping(ep, name, v);
	case NET_SO_ZEROCOPY:
		return set_zerocopy(ep, v);
	case NET_SO_BUSY_POLL:
		if (v < 0)
			return -EINVAL;
		ep->opt.busy_poll = (uint32_t)v;
		return 0;
	case NET_SO_BUSY_POLL_BUDGET:
		if (v < 0 || v > BUSY_POLL_BUDGET_MAX)
			return -EINVAL;
		return 0; /* nobody polls for it: nothing to keep */
	case NET_SO_INCOMING_CPU:
		atomic_store(&ep->opt.incoming_cpu, v);
		return 0;
	case NET_SO_BUF_LOCK:
		if (v & ~3)
			return -EINVAL;
		ep->opt.sndbuf_locked = v & 1;
		ep->opt.rcvbuf_locked = v & 2;
		return 0;
	case NET_SO_LOCK_FILTER:
		return lock_filter(ep, v);
	case NET_SO_BSDCOMPAT:
		return 0; /* obsolete, as in Linux */
	default:
		return -ENOPROTOOPT;
	}
}

int sockopt_socket_set(struct endpoint *ep, int name, const void *value,
		       uint32_t length)
{
	const struct sockopt_switch *flag = find_switch(name);
	int v, err;

	if (name == NET_SO_BINDTODEVICE)
		return bind_to_device(ep, value, length);
	if (name == NET_SO_ATTACH_FILTER)
		return attach_filter(ep, value, length);
	err = sockopt_int(value, length, &v);
	if (err)
		return err;
	if (name == NET_SO_DETACH_FILTER)
		return detach_filter(ep);
	if (name == NET_SO_LINGER)
		return set_linger(ep, value, length);
	if (name == NET_SO_MAX_PACING_RATE)
		return set_pacing(ep, value, length, v);
	if (!flag)
		return set_number(ep, name, v);
	sockopt_turn(ep, flag, v != 0);
	return 0;
}

/* ---- getting ---- */

static int put_bytes(void *value, uint32_t length, const void *from,
		     uint32_t size)
{
	length = MIN(length, size);
	memcpy(value, from, length);
	return (int)length;
}

static int get_device(struct endpoint *ep, void *value,
		      uint32_t length) ON_NET_THREAD
{
	struct netif *netif = endpoint_netif(ep);
	uint32_t n;

	if (!netif)
		return 0;
	if (length < NETIF_NAME_MAX)
		return -EINVAL;
	n = (uint32_t)strlen(netif->name) + 1;
	memcpy(value, netif->name, n);
	return (int)n;
}

static int get_linger(struct endpoint *ep, void *value, uint32_t length)
{
	int v[2] = { ep->opt.linger, (int)ep->opt.linger_seconds };

	return put_bytes(value, length, v, sizeof v);
}

/* Which of the four spellings was used. */
static bool get_stamp(const struct endpoint_options *opt, int name)
{
	bool ns = name == NET_SO_TIMESTAMPNS || name == NET_SO_TIMESTAMPNS_NEW;
	bool new = name == NET_SO_TIMESTAMP_NEW ||
		   name == NET_SO_TIMESTAMPNS_NEW;
	bool is_ns = opt->tell & TELL_TIME_NS;

	if (!(opt->tell & TELL_TIME) || !(opt->tell & TELL_TIME_NEW) == new)
		return false;
	/* The new microseconds do not look at the unit: Linux's way. */
	return ns ? is_ns : new || !is_ns;
}

static int get_stamping(struct endpoint *ep, int name, void *value,
			uint32_t length)
{
	uint32_t v[2] = { 0, 0 }; /* flags, bind_phc */

	STATIC_ASSERT(sizeof v == STAMPING_SIZE);
	if (name == NET_SO_TIMESTAMPING || (ep->opt.tell & TELL_TIME_NEW))
		v[0] = ep->opt.timestamping;
	return put_bytes(value, length, v, sizeof v);
}

static int get_pacing(struct endpoint *ep, void *value, uint32_t length)
{
	uint64_t rate = ep->opt.pacing_rate;

	if (length >= sizeof rate)
		return put_bytes(value, length, &rate, sizeof rate);
	return sockopt_put_int(value, length,
			       (int)(uint32_t)MIN(rate, (uint64_t)UINT32_MAX));
}

void sockopt_memory(const struct endpoint *ep, uint32_t v[MEMINFO_COUNT])
{
	bool stream = ep->type == NET_SOCK_STREAM;

	memset(v, 0, MEMINFO_COUNT * sizeof v[0]);
	v[0] = stream ? atomic_load(&ep->rx.truesize) :
			atomic_load(&ep->rx_charged);
	v[1] = ep->rcvbuf;
	v[2] = stream ? 0 : atomic_load(&ep->tx_charged);
	v[3] = ep->sndbuf;
	v[5] = stream ? atomic_load(&ep->tx.truesize) : 0;
	v[8] = stream ? 0 : ep->rx_dropped;
}

static int get_memory(struct endpoint *ep, void *value, uint32_t length)
{
	uint32_t v[MEMINFO_COUNT];

	sockopt_memory(ep, v);
	return put_bytes(value, length, v, sizeof v);
}

/* Unique for the life of the system; the id never leaves it. */
static int get_cookie(struct endpoint *ep, void *value, uint32_t length)
{
	uint64_t cookie = ep->id;

	if (length < sizeof cookie)
		return -EINVAL;
	return put_bytes(value, length, &cookie, sizeof cookie);
}

/* SO_GET_FILTER has the same number: the program as it was attached. */
static int get_filter(struct endpoint *ep, void *value, uint32_t length)
{
	const struct filter *filter = ep->filter;

	if (!filter)
		return 0;
	return put_bytes(value, length, filter->steps,
			 filter->count * (uint32_t)sizeof filter->steps[0]);
}

static int get_number(struct endpoint *ep, int name, int *v)
{
	const struct endpoint_options *opt = &ep->opt;

	switch (name) {
	case NET_SO_TYPE:
		*v = ep->type;
		return 0;
	case NET_SO_PROTOCOL:
		*v = ep->number;
		return 0;
	case NET_SO_DOMAIN:
		*v = ep->family == NET_IP4 ? NET_AF_INET : NET_AF_INET6;
		return 0;
	case NET_SO_ERROR:
		*v = -endpoint_take_error(ep);
		/* A connection may know of a soft one. */
		return *v || ep->type != NET_SOCK_STREAM ? 0 : -ENOPROTOOPT;
	case NET_SO_SNDBUF:
		*v = (int)ep->sndbuf;
		return 0;
	case NET_SO_RCVBUF:
		*v = (int)ep->rcvbuf;
		return 0;
	case NET_SO_ACCEPTCONN:
		*v = !!(ep->status & EP_LISTENING);
		return 0;
	case NET_SO_PRIORITY:
		*v = (int)opt->priority;
		return 0;
	case NET_SO_MARK:
		*v = (int)opt->mark;
		return 0;
	case NET_SO_BINDTOIFINDEX:
		*v = (int)opt->bound_netif;
		return 0;
	case NET_SO_RCVLOWAT:
		*v = (int)opt->low_water;
		return 0;
	case NET_SO_SNDLOWAT:
		*v = 1;
		return 0;
	case NET_SO_TIMESTAMP:
	case NET_SO_TIMESTAMP_NEW:
	case NET_SO_TIMESTAMPNS:
	case NET_SO_TIMESTAMPNS_NEW:
		*v = get_stamp(opt, name);
		return 0;
	case NET_SO_ZEROCOPY:
		*v = opt->zerocopy;
		return 0;
	case NET_SO_BUSY_POLL:
		*v = (int)opt->busy_poll;
		return 0;
	case NET_SO_INCOMING_CPU:
		*v = atomic_load(&ep->opt.incoming_cpu);
		return 0;
	case NET_SO_BUF_LOCK:
		*v = opt->sndbuf_locked | opt->rcvbuf_locked << 1;
		return 0;
	case NET_SO_LOCK_FILTER:
		*v = opt->filter_locked;
		return 0;
	case NET_SO_INCOMING_NAPI_ID:
	case NET_SO_BSDCOMPAT:
		*v = 0;
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

int sockopt_socket_get(struct endpoint *ep, int name, void *value,
		       uint32_t length)
{
	const struct sockopt_switch *flag = find_switch(name);
	int v, err;

	switch (name) {
	case NET_SO_BINDTODEVICE:
		return get_device(ep, value, length);
	case NET_SO_LINGER:
		return get_linger(ep, value, length);
	case NET_SO_TIMESTAMPING:
	case NET_SO_TIMESTAMPING_NEW:
		return get_stamping(ep, name, value, length);
	case NET_SO_MAX_PACING_RATE:
		return get_pacing(ep, value, length);
	case NET_SO_MEMINFO:
		return get_memory(ep, value, length);
	case NET_SO_ATTACH_FILTER:
		return get_filter(ep, value, length);
	case NET_SO_COOKIE:
		return get_cookie(ep, value, length);
	default:
		break;
	}
	if (flag)
		return sockopt_put_int(value, length, sockopt_is_on(ep, flag));
	err = get_number(ep, name, &v);
	return err ? err : sockopt_put_int(value, length, v);
}
