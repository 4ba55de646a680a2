// SPDX-License-Identifier: MIT
/*
 * The wire, live: a TUN device, set up by the commands that packetdrill runs,
 * and a packet socket on it that tells when each packet passed. The packets
 * themselves are read from the device, whose virtio header says how large ones
 * are to be cut; both see the same packets in the same order.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <linux/virtio_net.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/net/conform/conform.h"
#include "tests/net/conform/live/live.h"

#define DEVICE "tun0"
#define FRAME_MAX 66000
#define BUFFER (16 << 20)
#define ICMP6 58

static int tun, sniffer;
static struct wire_packet *sent, **sent_tail = &sent;

/* ---- Setting up ---- */

NORETURN static void no(const char *what)
{
	unsupported(1, "%s: %s", what, strerror(errno));
}

static void open_device(void)
{
	struct ifreq request = { .ifr_name = DEVICE,
				 .ifr_flags = IFF_TUN | IFF_NO_PI |
					      IFF_VNET_HDR };

	tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (tun < 0)
		no("/dev/net/tun");
	if (ioctl(tun, TUNSETIFF, &request))
		no("TUNSETIFF");
	if (ioctl(tun, TUNSETOFFLOAD,
		  TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN))
		no("TUNSETOFFLOAD");
}

static int device_index(void)
{
	struct ifreq request = { .ifr_name = DEVICE };

	if (ioctl(sniffer, SIOCGIFINDEX, &request))
		no("SIOCGIFINDEX");
	return request.ifr_ifindex;
}

static void bring_up(void)
{
	struct ifreq request = { .ifr_name = DEVICE };

	if (ioctl(sniffer, SIOCGIFFLAGS, &request))
		no("SIOCGIFFLAGS");
	request.ifr_flags |= IFF_UP | IFF_RUNNING;
	if (ioctl(sniffer, SIOCSIFFLAGS, &request))
		no("SIOCSIFFLAGS");
}

static void open_sniffer(void)
{
	struct sockaddr_ll name = { .sll_family = AF_PACKET,
				    .sll_protocol = htons(ETH_P_ALL) };
	struct timeval patience = { 0, 200000 };
	int room = BUFFER;

	sniffer = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));
	if (sniffer < 0)
		no("a packet socket");
	name.sll_ifindex = device_index();
	if (bind(sniffer, (struct sockaddr *)&name, sizeof(name)))
		no("bind to " DEVICE);
	setsockopt(sniffer, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	if (setsockopt(sniffer, SOL_SOCKET, SO_RCVTIMEO, &patience,
		       sizeof(patience)))
		no("SO_RCVTIMEO");
}

void live_command(const char *text)
{
	int status = system(text);

	if (status)
		unsupported(1, "\"%s\" ended with %d", text, status);
}

void live_tun_start(const struct machine_config *config)
{
	char text[600], address[64];

	inet_ntop(config->six ? AF_INET6 : AF_INET,
		  config->address.b + (config->six ? 0 : 12), address,
		  sizeof(address));
	open_device();
	open_sniffer();
	bring_up();
	snprintf(text, sizeof(text),
		 "PATH=$PATH:/sbin:/usr/sbin; ip -batch - <<END &&\n"
		 "link set lo up\n"
		 "link set " DEVICE " mtu %u up\n"
		 "addr add %s/%u dev " DEVICE "%s\n"
		 "route add %s dev " DEVICE "\n"
		 "END\n"
		 "tc qdisc add dev " DEVICE " root pfifo",
		 config->mtu, address, config->bits,
		 config->six ? " nodad" : "",
		 config->six ? "::/0" : "0.0.0.0/0");
	live_command(text);
}

void machine_without_offload(void)
{
	if (ioctl(tun, TUNSETOFFLOAD, 0))
		no("TUNSETOFFLOAD");
}

/* ---- Packets from the stack ---- */

/* Neighbours and groups: no script speaks of them. */
static bool housekeeping(const uint8_t *bytes, uint32_t length)
{
	return length > 40 && bytes[0] >> 4 == 6 && bytes[6] == ICMP6 &&
	       bytes[40] >= 130 && bytes[40] <= 137;
}

static struct wire_packet *read_frame(void)
{
	static uint8_t frame[FRAME_MAX];
	struct virtio_net_hdr header;
	struct iovec parts[] = { { &header, sizeof(header) },
				 { frame, sizeof(frame) } };
	struct pollfd ready = { tun, POLLIN, 0 };
	struct wire_packet *packet;
	ssize_t n;

	poll(&ready, 1, 1000);
	n = readv(tun, parts, 2);
	if (n < (ssize_t)sizeof(header))
		no("a packet passed but could not be read");
	packet = calloc(1, sizeof(*packet));
	packet->length = (uint32_t)n - sizeof(header);
	packet->gso_size = header.gso_type ? header.gso_size : 0;
	packet->partial = header.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM;
	packet->bytes = malloc(packet->length + 1);
	memcpy(packet->bytes, frame, packet->length);
	return packet;
}

static void free_packet(struct wire_packet *packet)
{
	free(packet->bytes);
	free(packet);
}

static void append(struct wire_packet *packet)
{
	if (housekeeping(packet->bytes, packet->length)) {
		free_packet(packet);
		return;
	}
	*sent_tail = packet;
	sent_tail = &packet->next;
}

/* One packet that passed, in whichever direction; false: none is there. */
static bool sniff(int flags)
{
	static uint8_t seen[FRAME_MAX];
	struct sockaddr_ll from = { 0 };
	socklen_t size = sizeof(from);
	struct timeval at = { 0 };
	struct wire_packet *packet;
	ssize_t n = recvfrom(sniffer, seen, sizeof(seen), flags,
			     (struct sockaddr *)&from, &size);

	if (n < 0)
		return false;
	if (from.sll_pkttype != PACKET_OUTGOING)
		return true;
	if (ioctl(sniffer, SIOCGSTAMP, &at))
		no("SIOCGSTAMP");
	packet = read_frame();
	if (packet->length != (size_t)n)
		fail(run.event->line, true,
		     "the packet socket saw %zd bytes, the device %u", n,
		     packet->length);
	packet->at = at.tv_sec * NSEC_PER_SEC + at.tv_usec * NSEC_PER_USEC;
	append(packet);
	return true;
}

void live_tun_take(nsec_t wait)
{
	struct pollfd ready = { sniffer, POLLIN, 0 };
	struct timespec limit = { wait / NSEC_PER_SEC, wait % NSEC_PER_SEC };

	while (sniff(MSG_DONTWAIT))
		;
	if (!wait || sent)
		return;
	live_unlock();
	ppoll(&ready, 1, &limit, NULL);
	live_lock();
	while (sniff(MSG_DONTWAIT))
		;
}

struct wire_packet *machine_sent(void)
{
	return sent;
}

void machine_take(void)
{
	struct wire_packet *packet = sent;

	sent = packet->next;
	if (!sent)
		sent_tail = &sent;
	free_packet(packet);
}

/* ---- Packets to the stack ---- */

void machine_inject(const uint8_t *bytes, uint32_t length)
{
	struct virtio_net_hdr header = { 0 };
	struct iovec parts[] = { { &header, sizeof(header) },
				 { (void *)(uintptr_t)bytes, length } };

	if (writev(tun, parts, 2) != (ssize_t)(sizeof(header) + length))
		no("writing a packet");
	machine_settle();
}
