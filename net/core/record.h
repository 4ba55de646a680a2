// SPDX-License-Identifier: MIT
/*
 * The event record: everything that enters a stack, in the order in which the
 * net thread takes it. What enters enters by few doors - events, frames that a
 * poll finds, how far rings are filled, random numbers, the time of net_run()
 * - and at each door stands a hook: `if (net->recorder)`. A recorder either
 * writes down what came in (record.c), or, in a replay, makes it come in again
 * (tools/netsim/replay_main.c). The same sources then give the same bytes on
 * the wire; each sent packet leaves a checksum in the record, so a replay knows
 * at once when it is another run.
 *
 * What is not recorded: allocations that fail, and stamps of MSG_ERRQUEUE. A
 * new door needs a hook; an event without a kind ends a replay.
 *
 * The file: struct record_start, then records of a struct record_head and its
 * bytes, in the machine's order. It is read by the tree that wrote it. Each
 * head has a sum of everything before it: a record that ends early (the guest
 * was switched off) is told from a damaged one.
 */
#pragma once

#include "lib/types.h"
#include "net/core/annotate.h"

struct endpoint;
struct datagram;
struct event;
struct net;
struct netif;
struct packet;
struct recorder;

#define RECORD_MAGIC 0x3252434552494557ull /* "WEIRECR2" */

enum record_kind {
	RECORD_RUN = 1, /* nsec_t: net_run() */
	RECORD_NO_EVENT, /* the mailbox was empty */
	RECORD_ENDPOINT_EVENT, /* id, enum endpoint_asks */
	RECORD_REQUEST, /* id, struct endpoint_request, value */
	RECORD_ATTACH, /* struct record_netif */
	RECORD_SCHEDULE, /* index */
	RECORD_LINK, /* index, up */
	RECORD_CONFIG, /* struct config_request, name, text */
	RECORD_TUNE, /* path, text; only writes */
	RECORD_SILENT, /* an event that changes nothing */
	RECORD_UNKNOWN, /* an event that nobody can replay */
	RECORD_ENDPOINT, /* struct record_endpoint */
	RECORD_CHILD, /* parent's id, id */
	RECORD_SAMPLE, /* struct record_sample, and pieces written since */
	RECORD_ACCEPTS, /* id, how many wait to be accepted */
	RECORD_CHARGE, /* id, rx_charged */
	RECORD_DATAGRAM, /* id, struct datagram, bytes; id alone: none */
	RECORD_FRAME, /* struct record_frame, pieces, bytes */
	RECORD_WAKE, /* index: the device has room */
	RECORD_POLLED, /* index, result */
	RECORD_SENT, /* result, length, CRC */
	RECORD_RANDOM, /* bytes */
	RECORD_QUEUED, /* id, rx_queued */
};

struct record_start {
	uint64_t magic;
	uint64_t layout; /* sizes of what is written as it is */
	nsec_t now, epoch;
	uint64_t kernel; /* buffers have the sizes of kernel/net_port.c */
};

struct record_head {
	uint32_t kind;
	uint32_t length;
	uint32_t sum; /* CRC-32C of the file up to here */
};

struct record_netif {
	char name[16];
	uint32_t type, features, gso_max, headroom, mtu, max_mtu, link_up;
	uint8_t mac[8];
};

struct record_endpoint {
	uint32_t id, family, type, number;
	int32_t pid;
	uint32_t uid;
	uint64_t inode;
};

struct record_sample {
	uint32_t id, pieces;
	uint32_t held, unused; /* tx_more */
	uint64_t start; /* position of the first piece */
	uint64_t tail, head;
};

/* What the user wrote into one buffer; its bytes follow. Where buffers begin
 * decides how a large segment is put together. */
struct record_written {
	uint32_t length;
	uint32_t size; /* of a new buffer; 0: goes on in the last one */
};

struct record_frame {
	uint32_t netif, length, flags, pieces;
	uint16_t csum_start, csum_offset, gso_size, gso_type;
};

struct record_piece {
	uint32_t offset, length, size, truesize;
};

/* Kinds of events, in struct event; 0: unknown. */
enum event_kind {
	EVENT_UNKNOWN,
	EVENT_ENDPOINT,
	EVENT_REQUEST,
	EVENT_ATTACH,
	EVENT_SCHEDULE,
	EVENT_LINK,
	EVENT_CONFIG,
	EVENT_TUNE,
	EVENT_SILENT,
};

/* The doors. All on the net thread. */
struct recorder_ops {
	void (*run)(struct net *net, nsec_t now);
	/* The next event to be handled, or NULL. */
	struct event *(*event)(struct net *net);
	/* Sets ep->tx_tail and ep->rx_head. */
	void (*sample)(struct endpoint *ep);
	/* Before the stack looks at accept_count. */
	void (*accepts)(struct endpoint *ep);
	/* The stack has seen this rx_charged, this rx_queued; what it is to be. */
	uint32_t (*charge)(struct endpoint *ep, uint32_t charged);
	uint32_t (*queued)(struct endpoint *ep, uint32_t queued);
	struct datagram *(*datagram)(struct endpoint *ep);
	void (*child)(struct endpoint *parent, struct endpoint *child);
	void (*frame)(struct netif *netif, const struct packet *packet);
	void (*wake)(struct netif *netif);
	int (*poll)(struct netif *netif, int budget);
	/* transmit() said `err`; what it is to be. */
	int (*sent)(struct netif *netif, const struct packet *packet, int err);
};

struct recorder {
	const struct recorder_ops *ops;
	uint32_t sum; /* of what was written */
	/* Recording: takes some bytes of a record. */
	void (*write)(struct recorder *recorder, const void *bytes,
		      size_t length);
};

/* Makes a recorder that writes down; before net_create(). */
void record_init(struct recorder *recorder, nsec_t now, nsec_t epoch,
		 bool kernel);
/* What port_random() gave, for the port to call. */
void record_random(struct recorder *recorder, const void *bytes, size_t length);
/* What of net/ is written as it is. */
uint64_t record_layout(void);
