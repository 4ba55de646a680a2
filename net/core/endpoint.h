// SPDX-License-Identifier: MIT
/*
 * An endpoint: the object that a socket's two sides share.
 *
 *   user side (kernel/socket)          stack side (a protocol, net thread)
 *   fills tx, empties rx          <->  empties tx, fills rx
 *   posts endpoint_requests       -->  answers them
 *   reads what is published       <--  publishes, and calls notify->wake
 *
 * The user side of one endpoint is one thread at a time per direction: the
 * caller holds its own lock (one for sending, one for receiving and accepting).
 *
 * References: the user side holds one from net_socket()/endpoint_accept() to
 * endpoint_close(); the stack holds one while the protocol half exists. Close
 * gives the endpoint to the stack: what is queued in tx is still sent.
 */
#pragma once

#include "lib/types.h"
#include "lib/atomic.h"
#include "lib/hash.h"
#include "lib/list.h"
#include "net/core/annotate.h"
#include "net/core/binding.h"
#include "net/core/datagram.h"
#include "net/core/demux.h"
#include "net/core/event.h"
#include "net/core/frag_ring.h"
#include "net/core/mailbox.h"
#include "net/core/reason.h"
#include "net/core/sockopt.h"
#include "net/wire/address.h"

struct net;
struct netif;
struct packet;
struct endpoint;
struct icmp_error;

/* Readiness, as endpoint_poll() gives it: Linux's POLL numbers. */
#define NET_POLLIN 0x001
#define NET_POLLPRI 0x002
#define NET_POLLOUT 0x004
#define NET_POLLERR 0x008
#define NET_POLLHUP 0x010
#define NET_POLLRDHUP 0x2000
/* Not a state but an event: an urgent pointer has come (SIGURG). */
#define NET_POLL_URGENT 0x10000

/* Published, atomic bits (endpoint->status). */
enum endpoint_status {
	EP_BOUND = 1 << 0,
	EP_LISTENING = 1 << 1,
	EP_CONNECTING = 1 << 2, /* connect() was answered EINPROGRESS */
	EP_CONNECTED = 1 << 3, /* stream: established; datagram: has a peer */
	EP_WAS_CONNECTED = 1 << 4, /* stream: ever established */
	EP_RX_EOF = 1 << 5, /* nothing will be added to rx any more */
	EP_RX_SHUT = 1 << 6, /* shutdown(SHUT_RD) */
	EP_TX_SHUT = 1 << 7, /* shutdown(SHUT_WR): send gives EPIPE */
	EP_DEAD = 1 << 8, /* stream: closed or reset for good */
	EP_CLOSING = 1 << 9, /* the user side has closed it */
	EP_URGENT = 1 << 10, /* urgent data pending (POLLPRI) */
	EP_RX_FIN = 1 << 13, /* stream: the peer has ended it in good order */
	EP_MORE = 1 << 12, /* netlink: kick when something was read */
	EP_TX_DONE = 1 << 11, /* stream: all of tx and our FIN acknowledged */
};

/* Called on the net thread at the end of a batch (never while a packet is
 * processed), with NET_POLL bits that may have become true. Must not sleep and
 * must not free the endpoint. `owner` is never NULL. */
struct endpoint_notify {
	void (*wake)(void *owner, uint32_t events);
	/* The endpoint was closed: on the net thread, once, after the last
	 * wake. May be NULL. */
	void (*closed)(void *owner);
};

/* One transport. The stack side of all functions is the net thread. Any of
 * them but attach, detach and close may be NULL: -EOPNOTSUPP. */
