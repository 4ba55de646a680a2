// SPDX-License-Identifier: MIT
/*
 * Packet sockets as sock_diag tells of them (`ss -0 -e`): rings, fanout groups,
 * memberships, filters, and one whose filter is larger than a message.
 */
#include "tests/abi/abi.h"

#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/packet_diag.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <net/ethernet.h>

static int set(int fd, int name, int value)
{
	return setsockopt(fd, SOL_PACKET, name, &value, sizeof value) ? errno :
									0;
}

static void show_info(const unsigned *v)
{
	say("    link %u version %u reserve %u threshold %u stamps %u flags %x",
	    v[0], v[1], v[2], v[3], v[4], v[5]);
}

static void show_ring(const unsigned *v)
{
	say("    %u x %u, %u x %u, %u %u %u", v[0], v[1], v[2], v[3], v[4],
	    v[5], v[6]);
}

static void show_attribute(const struct rtattr *a)
{
	const unsigned *v = RTA_DATA(a);

	say("  attribute %d: %d bytes", a->rta_type, (int)RTA_PAYLOAD(a));
	switch (a->rta_type) {
	case PACKET_DIAG_INFO:
		show_info(v);
		break;
	case PACKET_DIAG_RX_RING:
	case PACKET_DIAG_TX_RING:
		show_ring(v);
		break;
	case PACKET_DIAG_FANOUT:
		say("    %x", v[0]);
		break;
	case PACKET_DIAG_MCLIST:
		say("    link %u count %u type %x", v[0], v[1], v[2]);
		break;
	default:
		break;
	}
}

static void show_socket(struct nlmsghdr *h)
{
	struct packet_diag_msg *m = NLMSG_DATA(h);
	int left = (int)(h->nlmsg_len - NLMSG_SPACE(sizeof *m));
	struct rtattr *a = (struct rtattr *)(m + 1);

	say(" family %d type %d protocol %x", m->pdiag_family, m->pdiag_type,
	    m->pdiag_num);
	for (; RTA_OK(a, left); a = RTA_NEXT(a, left))
		if (a->rta_type != PACKET_DIAG_MEMINFO)
			show_attribute(a);
}

static void dump(const char *what, unsigned show, unsigned length, int protocol)
{
	static char b[100000];
	struct {
		struct nlmsghdr h;
		struct packet_diag_req r;
	} q = { .h = { .nlmsg_len = NLMSG_LENGTH(length),
		       .nlmsg_type = SOCK_DIAG_BY_FAMILY,
		       .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.r = { .sdiag_family = AF_PACKET,
		       .sdiag_protocol = (unsigned char)protocol,
		       .pdiag_show = show } };
	int fd = (int)MUST(socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG));

	say("-- %s", what);
	MUST(send(fd, &q, q.h.nlmsg_len, 0));
	for (;;) {
		int left = (int)MUST(recv(fd, b, sizeof b, 0));
		struct nlmsghdr *h = (struct nlmsghdr *)b;

		for (; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
			if (h->nlmsg_type == NLMSG_DONE ||
			    h->nlmsg_type == NLMSG_ERROR) {
				say(" type %d: %d", h->nlmsg_type,
				    *(int *)NLMSG_DATA(h));
				close(fd);
				return;
			}
			show_socket(h);
		}
	}
}

static void attach(int fd, int steps)
{
	static struct sock_filter code[4096];
	struct sock_fprog program = { (unsigned short)steps, code };

	for (int i = 0; i < steps; i++)
		code[i] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 100);
	MUST(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
			sizeof program));
}

int main(void)
{
	struct tpacket_req r = { 4096, 2, 2048, 4 };
	struct packet_mreq m = { 1, PACKET_MR_ALLMULTI, 0, { 0 } };
	int a, b, c;

	need_root();
	MUST(unshare(CLONE_NEWNET));
	a = (int)MUST(socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)));
	say("%d %d %d %d", set(a, PACKET_VERSION, TPACKET_V2),
	    set(a, PACKET_RESERVE, 32), set(a, PACKET_COPY_THRESH, 7),
	    set(a, PACKET_LOSS, 1));
	MUST(setsockopt(a, SOL_PACKET, PACKET_RX_RING, &r, sizeof r));
	r.tp_frame_nr = 2;
	r.tp_frame_size = 4096;
	MUST(setsockopt(a, SOL_PACKET, PACKET_TX_RING, &r, sizeof r));
	say("%d", set(a, PACKET_TIMESTAMP, 16));
	MUST(setsockopt(a, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &m, sizeof m));
	attach(a, 5);
	say("%d", set(a, PACKET_FANOUT, 77 | PACKET_FANOUT_RND << 16));
	dump("one", 0x3f, 20, 0);
	dump("nothing of it", 0, 20, 0);
	dump("its rings", PACKET_SHOW_RING_CFG, 20, 0);
	dump("a protocol", 0x3f, 20, 3);
	b = (int)MUST(socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_IP)));
	say("%d %d", set(b, PACKET_AUXDATA, 1), set(b, PACKET_ORIGDEV, 1));
	close(a);
	a = (int)MUST(socket(AF_PACKET, SOCK_RAW, 0));
	say("%d", set(a, PACKET_VNET_HDR, 1));
	dump("two", PACKET_SHOW_INFO | PACKET_SHOW_FILTER, 20, 0);
	attach(b, 4096);
	dump("one larger than a message", PACKET_SHOW_FILTER, 20, 0);
	c = (int)MUST(socket(AF_PACKET, SOCK_RAW, 0));
	dump("and one more", PACKET_SHOW_FILTER, 20, 0);
	close(a);
	close(b);
	dump("the last", PACKET_SHOW_INFO, 20, 0);
	close(c);
	return 0;
}
