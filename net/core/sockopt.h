// SPDX-License-Identifier: MIT
/*
 * Numbers of Linux's socket ABI (x86-64) that the stack itself looks at, and
 * the options that all protocols share. The values arrive as bytes that the
 * user side has copied from the program.
 */
#pragma once

#include "lib/types.h"
#include "net/core/annotate.h"

struct endpoint;
struct net;

#define NET_AF_INET 2
#define NET_AF_INET6 10

#define NET_SOCK_STREAM 1
#define NET_SOCK_DGRAM 2
#define NET_SOCK_RAW 3

#define NET_IPPROTO_IP 0
#define NET_IPPROTO_ICMP 1
#define NET_IPPROTO_IGMP 2
#define NET_IPPROTO_TCP 6
#define NET_IPPROTO_UDP 17
#define NET_IPPROTO_IPV6 41
#define NET_IPPROTO_ICMPV6 58
#define NET_IPPROTO_RAW 255

#define NET_SOL_SOCKET 1

#define NET_SO_DEBUG 1
#define NET_SO_REUSEADDR 2
#define NET_SO_TYPE 3
#define NET_SO_ERROR 4
#define NET_SO_DONTROUTE 5
#define NET_SO_BROADCAST 6
#define NET_SO_SNDBUF 7
#define NET_SO_RCVBUF 8
#define NET_SO_KEEPALIVE 9
#define NET_SO_OOBINLINE 10
#define NET_SO_NO_CHECK 11
#define NET_SO_PRIORITY 12
#define NET_SO_LINGER 13
#define NET_SO_BSDCOMPAT 14
#define NET_SO_REUSEPORT 15
#define NET_SO_RCVLOWAT 18
#define NET_SO_SNDLOWAT 19
#define NET_SO_BINDTODEVICE 25
#define NET_SO_ATTACH_FILTER 26
#define NET_SO_DETACH_FILTER 27
#define NET_SO_LOCK_FILTER 44
#define NET_SO_TIMESTAMP 29 /* the "old" ones: equal to "new" but in number */
#define NET_SO_ACCEPTCONN 30
#define NET_SO_SNDBUFFORCE 32
#define NET_SO_RCVBUFFORCE 33
#define NET_SO_TIMESTAMPNS 35
#define NET_SO_MARK 36
#define NET_SO_TIMESTAMPING 37
#define NET_SO_PROTOCOL 38
#define NET_SO_DOMAIN 39
#define NET_SO_RXQ_OVFL 40
#define NET_SO_PEEK_OFF 42
#define NET_SO_SELECT_ERR_QUEUE 45
#define NET_SO_BUSY_POLL 46
#define NET_SO_MAX_PACING_RATE 47
#define NET_SO_INCOMING_CPU 49
#define NET_SO_MEMINFO 55
#define NET_SO_INCOMING_NAPI_ID 56
#define NET_SO_COOKIE 57
#define NET_SO_ZEROCOPY 60
#define NET_SO_TXTIME 61
#define NET_SO_BINDTOIFINDEX 62
#define NET_SO_TIMESTAMP_NEW 63
#define NET_SO_TIMESTAMPNS_NEW 64
#define NET_SO_TIMESTAMPING_NEW 65
#define NET_SO_PREFER_BUSY_POLL 69
#define NET_SO_BUSY_POLL_BUDGET 70
#define NET_SO_BUF_LOCK 72
#define NET_SO_RCVMARK 75
#define NET_SO_RCVPRIORITY 82