struct protocol {
	const char *name; /* "TCP" */
	uint8_t family; /* NET_NETLINK ...; 0: both Internet families */
	bool own_names; /* its names are no Internet addresses */
	uint8_t number; /* IP protocol */
	uint8_t type; /* NET_SOCK_STREAM, ... */
	uint8_t bindings; /* index of its port space in net->bindings */
	/* Makes the protocol half (endpoint->half). 0 or -E. */
	int (*attach)(struct endpoint *ep);
	/* bind: the name is checked for family and interface already. */
	int (*bind)(struct endpoint *ep, const struct net_name *name);
	/* 0, -EINPROGRESS, or an error; name->addr any6 family unspec: see
	 * `disconnect`. */
	int (*connect)(struct endpoint *ep, const struct net_name *name);
	/* Like connect, with data to come (MSG_FASTOPEN): how many bytes the
	 * first packet will hold, or the result of connect. */
	int (*fast_open)(struct endpoint *ep, const struct net_name *name);
	int (*disconnect)(struct endpoint *ep); /* AF_UNSPEC */
	int (*listen)(struct endpoint *ep, int backlog);
	int (*shutdown)(struct endpoint *ep, int how); /* SHUT_RD 0, WR 1, 2 */
	/* The user is gone. The half ends now or later; when it has ended the
	 * protocol calls endpoint_half_done(ep). `abort`: at once, as on
	 * net_destroy (no packets). */
	void (*close)(struct endpoint *ep, bool abort);
	/* Protocol level only; core handles SOL_SOCKET, IP and IPv6. The value
	 * is `length` bytes; getsockopt returns the length it wrote. */
	int (*setsockopt)(struct endpoint *ep, int level, int name,
			  const void *value, uint32_t length);
	int (*getsockopt)(struct endpoint *ep, int level, int name, void *value,
			  uint32_t length);
	/* After core has changed a shared option (buffers, keepalive, ...). */
	void (*option_changed)(struct endpoint *ep, int level, int name);
	/* Before it is closed: true, it was in another stack than its own and
	 * has been sent home (endpoint_move), where it is closed next. */
	bool (*recall)(struct endpoint *ep);
	/* The user filled tx, emptied rx or called endpoint_kick(): tx.tail and
	 * rx.head have been sampled into ep->tx_tail and ep->rx_head. */
	void (*kick)(struct endpoint *ep);
	/* An ICMP error quotes a packet of this protocol. */
	void (*error)(struct net *net, const struct icmp_error *error);
	/* SO_TIMESTAMPING's OPT_ID was switched on: where its keys begin. May be
	 * NULL: at 0. -EINVAL: not in this state. */
	int (*start_stamp_keys)(struct endpoint *ep, uint32_t flags);
	/* Send with MSG_OOB: the byte before this position of tx is urgent. */
	void (*urgent)(struct endpoint *ep, uint64_t end);
	/* ioctl(SIOCINQ ...): protocol-specific numbers; may be NULL. */
	int (*ioctl)(struct endpoint *ep, unsigned int command, int *value);
};

/*
 * What few endpoints ever need; made by whichever side needs it first
 * (endpoint_extra), and there until the endpoint goes.
 */
struct endpoint_extra {
	/* The error queue: struct datagram with `error` filled in; charged as
	 * received ones. See error_queue.h. */
	struct mailbox errors; /* any side writes, user reads */

	/* Streams: what is urgent, and where (urgent.h). Atomic. */
	uint64_t urgent;
	uint64_t urgent_skip; /* position of a byte that nobody may read */
	struct mailbox tx_stamps; /* struct stream_stamp; user writes */
	uint64_t tx_sent; /* atomic: what is behind it was never sent */
	const uint8_t *recorded_end; /* of tx, as far as it is recorded */

	/* Listening endpoints: struct endpoint by `event`. */
	struct mailbox accepted; /* stack writes */
	uint32_t accept_count; /* atomic: not yet taken */
	uint32_t backlog; /* atomic */
	uint32_t errors_queued; /* atomic: in `errors` */
};

struct endpoint {
	/* Net thread only, but for the names: the place in the protocol's
	 * tables. `local` and `remote` are published (names_version). */
	union {
		struct demux_entry entry;
		struct {
			DEMUX_ENTRY_FIELDS
		};
	};

	/* Constant after net_socket() or before the accept queue. */
	struct net *net; /* but for those that move: atomic */
	const struct protocol *protocol;
	uint8_t family; /* NET_IP4, NET_IP6; net thread only: IPV6_ADDRFORM */
	uint8_t type; /* NET_SOCK_ */
	uint8_t number; /* IP protocol (raw: the chosen one) */
	bool watched; /* the stack has a recorder (record.h) */
	uint32_t id; /* unique in the net */
	struct refcount refs;
	uint32_t pending_events; /* for notify; net thread only */

