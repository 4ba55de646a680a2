// SPDX-License-Identifier: MIT
/*
 * A host harness for the stack: hosts (a struct net each) in virtual time,
 * with Ethernet interfaces that either hand their frames to the test (a
 * dialogue: inject, expect, expect nothing) or are joined by a wire with delay,
 * loss, reordering and a rate. Deterministic: the same seed gives the same run.
 *
 *	struct world *w = world_new(1);
 *	struct host *a = host_new(w, "10.0.0.1", 24);
 *	host_inject(a, frame, length);
 *	CHECK(host_expect(a, &frame));   // the next frame that it sent
 *	world_free(w);                   // asserts the sum rule, no leaks
 */
#pragma once

#include "lib/list.h"
#include "lib/types.h"
#include "net/core/instance.h"
#include "net/net.h"

#define FRAME_MAX 66000

struct frame {
	struct list list;
	struct host *to; /* on a wire */
	nsec_t time; /* sent, or on a wire: to arrive */
	uint64_t order;
	bool checksum_partial;
	uint16_t gso_size;
	uint16_t csum_start, csum_offset;
	uint8_t gso_type;
	uint8_t why;
	uint32_t length;
	uint8_t bytes[];
};

/* One direction's behaviour; probabilities in millionths. */
struct wire {
	nsec_t delay;
	uint32_t loss, duplicate, reorder;
	nsec_t reorder_delay;
	uint64_t bits_per_second; /* 0: no limit */
	uint32_t queue_bytes; /* with a rate: 0 no limit */
	nsec_t busy_until;
	uint64_t sent, lost;
	/* A test's own say: true drops the frame. */
	bool (*drop)(struct wire *wire, const struct frame *frame);
	void *context;
};

struct host {
	struct list list;
	struct world *world;
	struct net *net;
	struct net_config config;
	struct netif netif;
	struct net_addr addr;
	struct host *peer; /* the other end of the wire, or NULL */
	struct wire wire; /* towards the peer */
	struct list sent; /* without a wire: frames for host_expect() */
	uint32_t sent_count;
	nsec_t deadline;
	int busy_after; /* transmit says -EBUSY after so many; -1: never */
	struct net_lease lease;
	int leases, leases_lost;
};

struct world {
	nsec_t now;
	uint64_t seed;
	uint64_t order;
	struct list hosts;
	struct list frames; /* on wires, by arrival */
	long in_use; /* memory at the start */
};

struct world *world_new(uint64_t seed);
/* Destroys all hosts; fails the test if memory is left in use. */
void world_free(struct world *w);
uint32_t world_random(struct world *w, uint32_t below);
/* Runs everything that is due now, and what follows from it. */
void world_settle(struct world *w);
/* Lets `time` pass. */
void world_run(struct world *w, nsec_t time);
/* Until `done` says true, at most `limit`; whether it did. */
bool world_run_until(struct world *w, nsec_t limit, bool (*done)(void *context),
		     void *context);

/* `text` NULL: no address yet. The MAC is 02:00:00:00:00:NN, by number. */
struct host *host_new(struct world *w, const char *text, unsigned int bits);
/* The same with features (NETIF_TX_CHECKSUM ...) and an MTU. */
struct host *host_with(struct world *w, const char *text, unsigned int bits,
		       uint32_t features, uint32_t mtu);
void hosts_join(struct host *a, struct host *b);
/* The same behaviour in both directions. */
void hosts_wire(struct host *a, struct host *b, const struct wire *wire);

/* Dialogue. */
void host_inject(struct host *h, const void *frame, uint32_t length);
/* The next frame that the host sent (the caller frees it with free()), or
 * NULL. */
struct frame *host_next(struct host *h);
/* Fails the test when a frame was sent. */
void host_expect_nothing(struct host *h);

/* Frames for dialogues. Each returns the length. */
struct peer {
	uint8_t mac[6], host_mac[6];
	struct net_addr addr, host_addr;
};
void peer_init(struct peer *p, struct host *h, const char *text);
/* Injects an ARP reply so that the host knows the peer, and settles. */
void peer_introduce(struct peer *p, struct host *h);
uint32_t frame_ip4(uint8_t *frame, const struct peer *p, uint8_t protocol,
		   const void *payload, uint32_t length);
/* The same for a fragment: offset in bytes. */
uint32_t frame_ip4_fragment(uint8_t *frame, const struct peer *p,
			    uint8_t protocol, uint16_t id, uint32_t offset,
			    bool more, const void *payload, uint32_t length);
uint32_t frame_udp(uint8_t *frame, const struct peer *p, uint16_t from,
		   uint16_t to, const void *payload, uint32_t length);
uint32_t frame_echo(uint8_t *frame, const struct peer *p, uint16_t id,
		    uint16_t sequence, const void *payload, uint32_t length);
uint32_t frame_arp(uint8_t *frame, uint16_t operation, const uint8_t *src_mac,
		   uint32_t src, const uint8_t *dst_mac, uint32_t dst);

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
