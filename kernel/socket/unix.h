// SPDX-License-Identifier: MIT
/*
 * Private to kernel/socket: UNIX domain sockets (unix(7)).
 *
 * A unix_socket is counted: its socket holds one reference, its peer another,
 * a name in the hash another. `lock` guards its own state and its receive
 * queue; two locks are taken only in the order of addresses (lock_pair). Data
 * is copied outside of any lock.
 */
#pragma once

#include "kernel/socket/socket.h"
#include "lib/hash.h"
#include "lib/list.h"
#include "lib/rbtree.h"

struct file;
struct inode;
struct credentials;

#define UNIX_PATH_MAX 108
#define UNIX_BUFFER 212992 /* SO_SNDBUF's default, bytes */
#define UNIX_FDS_MAX 253 /* SCM_MAX_FD */

enum unix_state { UNIX_IDLE, UNIX_LISTENING, UNIX_CONNECTED, UNIX_CLOSED };

/* What travels with a message. */
struct unix_credentials {
	int32_t pid;
	uint32_t uid, gid;
};

/* One message, or a piece of a stream. */
struct unix_message {
	struct list link;
	uint32_t length, offset; /* bytes; how many were read */
	uint32_t charge; /* against the sender's buffer */
	struct unix_socket *sender; /* counted: whom to wake */
	struct unix_credentials who;
	bool has_credentials;
	unsigned file_count;
	unsigned sockets; /* UNIX sockets among them: counted as in flight */
	struct file **files; /* references, or NULL */
	struct unix_share *share; /* whose files in flight, or NULL */
	uint8_t name_length;
	uint8_t name[ADDRESS_MAX]; /* of the sender, datagrams */
	uint8_t *data; /* kmalloc'ed, or behind the struct */
	struct unix_message *next_spent; /* in a receiver's list */
};

struct unix_socket {
	int32_t refs;
	struct spinlock lock; /* guards all below but the hash node */
	enum unix_state state;
	int type;
	struct socket *socket; /* NULL once closed */
	struct unix_socket *peer; /* counted; datagram: connect's */
	bool receive_shut, send_shut, reset;
	uint32_t charged; /* atomic: bytes under way from us */
	uint32_t send_buffer, receive_buffer;
	struct list queue; /* unix_message, oldest first */
	uint32_t queued; /* messages in it */
	struct list pending; /* listener: struct unix_connection */
	uint32_t pending_count, backlog;
	struct unix_credentials maker, peer_credentials;
	bool pass_credentials;
	uint64_t inert; /* bit n: option n is on, without effect */

	/* The name: constant once bound; name_length 0 while unbound. */
	uint8_t name_length;
	uint8_t name[ADDRESS_MAX];
	struct hnode name_link; /* guarded by the hash's lock */
	struct rb_node all_node; /* the same */
	uint64_t order; /* of creation, constant: unique for ever */
	uint64_t number; /* the socket's inode */
	struct inode *inode; /* path names: counted */
	/* What names it; of accepted sockets, too (listings). 0: abstract. */
	uint64_t file_number, file_device;
	bool heard; /* datagram: somebody has connected to it */
	/* Whose abstract names it knows; only compared. */
	const struct net_namespace *network;

	/* unix_garbage.c: guarded by its mutex. */
	uint32_t in_flight; /* references to our file that messages have */
	uint32_t outside; /* of these, not by candidates */
	bool candidate; /* nobody but messages has a reference */
	struct list flight_link, reach_link;
};

/* A connection that waits to be accepted. */
struct unix_connection {
	struct list link;
	struct unix_socket *server_end;
};

struct unix_socket *unix_get(struct unix_socket *unix_socket);
void unix_put(struct unix_socket *unix_socket);
/* The peer with a reference, or NULL. */
struct unix_socket *unix_peer(struct unix_socket *unix_socket);
void unix_wake(struct unix_socket *unix_socket, unsigned key);
void unix_message_free(struct unix_message *message);
/* Frees what nobody will read: the socket is closed. */
void unix_drop_queue(struct unix_socket *unix_socket);
/* The bound socket that a sockaddr_un names, with a reference:
 * -ECONNREFUSED, -ENOENT, -EPROTOTYPE, -EACCES. */
int unix_find(const struct net_namespace *network, const uint8_t *name,
	      int length, int type, struct unix_socket **found);

/* A fresh object for a socket; NULL: out of memory. */
struct unix_socket *unix_make(struct socket *socket);
/* ---- unix_name.c ---- */
void unix_enlist(struct unix_socket *unix_socket);
/* Shows `look` the sockets that are younger than `after`, until it has seen
 * enough (true); under the lock of names. */
bool unix_look_after(uint64_t after,
		     bool (*look)(struct unix_socket *at, void *arg),
		     void *arg);
int unix_bind(struct socket *socket, const uint8_t *name, int length);
void unix_forget_name(struct unix_socket *unix_socket);
/* ---- unix_connect.c ---- */
int unix_connect(struct socket *socket, const uint8_t *name, int length,
		 bool nonblock);
int unix_listen(struct socket *socket, int backlog);
int unix_accept(struct socket *socket, struct socket *fresh, bool nonblock);
int unix_pair(struct socket *a, struct socket *b);
/* It sees end of file, or a reset if data was left unread. */
void unix_tell_peer(struct unix_socket *peer, bool unread);
void unix_refuse_pending(struct unix_socket *listener);

/* ---- unix_message.c ---- */
ssize_t unix_send(struct socket *socket, struct message *message);
ssize_t unix_receive(struct socket *socket, struct message *message);

/* ---- unix_garbage.c ---- */
void unix_garbage_init(void);
/* The message's files are on their way; `sockets` is set. Many that nobody
 * fetched are a reason to search. */
void unix_flight_begin(struct unix_message *message);
/* Ends that, and drops the references. */
void unix_flight_end(struct file **files, unsigned count, unsigned sockets);
/* Files of a message become somebody's descriptors, or are put aside, between
 * these two; nothing there may sleep long. */
void unix_flight_lock(void);
void unix_flight_unlock(void);
/* A UNIX socket was closed: others may have become unreachable. */
void unix_collect(void);

/* ---- unix_share.c ---- */
/* The files count as the sender's in flight: -ETOOMANYREFS, -ENOMEM. */
int unix_share_take(struct unix_message *message);
void unix_share_give_back(struct unix_message *message);

/* Descriptors and credentials from a send's control data. */
int unix_take_controls(const struct message *in, struct unix_message *out);
/* Memory to hand over the files that a message has, before any of its bytes is
 * given to a receiver, who could not give them back: -ENOMEM. */
int unix_reserve_controls(struct message *out, const struct unix_message *in);
/* ... and to a receiver. Files are given only once (`peek`: copies). */
void unix_put_controls(struct socket *socket, struct message *out,
		       struct unix_message *in, bool peek);
