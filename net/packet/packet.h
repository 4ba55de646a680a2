// SPDX-License-Identifier: MIT
/*
 * Packet sockets (packet(7)): programs that see frames as they cross an
 * interface, and send frames of their own making. packet_tap() is called by the
 * stage loop where the capture is taken; it costs one comparison while there is
 * no such socket.
 *
 * In the stack's names of these sockets the first word of the address is the
 * interface's index and `port` the ethertype. A delivered datagram carries what
 * struct sockaddr_ll says: `remote.port` ethertype, `remote.scope` hardware
 * type, `remote.addr` the sender's link address, `tos` its kind, `ttl` the
 * address's length; `mark` is the frame's length, `priority` TP_STATUS_ bits and
 * `own.w` the offsets of its link and network headers and its VLAN tag (with
 * the tag's ethertype in the upper half); `segment_size` is how long its virtio
 * header is.
 */
#pragma once

#include "lib/list.h"
#include "net/core/diag.h"
#include "net/core/endpoint.h"
#include "net/core/filter.h"
#include "net/core/instance.h"
#include "net/core/tap.h"

#define ETHERTYPE_ALL 3 /* ETH_P_ALL */
#define ETHERTYPE_802_2 4

/* sll_pkttype */
enum packet_kind {
	KIND_HOST = 0,
	KIND_BROADCAST = 1,
	KIND_MULTICAST = 2,
	KIND_OTHERHOST = 3,
	KIND_OUTGOING = 4,
};

#define TP_STATUS_USER 1
#define TP_STATUS_COPY 2
#define TP_STATUS_LOSING 4
#define TP_STATUS_CSUM_NOT_READY 8
#define TP_STATUS_VLAN_VALID 16
#define TP_STATUS_VLAN_TPID_VALID 64
#define TP_STATUS_CSUM_VALID 128

struct packet_socket {
	struct list list; /* net->packet_sockets */
	struct endpoint *ep;
	uint16_t ethertype; /* 0: none yet */
	uint32_t netif; /* 0: all */
	bool cooked; /* SOCK_DGRAM: without link header */
	bool aux_data, ignore_outgoing, original_device, qdisc_bypass;
	bool loss; /* a frame that cannot be sent is skipped */
	bool tx_has_offset; /* frames to be sent say where they begin */
	uint32_t copy_threshold; /* not 0: what is cut is queued whole, too */
	uint32_t timestamp; /* PACKET_TIMESTAMP; no card has a clock */
	uint32_t vnet_size; /* of the virtio header in front, or 0 */
	uint32_t packets, drops; /* since they were read last */
	struct list members; /* struct packet_member */
	struct packet_ring *ring; /* ring.c; NULL: the queue */
	struct packet_tx_ring *tx_ring; /* tx_ring.c, or NULL */
	uint32_t ring_version, reserve;
	struct packet_fanout *fanout;
	struct packet_rollover *rollover; /* fanout.c, or NULL */
};

/* One frame on its way to sockets. */
struct sighting {
	const struct packet *packet;
	struct netif *netif;
	enum packet_kind kind;
	uint16_t ethertype;
	uint32_t link_length; /* of the link header that the program sees */
	uint8_t link[16]; /* made up where the interface has none */
	uint32_t made_up; /* bytes of it */
	uint32_t status; /* TP_STATUS_CSUM_, TP_STATUS_VLAN_ */
	/* A tag, which Linux shows beside the frame: `cut` bytes are left out
	 * behind the addresses, and `link` is the header without it. */
	uint32_t cut;
	uint16_t tag, tag_protocol;
};

/* Where in the packet the program's view goes on behind `link`, or begins. */
static inline uint32_t sighting_start(const struct sighting *s, bool cooked)
{
	if (s->made_up)
		return 0;
	return s->cut || cooked ? s->link_length + s->cut : 0;
}

/* A frame crosses the edge of an interface. */
void packet_tap(struct net *net, struct packet *packet,
		enum tap_direction direction) ON_NET_THREAD;

/* ring.c */
/* Into the socket's ring: false when it is full. */
bool ring_deliver(struct packet_socket *socket, const struct sighting *s,
		  uint32_t front, uint32_t kept, uint32_t length) ON_NET_THREAD;
int ring_set(struct packet_socket *socket, const void *value,
	     uint32_t length) ON_NET_THREAD;
void ring_free(struct packet_socket *socket) ON_NET_THREAD;

/* deliver.c: a copy into the queue. */
bool packet_queue(struct packet_socket *socket, const struct sighting *s,
		  uint32_t front, uint32_t kept, uint32_t length) ON_NET_THREAD;

/* tx_ring.c */
int tx_ring_set(struct packet_socket *socket, const void *value,
		uint32_t length);
void tx_ring_free(struct packet_socket *socket);
/* Of the frames that the program has made ready, as many as may leave at once:
 * how many bytes, with PACKET_RING_MORE if there are others; or why not. */
struct outgoing;
int tx_ring_send(struct packet_socket *socket,
		 const struct outgoing *way) ON_NET_THREAD;

/* send.c */
struct outgoing {
	struct netif *netif;
	uint16_t ethertype;
	bool has_address;
	uint8_t address[8];
};
/* The packet's bytes are what the program gave, behind the virtio header if
 * there is one. Takes the packet over. */
int packet_send(struct packet_socket *socket, const struct outgoing *way,
		struct packet *packet, const uint8_t *vnet) ON_NET_THREAD;
void packet_kick(struct endpoint *ep) NET_THREAD_ROOT;

/* option.c */
int packet_set_option(struct endpoint *ep, int level, int name,
		      const void *value, uint32_t length) NET_THREAD_ROOT;
int packet_get_option(struct endpoint *ep, int level, int name, void *value,
		      uint32_t length) NET_THREAD_ROOT;

/* fanout.c */
/* struct fanout_args: `value`, and how many members, 0: as many as usual. */
int fanout_join(struct packet_socket *socket, uint32_t value,
		uint32_t most) ON_NET_THREAD;
/* PACKET_FANOUT_DATA: the program's instructions. */
int fanout_set_filter(struct packet_socket *socket, const void *bytes,
		      uint32_t length);
/* -EINVAL: it takes no part in that. */
int fanout_rollover_stats(const struct packet_socket *socket, uint8_t to[24]);
void fanout_leave(struct packet_socket *socket) ON_NET_THREAD;
/* Whether this member is the one of its group to get the frame. */
bool fanout_chooses(struct packet_socket *socket,
		    const struct sighting *s) ON_NET_THREAD;
int fanout_value(const struct packet_socket *socket);

/* member.c */
int member_change(struct packet_socket *socket, const void *value,
		  uint32_t length, bool add) ON_NET_THREAD;
void member_drop_all(struct packet_socket *socket) ON_NET_THREAD;
/* The memberships as sock_diag tells them: PACKET_DIAG_MCLIST. */
struct nl_writer;
void member_put(const struct packet_socket *socket,
		struct nl_writer *w) ON_NET_THREAD;

/* ---- for net.c ---- */
extern const struct protocol packet_raw_protocol, packet_dgram_protocol;
extern const struct diag_packet packet_diag;
