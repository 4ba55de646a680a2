// SPDX-License-Identifier: MIT
/* Private to kernel/socket: the parts of the Internet families. */
#pragma once

#include "kernel/socket/socket.h"
#include "net/net.h"

/* Bytes of struct sockaddr_in and sockaddr_in6. */
#define NAME4_SIZE 16
#define NAME6_SIZE 28

/* sockaddr_in or sockaddr_in6 for the socket's family to the stack's form.
 * -EINVAL (too short), -EAFNOSUPPORT. */
int inet_name_in(const struct socket *socket, const uint8_t *from, int length,
		 struct net_name *to);
/* The length written: 16 or 28. */
int inet_name_out(const struct socket *socket, const struct net_name *from,
		  uint8_t *to);

/* Around posting any request to the stack: expect the answer, sleep for it.
 * Returns the request's result. */
struct answer {
	struct thread *thread;
	uint32_t done;
};
void inet_expect(struct request *request, struct answer *answer);
int inet_await(struct request *request, struct answer *answer);
/* Post a request about the socket's endpoint and sleep for the answer. */
int inet_request(struct socket *socket, struct endpoint_request *request);
/* The same for every family that has an endpoint behind its sockets. */
int inet_set_option(struct socket *socket, int level, int name,
		    const void *value, unsigned length);
/* The same without looking at it. */
int inet_pass_option(struct socket *socket, int level, int name,
		     const void *value, unsigned length);
long inet_ioctl(struct socket *socket, unsigned command, uaddr_t argument);
/* filter.c: SO_ATTACH_FILTER's struct sock_fprog. */
int socket_attach_filter(struct socket *socket, const void *value,
			 unsigned length);
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
/* A datagram's bytes from the program. -EFAULT. */
int inet_copy_in(struct datagram *datagram, struct io *io);
/* Hands a datagram to the stack and sleeps until it has been dealt with: its
 * result. *gone: it is the stack's now; otherwise still the caller's. */
int inet_send_waiting(struct socket *socket, struct datagram *datagram,
		      bool *gone);
/* The same, waiting for room in the send buffer (-EAGAIN with MSG_DONTWAIT);
 * the datagram is given away whatever the result. */
int inet_send_whole(struct socket *socket, struct datagram *datagram,
		    unsigned flags);
/* SIOCGIF... and the like; -ENOTTY for others. */
long inet_interface_ioctl(struct net *net, unsigned command, uaddr_t argument);
/* interface_set.c: SIOCSIF...; -ENOTTY for others. */
long interface_set_ioctl(struct net *net, unsigned command, uaddr_t argument);
/* old_ioctl.c: routes, neighbours and addresses; -ENOTTY for others. */
long old_ioctl(struct socket *socket, unsigned command, uaddr_t argument);
/* ethtool.c: -EOPNOTSUPP for what is not known. */
long ethtool_ioctl(struct net *net, const struct netif_info *info, uaddr_t at);
/* ethtool_features.c */
long ethtool_string_sets(uaddr_t at);
long ethtool_strings(uaddr_t at);
long ethtool_get_features(const struct netif_info *info, uaddr_t at);
long ethtool_set_features(struct net *net, const struct netif_info *info,
			  uaddr_t at);
bool ethtool_is_old_get(uint32_t command);
bool ethtool_is_old_set(uint32_t command);
long ethtool_old_value(struct net *net, const struct netif_info *info,
		       uint32_t command, uaddr_t at);

/* Sleep until one of `events` (POLL*) is there, or error/hang-up. 0, or what
 * the call is to return. The caller holds none of the socket's locks. */
int inet_wait(struct socket *socket, unsigned events, nsec_t deadline,
	      nsec_t timeout);
/* The same for a stream's reader, who has seen everything up to `seen`. */
int inet_wait_beyond(struct socket *socket, uint64_t seen, nsec_t deadline,
		     nsec_t timeout);

/* ---- inet_receive.c: for all sockets that take whole datagrams ---- */

/* A datagram's bytes to the program: what the call returns, with MSG_TRUNC in
 * and out as recv(2) has it; or -EFAULT. */
ssize_t inet_copy_out(struct message *message, const struct datagram *datagram);
/* A family's part: bytes, name and ancillary data of one datagram. */
typedef ssize_t (*inet_hand_over_fn)(struct socket *socket,
				     struct message *message,
				     const struct datagram *datagram);
ssize_t inet_receive_whole(struct socket *socket, struct message *message,
			   inet_hand_over_fn hand_over);

/* ---- Ancillary data: inet_control.c ---- */

/* The control messages of a send. -EINVAL: malformed, or not known to the
 * level; -EPERM. */
int inet_take_controls(struct socket *socket, struct datagram *datagram,
		       const struct message *message);
/* A SOL_SOCKET message, if it is about stamps: changes *flags. */
int inet_stamping_control(const struct control_view *view, uint32_t *flags);
/* What a receiver has asked for (options). */
void inet_put_controls(struct socket *socket, struct message *message,
		       const struct datagram *datagram);
void inet_put_ip_controls(struct socket *socket, struct message *message,
			  const struct datagram *datagram);
/* IPv6's part of both: inet_control6.c. */
int inet_take_ip6(struct datagram *datagram, const struct control_view *view);
void inet_put_ip6(struct socket *socket, struct message *message,
		  const struct datagram *datagram);
/* Who it was meant for, as a socket address. */
void inet_put_original(struct socket *socket, struct message *message,
		       const struct datagram *datagram);
/* SO_TIMESTAMP, SO_TIMESTAMPING; `time` as the stack counts it. */
void inet_put_stamps(struct socket *socket, struct message *message,
		     nsec_t time);
void inet_put_stamping(struct socket *socket, struct message *message,
		       nsec_t time);

/* ---- inet_error.c ---- */

/* recvmsg(MSG_ERRQUEUE): -EAGAIN when it is empty. */
ssize_t inet_receive_error(struct socket *socket, struct message *message);
/* A send with MSG_ZEROCOPY is complete. */
void inet_zerocopy_done(struct socket *socket);
