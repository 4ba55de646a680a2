// SPDX-License-Identifier: MIT
/*
 * Counting into struct net_stats (stats.h) by a packet's family. IPv6 counts
 * twice: for the stack, and for the interface (/proc/net/dev_snmp6). A counter is
 * named by its place in the struct, so that one line serves both families.
 */
#pragma once

#include "net/core/instance.h"

#define IP_STAT(field) offsetof(struct ip_stats, field)
#define ICMP_STAT(field) offsetof(struct icmp_stats, field)

static inline void stat_add(void *stats, size_t at, uint64_t n)
{
	*(uint64_t *)((uint8_t *)stats + at) += n;
}

/* `netif` may be NULL. */
static inline void ip6_count(struct net *net, struct netif *netif, size_t at,
			     uint64_t n)
{
	stat_add(&net->stats.ip6, at, n);
	if (netif)
		stat_add(&netif->stats6.ip, at, n);
}

static inline void ip_count(struct net *net, const struct packet *packet,
			    size_t at)
{
	if (addr_is_ip4(&packet->dst))
		stat_add(&net->stats.ip, at, 1);
	else
		ip6_count(net, packet->netif, at, 1);
}

/* `netif` may be NULL; of interest for IPv6 only. */
static inline void icmp_count(struct net *net, struct netif *netif, bool six,
			      size_t at)
{
	stat_add(six ? &net->stats.icmp6 : &net->stats.icmp, at, 1);
	if (six && netif)
		stat_add(&netif->stats6.icmp, at, 1);
}

/* A message of ours. */
static inline void icmp_count_out(struct net *net, struct netif *netif,
				  bool six, uint8_t type)
{
	icmp_count(net, netif, six, ICMP_STAT(out_msgs));
	icmp_count(net, netif, six, ICMP_STAT(out_type) + 8u * type);
}

/* `pkts` and the octets beside it. */
static inline void ip_count_bytes(struct net *net, const struct packet *packet,
				  size_t pkts, size_t octets, uint64_t bytes)
{
	ip_count(net, packet, pkts);
	if (addr_is_ip4(&packet->dst))
		stat_add(&net->stats.ip, octets, bytes);
	else
		ip6_count(net, packet->netif, octets, bytes);
}

/* A socket's peer cannot be reached from here. */
static inline void ip_count_no_route(struct net *net,
				     const struct net_addr *dst)
{
	if (addr_is_ip4(dst))
		stat_add(&net->stats.ip, IP_STAT(out_no_routes), 1);
	else
		stat_add(&net->stats.ip6, IP_STAT(out_no_routes), 1);
}

static inline struct udp_stats *udp_stats(struct net *net,
					  const struct packet *packet)
{
	return addr_is_ip4(&packet->dst) ? &net->stats.udp : &net->stats.udp6;
}
