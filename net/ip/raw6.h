// SPDX-License-Identifier: MIT
/*
 * What IPv6's raw sockets have of their own (RFC 3542): a filter of ICMPv6
 * types, and a checksum at a place that the program names, which the stack
 * fills in and checks. ICMPv6's own checksum is always the stack's.
 */
#pragma once

#include "net/core/annotate.h"
#include "net/core/packet.h"

struct endpoint;
struct net;

/* A new socket's: ICMPv6 has its checksum at 2. */
void raw6_attach(struct endpoint *ep) ON_NET_THREAD;
/* Whether the filter and the checksum let this packet in. */
bool raw6_wants(const struct endpoint *ep, struct packet *packet) ON_NET_THREAD;
/* Forwarding: whether a socket has asked for what says "router alert"; it has
 * it now, header and all, and the packet goes no further (Linux). */
bool raw6_alert(struct net *net, struct packet *packet) ON_NET_THREAD;
/* The socket ends. */
void raw6_detach(struct endpoint *ep) ON_NET_THREAD;
/* Fills in the checksum of what is sent; -EINVAL: no room for one. */
int raw6_complete(const struct endpoint *ep,
		  struct packet *packet) ON_NET_THREAD;
/* ICMP6_FILTER, IPV6_CHECKSUM, IPV6_HDRINCL; -ENOPROTOOPT: none of these. */
int raw6_setsockopt(struct endpoint *ep, int level, int name, const void *value,
		    uint32_t length) ON_NET_THREAD;
int raw6_getsockopt(struct endpoint *ep, int level, int name, void *value,
		    uint32_t length) ON_NET_THREAD;
