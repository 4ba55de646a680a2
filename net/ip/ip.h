// SPDX-License-Identifier: MIT
/*
 * IP's face to the transports.
 *
 * Output: a transport makes a packet whose first byte is its own header
 * (packet_push) with the payload behind, and sets src, dst, protocol, ttl
 * (0: default), tos, flags and, if segmented, gso_*; then ip_output() sends it
 * on its way (stage IP_OUT). The transport computes its own checksum or leaves
 * it with transport_checksum() to whoever does it cheapest.
 *
 * Input: the stage UDP_IN/TCP_IN/ICMP_IN finds l3, l4 (the transport header),
 * src, dst, ttl, tos set, and the packet trimmed to IP's total length.
 */
#pragma once

#include "lib/types.h"
#include "net/core/annotate.h"
#include "net/core/packet.h"
#include "net/core/route.h"
#include "net/core/stage.h"
#include "net/ip/flow_lease.h"

struct net;
struct icmp_error;
struct tunable_table;

/* The settings of IP, ICMP, groups and neighbours. */
extern const struct tunable_table ip_tunables, netif_tunables;

#define IP4_HEADER 20
#define IP6_HEADER 40

/* Space that IP's header takes from the MTU towards this address. */
static inline uint32_t ip_header_length(const struct net_addr *dst)
{
	return addr_is_ip4(dst) ? IP4_HEADER : IP6_HEADER;
}

/*
 * The transport header stands at l4 = first byte. Puts the pseudo header's sum
 * into the field at `field` bytes into it, marks the packet
 * PACKET_CSUM_PARTIAL; the device or the last stage finishes it.
 */
void transport_checksum(struct packet *packet, uint8_t protocol,
			uint32_t field);

/* Submits at stage IP_OUT; takes over the reference. */
void ip_output(struct net *net, struct packet *packet) ON_NET_THREAD;

/* ---- ICMP messages about a received packet. Rate limited; never about
 * broadcasts, errors or later fragments (RFC 1122 3.2.2). The packet stays the
 * caller's. ---- */

enum unreachable {
	UNREACHABLE_NET,
	UNREACHABLE_HOST,
	UNREACHABLE_PORT,
	UNREACHABLE_PROTOCOL,
	UNREACHABLE_PROHIBITED,
};

void icmp_send_unreachable(struct net *net, struct packet *packet,
			   enum unreachable what) ON_NET_THREAD;
/* "Fragmentation needed" or "packet too big". */
void icmp_send_too_big(struct net *net, struct packet *packet,
		       uint32_t mtu) ON_NET_THREAD;
void icmp_send_time_exceeded(struct net *net,
			     struct packet *packet) ON_NET_THREAD;
void icmp_send_reassembly_timeout(struct net *net,
				  struct packet *packet) ON_NET_THREAD;
/* `pointer`: the byte of the IP packet that is wrong; `code` is ICMPv6's (IPv4
 * has 0 alone). */
void icmp_send_parameter_problem(struct net *net, struct packet *packet,
				 uint8_t code, uint32_t pointer) ON_NET_THREAD;
void icmp_send_redirect(struct net *net, struct packet *packet,
			const struct net_addr *gateway) ON_NET_THREAD;

static inline void
icmp_send_port_unreachable(struct net *net,
			   struct packet *packet) ON_NET_THREAD;
static inline void icmp_send_port_unreachable(struct net *net,
					      struct packet *packet)
{
	icmp_send_unreachable(net, packet, UNREACHABLE_PORT);
}

/* A packet of ours did not get anywhere: tells its transport as if an ICMP error
 * (type, code, the IPv4 numbers) had come. It has its IP header. */
void icmp_local_error(struct net *net, struct packet *packet, uint8_t type,
		      uint8_t code, uint32_t mtu) ON_NET_THREAD;
/* Hands an error to the protocol that it is about. */
void icmp_deliver_error(struct net *net,
			const struct icmp_error *error) ON_NET_THREAD;
/* Fills in errno and hardness from type and code (IPv4's numbers). */
void icmp_classify(struct icmp_error *error);

/* ---- for net.c ---- */

verdict_t ip4_in(struct net *net, struct packet *packet) ON_NET_THREAD;
verdict_t ip6_in(struct net *net, struct packet *packet) ON_NET_THREAD;
verdict_t ip_out(struct net *net, struct packet *packet) ON_NET_THREAD;
/* IP is done with it: a whole packet, or one fragment. */
void ip_count_transmit(struct net *net, const struct packet *packet);
verdict_t raw_in(struct net *net, struct packet *packet) ON_NET_THREAD;
int ip_create(struct net *net);
void ip_destroy(struct net *net) ON_NET_THREAD;

/* Private to net/ip and net/icmp. */
#define REASSEMBLY_BUCKETS 256
#define RAW_BUCKETS 128 /* a half for each family */

struct ip_stack {
	uint16_t ids[256]; /* next IPv4 identification, by destination */
	/* Datagrams that wait for fragments: by hash, and oldest first. */
	struct hlist reassemblies[REASSEMBLY_BUCKETS];
	struct list oldest;
	uint32_t reassembly_count, reassembly_memory;
	struct list raw[RAW_BUCKETS]; /* raw endpoints' halves: raw_chain() */
	uint32_t router_alerts; /* of them have asked for such packets */
	/* ICMP errors: tokens for all, and for each destination */
	uint32_t icmp_tokens;
	nsec_t icmp_filled;
	struct limit_table *limits;
	struct flow_lease_table flows;
	uint32_t anycasts; /* addresses, of all interfaces */
	struct timer anycast_timer;
};

/* A fragment (IPv4: its header; IPv6: the fragment header at l4): holds it;
 * when it completes its datagram, that is submitted as a packet of its own. */
verdict_t ip4_reassemble(struct net *net, struct packet *packet) ON_NET_THREAD;
verdict_t ip6_reassemble(struct net *net, struct packet *packet) ON_NET_THREAD;
void ip_reassembly_flush(struct net *net) ON_NET_THREAD;
/* Sends an IPv4 packet (its header first) in pieces of the MTU. */
verdict_t ip4_fragment(struct net *net, struct packet *packet,
		       uint32_t mtu) ON_NET_THREAD;
/* Sends an IPv6 packet (transport header first) in pieces of the MTU. */
verdict_t ip6_fragment(struct net *net, struct packet *packet,
		       uint32_t mtu) ON_NET_THREAD;
/* Puts the header in front. False: no room. */
bool ip4_push_header(struct net *net, struct packet *packet,
		     uint16_t id) ON_NET_THREAD;
bool ip6_push_header(struct packet *packet);
uint16_t ip4_next_id(struct net *net, const struct net_addr *dst) ON_NET_THREAD;
/* The raw sockets of a family and protocol, among others. */
struct list *raw_chain(struct net *net, int family, uint8_t number);
/* Gives copies to the raw sockets that want this packet; true if any did. */
bool raw_deliver(struct net *net, struct packet *packet) ON_NET_THREAD;
