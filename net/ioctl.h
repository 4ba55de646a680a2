// SPDX-License-Identifier: MIT
/*
 * The ioctls of route(8), arp(8) and ifconfig(8), by their numbers and structs
 * on x86-64. The socket's side copies the struct in and out; all that it means
 * is here, on the net thread.
 */
#pragma once

#include "net/core/annotate.h"
#include "net/net.h"

#define SIOCADDRT 0x890b
#define SIOCDELRT 0x890c
#define SIOCSIFFLAGS 0x8914
#define SIOCGIFADDR 0x8915
#define SIOCSIFADDR 0x8916
#define SIOCGIFDSTADDR 0x8917
#define SIOCSIFDSTADDR 0x8918
#define SIOCGIFBRDADDR 0x8919
#define SIOCSIFBRDADDR 0x891a
#define SIOCGIFNETMASK 0x891b
#define SIOCSIFNETMASK 0x891c
#define SIOCDIFADDR 0x8936
#define SIOCDARP 0x8953
#define SIOCGARP 0x8954
#define SIOCSARP 0x8955

#define IOCTL_RTENTRY 120
#define IOCTL_RTMSG6 80
#define IOCTL_ARPREQ 68
#define IOCTL_IFREQ 40
#define IOCTL_IFREQ6 24

#define IOCTL_AF_INET 2
#define IOCTL_AF_INET6 10

/* A sockaddr_in within a struct: its family and address. */
static inline uint16_t ioctl_family(const uint8_t *sockaddr)
{
	return get_le16(sockaddr);
}

static inline struct net_addr ioctl_ip4(const uint8_t *sockaddr)
{
	return addr_ip4(get_be32(sockaddr + 4));
}

/* CONFIG_IOCTL: by request->number and ->family; `data` is the struct, in and
 * out. -ENOTTY: none of these. */
int ioctl_run(struct net *net, struct config_request *r) ON_NET_THREAD;

int ioctl_route4(struct net *net, struct config_request *r) ON_NET_THREAD;
int ioctl_route6(struct net *net, struct config_request *r) ON_NET_THREAD;
int ioctl_arp(struct net *net, struct config_request *r) ON_NET_THREAD;
int ioctl_address4(struct net *net, struct config_request *r) ON_NET_THREAD;
int ioctl_address6(struct net *net, struct config_request *r) ON_NET_THREAD;
