// SPDX-License-Identifier: MIT
/* Private to kernel/socket: the parts of the Internet families. */
#pragma once

#include "kernel/socket/socket.h"
#include "net/net.h"

/* The stack that new sockets belong to; set once at start-up. */
extern struct net *inet_net;

/* sockaddr_in or sockaddr_in6 for the socket's family to the stack's form.
 * -EINVAL (too short), -EAFNOSUPPORT. */
int inet_name_in(const struct socket *socket, const uint8_t *from, int length,
		 struct net_name *to);
/* The length written: 16 or 28. */
int inet_name_out(const struct socket *socket, const struct net_name *from,
		  uint8_t *to);

/* Post a request about the socket's endpoint and sleep for the answer. */
int inet_request(struct socket *socket, struct endpoint_request *request);
/* The same for every family that has an endpoint behind its sockets. */
int inet_set_option(struct socket *socket, int level, int name,
		    const void *value, unsigned length);
int inet_get_option(struct socket *socket, int level, int name, void *value,
		    unsigned length);
unsigned inet_poll(struct socket *socket);
void inet_release(struct socket *socket);
/* An endpoint of the stack's family (NET_IP4 ...) for a new socket. */
int inet_make_endpoint(struct socket *socket, int family);
ssize_t inet_stream_send(struct socket *socket, struct message *message);
ssize_t inet_stream_receive(struct socket *socket, struct message *message);
ssize_t inet_datagram_send(struct socket *socket, struct message *message);
ssize_t inet_datagram_receive(struct socket *socket, struct message *message);
/* SIOCGIF... and the like; -ENOTTY for others. */
long inet_interface_ioctl(unsigned command, uaddr_t argument);

/* Sleep until one of `events` (POLL*) is there, or error/hang-up. 0, or what
 * the call is to return. The caller holds none of the socket's locks. */
int inet_wait(struct socket *socket, unsigned events, nsec_t deadline,
	      nsec_t timeout);