#define NET_IP_TOS 1
#define NET_IP_TTL 2
#define NET_IP_HDRINCL 3
#define NET_IP_OPTIONS 4
#define NET_IP_RECVOPTS 6
#define NET_IP_RETOPTS 7
#define NET_IP_PKTINFO 8
#define NET_IP_MTU_DISCOVER 10
#define NET_IP_RECVERR 11
#define NET_IP_RECVTTL 12
#define NET_IP_RECVTOS 13
#define NET_IP_MTU 14
#define NET_IP_FREEBIND 15
#define NET_IP_RECVORIGDSTADDR 20
#define NET_IP_TRANSPARENT 19
#define NET_IP_MINTTL 21
#define NET_IP_BIND_ADDRESS_NO_PORT 24
#define NET_IP_RECVFRAGSIZE 25
#define NET_IP_MULTICAST_IF 32
#define NET_IP_MULTICAST_TTL 33
#define NET_IP_MULTICAST_LOOP 34
#define NET_IP_ADD_MEMBERSHIP 35
#define NET_IP_DROP_MEMBERSHIP 36
#define NET_IP_UNBLOCK_SOURCE 37
#define NET_IP_BLOCK_SOURCE 38
#define NET_IP_ADD_SOURCE_MEMBERSHIP 39
#define NET_IP_DROP_SOURCE_MEMBERSHIP 40
#define NET_IP_MSFILTER 41
#define NET_MCAST_JOIN_GROUP 42 /* this and the next, IPv6 too */
#define NET_MCAST_BLOCK_SOURCE 43
#define NET_MCAST_UNBLOCK_SOURCE 44
#define NET_MCAST_LEAVE_GROUP 45
#define NET_MCAST_JOIN_SOURCE_GROUP 46
#define NET_MCAST_LEAVE_SOURCE_GROUP 47
#define NET_MCAST_MSFILTER 48
#define NET_IP_MULTICAST_ALL 49
#define NET_IP_UNICAST_IF 50
#define NET_IP_LOCAL_PORT_RANGE 51

#define NET_IPV6_2292PKTINFO 2 /* of RFC 2292, as Linux still has them */
#define NET_IPV6_2292HOPOPTS 3
#define NET_IPV6_2292DSTOPTS 4
#define NET_IPV6_2292RTHDR 5
#define NET_IPV6_ADDRFORM 1
#define NET_IPV6_CHECKSUM 7
#define NET_IPV6_2292HOPLIMIT 8
#define NET_IPV6_FLOWINFO 11
#define NET_IPV6_UNICAST_HOPS 16
#define NET_IPV6_MULTICAST_IF 17
#define NET_IPV6_MULTICAST_HOPS 18
#define NET_IPV6_MULTICAST_LOOP 19
#define NET_IPV6_JOIN_GROUP 20
#define NET_IPV6_LEAVE_GROUP 21
#define NET_IPV6_ROUTER_ALERT 22
#define NET_IPV6_MTU_DISCOVER 23
#define NET_IPV6_MTU 24
#define NET_IPV6_RECVERR 25
#define NET_IPV6_V6ONLY 26
#define NET_IPV6_JOIN_ANYCAST 27
#define NET_IPV6_LEAVE_ANYCAST 28
#define NET_IPV6_FLOWLABEL_MGR 32
#define NET_IPV6_HDRINCL 36
#define NET_IPV6_RECVPKTINFO 49
#define NET_IPV6_PKTINFO 50
#define NET_IPV6_RECVHOPLIMIT 51
#define NET_IPV6_RECVHOPOPTS 53
#define NET_IPV6_HOPOPTS 54
#define NET_IPV6_RTHDRDSTOPTS 55
#define NET_IPV6_RECVRTHDR 56
#define NET_IPV6_RTHDR 57
#define NET_IPV6_RECVDSTOPTS 58
#define NET_IPV6_DSTOPTS 59
#define NET_IPV6_RECVPATHMTU 60
#define NET_IPV6_PATHMTU 61
#define NET_IPV6_RECVTCLASS 66
#define NET_IPV6_TCLASS 67
#define NET_IPV6_MULTICAST_ALL 29
#define NET_IPV6_FLOWINFO_SEND 33
#define NET_IPV6_DONTFRAG 62
#define NET_IPV6_AUTOFLOWLABEL 70
#define NET_IPV6_ADDR_PREFERENCES 72
#define NET_IPV6_MINHOPCOUNT 73
#define NET_IPV6_TRANSPARENT 75
#define NET_IPV6_UNICAST_IF 76
#define NET_IPV6_RECVFRAGSIZE 77
#define NET_IPV6_FREEBIND 78

#define NET_UDP_CORK 1 /* level UDP */
#define NET_UDP_NO_CHECK6_TX 101
#define NET_UDP_NO_CHECK6_RX 102
#define NET_UDP_SEGMENT 103
#define NET_UDP_GRO 104

#define NET_IPV6_RECVORIGDSTADDR 74

#define NET_ICMP_FILTER 1 /* level SOL_RAW 255 */
#define NET_ICMPV6_FILTER 1 /* level IPPROTO_ICMPV6 */

