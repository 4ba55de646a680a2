// SPDX-License-Identifier: MIT
/*
 * Socket options of level IPPROTO_TCP, with Linux's numbers, ranges and errors,
 * and the ioctls. Plain numbers are one table; those that do something at once
 * have a function each.
 */
#include "net/tcp/user.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/urgent.h"
#include "net/tcp/advice.h"
#include "net/tcp/delayed_ack.h"
#include "net/tcp/fastopen.h"
#include "net/tcp/info.h"
#include "net/tcp/options_rare.h"
#include "net/tcp/output.h"
#include "net/tcp/request.h"
#include "net/tcp/state.h"
#include "net/tcp/timers.h"
#include "net/tcp/window.h"

enum {
	OPT_NODELAY = 1,
	OPT_MAXSEG = 2,
	OPT_CORK = 3,
	OPT_KEEPIDLE = 4,
	OPT_KEEPINTVL = 5,
	OPT_KEEPCNT = 6,
	OPT_SYNCNT = 7,
	OPT_DEFER_ACCEPT = 9,
	OPT_WINDOW_CLAMP = 10,
	OPT_INFO = 11,
	OPT_QUICKACK = 12,
	OPT_CONGESTION = 13,
	OPT_USER_TIMEOUT = 18,
	OPT_NOTSENT_LOWAT = 25,
	OPT_SAVE_SYN = 27,
	OPT_SAVED_SYN = 28,
	OPT_FASTOPEN = 23,
	OPT_FASTOPEN_CONNECT = 30,
	OPT_FASTOPEN_KEY = 33,
	OPT_FASTOPEN_NO_COOKIE = 34,
};

#define IOCTL_INQ 0x541b /* FIONREAD */
#define IOCTL_OUTQ 0x5411
#define IOCTL_ATMARK 0x8905
#define IOCTL_OUTQNSD 0x894b

#define CONGESTION_NAME_MAX 16
#define DEFER_PERIOD_MOST 120u /* seconds: the largest timeout */

/* What happens after a value was stored. */
static void push_out(struct tcp_conn *conn) NET_THREAD_ROOT
{
	tcp_output(conn);
}

/* TCP_NODELAY, when it is set, pushes once, even what is corked (Linux). */
static void push_all(struct tcp_conn *conn) NET_THREAD_ROOT
{
	bool corked = conn->set.cork;

	conn->set.cork = corked && !conn->set.nodelay;
	tcp_output(conn);
	conn->set.cork = corked;
}

static void apply_lowat(struct tcp_conn *conn) NET_THREAD_ROOT
{
	conn_publish_unsent(conn);
	endpoint_writable(conn->ep);
}

static void restart_keepalive(struct tcp_conn *conn) NET_THREAD_ROOT
{
	timers_keep(conn);
}

static void apply_mss(struct tcp_conn *conn) NET_THREAD_ROOT
{
	if (state_is_synchronized(conn->state))
		conn_update_mss(conn);
}

/* Options that are one number in tcp_settings. */
static const struct setting {
	int name;
	uint8_t offset, size;
	int least, most;
	void (*changed)(struct tcp_conn *conn);
} settings[] = {
#define FIELD(f) \
	offsetof(struct tcp_settings, f), sizeof(((struct tcp_settings *)0)->f)
	{ OPT_NODELAY, FIELD(nodelay), 0, 1, push_all },
	{ OPT_CORK, FIELD(cork), 0, 1, push_out },
	{ OPT_MAXSEG, FIELD(max_segment), TCP_MIN_MSS, 32767, apply_mss },
	{ OPT_KEEPIDLE, FIELD(keep_idle), 1, 32767, restart_keepalive },
	{ OPT_KEEPINTVL, FIELD(keep_interval), 1, 32767, NULL },
	{ OPT_KEEPCNT, FIELD(keep_count), 1, 127, NULL },
	{ OPT_SYNCNT, FIELD(syn_retries), 1, 127, NULL },
	{ OPT_SAVE_SYN, FIELD(save_syn), 0, 2, NULL },
	{ OPT_FASTOPEN, FIELD(fast_open_queue), 0, INT32_MAX, NULL },
	{ OPT_FASTOPEN_CONNECT, FIELD(fast_open_connect), 0, 1, NULL },
	{ OPT_FASTOPEN_NO_COOKIE, FIELD(fast_open_no_cookie), 0, 1, NULL },
	{ OPT_WINDOW_CLAMP, FIELD(window_clamp), 0, INT32_MAX, NULL },
	{ OPT_USER_TIMEOUT, FIELD(user_timeout), 0, INT32_MAX, NULL },
	{ OPT_NOTSENT_LOWAT, FIELD(notsent_lowat), INT32_MIN, INT32_MAX,
	  apply_lowat },
#undef FIELD
};

