// SPDX-License-Identifier: MIT
/*
 * A world: hosts (a struct net each) in virtual time, with Ethernet interfaces
 * that either hand their frames to a test, or are joined by a wire, or stand
 * round a switch. Deterministic: the same seed gives the same run.
 *
 * The clock jumps to the next moment at which something is due: a frame
 * arrives, a stack's deadline, an alarm of the user's. What happens at one
 * moment happens in a fixed order. Nothing here knows of any test framework: a
 * contradiction ends the process by port_bug().
 */
#pragma once

#include "lib/heap.h"
#include "lib/list.h"
#include "lib/types.h"
#include "net/core/instance.h"
#include "net/net.h"
#include "tools/netsim/wire.h"

#define WORLD_START (1000 * NSEC_PER_SEC)

struct host {
	struct list list;
	struct world *world;
	struct net *net;
	struct net_config config;
	struct netif netif;
	struct net_addr addr;
	struct host *peer; /* the other end of the wire, or NULL */
	bool on_switch;
	struct wire wire; /* towards the peer or the switch */
	struct wire wire_in; /* from the switch */
	struct list sent; /* without a wire: frames for host_next() */
	uint32_t sent_count;
	nsec_t deadline;
	int busy_after; /* transmit says -EBUSY after so many; -1: never */
	uint64_t frames_in, frames_out;
	struct net_lease lease;
	int leases, leases_lost;
	struct capture *capture;
	struct list incoming; /* struct injection, for the next poll */
	struct record_file *record;
};

/* Something of the user's that is due at a time. */
struct alarm {
	struct heap_node due;
	void (*ring)(struct alarm *alarm);
};

struct world {
	nsec_t now;
	uint64_t seed;
	uint64_t order;
	uint64_t steps;
	struct list hosts;
	struct heap frames; /* on wires, by arrival and order */
	struct heap alarms;
	long in_use; /* memory at the start */
	/* A frame was lost or changed on a wire; may be NULL. */
	void (*frame_lost)(struct world *w, const struct frame *frame);
	/* A host gives a frame to its interface; may be NULL. */
	void (*frame_sent)(struct world *w, const struct frame *frame);
	/* What users do once the stacks have run; whether they did something.
	 * May be NULL. */
	bool (*work)(struct world *w);
	void *context;
	/* Each new host writes its event record to this, ".hostN.rec" added. */
	const char *record;
};

struct world *world_new(uint64_t seed);
/* Destroys all hosts; the number of objects that are still in use. */
long world_end(struct world *w);
uint32_t world_random(struct world *w, uint32_t below);
/* Runs everything that is due now, and what follows from it. */
void world_settle(struct world *w);
/* Lets `time` pass. */
void world_run(struct world *w, nsec_t time);
/* Until `done` says true, at most `limit`; whether it did. */
bool world_run_until(struct world *w, nsec_t limit, bool (*done)(void *context),
		     void *context);
/* On its way since frame->time says so. */
void world_arrive(struct world *w, struct frame *frame);
void alarm_set(struct world *w, struct alarm *alarm, nsec_t at);
void alarm_stop(struct world *w, struct alarm *alarm);

/* `text` NULL: no address yet. The MAC is 02:00:00:00:00:NN, by number. */
struct host *host_new(struct world *w, const char *text, unsigned int bits);
/* The same with features (NETIF_TX_CHECKSUM ...) and an MTU. */
struct host *host_with(struct world *w, const char *text, unsigned int bits,
		       uint32_t features, uint32_t mtu);
void hosts_join(struct host *a, struct host *b);
/* The same behaviour in both directions. */
void hosts_wire(struct host *a, struct host *b, const struct wire *wire);
/* Onto the one switch, with a wire in each direction. */
void host_plug(struct host *h, const struct wire *out, const struct wire *in);

/* A frame comes in as an event, like an interrupt's. */
void host_inject(struct host *h, const void *frame, uint32_t length);

/* Configuration and sockets, run to completion. Errors are negative. */
int host_configure(struct host *h, struct config_request *r);
/* Sets net.ipv4's and others' settings: "net/ipv4/tcp_sack", "0". */
int host_tune(struct host *h, const char *path, const char *value);
int host_tuned(struct host *h, const char *path, char *text, uint32_t size);
int host_list(struct host *h, enum list_kind kind, void *array,
	      uint32_t capacity, uint32_t *total);
struct endpoint *host_socket(struct host *h, int family, int type, int number);
int host_request(struct host *h, struct endpoint *ep,
		 struct endpoint_request *r);
int host_bind(struct host *h, struct endpoint *ep, const char *text,
	      uint16_t port);
int host_connect(struct host *h, struct endpoint *ep, const char *text,
		 uint16_t port);
int host_listen(struct host *h, struct endpoint *ep, int backlog);
int host_set(struct host *h, struct endpoint *ep, int level, int name,
	     int value);
int host_get(struct host *h, struct endpoint *ep, int level, int name);
void host_close(struct host *h, struct endpoint *ep);
/* Datagrams: 0 or -E; the length or -EAGAIN. `text` NULL: connected. */
int host_send_to(struct host *h, struct endpoint *ep, const char *text,
		 uint16_t port, const void *data, uint32_t length);
int host_receive(struct host *h, struct endpoint *ep, void *data,
		 uint32_t length, struct net_name *from);
struct net_addr host_addr(const char *text);

/* Writes what the host's own tap says into a pcapng file, until world_end(). */
void host_capture(struct host *h, const char *path);
