// SPDX-License-Identifier: MIT
/*
 * A dialogue with one TCP: the test plays the peer, segment by segment, and the
 * user, call by call. Segments are written as packetdrill writes them:
 *
 *	in(d, "S 0:0(0) win 65535 <mss 1460,sackOK,wscale 7>");
 *	out(d, "S. 0:0(0) ack 1 <mss 1460,sackOK,wscale 7>");
 *
 * Flags: S F R P U and . for ACK; then first:last(length); `ack N`, `win N`,
 * `urg N` and options. Numbers are relative to the initial sequence number of
 * whose they are, timestamps of the stack to its first one. What out() does not
 * mention (win, options) is not compared; "<nothing>" says: no options at all.
 *
 * The stack is 10.0.0.1/24 (fd00::1/64) on a bare IP interface, the peer
 * 10.0.0.2 (fd00::2). Time is virtual and begins at 100 s.
 */
#pragma once

#include "net/net.h"
#include "net/core/instance.h"
#include "net/tcp/conn.h"
#include "net/wire/tcp.h"

#define MS NSEC_PER_MSEC
#define SEC NSEC_PER_SEC
#define SEEN_MAX 4096

/* A segment that the stack sent. */
struct seen {
	nsec_t at;
	struct tcp_header h;
	struct net_name src, dst;
	uint32_t length;
	uint32_t gso_size;
	uint8_t gso_type;
	uint8_t why;
	uint8_t *payload;
};

struct dialogue {
	struct net *net;
	struct net_config config;
	struct netif netif;
	nsec_t now;
	nsec_t rtt; /* of connected() and accepted() */
	bool six; /* speak IPv6 */
	uint32_t mtu;

	/* Sent by the stack and not yet looked at. */
	struct seen seen[SEEN_MAX];
	uint32_t first, last;

	/* The conversation that in() and out() are about. */
	uint16_t port, peer_port;
	uint32_t iss, peer_iss;
	uint32_t stamp_base;
	bool iss_known, stamp_known;
	bool corrupt; /* in() spoils a byte behind the checksum's back */
};

struct dialogue *dialogue_new(void);
struct dialogue *dialogue_new6(void);
/* Handshakes take this round-trip time. */
struct dialogue *dialogue_far(nsec_t rtt);
/* The same with an MTU; 65536 and segmentation offload by `gso`. */
struct dialogue *dialogue_with(uint32_t mtu, bool gso, bool six);
/* Ends the stack; asserts that nothing unexpected was sent and no memory is
 * left in use. */
void dialogue_end(struct dialogue *d);
/* The same without looking at what was sent. */
void dialogue_drop(struct dialogue *d);

/* The peer's side. */
void in(struct dialogue *d, const char *text);
/* With these bytes as payload (NULL: the pattern). */
void in_bytes(struct dialogue *d, const char *text, const void *bytes);
void out(struct dialogue *d, const char *text);
/* The next one, unchecked; fails when there is none. */
struct seen *out_any(struct dialogue *d);
/* The same as out(), and why it was sent. */
void out_why(struct dialogue *d, const char *text, enum why_sent why);
void out_nothing(struct dialogue *d);
/* Forgets what was sent so far; how many it was. */
int out_all(struct dialogue *d);

/* Time. */
void wait_for(struct dialogue *d, nsec_t time);
void settle(struct dialogue *d);
/* Waits for the next segment, at most `limit`; how long it took. */
nsec_t time_to_out(struct dialogue *d, nsec_t limit);

/* The user's side. Errors are negative. */
struct endpoint *user_socket(struct dialogue *d);
int user_bind(struct endpoint *ep, struct dialogue *d, uint16_t port);
int user_bind_to(struct endpoint *ep, struct dialogue *d, struct net_addr addr,
		 uint16_t port);
int user_connect(struct endpoint *ep, struct dialogue *d, uint16_t port);
int user_connect_to(struct endpoint *ep, struct dialogue *d,
		    struct net_addr addr, uint16_t port);
int user_listen(struct endpoint *ep, struct dialogue *d, int backlog);
struct endpoint *user_accept(struct endpoint *ep, struct dialogue *d);
/* Writes `length` bytes of the pattern; how many fitted. */
uint32_t user_send(struct endpoint *ep, struct dialogue *d, uint32_t length);
/* Reads what is there, at most `most`, into `to` (may be NULL). */
uint32_t user_receive(struct endpoint *ep, struct dialogue *d, void *to,
		      uint32_t most);
int user_shutdown(struct endpoint *ep, struct dialogue *d, int how);
void user_close(struct endpoint *ep, struct dialogue *d);
int user_set(struct endpoint *ep, struct dialogue *d, int level, int name,
	     int value);
int user_set_bytes(struct endpoint *ep, struct dialogue *d, int level, int name,
		   const void *value, uint32_t length);
int user_get(struct endpoint *ep, struct dialogue *d, int level, int name);
int user_get_bytes(struct endpoint *ep, struct dialogue *d, int level, int name,
		   void *value, uint32_t length);
int user_linger(struct endpoint *ep, struct dialogue *d, int seconds);
int user_ioctl(struct endpoint *ep, struct dialogue *d, unsigned int command);
int user_error(struct endpoint *ep);

/* Byte `i` of the pattern that both sides send. */
uint8_t pattern(uint64_t i);

/* Shortcuts, the wire silent afterwards. */
struct endpoint *connected(struct dialogue *d, const char *syn_ack_options);
struct endpoint *accepted(struct dialogue *d, const char *syn_options);
struct endpoint *listening(struct dialogue *d, uint16_t port, int backlog);
enum tcp_state state_of(const struct endpoint *ep);
uint64_t dropped(const struct dialogue *d, enum reason why);
/* Sockets in TIME-WAIT. */
uint32_t time_waits(const struct dialogue *d);