static const struct setting *find_setting(int name)
{
	for (size_t i = 0; i < ARRAY_LEN(settings); i++)
		if (settings[i].name == name)
			return &settings[i];
	return NULL;
}

static void *field_of(struct tcp_conn *conn, const struct setting *setting)
{
	return (uint8_t *)&conn->set + setting->offset;
}

static int set_number(struct tcp_conn *conn, const struct setting *setting,
		      int value)
{
	bool is_switch = setting->most == 1;

	if (is_switch)
		value = value != 0;
	if (setting->name == OPT_MAXSEG && value == 0)
		; /* no limit any more */
	else if (value < setting->least || value > setting->most)
		return -EINVAL;
	memcpy(field_of(conn, setting), &value, setting->size);
	if (setting->changed)
		setting->changed(conn);
	return 0;
}

/* What the connection uses, rather than what was asked for. */
static int effective(const struct tcp_conn *conn, int name, int number)
{
	bool idle = conn->state == TCP_CLOSED || conn->state == TCP_LISTEN;

	if (name == OPT_WINDOW_CLAMP && !idle)
		return (int)conn->rcv.clamp;
	if (name != OPT_MAXSEG || (idle && number))
		return number;
	return conn->snd.mss ? (int)conn->snd.mss : TCP_DEFAULT_MSS4;
}

static int get_number(struct tcp_conn *conn, const struct setting *setting,
		      void *value, uint32_t length)
{
	int number = 0;

	memcpy(&number, field_of(conn, setting), setting->size);
	number = effective(conn, setting->name, number);
	return sockopt_put_int(value, length, number);
}

static int set_congestion(struct tcp_conn *conn, const void *value,
			  uint32_t length)
{
	char name[CONGESTION_NAME_MAX] = { 0 };
	const struct congestion_ops *ops;

	if (length < 1)
		return -EINVAL;
	memcpy(name, value, MIN(length, (uint32_t)sizeof(name) - 1));
	ops = congestion_find(name);
	if (!ops)
		return -ENOENT;
	if (advice_locked(conn, METRIC_CC_ALGO) ||
	    (!congestion_allowed(conn->net, ops) && conn->ep->uid != 0))
		return -EPERM;
	conn->set.congestion = ops;
	if (conn->cc.ops)
		congestion_switch(&conn->cc, ops);
	return 0;
}

static int get_congestion(struct tcp_conn *conn, void *value, uint32_t length)
{
	char name[CONGESTION_NAME_MAX] = { 0 };

	string_copy(name, conn->set.congestion->name, sizeof(name));
	length = MIN(length, (uint32_t)sizeof(name));
	memcpy(value, name, length);
	return length;
}

/* ---- TCP_DEFER_ACCEPT: seconds outside, timeouts of the SYN-ACK inside ---- */

static uint32_t seconds_of_timeouts(uint32_t timeouts)
{
	uint32_t seconds = 0;

	for (uint32_t i = 0, period = 1; i < timeouts; i++) {
		seconds += period;
		period = MIN(period * 2, DEFER_PERIOD_MOST);
	}
	return seconds;
}

static int set_defer_accept(struct tcp_conn *conn, int seconds)
{
	uint32_t n = 0;

	while (n < 255 && seconds > 0 &&
	       seconds_of_timeouts(n) < (uint32_t)seconds)
		n++;
	conn->set.defer_accept = n;
	return 0;
}

/* ---- Fast Open: only before the connection ---- */

static int check_fast_open(const struct tcp_conn *conn, int name, int *value)
{
	bool closed = conn->state == TCP_CLOSED;
	const struct net_tunables *tunables = &conn->net->tunables;

	switch (name) {
	case OPT_FASTOPEN:
		if (*value < 0 || (!closed && conn->state != TCP_LISTEN))
			return -EINVAL;
		*value = MIN(*value, tunables->somaxconn);
		return 0;
	case OPT_FASTOPEN_CONNECT:
		if (*value < 0 || *value > 1 || !closed)
			return -EINVAL;
		return tunables->tcp_fastopen & FAST_OPEN_CLIENT ? 0 :
								   -EOPNOTSUPP;
	case OPT_FASTOPEN_NO_COOKIE:
		if (*value < 0 || *value > 1)
			return -EINVAL;
		return closed || conn->state == TCP_LISTEN ? 0 : -EINVAL;
	default:
		return 0;
	}
}

/* ---- TCP_SAVED_SYN: given once ---- */