/* SO_TIMESTAMPING's bits that a stack without hardware clocks obeys. */
#define NET_STAMP_TX_SOFTWARE (1 << 1)
#define NET_STAMP_RX_SOFTWARE (1 << 3)
#define NET_STAMP_SOFTWARE (1 << 4)
#define NET_STAMP_OPT_ID (1 << 7)
#define NET_STAMP_TX_SCHED (1 << 8)
#define NET_STAMP_TX_ACK (1 << 9)
#define NET_STAMP_OPT_CMSG (1 << 10)
#define NET_STAMP_OPT_TSONLY (1 << 11)
#define NET_STAMP_OPT_STATS (1 << 12)
#define NET_STAMP_OPT_ID_TCP (1 << 16)
#define NET_STAMP_ALL ((1 << 19) - 1)
#define NET_STAMP_TX \
	(NET_STAMP_TX_SOFTWARE | NET_STAMP_TX_SCHED | NET_STAMP_TX_ACK)

/* net.core.{r,w}mem_{default,max} as Linux has them. */
#define NET_BUFFER_DEFAULT 212992
#define NET_BUFFER_MAX 212992
#define NET_SNDBUF_MIN 4608
#define NET_RCVBUF_MIN 2304

/* IP_PMTUDISC_ */
enum mtu_discover {
	MTU_DONT, /* no DF */
	MTU_WANT, /* DF where it fits; larger ones are cut here */
	MTU_DO, /* DF always; larger than the path's MTU: EMSGSIZE */
	MTU_PROBE, /* the same with the interface's MTU */
	MTU_INTERFACE, /* no DF; larger than the interface's: EMSGSIZE */
	MTU_OMIT, /* no DF; cut by the interface's MTU */
};

/* What goes along with what is received: bits of endpoint_options.tell. */
enum sockopt_tell {
	TELL_INFO = 1 << 0, /* IP_PKTINFO, IPV6_RECVPKTINFO */
	TELL_TTL = 1 << 1,
	TELL_TOS = 1 << 2,
	TELL_ERRORS = 1 << 3, /* IP_RECVERR, IPV6_RECVERR */
	TELL_ORIGINAL = 1 << 4, /* IP_RECVORIGDSTADDR */
	TELL_OPTIONS = 1 << 5, /* IP_RECVOPTS */
	TELL_OPTIONS_BACK = 1 << 6, /* IP_RETOPTS */
	TELL_MARK = 1 << 7,
	TELL_PRIORITY = 1 << 8,
	TELL_DROPS = 1 << 9, /* SO_RXQ_OVFL */
	TELL_TIME = 1 << 10, /* SO_TIMESTAMP and the like; in nanoseconds; */
	TELL_TIME_NS = 1 << 11,
	TELL_TIME_NEW = 1 << 12, /* by its new number */
};

/* Switches of IPPROTO_IPV6: bits of endpoint_options.ip6. Those that tell go
 * along with what is received (RFC 3542). */
enum ip6_switch {
	IP6_TELL_FLOW = 1 << 0,
	IP6_TELL_HOP_OPTIONS = 1 << 1,
	IP6_TELL_OPTIONS = 1 << 2,
	IP6_TELL_ROUTING = 1 << 3,
	IP6_TELL_PATH_MTU = 1 << 4,
	IP6_TELL_FRAGMENT = 1 << 5, /* IP_RECVFRAGSIZE, too */
	IP6_TELL_OLD_INFO = 1 << 6, /* the same in RFC 2292's numbers */
	IP6_TELL_OLD_HOP_LIMIT = 1 << 7,
	IP6_TELL_OLD_HOP_OPTIONS = 1 << 8,
	IP6_TELL_OLD_OPTIONS = 1 << 9,
	IP6_TELL_OLD_ROUTING = 1 << 10,
	IP6_SEND_FLOW = 1 << 11, /* sin6_flowinfo counts */
	IP6_NO_AUTO_FLOW = 1 << 12, /* no label of our own making */
	IP6_DONT_FRAGMENT = 1 << 13,
	IP6_OWN_GROUPS = 1 << 14, /* not IPV6_MULTICAST_ALL */
	IP6_ROUTER_ALERT = 1 << 15, /* raw: net/ip/raw6.c */
	IP6_TELL_EXTENSIONS = IP6_TELL_HOP_OPTIONS | IP6_TELL_OPTIONS |
			      IP6_TELL_ROUTING | IP6_TELL_OLD_HOP_OPTIONS |
			      IP6_TELL_OLD_OPTIONS | IP6_TELL_OLD_ROUTING,
};

/* What setsockopt set; net thread only, except where the user side may read
 * (single loads of the bool). */
