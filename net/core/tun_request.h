// SPDX-License-Identifier: MIT
/*
 * What the device /dev/net/tun asks of net/tun: the contract between the file
 * and the stack. Passed as the value of an EP_OP_IOCTL request; `command` is
 * Linux's ioctl number.
 */
#pragma once

#include "lib/types.h"

#define TUNSETIFF 0x400454ca
#define TUNSETPERSIST 0x400454cb
#define TUNSETOWNER 0x400454cc
#define TUNSETLINK 0x400454cd
#define TUNSETGROUP 0x400454ce
#define TUNGETFEATURES 0x800454cf
#define TUNSETOFFLOAD 0x400454d0
#define TUNGETIFF 0x800454d2
#define TUNGETVNETHDRSZ 0x800454d7
#define TUNSETVNETHDRSZ 0x400454d8
#define TUNSETCARRIER 0x400454e2

#define TUN_IFF_TUN 0x0001
#define TUN_IFF_TAP 0x0002
#define TUN_IFF_NO_PI 0x1000
#define TUN_IFF_ONE_QUEUE 0x2000
#define TUN_IFF_VNET_HDR 0x4000
#define TUN_IFF_EXCL 0x8000
#define TUN_IFF_PERSIST 0x0800

struct tun_request {
	char name[16]; /* TUNSETIFF, TUNGETIFF: in and out */
	uint32_t number; /* the argument; TUNSETIFF: flags */
	uint8_t mac[6]; /* SIOCSIFHWADDR, SIOCGIFHWADDR */
	uint32_t uid, gid;
	bool admin; /* CAP_NET_ADMIN */
};