static int get_saved_syn(struct tcp_conn *conn, void *value, uint32_t length)
{
	struct saved_syn *saved = conn->saved_syn;

	if (!saved)
		return 0;
	if (length < saved->length)
		return -EINVAL;
	length = saved->length;
	memcpy(value, saved->bytes, length);
	port_free(saved);
	conn->saved_syn = NULL;
	return length;
}

int tcp_setsockopt(struct endpoint *ep, int level, int name, const void *value,
		   uint32_t length) NET_THREAD_ROOT
{
	struct tcp_conn *conn = conn_of(ep);
	const struct setting *setting = find_setting(name);
	int number, err;

	if (level != NET_IPPROTO_TCP)
		return -ENOPROTOOPT;
	if (!conn)
		return -ENOMEM;
	if (name == OPT_CONGESTION)
		return set_congestion(conn, value, length);
	if (name == OPT_FASTOPEN_KEY)
		return fast_open_set_keys(conn, value, length);
	err = options_rare_set(conn, name, value, length);
	if (err != -ENOPROTOOPT)
		return err;
	err = sockopt_int(value, length, &number);
	if (err)
		return err;
	if (name == OPT_QUICKACK) {
		ack_set_quick(conn, number);
		return 0;
	}
	if (name == OPT_WINDOW_CLAMP)
		return window_set_clamp(conn, (uint32_t)number);
	if (name == OPT_DEFER_ACCEPT)
		return set_defer_accept(conn, number);
	err = check_fast_open(conn, name, &number);
	if (err)
		return err;
	return setting ? set_number(conn, setting, number) : -ENOPROTOOPT;
}

static int get_info(struct tcp_conn *conn, void *value,
		    uint32_t length) NET_THREAD_ROOT
{
	struct tcp_info info;

	info_fill(conn, &info);
	length = MIN(length, (uint32_t)sizeof(info));
	memcpy(value, &info, length);
	return length;
}

/* What routers said of a connection that lives: told once, as Linux does. */
static int take_soft_error(struct tcp_conn *conn, void *value,
			   uint32_t length) NET_THREAD_ROOT
{
	int error = conn ? conn->soft_error : 0;

	if (conn)
		conn->soft_error = 0;
	return sockopt_put_int(value, length, error);
}

int tcp_getsockopt(struct endpoint *ep, int level, int name, void *value,
		   uint32_t length) NET_THREAD_ROOT
{
	struct tcp_conn *conn = conn_of(ep);
	const struct setting *setting = find_setting(name);

	if (level == NET_SOL_SOCKET && name == NET_SO_ERROR)
		return take_soft_error(conn, value, length);
	if (level != NET_IPPROTO_TCP)
		return -ENOPROTOOPT;
	if (!conn)
		return -ENOMEM;
	switch (name) {
	case OPT_INFO:
		return get_info(conn, value, length);
	case OPT_CONGESTION:
		return get_congestion(conn, value, length);
	case OPT_DEFER_ACCEPT:
		return sockopt_put_int(
			value, length,
			(int)seconds_of_timeouts(conn->set.defer_accept));
	case OPT_FASTOPEN_KEY:
		return fast_open_get_keys(conn, value, length);
	case OPT_SAVED_SYN:
		return get_saved_syn(conn, value, length);
	case OPT_QUICKACK:
		return sockopt_put_int(value, length, !ack_in_dialogue(conn));
	default:
		return setting ? get_number(conn, setting, value, length) :
				 options_rare_get(conn, name, value, length);
	}
}

/* ---- ioctl ---- */

int tcp_ioctl(struct endpoint *ep, unsigned int command, int *value)
{
	struct tcp_conn *conn = conn_of(ep);

	if (!conn)
		return -ENOMEM;
	switch (command) {
	case IOCTL_INQ:
		if (conn->state == TCP_LISTEN)
			return -EINVAL;
		*value = (int)urgent_readable(ep);
		return 0;
	case IOCTL_OUTQ:
		if (conn->state == TCP_LISTEN)
			return -EINVAL;
		*value = frag_ring_used(&ep->tx);
		return 0;
	case IOCTL_OUTQNSD:
		if (conn->state == TCP_LISTEN)
			return -EINVAL;
		*value = 0;
		if (state_is_synchronized(conn->state) &&
		    seq_lt(conn->snd.nxt, conn_data_end(conn)))
			*value = conn_data_end(conn) - conn->snd.nxt;
		return 0;
	case IOCTL_ATMARK:
		*value = urgent_at_mark(ep);
		return 0;
	default:
		return -ENOTTY;
	}
}
