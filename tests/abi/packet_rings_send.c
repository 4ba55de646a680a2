// SPDX-License-Identifier: MIT
/*
 * Rings of packet sockets over a veth pair: frames sent from memory in all three
 * formats, what becomes of bad ones, virtio headers in front of frames both
 * ways, frames too long for a ring, and which member of a group gets a frame.
 */
#include "tests/abi/abi.h"

#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/virtio_net.h>
#include <net/ethernet.h>
#include <net/if.h>

#ifndef PACKET_VNET_HDR_SZ
#define PACKET_VNET_HDR_SZ 24
#endif
#define TYPE 0x88b5 /* for experiments (IEEE 802) */
#define FRAME 2048
#define COUNT 4

static const unsigned char macs[2][6] = { { 2, 0, 0, 0, 0, 1 },
					  { 2, 0, 0, 0, 0, 2 } };
static int links[2];

static void put(char **at, int type, const void *data, int n)
{
	struct rtattr *a = (struct rtattr *)*at;

	a->rta_type = (unsigned short)type;
	a->rta_len = (unsigned short)(4 + n);
	if (n)
		memcpy(*at + 4, data, (size_t)n);
	*at += (4 + n + 3) & ~3;
}

static void make_pair(void)
{
	static char b[512];
	struct nlmsghdr *h = (struct nlmsghdr *)b;
	char *at = b + 32, *info, *data, *peer;
	int fd = (int)MUST(socket(AF_NETLINK, SOCK_RAW, 0));

	put(&at, IFLA_IFNAME, "a", 2);
	put(&at, IFLA_ADDRESS, macs[0], 6);
	info = at;
	put(&at, IFLA_LINKINFO, NULL, 0);
	put(&at, IFLA_INFO_KIND, "veth", 4);
	data = at;
	put(&at, IFLA_INFO_DATA, NULL, 0);
	peer = at;
	put(&at, 1, NULL, 0);
	at += 16;
	put(&at, IFLA_IFNAME, "b", 2);
	put(&at, IFLA_ADDRESS, macs[1], 6);
	((struct rtattr *)peer)->rta_len = (unsigned short)(at - peer);
	((struct rtattr *)data)->rta_len = (unsigned short)(at - data);
	((struct rtattr *)info)->rta_len = (unsigned short)(at - info);
	h->nlmsg_len = (unsigned)(at - b);
	h->nlmsg_type = RTM_NEWLINK;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_ACK;
	MUST(send(fd, b, h->nlmsg_len, 0));
	MUST(recv(fd, b, sizeof b, 0));
	say("a pair: %d", ((struct nlmsgerr *)NLMSG_DATA(h))->error);
	close(fd);
}

static void set_up(const char *name)
{
	struct ifreq r = { .ifr_flags = IFF_UP };
	int fd = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0)), off;
	char path[100];

	snprintf(path, sizeof path, "/proc/sys/net/ipv6/conf/%s/disable_ipv6",
		 name);
	off = (int)MUST(open(path, O_WRONLY));
	MUST(write(off, "1", 1));
	close(off);
	strcpy(r.ifr_name, name);
	MUST(ioctl(fd, SIOCSIFFLAGS, &r));
	close(fd);
}

static int packet(int link, int type, int protocol)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(protocol),
				  .sll_ifindex = links[link] };
	int fd = (int)MUST(socket(AF_PACKET, type, 0));

	MUST(bind(fd, (void *)&at, sizeof at));
	return fd;
}

static int set(int fd, int name, int value)
{
	return setsockopt(fd, SOL_PACKET, name, &value, sizeof value) ? errno :
									0;
}

static int next(int fd, char *b, size_t n)
{
	struct pollfd p = { fd, POLLIN, 0 };

	poll(&p, 1, 3000);
	return (int)recv(fd, b, n, MSG_DONTWAIT | MSG_TRUNC);
}

static void make_frame(char *to, int n)
{
	memset(to, 0, 14);
	memcpy(to, macs[1], 6);
	memcpy(to + 6, macs[0], 6);
	to[12] = (char)(TYPE >> 8);
	to[13] = (char)TYPE;
	for (int i = 14; i < n; i++)
		to[i] = (char)('a' + i % 26);
}

