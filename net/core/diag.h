// SPDX-License-Identifier: MIT
/*
 * What sock_diag(7) and /proc/net tell about sockets, in tables that the
 * protocols fill in, so that net/netlink needs to know none of them. Tables are
 * walked in bounded steps: a walk keeps its place as numbers, so sockets may
 * come and go between two steps, and remembers how much it may still look at.
 * A socket that comes or goes meanwhile is seen or not; the others are seen
 * once, or (when a table grows) twice.
 *
 * UNIX sockets are not the stack's; who owns them answers through port.h.
 */
#pragma once

#include "lib/list.h"
#include "lib/types.h"
#include "net/core/annotate.h"
#include "net/core/demux.h"

struct net;
struct netif;
struct nl_writer;
struct socket_info;

/* Linux's numbers of attributes (linux/inet_diag.h); a request's bit n - 1
 * asks for n. */
enum inet_diag_attribute {
	INET_DIAG_MEMINFO = 1,
	INET_DIAG_INFO = 2,
	INET_DIAG_CONG = 4,
	INET_DIAG_TOS = 5,
	INET_DIAG_TCLASS = 6,
	INET_DIAG_SKMEMINFO = 7,
	INET_DIAG_SHUTDOWN = 8,
	INET_DIAG_PROTOCOL = 10,
	INET_DIAG_SKV6ONLY = 11,
	INET_DIAG_MARK = 15,
	INET_DIAG_CLASS_ID = 17,
	INET_DIAG_SOCKOPT = 22,
};

struct diag_walk {
	uint32_t table, bucket, skip; /* the place; all 0: the beginning */
	uint32_t budget; /* buckets and entries left to be looked at */
};

/* Sockets of one Internet protocol. All functions run on the net thread. */
struct diag_inet {
	uint8_t number; /* IPPROTO_; raw: 255 */
	/* The next one; NULL: no more, or (budget 0) not in this step. */
	struct demux_entry *(*next)(struct net *net, struct diag_walk *walk);
	/* The socket that a packet between these names would find, or NULL.
	 * `number`: of raw sockets. */
	struct demux_entry *(*find)(struct net *net,
				    const struct net_name *local,
				    const struct net_name *remote,
				    const struct netif *netif, uint8_t number);
	void (*describe)(struct demux_entry *entry, struct socket_info *out);
	/* INET_DIAG_INFO, _CONG ... as far as `asked` has their bits. NULL:
	 * nothing to add. */
	void (*put)(const struct demux_entry *entry, uint32_t asked,
		    struct nl_writer *w);
	/* Ends it: ECONNABORTED for its user. 0 or -E. */
	int (*destroy)(struct net *net, struct demux_entry *entry);
};

/* Packet sockets, for the same reason. */
struct diag_packet {
	struct endpoint *(*nth)(struct net *net, uint32_t n);
	/* What struct packet_diag_msg calls pdiag_num. */
	uint16_t (*ethertype)(const struct endpoint *ep);
	/* The attributes of PACKET_SHOW_ bits `show`. */
	void (*put)(const struct endpoint *ep, uint32_t show, bool admin,
		    struct nl_writer *w);
};

struct diag_table {
	const struct diag_inet *const *inet; /* NULL at the end */
	const struct diag_packet *packet;
};

/* Two hash tables as one walk. */
struct demux_entry *diag_next_in_demux(const struct demux *demux,
				       struct diag_walk *walk);
/* The same for a list; `of` gives the entry of a node, or NULL: not shown. */
struct demux_entry *diag_next_in_list(const struct list *all,
				      struct demux_entry *(*of)(struct list *),
				      struct diag_walk *walk);
/* By number from the table of a stack, or NULL. */
const struct diag_inet *diag_inet_find(const struct net *net, uint32_t number);
/* Unique for the life of the system: SO_COOKIE's. */
uint64_t diag_cookie(const struct net *net, const struct demux_entry *entry);

/* A UNIX socket, as port_unix_next() tells. */
#define DIAG_UNIX_NAME 108
struct diag_unix {
	uint64_t order; /* of creation: unique */
	uint64_t inode; /* never 0 */
	uint64_t peer; /* its inode; 0: none */
	uint8_t type; /* SOCK_ */
	uint8_t state; /* 1 connected, 7 not, 10 listening */
	uint8_t shutdown; /* 1: receive, 2: send */
	uint8_t name_length;
	char name[DIAG_UNIX_NAME]; /* of sun_path, not terminated */
	uint32_t uid, refs;
	uint32_t pending; /* connections to be accepted */
	uint32_t backlog;
	uint32_t receive_queued, send_queued; /* bytes */
	uint32_t receive_buffer, send_buffer;
	uint32_t file_inode, file_device;
	bool has_file;
};
