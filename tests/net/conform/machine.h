// SPDX-License-Identifier: MIT
/*
 * A machine in virtual time: the kernel's own system calls, descriptors and
 * sockets above the stack, one wire below it, and nothing else.
 *
 * The runner is the hardware: it moves the clock, injects packets and takes
 * what was sent. System calls run in tasks (fibers); one that sleeps gives the
 * processor back until what it waits for has happened.
 */
#pragma once

#include "lib/types.h"
#include "net/wire/address.h"

struct config_request;
struct net;

struct wire_packet {
	struct wire_packet *next;
	nsec_t at;
	uint32_t length;
	uint32_t gso_size; /* payload bytes per segment, 0: one segment */
	bool partial; /* the checksum was left to the device */
	uint8_t *bytes; /* from the IP header on */
};

struct machine_config {
	bool six; /* the stack's address below is IPv6 */
	struct net_addr address;
	unsigned int bits;
	uint32_t mtu;
	bool no_segmentation;
};

extern struct net *machine_net;
extern nsec_t machine_now;

void machine_start(const struct machine_config *config);
/* Closes every descriptor, ends the stack; how many objects of the stack and
 * of the kernel are left (0 is right). */
long machine_end(void);

/* Everything that is due now, and what follows from it. */
void machine_settle(void);
/* Lets time pass until `end`, or until something was sent (`watch`) or a task
 * ended. The clock stops at the moment when that happened. */
void machine_run(nsec_t end, bool watch);
void machine_advance(nsec_t end);

/* The wire. */
void machine_inject(const uint8_t *bytes, uint32_t length);
struct wire_packet *machine_sent(void); /* the oldest, or NULL; stays */
void machine_take(void); /* forgets the oldest */

/* From now on the device neither checksums nor segments. */
void machine_without_offload(void);

/* Requests. Result or -E. */
int machine_configure(struct config_request *request);

/* Tasks. */
struct task {
	void (*body)(void *arg);
	void *arg;
	bool done;
	nsec_t started, ended;
};
/* Starts it; it may have ended when this returns. `task` must live until it
 * is done. */
void task_start(struct task *task, void (*body)(void *), void *arg);
/* Starts it, and lets time pass until it has ended or an hour is over. */
void task_run(struct task *task, void (*body)(void *), void *arg);

/* A descriptor for a file of this host, for sendfile(). -E. */
int machine_open(const char *path, int flags);
/* What the kernel has allocated and not freed. */
long kernel_objects(void);
/* Takes or gives back the privileges of root. */
void machine_capabilities(uint64_t effective);