static char *ring(int fd, int name, int version)
{
	struct tpacket_req3 r = { .tp_block_size = 4096,
				  .tp_block_nr = FRAME * COUNT / 4096,
				  .tp_frame_size = FRAME,
				  .tp_frame_nr = COUNT };
	char *p;

	MUST(setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, 4));
	MUST(setsockopt(fd, SOL_PACKET, name, &r,
			version == TPACKET_V3 ? sizeof r : 16));
	p = mmap(NULL, FRAME * COUNT, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		 0);
	if (p == MAP_FAILED)
		say("no memory: %d", errno);
	return p;
}

static unsigned *status(char *frame, int version)
{
	return (unsigned *)(frame + (version == TPACKET_V3 ? 20 : 0));
}

static void mark(char *frame, int version, unsigned length)
{
	if (version == TPACKET_V1)
		((struct tpacket_hdr *)frame)->tp_len = length;
	else if (version == TPACKET_V2)
		((struct tpacket2_hdr *)frame)->tp_len = length;
	else
		((struct tpacket3_hdr *)frame)->tp_len = length;
	__atomic_store_n(status(frame, version), TP_STATUS_SEND_REQUEST,
			 __ATOMIC_SEQ_CST);
}

static void states(char *p, int version)
{
	for (int i = 0; i < COUNT; i++)
		say("  frame %d: %x", i,
		    *status(p + i * FRAME, version) & 0xffff);
}

static void send_from_memory(int version)
{
	int from = packet(0, SOCK_RAW, TYPE), to = packet(1, SOCK_RAW, TYPE);
	unsigned off = version == TPACKET_V3 ? 48 : 32;
	char *p = ring(from, PACKET_TX_RING, version), b[4096];

	say("-- format %d", version + 1);
	SHOW(send(from, NULL, 0, 0));
	for (int i = 0; i < 3; i++) {
		make_frame(p + i * FRAME + off, 100 + i);
		mark(p + i * FRAME, version, 100 + (unsigned)i);
	}
	SHOW(send(from, NULL, 0, 0));
	for (int i = 0; i < 3; i++) {
		int n = next(to, b, sizeof b);

		say("got %d %c", n, n > 20 ? b[20] : '?');
	}
	states(p, version);
	/* Around the end; what is not marked stops it. */
	make_frame(p + 3 * FRAME + off, 60);
	mark(p + 3 * FRAME, version, 60);
	make_frame(p + off, 70);
	mark(p, version, 70);
	mark(p + 2 * FRAME, version, 70);
	SHOW(send(from, NULL, 0, 0));
	say("got %d", next(to, b, sizeof b));
	say("got %d", next(to, b, sizeof b));
	states(p, version);
	/* The next one is too long, and the one behind it waits for it. */
	mark(p + FRAME, version, 5000);
	SHOW(send(from, NULL, 0, 0));
	states(p, version);
	make_frame(p + FRAME + off, 80);
	mark(p + FRAME, version, 1600);
	SHOW(send(from, NULL, 0, 0));
	mark(p + FRAME, version, 13);
	SHOW(send(from, NULL, 0, 0) >= -1);
	close(from);
	/* Where bad ones are skipped. */
	from = packet(0, SOCK_RAW, TYPE);
	say("loss: %d", set(from, PACKET_LOSS, 1));
	p = ring(from, PACKET_TX_RING, version);
	mark(p, version, 5000);
	make_frame(p + FRAME + off, 90);
	mark(p + FRAME, version, 90);
	SHOW(send(from, NULL, 0, 0));
	do {
		memset(b, 0, 100);
	} while (next(to, b, sizeof b) == 13);
	states(p, version);
	close(from);
	/* A link header of its own, and where the frame says it begins. */
	from = packet(0, SOCK_DGRAM, TYPE);
	say("offsets: %d", set(from, PACKET_TX_HAS_OFF, 1));
	p = ring(from, PACKET_TX_RING, version);
	memset(p + 200, 'z', 50);
	if (version == TPACKET_V1)
		((struct tpacket_hdr *)p)->tp_net = 200;
	else if (version == TPACKET_V2)
		((struct tpacket2_hdr *)p)->tp_net = 200;
	else
		((struct tpacket3_hdr *)p)->tp_net = 200;
	mark(p, version, 50);
	SHOW(send(from, NULL, 0, 0)); /* to nobody's address */
	make_frame(b, 14);
	mark(p + FRAME, version, 50); /* no offset */
	SHOW(send(from, NULL, 0, 0));
	close(from);
	close(to);
}