	/* The user's, set by net_socket()/endpoint_adopt(). Read anywhere. */
	const struct endpoint_notify *notify; /* atomic */
	void *owner; /* atomic; NULL: nobody to wake */
	int32_t pid; /* who made it, for captures */
	uint32_t uid;
	uint64_t inode; /* for /proc/net/tcp */

	union {
		/* Stream endpoints: rings. */
		struct {
			struct frag_ring tx; /* user writes, stack reads */
			struct frag_ring rx; /* stack writes, user reads */
			/* When rx.head reaches this, the user kicks: the window
			 * must be reopened. Stack writes, atomic; UINT64_MAX:
			 * no need. */
			uint64_t rx_kick_at;
			uint64_t tx_tail; /* sample of tx.tail */
			uint64_t rx_head; /* sample of rx.head */
			uint32_t tx_unsent_most; /* atomic: more unsent bytes
						  * than these, and there is no
						  * room to write; 0: no such */
			/* Atomic: the writer has more at once (MSG_MORE); a
			 * reader sleeps, whatever SO_RCVLOWAT says. */
			bool tx_more, want_read;
			bool tx_held; /* sample of tx_more */
		};
		/* Datagram endpoints. */
		struct {
			struct mailbox tx_box; /* struct datagram; by the user */
			struct mailbox rx_box; /* stack writes */
			uint32_t tx_charged; /* atomic */
			uint32_t rx_queued; /* atomic: datagrams */
		};
	};
	uint32_t rx_charged; /* atomic: rx_box and errors */
	uint32_t rx_dropped; /* atomic, SO_RXQ_OVFL's count; errors, too */
	uint32_t sndbuf, rcvbuf; /* atomic; limits, Linux's doubled values */
	struct endpoint_extra *extra; /* atomic; NULL: nothing of it */
	uint32_t stamp_keys; /* atomic: the next OPT_ID of a datagram */

	/* Published by the stack, atomic. */
	uint32_t status; /* enum endpoint_status */
	int32_t error; /* SO_ERROR: positive errno, 0 none */
	uint32_t names_version; /* odd while local and remote change */
	uint8_t state; /* for /proc: Linux's TCP states; 7 CLOSE */

	/* Net thread only. */
	bool attached, half_done;
	bool travels; /* atomic: to `net`; until it is there events wait */
	bool recorded; /* the recorder, if any, knows of this */
	bool folded; /* TCP: `half` is packed, net/tcp/fold.h */
	uint8_t port_origin; /* enum port_origin, of `binding` */

	/* The user sets it when it found no room to write and waits; the stack
	 * clears it when it wakes for POLLOUT. Atomic. */
	bool want_write;

	/* Net thread only. */
	void *half; /* the protocol's */
	struct filter *filter; /* SO_ATTACH_FILTER, or NULL */
	struct endpoint_options opt;
	struct binding *binding; /* the local port, or NULL */
	struct endpoint *notify_next; /* of net->notify_first */
	struct list list; /* net->endpoints */

	/* What the user wants: `posted` is of enum endpoint_asks. Before there
	 * is a user: the place in a listener's queue. */
	struct event event;
};

enum endpoint_asks {
	ASKS_KICK = 1 << 0, /* to look at the rings */
	ASKS_CLOSE = 1 << 1,
};

/* Of those of kind DEMUX_SOCKET. */
static inline struct endpoint *entry_endpoint(const struct demux_entry *entry)
{
	return container_of(entry, struct endpoint, entry);
}

/* ---- User side ---- */

/*
 * A new endpoint with one reference for the caller. `family` NET_IP4/NET_IP6,
 * `type` NET_SOCK_, `number` 0 or IPPROTO_. -EPROTONOSUPPORT,
 * -ESOCKTNOSUPPORT, -ENOMEM. `notify`/`owner` may be set later by
 * endpoint_adopt().
 */
