// SPDX-License-Identifier: MIT
/*
 * Private to net/tcp. TCP Fast Open (RFC 7413): data in the SYN, for a peer that
 * has shown by a cookie that it receives what is sent to its address.
 *
 * The cookie is a keyed hash of the two addresses (Linux's, so that servers
 * that share a key may be mixed). A server makes the connection at the SYN: it is
 * accepted, and may be answered, while it is still in SYN-RECEIVED. A client
 * keeps cookies by destination (metrics.h); connect() with TCP_FASTOPEN_CONNECT
 * and sendto() with MSG_FASTOPEN choose the names, and the first bytes in the
 * send ring start the SYN.
 */
#pragma once

#include "net/tcp/request.h"

/* tcp_fastopen's bits. */
#define FAST_OPEN_CLIENT 0x1
#define FAST_OPEN_SERVER 0x2
#define FAST_OPEN_CLIENT_NO_COOKIE 0x4
#define FAST_OPEN_SERVER_NO_COOKIE 0x200
#define FAST_OPEN_EVERY_LISTENER 0x400

#define FAST_OPEN_COOKIE 8 /* bytes that we give */

/* What few connections need: conn->fast. */
struct tcp_fast_open {
	/* A server's child until its ACK: counted by its listener. */
	struct tcp_conn *listener;
	struct list list; /* tcp_listener.fast_children */
	/* A client. */
	bool deferred; /* in SYN-SENT, the SYN waits for data */
	bool asked; /* our SYN has the option */
	uint32_t syn_data; /* bytes in our first SYN */
	uint32_t most; /* that it may hold */
	/* In our SYN or SYN-ACK. */
	bool has_cookie, cookie_old_kind;
	uint8_t cookie_length;
	uint8_t cookie[TCP_COOKIE_MAX];
	/* A listener. */
	struct fast_open_keys keys;
};

/* ---- The server ---- */

/*
 * A SYN for a listener: *child is the new connection when its data was taken
 * and the SYN-ACK sent. Otherwise the request may have got a cookie to give.
 */
void fast_open_syn(struct tcp_request *request, struct segment *seg,
		   struct tcp_conn **child) ON_NET_THREAD;

/* It is ESTABLISHED, or ends: the listener counts it no more. */
void fast_open_leave(struct tcp_conn *conn) ON_NET_THREAD;

/* The listener ends. */
void fast_open_forget_children(struct tcp_conn *listener) ON_NET_THREAD;

/* ---- The client ---- */

/* connect(): what the SYN will hold. True: it waits for data. */
bool fast_open_prepare(struct tcp_conn *conn, bool now) ON_NET_THREAD;

/* The user has written (or not) while the SYN waits: sends it. */
void fast_open_kick(struct tcp_conn *conn) ON_NET_THREAD;

/* The SYN-ACK has come: its cookie is kept, and what it acknowledges of our
 * data is taken. snd.una is iss + 1. */
void fast_open_synack(struct tcp_conn *conn,
		      const struct segment *seg) ON_NET_THREAD;

/* The SYN timed out. */
void fast_open_timeout(struct tcp_conn *conn) ON_NET_THREAD;

/* ---- Both ---- */

/* The option of a SYN or SYN-ACK. */
void fast_open_option(const struct tcp_conn *conn, struct tcp_options *opt);

/* A server's child before the ACK may talk already. */
static inline bool fast_open_is_early(const struct tcp_conn *conn)
{
	return conn->state == TCP_SYN_RECEIVED && conn->passive && conn->fast;
}

/* conn->fast, made if there is none. NULL: no memory. */
struct tcp_fast_open *fast_open_get(struct tcp_conn *conn) ON_NET_THREAD;

/* TCP_FASTOPEN_KEY; -EINVAL. */
int fast_open_set_keys(struct tcp_conn *conn, const void *value,
		       uint32_t length) ON_NET_THREAD;
int fast_open_get_keys(struct tcp_conn *conn, void *value, uint32_t length);