static int send_vnet(int fd, const struct virtio_net_hdr *h, int n)
{
	char b[3000] = { 0 };

	memcpy(b, h, 10);
	make_frame(b + 10, n);
	return send(fd, b, (size_t)n + 10, 0) < 0 ? errno : 0;
}

static void virtio_headers(void)
{
	static const struct virtio_net_hdr headers[] = {
		{ 0, 0, 0, 0, 0, 0 },	   { 1, 0, 0, 0, 34, 6 },
		{ 1, 0, 0, 0, 10, 6 },	   { 1, 0, 0, 0, 300, 6 },
		{ 0, 0, 300, 0, 0, 0 },	   { 0, 1, 54, 0, 0, 0 },
		{ 1, 2, 54, 100, 34, 16 }, { 1, 0x80, 54, 100, 34, 16 },
	};
	int from = packet(0, SOCK_RAW, TYPE), to = packet(1, SOCK_RAW, TYPE);
	char b[4096];
	int n;

	say("-- virtio headers");
	say("%d %d", set(from, PACKET_VNET_HDR, 1),
	    set(to, PACKET_VNET_HDR_SZ, 12));
	SHOW(send(from, b, 9, 0));
	for (unsigned i = 0; i < LEN(headers); i++)
		say("%u: %d", i, send_vnet(from, &headers[i], 200));
	n = next(to, b, sizeof b);
	say("got %d, flags %d kind %d %c", n, b[0], b[1], b[12 + 20]);
	n = next(to, b, sizeof b);
	say("got %d, flags %d start %d offset %d", n, b[0], b[6], b[8]);
	SHOW(recv(to, b, sizeof b, MSG_DONTWAIT));
	send_vnet(from, &headers[0], 200);
	n = next(to, b, 5);
	say("too short: %d %d", n, n < 0 ? errno : 0);
	send_vnet(from, &headers[0], 200);
	n = next(to, b, 50);
	say("cut: %d", n);
	close(from);
	close(to);
}

/* The loopback takes the link header off, whatever the virtio header says. */
static void shorter_than_their_headers(void)
{
	static const struct virtio_net_hdr headers[] = {
		{ 0, 1, 0, 1, 0, 0 },
		{ 0, 4, 0, 1, 0, 0 },
		{ 0, 3, 0, 1, 0, 0 },
	};
	int own = links[0], from;
	char b[80] = { 0 };

	say("-- shorter than their headers");
	links[0] = (int)if_nametoindex("lo");
	set_up("lo");
	from = packet(0, SOCK_RAW, TYPE);
	links[0] = own;
	say("%d", set(from, PACKET_VNET_HDR, 1));
	for (unsigned i = 0; i < LEN(headers); i++) {
		memcpy(b, &headers[i], 10);
		SHOW(send(from, b, 15, 0));
		SHOW(send(from, b, 10 + 27, 0));
	}
	close(from);
}

/* One call takes them all, however long that is. */
static void many_from_memory(void)
{
	struct tpacket_req r = { 4096, 128, 128, 4096 };
	int from = packet(0, SOCK_RAW, 0), version = TPACKET_V2, left = 0;
	char *p;

	say("-- many");
	MUST(setsockopt(from, SOL_PACKET, PACKET_VERSION, &version, 4));
	MUST(setsockopt(from, SOL_PACKET, PACKET_TX_RING, &r, sizeof r));
	p = mmap(NULL, 4096 * 128, PROT_READ | PROT_WRITE, MAP_SHARED, from, 0);
	for (int i = 0; i < 4096; i++) {
		make_frame(p + i * 128 + 32, 60);
		mark(p + i * 128, version, 60);
	}
	SHOW(send(from, NULL, 0, 0));
	for (int i = 0; i < 4096; i++)
		left += *status(p + i * 128, version) == TP_STATUS_SEND_REQUEST;
	say("left: %d", left);
	close(from);
}