int net_socket(struct net *net, int family, int type, int number,
	       struct endpoint **out);
/* Says who is to be woken; poll afterwards, wake-ups before were nobody's.
 * With owner NULL no new wake begins; one may still be running: the owner must
 * be protected by other means (endpoint_disown). */
void endpoint_adopt(struct endpoint *ep, const struct endpoint_notify *notify,
		    void *owner);
/* The NET_POLL bits that hold now. Any thread. Without NET_POLLOUT, want_write
 * has been set: a wake-up will come. */
uint32_t endpoint_poll(struct endpoint *ep);
/* Streams: SO_RCVLOWAT bytes are there. Any thread. */
bool endpoint_readable(const struct endpoint *ep);
/* SO_ERROR: takes the pending error (0 or -errno). */
int endpoint_take_error(struct endpoint *ep);
uint32_t endpoint_status(const struct endpoint *ep);
void endpoint_names(const struct endpoint *ep, struct net_name *local,
		    struct net_name *remote); /* either may be NULL */

/* The user wrote to tx or a tx_box, or wants the protocol to look. */
void endpoint_kick(struct endpoint *ep);
/* After frag_ring_release() on rx: kicks if the stack asked for it. */
void endpoint_consumed(struct endpoint *ep);

/* The next ready connection (the caller's reference) or NULL. */
struct endpoint *endpoint_accept(struct endpoint *listener);

/* Datagrams: -EAGAIN when SO_SNDBUF is full (want_write was set: wait for
 * POLLOUT). Takes over the datagram when 0. */
int endpoint_send_datagram(struct endpoint *ep, struct datagram *datagram);
/* The oldest datagram without taking it, or NULL. */
struct datagram *endpoint_peek_datagram(struct endpoint *ep);
/* Takes and uncharges it; the caller frees it. */
struct datagram *endpoint_receive_datagram(struct endpoint *ep);

/* Ends the user's side: no wakes from the end of the close event on, and gives
 * up the caller's reference. Does not wait. The owner must live until
 * notify->closed is called. For SO_LINGER with a time the caller first shuts
 * down writing and waits for EP_TX_DONE or EP_DEAD. */
void endpoint_close(struct endpoint *ep);

enum endpoint_op {
	EP_OP_BIND, /* name */
	EP_OP_CONNECT, /* name */
	EP_OP_FAST_OPEN, /* name; result: see struct protocol */
	EP_OP_DISCONNECT,
	EP_OP_LISTEN, /* number: backlog */
	EP_OP_SHUTDOWN, /* number: how */
	EP_OP_SETSOCKOPT, /* level, option, value, length */
	EP_OP_GETSOCKOPT, /* the same; result: length */
	EP_OP_IOCTL, /* number: command; value: int */
	EP_OP_URGENT, /* value: uint64_t, end of the urgent data in tx */
};

/* A request about one endpoint; post with endpoint_request(). */
struct endpoint_request {
	struct request request;
	struct endpoint *endpoint;
	enum endpoint_op op;
	struct net_name name;
	int number;
	int level, option;
	void *value; /* kernel memory */
	uint32_t length;
};

/* `r->request.done` and `context`, `r->op` and its arguments are set. */
void endpoint_request(struct endpoint *ep, struct endpoint_request *r);

/* ---- Any side ---- */

/* The rare part, made if there is none. NULL: no memory. */
struct endpoint_extra *endpoint_extra(struct endpoint *ep);

static inline struct endpoint *endpoint_get(struct endpoint *ep)
{
	refcount_get(&ep->refs);
	return ep;
}

void endpoint_put(struct endpoint *ep);

/* ---- Stack side ---- */

/* A child of a listener: same protocol, family, options, no owner. The one
 * reference is the stack's. NULL: no memory. The protocol sets names and half,
 * and later calls endpoint_push_accepted(). */
struct endpoint *endpoint_child(struct endpoint *listener) ON_NET_THREAD;
/* Sizes of both buffers (tcp_wmem, wmem_default ...) before any use. */
void endpoint_set_buffers(struct endpoint *ep, uint32_t send,
			  uint32_t receive) ON_NET_THREAD;
