// SPDX-License-Identifier: MIT
/*
 * Private to net/netlink: sockets, requests and dumps.
 *
 * A program's message becomes a `struct nl_call`, which finds its handler in a
 * family's table. A handler checks everything, then changes something, and
 * returns 0 or -E; a text and an attribute for the extended ACK go through
 * nl_fail(). The acknowledgement is written in one place (call.c).
 *
 * A dump is a handler that is called again each time the reader has taken the
 * last part. It keeps its place in `at[]`; when a table that it reads changes in
 * between, the rest is marked NLM_F_DUMP_INTR.
 *
 * Everything here runs on the net thread. Buffers that would not fit its stack
 * are in `struct netlink`: no handler calls another one.
 */
#pragma once

#include "lib/list.h"
#include "net/core/change.h"
#include "net/core/endpoint.h"
#include "net/core/instance.h"
#include "net/core/link.h"
#include "net/core/route.h"
#include "net/core/timer.h"
#include "net/wire/netlink.h"

/* netlink(7)'s families. */
enum {
	NL_ROUTE = 0,
	NL_SOCK_DIAG = 4,
	NL_UEVENT = 15,
	NL_GENERIC = 16,
};

#define NL_ATTRIBUTES 80 /* more than any table that we read has */
#define NL_PART \
	3776 /* bytes of a part of a dump: Linux's NLMSG_GOODSIZE, since
		      * readers with buffers of a page exist (glibc) */
#define NL_MESSAGE_MAX 16384
#define NL_DUMP_REQUEST 0x11000 /* most bytes of a dump's request */

/* What a dump's handler returns, beside -E. */
enum nl_progress {
	NL_DUMP_DONE, /* that was the last */
	NL_DUMP_MORE, /* there is more, and no room for it */
	NL_DUMP_LATER, /* there may be more, and enough work was done at once */
};

struct nl_family;
struct nl_handler;

struct nl_dump {
	const struct nl_handler *handler;
	struct net *net;
	struct nl_header header; /* of the request */
	uint32_t length; /* of its body */
	uint32_t generations[CHANGE_KINDS]; /* when it began */
	uint64_t at[4]; /* the handler's place */
	uint64_t place[5]; /* the same, for structs (route_walk.h) */
	bool strict; /* NETLINK_GET_STRICT_CHK */
	bool filtered; /* NLM_F_DUMP_FILTERED */
	bool admin; /* who asks has CAP_NET_ADMIN */
	uint8_t body[];
};

struct nl_socket {
	struct list list; /* netlink.sockets */
	struct endpoint *ep;
	const struct nl_family *family;
	uint32_t port; /* 0: not bound */
	uint64_t groups; /* bit n: group n + 1 */
	bool extended_ack, capped_ack, packet_info, broadcast_error;
	bool never_overrun, strict, listen_all;
	bool congested; /* ENOBUFS was told, nothing taken since */
	struct nl_dump *dump;
	struct timer later; /* the dump goes on */
	void *sender; /* of the message being handled (port.h) */
	struct nl_later *postponed; /* its answer is still to come */
};

/* One message of a program. */
struct nl_call {
	struct net *net;
	struct nl_socket *socket;
	struct nl_header header;
	const uint8_t *message; /* with its header */
	const uint8_t *body;
	uint32_t length; /* of the body */
	bool admin; /* the sender has CAP_NET_ADMIN */
	const char *error_text; /* extended ACK */
	const uint8_t *error_at; /* the attribute, or NULL */
};

struct nl_handler {
	uint16_t type;
	uint8_t address_family; /* of rtnetlink, 0: any */
	bool open; /* needs no CAP_NET_ADMIN */
	int (*call)(struct nl_call *call);
	/* enum nl_progress, or -E. */
	int (*dump)(struct nl_dump *dump, struct nl_writer *w);
	/* Check a dump's request before it begins; may be NULL. What the first
	 * finds refuses the request, what the second finds ends the dump: the
	 * reader sees NLMSG_ERROR or NLMSG_DONE. */
	int (*dump_start)(struct nl_call *call);
	int (*dump_check)(struct nl_call *call);
	uint32_t dump_kinds; /* bit per enum change_kind that it reads */
};

struct nl_family {
	uint16_t number;
	uint8_t groups; /* how many there are */
	bool open_groups; /* any user may join */
	/* Its groups got or lost a member; may be NULL. */
	void (*joined)(struct net *net);
	/* The handler of a message, or NULL and *error. */
	const struct nl_handler *(*find)(struct nl_call *call, int *error);
};

struct netlink {
	struct list sockets;
	struct list nsids; /* nsid.c */
	struct timer nsid_timer;
	struct nl_call *running; /* whose change it is, or NULL */
	struct list known_links; /* struct nl_known_link: uevent.c */
	uint64_t uevents; /* SEQNUM of the last */
	struct nl_attr attributes[3][NL_ATTRIBUTES]; /* by depth of nesting */
	/* Of a request. */
	struct route_hop hops[ROUTE_HOPS_MAX];
	struct link_request link, peer;
	char text[256]; /* an alias at the longest */
	uint8_t buffer[NL_MESSAGE_MAX]; /* replies and dumps */
	uint8_t notice[NL_MESSAGE_MAX]; /* notifications */
};

static inline struct netlink *netlink_of(const struct net *net)
{
	return net->netlink;
}

extern const struct nl_family nl_route_family, nl_diag_family, nl_uevent_family,
	nl_generic_family;

