// SPDX-License-Identifier: MIT
/*
 * Options of packet sockets: what each takes, refuses and gives back; each of
 * the checks of a ring's shape; who may join a fanout group.
 */
#include "tests/abi/abi.h"

#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>

#ifndef PACKET_VNET_HDR_SZ
#define PACKET_VNET_HDR_SZ 24
#endif

static int packet(int type)
{
	return (int)MUST(socket(AF_PACKET, type, htons(ETH_P_ALL)));
}

static int set(int fd, int name, int value)
{
	return setsockopt(fd, SOL_PACKET, name, &value, sizeof value) ? errno :
									0;
}

static int get(int fd, int name)
{
	int value = -7;
	socklen_t length = sizeof value;

	if (getsockopt(fd, SOL_PACKET, name, &value, &length))
		return -errno;
	return value;
}

static const struct {
	int number;
	const char *name;
} options[] = {
	{ PACKET_COPY_THRESH, "COPY_THRESH" },
	{ PACKET_AUXDATA, "AUXDATA" },
	{ PACKET_ORIGDEV, "ORIGDEV" },
	{ PACKET_VERSION, "VERSION" },
	{ PACKET_RESERVE, "RESERVE" },
	{ PACKET_TX_TIMESTAMP, "TX_TIMESTAMP" },
	{ PACKET_LOSS, "LOSS" },
	{ PACKET_VNET_HDR, "VNET_HDR" },
	{ PACKET_TIMESTAMP, "TIMESTAMP" },
	{ PACKET_TX_HAS_OFF, "TX_HAS_OFF" },
	{ PACKET_QDISC_BYPASS, "QDISC_BYPASS" },
	{ PACKET_IGNORE_OUTGOING, "IGNORE_OUTGOING" },
	{ PACKET_VNET_HDR_SZ, "VNET_HDR_SZ" },
	{ PACKET_ROLLOVER_STATS, "ROLLOVER_STATS" },
	{ PACKET_FANOUT_DATA, "FANOUT_DATA" },
	{ PACKET_RECV_OUTPUT, "RECV_OUTPUT" },
	{ 25, "25" },
	{ 99, "99" },
};

static void numbers(int type)
{
	static const int values[] = { 0, 1, 2, 10, 12, 100, -1, INT32_MAX };

	say("-- type %d", type);
	for (unsigned i = 0; i < LEN(options); i++) {
		int fd = packet(type), n = options[i].number;
		char long_one[8] = { 1 };
		int answers[3];

		say("%s: at first %d", options[i].name, get(fd, n));
		for (unsigned v = 0; v < LEN(values); v++) {
			int error = set(fd, n, values[v]);

			say("  %d: %d, then %d", values[v], error, get(fd, n));
		}
		for (int k = 0; k < 3; k++)
			answers[k] = setsockopt(fd, SOL_PACKET, n, long_one,
						k == 0 ? 3 :
						k == 1 ? 8 :
							 0) ?
					     errno :
					     0;
		say("  lengths: %d %d %d", answers[0], answers[1], answers[2]);
		close(fd);
	}
}

struct shape {
	const char *what;
	int version;
	struct tpacket_req3 r;
	unsigned length;
};

static const struct shape shapes[] = {
	{ "good", 1, { 4096, 2, 2048, 4, 0, 0, 0 }, 16 },
	{ "good", 0, { 4096, 2, 2048, 4, 0, 0, 0 }, 16 },
	{ "good", 2, { 4096, 2, 2048, 4, 0, 0, 0 }, 28 },
	{ "short", 1, { 4096, 2, 2048, 4, 0, 0, 0 }, 15 },
	{ "short", 2, { 4096, 2, 2048, 4, 0, 0, 0 }, 16 },
	{ "no blocks", 1, { 4096, 0, 2048, 4, 0, 0, 0 }, 16 },
	{ "nothing", 1, { 0, 0, 0, 0, 0, 0, 0 }, 16 },
	{ "block 0", 1, { 0, 2, 2048, 4, 0, 0, 0 }, 16 },
	{ "block not pages", 1, { 5000, 2, 2048, 4, 0, 0, 0 }, 16 },
	{ "block negative", 1, { 0x80000000, 2, 2048, 4, 0, 0, 0 }, 16 },
	{ "frame too small", 1, { 4096, 2, 48, 4, 0, 0, 0 }, 16 },
	{ "frame just large enough", 1, { 4096, 2, 64, 128, 0, 0, 0 }, 16 },
	{ "frame not aligned", 1, { 4096, 2, 2047, 4, 0, 0, 0 }, 16 },
	{ "frame over a block", 1, { 4096, 2, 8192, 1, 0, 0, 0 }, 16 },
	{ "frames", 1, { 4096, 2, 2048, 5, 0, 0, 0 }, 16 },
	{ "frames wrap", 1, { 4096, 0x80000001, 2048, 2, 0, 0, 0 }, 16 },
	{ "private", 2, { 4096, 2, 2048, 4, 10, 100, 0 }, 28 },
	{ "private as large as a block",
	  2,
	  { 4096, 2, 2048, 4, 10, 4096, 0 },
	  28 },
	{ "private wraps", 2, { 4096, 2, 2048, 4, 10, 0xfffffff0, 0 }, 28 },
	{ "time", 2, { 4096, 2, 2048, 4, 10, 0, 0 }, 28 },
	{ "features", 2, { 4096, 2, 2048, 4, 0, 0, 1 }, 28 },
};