struct endpoint_options {
	bool reuse_addr, reuse_port, keepalive, broadcast, v6only;
	bool oob_inline, dont_route, no_check, free_bind;
	bool linger; /* SO_LINGER on */
	bool zerocopy, gro; /* user reads */
	bool recv_unread; /* TCP_INQ; user reads */
	bool poll_errors; /* SO_SELECT_ERR_QUEUE: POLLPRI, too */
	bool prefer_busy_poll, no_port_at_bind, debug;
	bool header_included;
	bool filter_locked; /* SO_LOCK_FILTER */
	bool multicast_loop;
	bool transparent; /* binds and sends as anybody */
	uint8_t min_ttl; /* IP_MINTTL, IPV6_MINHOPCOUNT */
	bool sndbuf_locked, rcvbuf_locked; /* set by hand: no autotuning */
	uint8_t mtu_discover; /* enum mtu_discover */
	uint8_t tos, tclass;
	uint8_t source_wish; /* enum source_wish: IPV6_ADDR_PREFERENCES */
	uint16_t tell; /* enum sockopt_tell; user reads */
	uint16_t ip6; /* enum ip6_switch; user reads */
	uint16_t port_low, port_high; /* IP_LOCAL_PORT_RANGE; 0: none */
	int16_t ttl; /* -1: default */
	int16_t multicast_ttl;
	uint32_t linger_seconds;
	uint32_t bound_netif; /* index or 0 */
	uint32_t priority, mark;
	uint32_t low_water; /* SO_RCVLOWAT; user reads */
	uint32_t timestamping; /* NET_STAMP_; user reads */
	uint32_t busy_poll;
	int32_t incoming_cpu; /* -1: unknown */
	uint64_t pacing_rate; /* bytes a second; all ones: no limit */
};

/*
 * SOL_SOCKET, IPPROTO_IP and IPPROTO_IPV6 options. `length` is the program's.
 * -ENOPROTOOPT for unknown ones, -EINVAL for a bad length or value, -ENODEV.
 * sockopt_get() writes at most `length` bytes and returns the number.
 */
int sockopt_set(struct endpoint *ep, int level, int name, const void *value,
		uint32_t length) ON_NET_THREAD;
int sockopt_get(struct endpoint *ep, int level, int name, void *value,
		uint32_t length) ON_NET_THREAD;
/* Those of SOL_SOCKET (sockopt_socket.c), the same. */
int sockopt_socket_set(struct endpoint *ep, int name, const void *value,
		       uint32_t length) ON_NET_THREAD;
int sockopt_socket_get(struct endpoint *ep, int name, void *value,
		       uint32_t length) ON_NET_THREAD;
/* SK_MEMINFO_: what its queues hold, against what they may. */
#define MEMINFO_COUNT 9
void sockopt_memory(const struct endpoint *ep, uint32_t v[MEMINFO_COUNT]);
/* Those of IPPROTO_IPV6 (sockopt_ip6.c), the same. */
int sockopt_ip6_set(struct endpoint *ep, int name, const void *value,
		    uint32_t length) ON_NET_THREAD;
int sockopt_ip6_get(struct endpoint *ep, int name, void *value,
		    uint32_t length) ON_NET_THREAD;
/* What the way to a connected peer carries: IP_MTU. -ENOTCONN. */
int sockopt_path_mtu(struct endpoint *ep, uint32_t *mtu) ON_NET_THREAD;
/* A switch is a bool of endpoint_options or a bit of `tell`: its row in the table
 * of its level. */
struct sockopt_switch {
	int name;
	uint16_t offset, tell; /* one of both */
};
#define SOCKOPT_BOOL(name, field)                                 \
	{                                                         \
		name, offsetof(struct endpoint_options, field), 0 \
	}
#define SOCKOPT_TELL(name, bit) \
	{                       \
		name, 0, bit    \
	}
/* The row of `name`, or NULL. */
const struct sockopt_switch *sockopt_find(const struct sockopt_switch *table,
					  size_t count, int name);
void sockopt_tell(struct endpoint *ep, uint16_t bit, bool on);
void sockopt_turn(struct endpoint *ep, const struct sockopt_switch *row,
		  bool on);
bool sockopt_is_on(const struct endpoint *ep, const struct sockopt_switch *row);
/* The usual int option's value; -EINVAL when too short. */
int sockopt_int(const void *value, uint32_t length, int *out);
/* Stores an int into at most `length` bytes; how many. */
int sockopt_put_int(void *value, uint32_t length, int v);
