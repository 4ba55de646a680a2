// SPDX-License-Identifier: MIT
/*
 * The file face of sockets: descriptors, blocking, timeouts, user memory.
 *
 * A struct socket is behind a struct file. What it does is in its family's
 * socket_ops: inet.c puts an endpoint of the network stack behind it, unix.c
 * needs no stack. The generic part here looks after everything that families
 * have in common, so that a family never copies an address or a message
 * header, and never sees a descriptor except those being passed.
 *
 * `send_lock` and `receive_lock` serialise the callers of one direction; they
 * are given up while a caller sleeps.
 */
#pragma once

#include "kernel/file/async.h"
#include "kernel/file/file.h"
#include "kernel/file/io.h"
#include "kernel/sched/clock.h"
#include "kernel/sched/lock.h"
#include "lib/types.h"

#define AF_UNSPEC 0
#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define AF_NETLINK 16
#define AF_PACKET 17
#define AF_MAX 46

#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SOCK_RAW 3
#define SOCK_SEQPACKET 5
#define SOCK_TYPE_MASK 0xf
#define SOCK_NONBLOCK O_NONBLOCK
#define SOCK_CLOEXEC O_CLOEXEC

#define MSG_OOB 0x1
#define MSG_PEEK 0x2
#define MSG_DONTROUTE 0x4
#define MSG_CTRUNC 0x8
#define MSG_TRUNC 0x20
#define MSG_DONTWAIT 0x40
#define MSG_EOR 0x80
#define MSG_WAITALL 0x100
#define MSG_CONFIRM 0x800
#define MSG_ERRQUEUE 0x2000
#define MSG_NOSIGNAL 0x4000
#define MSG_MORE 0x8000
#define MSG_WAITFORONE 0x10000
#define MSG_ZEROCOPY 0x4000000
#define MSG_FASTOPEN 0x20000000
#define MSG_CMSG_CLOEXEC 0x40000000

#define SHUT_RD 0
#define SHUT_WR 1
#define SHUT_RDWR 2

#define SOL_SOCKET 1
#define SCM_RIGHTS 1
#define SCM_CREDENTIALS 2

#define SO_DEBUG 1
#define SO_TYPE 3
#define SO_ERROR 4
#define SO_SNDBUF 7
#define SO_RCVBUF 8
#define SO_LINGER 13
#define SO_PASSCRED 16
#define SO_PEERCRED 17
#define SO_RCVLOWAT 18
#define SO_RCVTIMEO_OLD 20
#define SO_SNDTIMEO_OLD 21
#define SO_BINDTODEVICE 25
#define SO_ATTACH_FILTER 26
#define SO_PEERNAME 28
#define SO_TIMESTAMP 29
#define SO_ACCEPTCONN 30
#define SO_PEERSEC 31
#define SO_SNDBUFFORCE 32
#define SO_RCVBUFFORCE 33
#define SO_PASSSEC 34
#define SO_PROTOCOL 38
#define SO_DOMAIN 39
#define SO_BPF_EXTENSIONS 48
#define SO_PEERGROUPS 59
#define SO_RCVTIMEO_NEW 66
#define SO_SNDTIMEO_NEW 67

/* The largest sockaddr (struct sockaddr_storage). */
#define ADDRESS_MAX 128

struct net_namespace;
struct unix_message;

/* One struct msghdr, with everything but the data in kernel memory. */
struct message {
	struct io io;
	unsigned flags; /* in: MSG_*; out: msg_flags */
	uint8_t name[ADDRESS_MAX]; /* out for receive */
	int name_length; /* 0: none */
	/* send: the control data, copied. */
	uint8_t *control;
	size_t control_length;
	/* receive: where control messages go, and how much was written. */
	uaddr_t control_at;
	size_t control_room, control_used;
	/* receive, AF_UNIX: files to close once no lock is held any more. */
	struct unix_message *spent;
};

struct socket;

/* NAME_ACCEPTED: the peer's even if it has reset the connection since. */
enum which_name { NAME_OWN, NAME_PEER, NAME_ACCEPTED };

struct socket_ops {
	int (*bind)(struct socket *socket, const uint8_t *name, int length);
	int (*connect)(struct socket *socket, const uint8_t *name, int length,
		       bool nonblock);
	int (*listen)(struct socket *socket, int backlog);
	/* `fresh` has this family's ops and nothing behind it yet. */
	int (*accept)(struct socket *socket, struct socket *fresh,
		      bool nonblock);
	/* Writes at most ADDRESS_MAX bytes; the length, or -E. */
	int (*name)(struct socket *socket, uint8_t *name, enum which_name of);
	/* Bytes, or -E. The caller raises SIGPIPE for -EPIPE. */
	ssize_t (*send)(struct socket *socket, struct message *message);
	ssize_t (*receive)(struct socket *socket, struct message *message);
	int (*shutdown)(struct socket *socket, int how);
	int (*set_option)(struct socket *socket, int level, int name,
			  const void *value, unsigned length);
	/* The length written, at most `length`; or -E. */
	int (*get_option)(struct socket *socket, int level, int name,
			  void *value, unsigned length);
	unsigned (*poll)(struct socket *socket);
	long (*ioctl)(struct socket *socket, unsigned command,
		      uaddr_t argument);
	/* The file is gone: frees the socket, now or later. */
	void (*release)(struct socket *socket);
};

struct socket {
	/* Constant after creation. */
	const struct socket_ops *ops;
	struct net_namespace *network; /* where it was made; counted */
	uint8_t family, type;
	uint16_t protocol;
	uint32_t low_water; /* SO_RCVLOWAT, bytes; set by setsockopt */
	uint64_t inode; /* "socket:[N]" */
	struct file *file; /* not counted: the file owns us */

