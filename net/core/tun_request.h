// SPDX-License-Identifier: MIT
/*
 * What the device /dev/net/tun asks of net/tun: the contract between the file
 * and the stack. Passed as the value of an EP_OP_IOCTL request; `command` is
 * Linux's ioctl number.
 *
 * The endpoint's status tells the file how things are: EP_BOUND, it has an
 * interface; EP_CONNECTED, and that is up. A delivered datagram has the length
 * of its struct tun_pi in `tos` and that of its virtio header in `mark`.
 */
#pragma once

#include "lib/types.h"

#define TUNSETNOCSUM 0x400454c8
#define TUNSETDEBUG 0x400454c9
#define TUNSETIFF 0x400454ca
#define TUNSETPERSIST 0x400454cb
#define TUNSETOWNER 0x400454cc
#define TUNSETLINK 0x400454cd
#define TUNSETGROUP 0x400454ce
#define TUNGETFEATURES 0x800454cf
#define TUNSETOFFLOAD 0x400454d0
#define TUNSETTXFILTER 0x400454d1
#define TUNGETIFF 0x800454d2
#define TUNGETSNDBUF 0x800454d3
#define TUNSETSNDBUF 0x400454d4
#define TUNATTACHFILTER 0x401054d5
#define TUNDETACHFILTER 0x401054d6
#define TUNGETVNETHDRSZ 0x800454d7
#define TUNSETVNETHDRSZ 0x400454d8
#define TUNSETIFINDEX 0x400454da
#define TUNGETFILTER 0x801054db
#define TUNSETVNETLE 0x400454dc
#define TUNGETVNETLE 0x800454dd
#define TUNSETCARRIER 0x400454e2
#define TUN_SIOCSIFHWADDR 0x8924
#define TUN_SIOCGIFHWADDR 0x8927

#define TUN_IFF_TUN 0x0001
#define TUN_IFF_TAP 0x0002
#define TUN_IFF_NAPI 0x0010
#define TUN_IFF_NAPI_FRAGS 0x0020
#define TUN_IFF_NO_CARRIER 0x0040
#define TUN_IFF_MULTI_QUEUE 0x0100
#define TUN_IFF_PERSIST 0x0800
#define TUN_IFF_NO_PI 0x1000
#define TUN_IFF_ONE_QUEUE 0x2000
#define TUN_IFF_VNET_HDR 0x4000
#define TUN_IFF_EXCL 0x8000

/* What an interface may have, and all that TUNSETIFF knows. */
#define TUN_FEATURES                                                     \
	(TUN_IFF_TUN | TUN_IFF_TAP | TUN_IFF_NO_PI | TUN_IFF_ONE_QUEUE | \
	 TUN_IFF_VNET_HDR | TUN_IFF_NAPI | TUN_IFF_NAPI_FRAGS)
#define TUN_OFFERED (TUN_FEATURES | TUN_IFF_NO_CARRIER)

struct tun_request {
	char name[16]; /* TUNSETIFF, TUNGETIFF: in and out */
	uint32_t number; /* the argument; TUNSETIFF: flags */
	uint32_t index; /* TUNSETIFF: the wished one (TUNSETIFINDEX), or 0 */
	uint16_t type; /* SIOCSIFHWADDR, SIOCGIFHWADDR */
	uint8_t mac[6];
	uint32_t uid, gid;
	/* Groups beside `gid`; as long as the request lasts. */
	const uint32_t *groups;
	uint32_t group_count;
	bool admin; /* CAP_NET_ADMIN */
	/* TUNSETTXFILTER: `number` addresses of 6 bytes; TUNATTACHFILTER: that
	 * many instructions of 8, and where the program has them. */
	const void *bytes;
	uint64_t pointer;
	bool all_multicast; /* TUNSETTXFILTER */
};
