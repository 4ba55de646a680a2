// SPDX-License-Identifier: MIT
/*
 * Namespaces that have a file: what unshare(2) makes, setns(2) enters and a
 * file of nsfs (fs/nsfs) keeps alive. Each kind embeds a struct namespace. The
 * network's is here too, since sockets belong to one: a network namespace is
 * one stack, and the last reference to it ends the stack.
 *
 * A thread points to its network namespace (thread->network; NULL is the
 * first one) with a reference, and so does every socket made in it.
 */
#pragma once

#include "kernel/sched/thread.h"
#include "lib/atomic.h"
#include "lib/list.h"

struct net;
struct namespace;

struct namespace_kind {
	const char *name; /* of its file: "net" in "net:[4026531840]" */
	uint64_t flag; /* CLONE_NEW... */
	/* The last reference is gone. Any thread; must not sleep. */
	void (*release)(struct namespace *space);
};

struct namespace
{
	struct refcount refs;
	uint64_t number; /* the inode of its file; constant */
	const struct namespace_kind *kind;
	struct list all; /* guarded by namespace.c's lock */
};

/* With one reference. `number` 0: the next free one. */
void namespace_init(struct namespace *space, const struct namespace_kind *kind,
		    uint64_t number);
void namespace_put(struct namespace *space); /* NULL is allowed */
/* The first one of a kind whose number is greater, referenced, or NULL. */
struct namespace *namespace_next(const struct namespace_kind *kind,
				 uint64_t after);
/* The namespace of this number with a reference, or NULL. */
struct namespace *namespace_find(uint64_t number);

static inline void namespace_get(struct namespace *space)
{
	refcount_get(&space->refs);
}

/*
 * Who sends a message that may name namespaces by descriptors: the stack looks
 * them up while the sender sleeps. Files are kept until it goes on, since
 * closing one may sleep. namespace_of_fd: with a reference; -EBADF, -EINVAL,
 * -EMFILE.
 */
#define ASKER_FILES 4
struct namespace_asker {
	struct thread *thread;
	struct file *files[ASKER_FILES];
	unsigned count;
};
int namespace_of_fd(struct namespace_asker *asker, int fd,
		    const struct namespace_kind *kind,
		    struct namespace **space);
void namespace_asker_done(struct namespace_asker *asker);

/* ---- The network's ---- */

struct net_namespace {
	struct namespace space;
	struct net *net; /* constant */
	uint32_t sockets; /* atomic: of all families */
};

/* The first one, which never ends; its stack is set at start-up. */
#define INITIAL_NETWORK 4026531840ull
extern struct net_namespace initial_network;
extern const struct namespace_kind network_kind;
/* A new one, whose loopback is down; NULL: no memory. Set by kernel/net_*. */
extern struct net_namespace *(*network_create)(void);
/* Ends the stack of a namespace and frees it. Set there too. */
extern void (*network_end)(struct net_namespace *network);

static inline void network_put(struct net_namespace *network)
{
	if (network)
		namespace_put(&network->space);
}

/* The caller's, without a reference. */
static inline struct net_namespace *current_network(void)
{
	struct net_namespace *network = current_thread()->network;

	return network ? network : &initial_network;
}

/* The same with a reference. */
struct net_namespace *current_network_get(void);
/* A reference to that of a thread that is not exiting; under process_lock. */
struct net_namespace *network_of_thread(struct thread *thread);
/* Makes it the caller's own; takes over the reference. */
void network_enter(struct net_namespace *network);
