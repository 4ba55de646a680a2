// SPDX-License-Identifier: MIT
/*
 * Socket options with rules of their own; see options_rare.h.
 *
 * Refused: TCP_REPAIR and its kin (-EPERM, as to a process without privilege),
 * TCP_ULP (-ENOENT: no such protocol), TCP_MD5SIG and TCP_TX_DELAY
 * (-ENOPROTOOPT, by not being here).
 */
#include "net/tcp/options_rare.h"

#include "lib/errno.h"
#include "net/core/sockopt.h"
#include "net/tcp/state.h"

enum {
	OPT_LINGER2 = 8,
	OPT_THIN_LINEAR_TIMEOUTS = 16,
	OPT_THIN_DUPACK = 17,
	OPT_REPAIR = 19,
	OPT_REPAIR_QUEUE = 20,
	OPT_QUEUE_SEQ = 21,
	OPT_REPAIR_OPTIONS = 22,
	OPT_TIMESTAMP = 24,
	OPT_CC_INFO = 26,
	OPT_REPAIR_WINDOW = 29,
	OPT_ULP = 31,
	OPT_INQ = 36,
	OPT_IS_MPTCP = 43,
};

#define FIN_TIMEOUT_MOST 120 /* seconds */

static int set_linger2(struct tcp_conn *conn, int seconds)
{
	conn->set.linger2 = seconds < 0 ? -1 : MIN(seconds, FIN_TIMEOUT_MOST);
	return 0;
}

static int get_linger2(const struct tcp_conn *conn)
{
	if (conn->set.linger2)
		return conn->set.linger2;
	return conn->net->tunables.tcp_fin_timeout;
}

int options_rare_set(struct tcp_conn *conn, int name, const void *value,
		     uint32_t length)
{
	int number, err;

	if (name == OPT_ULP)
		return length < 1 ? -EINVAL : -ENOENT;
	err = sockopt_int(value, length, &number);
	if (err)
		return err;
	switch (name) {
	case OPT_LINGER2:
		return set_linger2(conn, number);
	case OPT_THIN_LINEAR_TIMEOUTS:
	case OPT_THIN_DUPACK: /* of no effect in Linux either, since 4.20 */
		if (number < 0 || number > 1)
			return -EINVAL;
		if (name == OPT_THIN_LINEAR_TIMEOUTS)
			conn->set.thin = number;
		return 0;
	case OPT_INQ:
		if (number < 0 || number > 1)
			return -EINVAL;
		conn->ep->opt.recv_unread = number;
		return 0;
	case OPT_REPAIR:
	case OPT_REPAIR_QUEUE:
	case OPT_QUEUE_SEQ:
	case OPT_REPAIR_WINDOW:
	case OPT_TIMESTAMP: /* may be set in repair mode only */
		return -EPERM;
	case OPT_REPAIR_OPTIONS:
		return -EINVAL;
	default:
		return -ENOPROTOOPT;
	}
}

int options_rare_get(struct tcp_conn *conn, int name, void *value,
		     uint32_t length)
{
	int number = 0;

	switch (name) {
	case OPT_LINGER2:
		number = get_linger2(conn);
		break;
	case OPT_THIN_LINEAR_TIMEOUTS:
		number = conn->set.thin;
		break;
	case OPT_INQ:
		number = conn->ep->opt.recv_unread;
		break;
	case OPT_TIMESTAMP:
		number = (int)conn_stamp(conn);
		break;
	case OPT_THIN_DUPACK:
	case OPT_REPAIR:
	case OPT_IS_MPTCP:
		break;
	case OPT_CC_INFO: /* Reno and CUBIC have nothing to tell */
	case OPT_ULP: /* none is in use */
		return 0;
	case OPT_REPAIR_QUEUE:
	case OPT_QUEUE_SEQ:
		return -EINVAL;
	case OPT_REPAIR_WINDOW:
		return -EPERM;
	default:
		return -ENOPROTOOPT;
	}
	return sockopt_put_int(value, length, number);
}
