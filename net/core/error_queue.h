// SPDX-License-Identifier: MIT
/*
 * The error queue of a socket: what MSG_ERRQUEUE reads. ICMP errors in full
 * (IP_RECVERR), errors found on this host, and news that are no errors: when
 * something was sent (SO_TIMESTAMPING), which buffers are free again
 * (MSG_ZEROCOPY).
 *
 * Entries are datagrams whose `error` is filled in: `remote` is where the
 * packet in question was going, the bytes are what is known of it, behind its
 * transport header. They count against SO_RCVBUF; what does not fit is dropped
 * (an ICMP error still becomes SO_ERROR). POLLERR holds while there is one.
 */
#pragma once

#include "lib/types.h"
#include "net/core/annotate.h"
#include "net/core/datagram.h"

struct endpoint;
struct icmp_error;

/* Kinds of stamps: `info` of ERROR_STAMP (SCM_TSTAMP_). */
enum { STAMP_SENT, STAMP_SCHEDULED, STAMP_ACKED };

/* Queues it and wakes; frees it when there is no room (-ENOMEM). */
int error_queue_push(struct endpoint *ep,
		     struct datagram *datagram) ON_NET_THREAD;

/* An ICMP error for a socket with IP_RECVERR. `header` bytes of the quote are
 * the transport's header, which is not shown. */
void error_queue_icmp(struct endpoint *ep, const struct icmp_error *error,
		      uint32_t header) ON_NET_THREAD;

/* An error of this host's own making: -EMSGSIZE with the MTU in `info`. */
void error_queue_local(struct endpoint *ep, const struct net_name *to,
		       int error, uint32_t info) ON_NET_THREAD;

/* "It was sent" and the like; `shown`: the packet's bytes, or NULL. */
void error_queue_stamp(struct endpoint *ep, uint32_t kind, uint32_t key,
		       nsec_t time, const uint8_t *shown,
		       uint32_t length) ON_NET_THREAD;

/* User side, under its receiving lock. Zero-copy sends `first` to `last` are
 * done (and were copied). */
void error_queue_zerocopy(struct endpoint *ep, uint32_t first, uint32_t last);

/* User side: the oldest, taken off, or NULL. SO_ERROR becomes the next ICMP
 * error, or none when this was the last one (Linux). */
struct datagram *error_queue_pop(struct endpoint *ep);
