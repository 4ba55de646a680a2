// SPDX-License-Identifier: MIT
/*
 * The kernel's network: the stacks, the threads that run them, and what is
 * done to them from outside. Everything here is callable from any thread;
 * nothing waits for the network.
 */
#pragma once

#include "lib/types.h"

struct net;
struct netif;

/* The first stack with its loopback interface, and its thread. Panics when
 * memory does not suffice: there is nothing to fall back to at start-up. */
void net_thread_start(void);
struct net *net_thread_net(void); /* the first */
/* A namespace's stack, whose loopback is down, with its thread. -ENOMEM. */
struct net_namespace;
int net_thread_create(struct net_namespace *network);
/* Whose stack it is; while somebody refers to it. */
struct net_namespace *net_thread_network(const struct net *net);
/* Nobody refers to it any more: it ends, some time soon. */
void net_thread_end(struct net *net);
/* What makes network namespaces (kernel/file/namespace.h). */
void net_namespaces_init(void);
/* All stacks learn that this one has ended. */
void net_namespaces_tell_end(uint64_t number);
/* A driver has found a card. */
void net_thread_attach(struct netif *netif);
/* Wakes the thread: called by port_doorbell. */
void net_thread_ring(struct net *net);

/* Configure the first card as the command line's ip= says; DHCP without it. */
void net_config_start(void);
/* /proc/net/pnp in Linux's format: what DHCP or ip= found. */
struct text;
void net_config_print(struct text *text);

/* Look for the host's capture port and send the packets' records there. */
void net_capture_start(void);
/* On the net thread, after each batch: hand finished bytes to the port. */
void net_capture_flush(void);
/*
 * weir.record=1: the record of all that enters the stack. What net_create()
 * takes, or NULL; then, as with the capture, the port and what goes to it. The
 * net thread waits in net_record_flush() when the host is slow.
 */
struct recorder;
struct virtio_port;
struct recorder *net_record_start(nsec_t now, nsec_t epoch);
void net_record_port(struct virtio_port *port, const char *name);
void net_record_find_port(void);
void net_record_flush(void);
/* Who runs the recorded stack: others' random numbers are not its. */
struct thread;
void net_record_thread(struct thread *thread);
void net_record_random(const void *bytes, size_t length);
/* A panic: the recorder's last packets as text, one line a call. */
void net_capture_dump(void (*line)(void *context, const char *text),
		      void *context);
