// SPDX-License-Identifier: MIT
/*
 * pcapng blocks (draft-ietf-opsawg-pcapng) from tap records: pure functions
 * from a record to bytes. All numbers little-endian; timestamps in nanoseconds
 * (if_tsresol 9).
 *
 * An Enhanced Packet Block carries, in this order:
 *   epb_flags (2)      bits 0-1 direction
 *   epb_dropcount (4)  records lost before this one, when there are any
 *   epb_packetid (5)   64 bits
 *   epb_verdict (7)    type 0xff (Weir): u16 verdict code, u8 stage, u8 why,
 *                      then the name of the verdict as text
 *   opt_comment (1)    e.g. "dropped TCP_OUT_OF_WINDOW" or
 *                      "sent: fast retransmit cwnd=14480 ..."
 *   custom, binary, copyable (2989): u32 PEN, then TAP_CUSTOM_LENGTH bytes:
 *
 *     0 u8  version (1)       1 u8  why (enum why_sent)
 *     2 u16 verdict code      4 u8  last stage
 *     5 u8  flags: 1 TCP fields valid, 2 checksum offloaded, 4 segmented
 *     6 u8  tcp state         7 u8  retransmits
 *     8 u32 socket id        12 s32 pid
 *    16 u32 snd.una          20 u32 snd.nxt       24 u32 snd.wnd
 *    28 u32 rcv.nxt          32 u32 rcv.wnd
 *    36 u32 cwnd             40 u32 ssthresh      44 u32 in flight
 *    48 u32 srtt us          52 u32 rto us
 *    56 u32 gso size         60 u32 0
 *
 * Verdict codes: net/core/reason.h (0x40 delivered, 0x41 consumed, 0x42 held,
 * 0x43 sent, 0x80 + reason: dropped).
 */
#pragma once

#include "lib/types.h"
#include "net/core/tap.h"

#define TAP_PEN 32473 /* RFC 5612's number for documentation and examples */
#define TAP_CUSTOM_LENGTH 64
#define TAP_VERDICT_TYPE 0xff
#define TAP_BLOCK_OVERHEAD 512 /* a record's block without its bytes */

/* Loopback's packets get an empty Ethernet header, as on Linux: libpcap reads
 * only files of one link type. */
#define LINKTYPE_ETHERNET 1

/* Each returns the block's length, a multiple of 4; `to` has room enough:
 * 256 bytes, for a packet TAP_BLOCK_OVERHEAD + captured. */
size_t pcapng_section(uint8_t *to);
size_t pcapng_interface(uint8_t *to, const char *name, uint16_t linktype,
			uint32_t snap, const uint8_t mac[6]);
size_t pcapng_packet(uint8_t *to, const struct tap_record *record,
		     const uint8_t *data);
/* Interface statistics: received and dropped by the capture. */
size_t pcapng_statistics(uint8_t *to, uint32_t interface, nsec_t time,
			 uint64_t received, uint64_t dropped);
/* The comment alone; its length. */
size_t tap_comment(char *to, size_t size, const struct tap_record *record);