	struct wait_queue wait; /* POLL* keys */
	struct mutex send_lock, receive_lock;

	/* Set by setsockopt, read as single words. */
	nsec_t receive_timeout, send_timeout; /* 0: none */
	bool pass_credentials;
	bool linger;
	uint32_t linger_seconds;

	/* The family's. */
	union {
		struct endpoint *endpoint; /* of the stack */
		struct unix_socket *unix_socket; /* AF_UNIX */
	};
	union {
		struct async_urgent urgent; /* SOCK_STREAM: SIGURG is due */
		struct { /* others */
			/* Of the last datagram (SIOCGSTAMP), 0: none. */
			nsec_t stamp;
			union {
				/* The last destination that the stack found a
				 * way to, and until when that counts. Raced for
				 * without harm. */
				struct {
					uint64_t trusted;
					nsec_t trusted_until;
				};
				/* AF_PACKET: rings in memory that the program
				 * has mapped; and atomic: what poll looks at,
				 * or NULL. */
				struct {
					struct socket_rings *rings;
					uint32_t *ring_watched;
				};
			};
		};
	};
	uint32_t zerocopy_calls; /* guarded by receive_lock */
	int32_t pid; /* maker's, for SO_PEERCRED and ss */
	uint32_t uid, gid;
};

/* A family registers how its sockets are made. `socket->type` and protocol are
 * set; fills in ops and its part. -ESOCKTNOSUPPORT, -EPROTONOSUPPORT ... */
struct socket_family {
	int family;
	int (*create)(struct socket *socket);
	/* socketpair(2); may be NULL: -EOPNOTSUPP. */
	int (*pair)(struct socket *a, struct socket *b);
};
extern const struct socket_family inet_family, inet6_family, unix_family,
	netlink_family, packet_family;

struct socket_rings {
	struct mutex lock; /* held while they change or are mapped */
	void *memory; /* socket_ring_ops' own, or NULL */
};

/* Memory for rings, by a floor that knows address spaces (kernel/syscall). */
struct socket_ring_ops {
	/* `size` bytes, zeroed, as an array of pages, for frames that come or
	 * are to be sent; the socket's file can be mapped from now on. -ENOMEM,
	 * -EBUSY. */
	int (*create)(struct socket *socket, bool to_send, uint64_t size,
		      uint8_t ***pages);
	void (*destroy)(struct socket *socket, bool to_send);
	void (*release)(struct socket *socket); /* it closes */
	/* -EBUSY: they are mapped, and must stay as they are. */
	int (*check)(const struct socket *socket);
	/* Is there one for frames to be sent? */
	bool (*sends)(const struct socket *socket);
	/* mmap of all of it, frames to be sent last; -EINVAL. */
	int (*map)(struct socket *socket, struct vm_area *area);
};
extern const struct socket_ring_ops *socket_ring_ops;

/* A bare socket of a family, without a file, in the caller's network. */
struct socket *socket_alloc(int family, int type, int protocol);
void socket_free(struct socket *socket);
/* An accepted one belongs where its listener does. */
void socket_set_network(struct socket *socket, struct net_namespace *network);
/* The file around it (one reference); on failure the socket is released. */
int socket_make_file(struct socket *socket, unsigned flags, struct file **file);
/* The file's socket, or NULL. */
struct socket *socket_of_file(const struct file *file);
/* The socket of a descriptor with a reference on *file: -EBADF, -ENOTSOCK. */
int socket_of_fd(int fd, struct file **file, struct socket **socket);

/* The deadline for a call that may sleep `timeout` (0: for ever). */
static inline nsec_t socket_deadline(nsec_t timeout)
{
	return timeout ? clock_monotonic() + timeout : NO_DEADLINE;
}
/*
 * What a wait that ended without the event is to the caller: -EAGAIN after a
 * timeout; after a signal -ERESTARTSYS, or -EINTR when a timeout was set
 * (socket(7), signal(7)).
 */
int socket_wait_error(int error, nsec_t timeout);

/* Receiving end of control messages. False: MSG_CTRUNC was set, not all of it
 * (or nothing) was stored. */
bool message_put_control(struct message *message, int level, int type,
			 const void *data, size_t size);
/* The next control message in a send's data. *offset starts at 0. 0 and the
 * fields, -EINVAL when malformed, -ENOENT at the end. */
struct control_view {
	int level, type;
	const uint8_t *data;
	size_t size;
};
int message_next_control(const struct message *message, size_t *offset,
			 struct control_view *view);

/* Options that every family has; -EAGAIN: the family is to be asked (too). */
int socket_set_common(struct socket *socket, int name, const void *value,
		      unsigned length);
int socket_get_common(struct socket *socket, int name, void *value,
		      unsigned length);
/* SO_GET_FILTER of a socket of the stack; its length counts instructions. */
int socket_get_filter(struct socket *socket, uaddr_t value, uaddr_t length_at);

/* Sleep for the answer to any request to the stack; `post` sends it off when
 * request->done is set. The request's result. */
struct request;
int socket_wait_request(struct request *request, void (*post)(void *arg),
			void *arg);

/* UNIX sockets for listings, as net/core/port.h has it (unix_diag.c). */
struct net;
struct diag_unix;
bool unix_next(const struct net *net, uint64_t after, struct diag_unix *out);
uint32_t unix_pending(uint64_t order, uint32_t *inodes, uint32_t room);
/* Sockets of all families that exist. */
uint32_t socket_count(void);

/* The first namespace's stack, and who asks for the current process's id. */
struct net;
void socket_init(struct net *net, int (*current_pid)(void));
int socket_current_pid(void);
