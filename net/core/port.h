// SPDX-License-Identifier: MIT
/*
 * What the stack needs from the world around it. kernel/net_port.c implements
 * this for the kernel, tests/net/port_host.c for the host build. Time is not
 * here: it is an argument of net_run().
 *
 * Each function may be called on any CPU, in thread context, and never sleeps.
 */
#pragma once

#include "lib/types.h"
#include "net/core/buf.h"

struct net;

/* Small objects. Zeroed; NULL when there is no memory. */
void *port_alloc(size_t size);
void port_free(void *object);

/*
 * A buffer with at least `size` bytes at `data` (up to 64 KiB) and one
 * reference; `size` and `truesize` say what it became. The bytes are not
 * cleared. NULL when there is no memory. Sizes of 2048, 4096-64, 16384-64 and
 * 65536 are the ones the stack asks for in bulk.
 */
struct buf *port_buf_alloc(uint32_t size);
/* The last reference is gone. Called by buf_free() alone. */
void port_buf_free(struct buf *buf);

/* Unpredictable bytes. */
void port_random(void *to, size_t len);

/* There is an event and the net thread may be asleep: wake it. Called by
 * net_post(), which interrupts may call too. */
void port_doorbell(struct net *net);

/*
 * The UNIX sockets beside this stack, which are not its own, in the order of
 * their creation: the first one that is younger than `after`; false: none. For
 * sock_diag alone: nothing of it ever reaches a wire, and a record of events
 * does without.
 */
struct diag_unix;
bool port_unix_next(struct net *net, uint64_t after, struct diag_unix *out);
/* The inodes of the connections that a listener has not accepted yet, at most
 * `room` of them; how many. */
uint32_t port_unix_pending(struct net *net, uint64_t order, uint32_t *inodes,
			   uint32_t room);

/*
 * Other stacks, by what a message's sender (datagram->sender, who waits for the
 * answer) calls them: a descriptor of a namespace's file, the id of a process;
 * or by their number. With a reference, which port_stack_put() drops. -EBADF,
 * -EINVAL, -ESRCH; -ENOENT: no such number.
 */
int port_stack_by_fd(void *sender, int fd, struct net **stack);
int port_stack_by_pid(void *sender, int pid, struct net **stack);
int port_stack_by_number(uint64_t number, struct net **stack);
void port_stack_put(struct net *stack);

/* Kernel's log; `level` as in syslog (3 error, 4 warning, 6 information). */
void port_log(int level, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* A contradiction inside the stack: does not return. */
void port_bug(const char *file, int line, const char *what) NORETURN;

#define NET_ASSERT(cond)                                     \
	do {                                                 \
		if (unlikely(!(cond)))                       \
			port_bug(__FILE__, __LINE__, #cond); \
	} while (0)
