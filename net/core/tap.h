// SPDX-License-Identifier: MIT
/*
 * The tap: what every packet says. The stage loop calls tap_packet() once for
 * each packet that entered or left an interface, when its verdict is known.
 *
 * Two readers: the flight recorder, always on, keeps the last TAP_RECORDER
 * records in memory for a panic; and the capture, when a sink was given, gets
 * pcapng blocks. Formatting is pure (tap_pcapng.h); the sink is the port's
 * bounded ring, which either takes a whole block or refuses it, and then the
 * loss is counted and told in the next record that passes.
 *
 * A packet over loopback is recorded once, on arrival, with why it was sent
 * *and* what became of it.
 */
#pragma once

#include "lib/types.h"
#include "net/core/annotate.h"
#include "net/core/packet.h"

struct net;
struct netif;

#define TAP_RECORDER 256 /* records */
#define TAP_RECORDER_SNAP 128 /* bytes of each */
#define TAP_SNAP_MAX 262144

/* Where pcapng bytes go. */
struct tap_sink {
	/* Takes all `length` bytes of one block or none (false). Called on
	 * the net thread, must not sleep. */
	bool (*write)(struct tap_sink *sink, const void *block, size_t length);
};

enum tap_direction { TAP_IN = 1, TAP_OUT = 2 };

/* One record, as the formatter gets it. */
struct tap_record {
	nsec_t time; /* wall clock, since the epoch */
	uint64_t id; /* of the packet */
	uint32_t interface; /* its index; for the formatter: its position */
	uint32_t original; /* length on the interface */
	uint32_t captured; /* bytes in `data` */
	uint64_t lost; /* records lost before this one */
	uint8_t direction;
	uint8_t checksum_partial; /* offloaded: not filled in the bytes */
	uint16_t gso_size;
	verdict_t verdict;
	uint8_t stage; /* the last one it visited */
	struct packet_note note;
};

struct tap_recorded {
	struct tap_record record;
	uint8_t data[TAP_RECORDER_SNAP];
};

struct tap {
	struct tap_sink *sink; /* NULL: no capture */
	uint32_t snap;
	uint64_t lost; /* since the last record that passed */
	uint64_t lost_total;
	uint64_t recorded;
	uint32_t interfaces; /* described in the capture so far */
	nsec_t epoch; /* wall clock at time 0 of net_run's clock */
	uint8_t *block; /* where one record is formatted */
	uint64_t last_id;
	struct tap_recorded *recorder; /* ring of TAP_RECORDER */
	uint64_t recorder_next;
};

/* Starts a capture (header and interface blocks go out at once) or, with NULL,
 * ends it (statistics blocks go out). -ENOMEM. */
int tap_start(struct net *net, struct tap_sink *sink,
	      uint32_t snap) ON_NET_THREAD;
/* A new interface: its description block. */
void tap_interface(struct net *net, struct netif *netif) ON_NET_THREAD;
void tap_packet(struct net *net, struct packet *packet,
		enum tap_direction direction, verdict_t verdict) ON_NET_THREAD;

/*
 * The flight recorder as text, oldest first, one line at a time. For a panic:
 * takes no lock, allocates nothing, bears a torn record.
 */
void tap_dump(struct net *net, void (*line)(void *context, const char *text),
	      void *context);
/* The flight recorder as a complete pcapng file, block by block. */
void tap_dump_pcapng(struct net *net,
		     void (*write)(void *context, const void *data,
				   size_t length),
		     void *context);