static void rings(int name)
{
	say("-- rings %d", name);
	for (unsigned i = 0; i < LEN(shapes); i++) {
		const struct shape *s = &shapes[i];
		int fd = packet(SOCK_RAW);

		MUST(setsockopt(fd, SOL_PACKET, PACKET_VERSION, &s->version,
				sizeof s->version));
		say("V%d %s: %d", s->version + 1, s->what,
		    setsockopt(fd, SOL_PACKET, name, &s->r, s->length) ? errno :
									 0);
		close(fd);
	}
}

/* With a ring: what may not change any more, and memory. */
static void with_ring(int name)
{
	struct tpacket_req r = { 4096, 2, 2048, 4 }, none = { 0 };
	int fd = packet(SOCK_RAW), version = TPACKET_V2;
	pid_t pid;
	void *p;

	say("-- with a ring %d", name);
	MUST(setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, 4));
	SHOW_OK(mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	MUST(setsockopt(fd, SOL_PACKET, name, &r, sizeof r));
	SHOW(setsockopt(fd, SOL_PACKET, name, &r, sizeof r));
	say("version %d reserve %d loss %d vnet %d size %d off %d",
	    set(fd, PACKET_VERSION, 1), set(fd, PACKET_RESERVE, 16),
	    set(fd, PACKET_LOSS, 1), set(fd, PACKET_VNET_HDR, 1),
	    set(fd, PACKET_VNET_HDR_SZ, 12), set(fd, PACKET_TX_HAS_OFF, 1));
	SHOW_OK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	SHOW_OK(mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 4096));
	SHOW_OK(mmap(NULL, 16384, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	OK(p != MAP_FAILED);
	SHOW(setsockopt(fd, SOL_PACKET, name, &none, sizeof none));
	/* It may change when no piece is mapped anywhere. */
	pid = (pid_t)MUST(fork());
	if (!pid) {
		pause();
		_exit(0);
	}
	munmap(p, 4096);
	SHOW(setsockopt(fd, SOL_PACKET, name, &none, sizeof none));
	munmap((char *)p + 4096, 4096);
	SHOW(setsockopt(fd, SOL_PACKET, name, &none, sizeof none));
	MUST(kill(pid, SIGKILL));
	say("%s", status_text(reap(pid)));
	SHOW(setsockopt(fd, SOL_PACKET, name, &none, sizeof none));
	SHOW_OK(mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	r.tp_block_nr = 4;
	r.tp_frame_nr = 8;
	SHOW(setsockopt(fd, SOL_PACKET, name, &r, sizeof r));
	p = mmap(NULL, 16384, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	OK(p != MAP_FAILED);
	((char *)p)[16383] = 1;
	munmap(p, 16384);
	close(fd);
	r.tp_block_nr = 2;
	r.tp_frame_nr = 4;
	fd = packet(SOCK_RAW);
	SHOW(setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &r, sizeof r));
	SHOW(setsockopt(fd, SOL_PACKET, PACKET_TX_RING, &r, sizeof r));
	SHOW_OK(mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	SHOW_OK(mmap(NULL, 16384, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	close(fd);
}

static int join(int fd, int id, int type, int flags)
{
	return set(fd, PACKET_FANOUT, id | (type | flags) << 16);
}

static void fanout(void)
{
	struct sock_filter one[] = { BPF_STMT(BPF_RET | BPF_K, 1) };
	struct sock_fprog program = { 1, one };
	int a = packet(SOCK_RAW), b = packet(SOCK_RAW), c, v = -1;
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(ETH_P_ALL),
				  .sll_ifindex = 1 };
	int args[2] = { 500 | PACKET_FANOUT_LB << 16, 2 };
	unsigned long long stats[3] = { 9, 9, 9 };
	socklen_t length = sizeof stats;

	say("-- fanout");
	say("none: %d", get(a, PACKET_FANOUT));
	for (int type = 0; type < 10; type++) {
		int fd = packet(SOCK_RAW), error;

		if (type == PACKET_FANOUT_EBPF)
			continue;
		error = join(fd, 100 + type, type, 0);

		say("type %d: %d, %x", type, error,
		    (unsigned)get(fd, PACKET_FANOUT));
		close(fd);
	}
	for (int flag = 0x1000; flag < 0x8000; flag <<= 1) {
		int fd = packet(SOCK_RAW);
		int error = join(fd, 0, PACKET_FANOUT_HASH, flag);

		say("flag %x: %d, %x", (unsigned)flag, error,
		    (unsigned)get(fd, PACKET_FANOUT) & 0xffff0000);
		close(fd);
	}
	say("unique with a number: %d", join(a, 5, 0, 0x2000));
	say("rollover twice: %d", join(a, 5, PACKET_FANOUT_ROLLOVER, 0x1000));
	say("a: %d", join(a, 5, PACKET_FANOUT_HASH, 0));
	say("a again: %d", join(a, 5, PACKET_FANOUT_HASH, 0));
	say("another type: %d", join(b, 5, PACKET_FANOUT_LB, 0));
	say("other flags: %d", join(b, 5, PACKET_FANOUT_HASH, 0x1000));
	say("b: %d", join(b, 5, PACKET_FANOUT_HASH, 0));
	SHOW(bind(b, (void *)&to, sizeof to));
	c = packet(SOCK_RAW);
	MUST(bind(c, (void *)&to, sizeof to));
	say("other link: %d", join(c, 5, PACKET_FANOUT_HASH, 0));
	SHOW(getsockopt(c, SOL_PACKET, PACKET_ROLLOVER_STATS, stats, &length));
	SHOW(setsockopt(c, SOL_PACKET, PACKET_FANOUT_DATA, &program,
			sizeof program));
	say("c: %d", join(c, 6, PACKET_FANOUT_CBPF, 0x1000));
	SHOW(getsockopt(c, SOL_PACKET, PACKET_ROLLOVER_STATS, stats, &length));
	say("%d: %llu %llu %llu", (int)length, stats[0], stats[1], stats[2]);
	SHOW(setsockopt(c, SOL_PACKET, PACKET_FANOUT_DATA, &program,
			sizeof program));
	SHOW(setsockopt(c, SOL_PACKET, PACKET_FANOUT_DATA, &program, 8));
	program.len = 0;
	SHOW(setsockopt(c, SOL_PACKET, PACKET_FANOUT_DATA, &program,
			sizeof program));
	SHOW(setsockopt(b, SOL_PACKET, PACKET_FANOUT_DATA, &program,
			sizeof program));
	close(c);
	c = (int)MUST(socket(AF_PACKET, SOCK_RAW, 0));
	say("without a protocol: %d", join(c, 7, PACKET_FANOUT_HASH, 0));
	close(c);
	close(a);
	close(b);
	a = packet(SOCK_RAW);
	b = packet(SOCK_RAW);
	c = packet(SOCK_RAW);
	SHOW(setsockopt(a, SOL_PACKET, PACKET_FANOUT, args, 8));
	SHOW(setsockopt(b, SOL_PACKET, PACKET_FANOUT, args, 4));
	args[1] = 3;
	SHOW(setsockopt(c, SOL_PACKET, PACKET_FANOUT, args, 8));
	args[1] = 2;
	SHOW(setsockopt(c, SOL_PACKET, PACKET_FANOUT, args, 8));
	args[0]++;
	args[1] = 65537;
	SHOW(setsockopt(c, SOL_PACKET, PACKET_FANOUT, args, 8));
	SHOW(setsockopt(c, SOL_PACKET, PACKET_FANOUT, &v, 3));
	close(a);
	close(b);
	close(c);
}

static void members(void)
{
	struct packet_mreq m = { 1, PACKET_MR_PROMISC, 0, { 0 } };
	int fd = packet(SOCK_RAW);

	say("-- memberships");
	for (int type = 0; type < 6; type++) {
		m.mr_type = (unsigned short)type;
		m.mr_alen = 6;
		say("type %d: %d", type,
		    setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &m,
			       sizeof m) ?
			    errno :
			    0);
	}
	m.mr_type = PACKET_MR_MULTICAST;
	m.mr_alen = 5;
	SHOW(setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &m, sizeof m));
	m.mr_alen = 8;
	SHOW(setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &m, sizeof m));
	m.mr_alen = 9;
	SHOW(setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &m, sizeof m));
	m.mr_alen = 0;
	SHOW(setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &m, 15));
	m.mr_address[0] = 77;
	SHOW(setsockopt(fd, SOL_PACKET, PACKET_DROP_MEMBERSHIP, &m, sizeof m));
	m.mr_ifindex = 4711;
	SHOW(setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &m, sizeof m));
	SHOW(setsockopt(fd, SOL_PACKET, PACKET_DROP_MEMBERSHIP, &m, sizeof m));
	close(fd);
}

int main(void)
{
	need_root();
	MUST(unshare(CLONE_NEWNET));
	numbers(SOCK_RAW);
	numbers(SOCK_DGRAM);
	rings(PACKET_RX_RING);
	rings(PACKET_TX_RING);
	with_ring(PACKET_RX_RING);
	with_ring(PACKET_TX_RING);
	fanout();
	members();
	return 0;
}