/*
 * A handler that cannot answer yet, since another stack has to do something
 * first, calls nl_postpone() and returns NL_LATER; nl_resume() then gives the
 * answer. Until then the message's sender sleeps, and further ones wait.
 */
#define NL_LATER (-517)
struct nl_later {
	struct nl_call call;
	const uint8_t *rest; /* messages behind it */
	uint32_t rest_length;
	struct datagram *datagram;
	uint8_t *copy; /* of the datagram's bytes, or NULL */
};
/* NULL: no memory. */
struct nl_later *nl_postpone(struct nl_call *call) ON_NET_THREAD;
void nl_resume(struct nl_later *later, int error,
	       const char *text) ON_NET_THREAD;
/* It is answered at once after all. */
void nl_never_mind(struct nl_later *later);
/* socket.c: after nl_resume(). */
void nl_datagram_done(struct nl_socket *socket, struct datagram *datagram,
		      uint8_t *copy) ON_NET_THREAD;

/* call.c */
void nl_receive(struct nl_socket *socket, const uint8_t *bytes, uint32_t length,
		bool admin) ON_NET_THREAD;
/* Goes on with a dump if its reader has room. */
void nl_continue_dump(struct nl_socket *socket) ON_NET_THREAD;
/* The error of a handler, with what the program is told about it. `attr` may be
 * NULL. Returns `error`. */
int nl_fail(struct nl_call *call, int error, const struct nl_attr *attr,
	    const char *text);
/* An answer to the caller: fill in, then nl_reply_end(). */
struct nl_reply {
	struct nl_writer writer;
	uint32_t start;
};
void nl_reply_begin(struct nl_call *call, struct nl_reply *reply,
		    uint16_t type);
int nl_reply_end(struct nl_call *call, struct nl_reply *reply) ON_NET_THREAD;
/* The header of one message of a dump. */
struct nl_header nl_dump_header(const struct nl_dump *dump, uint16_t type);

/* socket.c */
/* Queues bytes for the reader: 0, -ENOBUFS (and the socket knows), -ENOMEM. */
int nl_deliver(struct nl_socket *socket, const uint8_t *bytes, uint32_t length,
	       uint32_t group) ON_NET_THREAD;
/* The protocols that there are, by place; NULL at the end. */
const struct nl_family *nl_family_at(uint32_t n);
/* To all members of a group of a family. */
void nl_multicast(struct net *net, const struct nl_family *family,
		  uint32_t group, const uint8_t *bytes,
		  uint32_t length) ON_NET_THREAD;
bool nl_has_listeners(struct net *net, const struct nl_family *family,
		      uint32_t group) ON_NET_THREAD;
/* For a notification: the running request's port and sequence, or 0. */
struct nl_header nl_notice_header(struct net *net, uint16_t type) ON_NET_THREAD;

/* attributes.c */
enum nl_kind {
	NL_ANY,
	NL_U8,
	NL_U16,
	NL_U32,
	NL_U64,
	NL_TEXT, /* limit: longest, without the NUL */
	NL_IP, /* 4 or 16 bytes */
	NL_BYTES, /* limit: least */
	NL_FLAG,
	NL_ATTRS,
	NL_REFUSED, /* not for requests */
};

struct nl_rule {
	uint8_t kind;
	uint16_t limit;
};

/*
 * Sorts attributes by type into the table of this depth (0 to 2); those that
 * are absent have data NULL. `rules` has an entry for each type below `count`;
 * higher types are ignored, or refused if `strict`. 0 or -EINVAL, -ERANGE.
 */
int nl_parse(struct nl_call *call, int depth, struct nl_attrs attrs,
	     const struct nl_rule *rules, uint32_t count, bool strict,
	     const struct nl_attr **out) ON_NET_THREAD;
/* The body's attributes behind a fixed header of `header` bytes. -EINVAL: it is
 * shorter. */
int nl_parse_body(struct nl_call *call, uint32_t header,
		  const struct nl_rule *rules, uint32_t count,
		  const struct nl_attr **out) ON_NET_THREAD;

/* diag_filter.c: INET_DIAG_REQ_BYTECODE. */
struct socket_info;
/* 0, -EINVAL, -EPERM. */
int diag_filter_check(const uint8_t *code, uint32_t length, bool admin);
/* Whether it wants this socket. */
bool diag_filter_run(const uint8_t *code, uint32_t length,
		     const struct socket_info *info,
		     const struct demux_entry *entry);

/* diag_inet.c, diag_other.c */
extern const struct nl_handler nl_diag_inet, nl_diag_inet_destroy, nl_diag_unix,
	nl_diag_netlink, nl_diag_packet;
/* For struct change_watch. */
void nl_diag_socket_gone(struct net *net, struct endpoint *ep) ON_NET_THREAD;

/* uevent.c */
void nl_uevent_link_changed(const struct netif *netif,
			    enum change_how how) ON_NET_THREAD;
void nl_uevent_end(struct netlink *netlink);

/* net->watch: route.c */
void nl_route_changed(struct net *net, enum change_kind kind,
		      enum change_how how, const void *object) ON_NET_THREAD;

/* ---- for net.c ---- */

int netlink_create(struct net *net);
/* The stack of this number has ended. */
void netlink_forget(struct net *net, uint64_t stack) ON_NET_THREAD;
void netlink_destroy(struct net *net) ON_NET_THREAD;
extern const struct protocol netlink_raw_protocol, netlink_dgram_protocol;