/* Frames longer than the ring's. */
static void too_long(void)
{
	int from = packet(0, SOCK_RAW, TYPE), to = packet(1, SOCK_RAW, TYPE);
	struct tpacket_req r = { 4096, 1, 256, 16 };
	struct tpacket2_hdr *h;
	int version = TPACKET_V2;
	char b[4096], *p;

	say("-- too long");
	MUST(setsockopt(to, SOL_PACKET, PACKET_VERSION, &version, 4));
	say("%d", set(to, PACKET_COPY_THRESH, 1));
	MUST(setsockopt(to, SOL_PACKET, PACKET_RX_RING, &r, sizeof r));
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, to, 0);
	make_frame(b, 1000);
	SHOW(send(from, b, 100, 0));
	SHOW(send(from, b, 1000, 0));
	for (int i = 0; i < 2; i++) {
		h = (struct tpacket2_hdr *)(p + i * 256);
		for (int k = 0; k < 3000 && !h->tp_status; k++)
			usleep(1000);
		say("status %x length %u kept %u link %u network %u",
		    h->tp_status & 0xf, h->tp_len, h->tp_snaplen, h->tp_mac,
		    h->tp_net);
	}
	say("whole: %d", next(to, b, sizeof b));
	SHOW(recv(to, b, sizeof b, MSG_DONTWAIT));
	close(from);
	close(to);
}

static void members(int mode, int frames)
{
	struct sock_filter code[] = {
		/* The first byte behind the link header, less 'o'. */
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
		BPF_STMT(BPF_ALU | BPF_SUB | BPF_K, 'o'),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	struct sock_fprog program = { 3, code };
	int from = packet(0, SOCK_RAW, TYPE), to[3], got[3] = { 0 };
	struct pollfd p[3];
	char b[200];

	say("-- members, type %d", mode);
	for (int i = 0; i < 3; i++) {
		to[i] = packet(1, SOCK_RAW, TYPE);
		p[i] = (struct pollfd){ to[i], POLLIN, 0 };
		say("%d",
		    set(to[i], PACKET_FANOUT, 1000 + mode + (mode << 16)));
	}
	if (mode == PACKET_FANOUT_CBPF)
		SHOW(setsockopt(to[0], SOL_PACKET, PACKET_FANOUT_DATA, &program,
				sizeof program));
	for (int i = 0; i < frames; i++) {
		make_frame(b, 100);
		b[14] = (char)('o' + i % 3);
		MUST(send(from, b, 100, 0));
		poll(p, 3, 3000);
		for (int k = 0; k < 3; k++) {
			if (recv(to[k], b, sizeof b, MSG_DONTWAIT) < 0)
				continue;
			got[k]++;
			if (mode != PACKET_FANOUT_RND)
				say("frame %d: member %d", i, k);
		}
	}
	say("all: %d", got[0] + got[1] + got[2]);
	for (int i = 0; i < 3; i++)
		close(to[i]);
	close(from);
}

int main(void)
{
	need_root();
	MUST(unshare(CLONE_NEWNET));
	make_pair();
	links[0] = (int)if_nametoindex("a");
	links[1] = (int)if_nametoindex("b");
	set_up("a");
	set_up("b");
	for (int version = 0; version < 3; version++)
		send_from_memory(version);
	virtio_headers();
	shorter_than_their_headers();
	many_from_memory();
	too_long();
	members(PACKET_FANOUT_LB, 6);
	members(PACKET_FANOUT_CBPF, 6);
	members(PACKET_FANOUT_QM, 2);
	members(PACKET_FANOUT_ROLLOVER, 3);
	members(PACKET_FANOUT_RND, 6);
	return 0;
}