/* Queues a ready child; takes a reference for the accepting user. */
void endpoint_push_accepted(struct endpoint *listener,
			    struct endpoint *child) ON_NET_THREAD;
/* A queued child that nobody accepted, while closing a listener: the caller
 * gets the user's reference and aborts the connection. */
struct endpoint *endpoint_unaccepted(struct endpoint *listener) ON_NET_THREAD;
/* How many children wait to be accepted: an input as well. */
uint32_t endpoint_accepts(struct endpoint *listener) ON_NET_THREAD;
/* Before the stack looks how much of what it delivered was read. */
uint32_t endpoint_sample_charge(struct endpoint *ep) ON_NET_THREAD;
uint32_t endpoint_sample_queued(struct endpoint *ep) ON_NET_THREAD;
/* The next datagram that the user sent, or NULL. */
struct datagram *endpoint_next_datagram(struct endpoint *ep) ON_NET_THREAD;

/* Looks how far the user has filled tx and emptied rx: an input, taken here
 * alone, once per event (a kick, a segment that arrived). */
void endpoint_sample_watched(struct endpoint *ep);

static inline void endpoint_sample(struct endpoint *ep)
{
	if (ep->type != NET_SOCK_STREAM)
		return;
	if (unlikely(ep->watched)) {
		endpoint_sample_watched(ep);
		return;
	}
	ep->tx_tail = atomic_load(&ep->tx.tail);
	ep->rx_head = atomic_load(&ep->rx.head);
	ep->tx_held = atomic_load(&ep->tx_more);
}

/* Marks events that are told to the owner at the end of the batch. */
void endpoint_wake(struct endpoint *ep, uint32_t events) ON_NET_THREAD;
void endpoint_set_status(struct endpoint *ep, uint32_t set,
			 uint32_t clear) ON_NET_THREAD;
/* Sets SO_ERROR (positive errno) and wakes for it. */
void endpoint_set_error(struct endpoint *ep, int error) ON_NET_THREAD;
void endpoint_set_names(struct endpoint *ep, const struct net_name *local,
			const struct net_name *remote) ON_NET_THREAD;
/* tx has shrunk: wake a waiting writer if a third of the limit is free. */
void endpoint_writable(struct endpoint *ep) ON_NET_THREAD;
/* User side, streams: bytes that may be written before TCP_NOTSENT_LOWAT's
 * limit is reached; UINT64_MAX without one. */
uint64_t endpoint_unsent_room(const struct endpoint *ep);
/* Queues a received datagram and wakes; REASON_NONE, or the reason why not
 * (rcvbuf full): then the datagram has been freed. */
enum reason endpoint_deliver(struct endpoint *ep, struct datagram *datagram,
			     enum reason full) ON_NET_THREAD;
/*
 * From now on the endpoint is another stack's, whose thread alone touches it:
 * what was posted to the old one is passed on. `travels`: what comes waits until
 * endpoint_arrive(), on the new one's thread. Its stacks must outlive the posts
 * (as net/core/travel.h and namespaces see to it).
 */
void endpoint_move(struct endpoint *ep, struct net *to,
		   bool travels) ON_NET_THREAD;
void endpoint_arrive(struct endpoint *ep, struct net *net) ON_NET_THREAD;
/* The protocol half has ended: gives up the stack's reference. */
void endpoint_half_done(struct endpoint *ep) ON_NET_THREAD;
/* SO_BINDTODEVICE or scope as an interface, or NULL. */
struct netif *endpoint_netif(const struct endpoint *ep) ON_NET_THREAD;
/* Fills the socket fields of a packet's note. */
static inline void packet_note_endpoint(struct packet *packet,
					const struct endpoint *ep)
{
	packet->note.socket = ep->id;
	packet->note.pid = ep->pid;
}
/* Makes a datagram packet count against the endpoint's sndbuf until freed. */
void packet_charge(struct packet *packet, struct endpoint *ep,
		   uint32_t charge) ON_NET_THREAD;

/* For net.c: tells the marked owners. */
void endpoint_flush_wakes(struct net *net) ON_NET_THREAD;
