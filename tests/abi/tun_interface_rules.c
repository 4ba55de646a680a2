// SPDX-License-Identifier: MIT
/*
 * /dev/net/tun: what each ioctl says to good and bad arguments, what a read and
 * a write refuse, when the file is ready, who may attach, what a filter keeps.
 */
#include "tests/abi/abi.h"

#include <grp.h>
#include <stdatomic.h>
#include <linux/filter.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <linux/virtio_net.h>
#include <net/if.h>

static struct ifreq row;

static int attach(int fd, const char *name, int flags)
{
	memset(&row, 0, sizeof row);
	strcpy(row.ifr_name, name);
	row.ifr_flags = (short)flags;
	return ioctl(fd, TUNSETIFF, &row);
}

static int open_tun(const char *name, int flags)
{
	int fd = MUST(open("/dev/net/tun", O_RDWR | O_NONBLOCK));

	MUST(attach(fd, name, flags));
	return fd;
}

static void set_up(const char *name, bool up)
{
	struct ifreq r = { .ifr_flags = (short)(up ? IFF_UP : 0) };
	int fd = MUST(socket(AF_INET, SOCK_DGRAM, 0));

	strcpy(r.ifr_name, name);
	MUST(ioctl(fd, SIOCSIFFLAGS, &r));
	close(fd);
}

static int exists(const char *name)
{
	return if_nametoindex(name) != 0;
}

static void drain(int fd)
{
	char b[4096];

	while (read(fd, b, sizeof b) > 0)
		;
}

static short ready(int fd)
{
	struct pollfd p = { fd, POLLIN | POLLOUT | POLLPRI, 0 };

	poll(&p, 1, 0);
	return p.revents;
}

static void without_interface(void)
{
	int fd = MUST(open("/dev/net/tun", O_RDWR | O_NONBLOCK));
	char b[100] = { 0x45 };
	int v = 5;

	say("-- without an interface");
	SHOW(read(fd, b, sizeof b));
	SHOW(write(fd, b, sizeof b));
	say("ready %x", (unsigned)ready(fd));
	SHOW(ioctl(fd, TUNGETFEATURES, &v));
	say("needed features %x", (unsigned)v & 0x7003);
	SHOW(ioctl(fd, TUNGETFEATURES, NULL));
	SHOW(ioctl(fd, TUNGETIFF, &row));
	SHOW(ioctl(fd, TUNSETPERSIST, 1));
	SHOW(ioctl(fd, TUNSETOFFLOAD, 1));
	SHOW(ioctl(fd, TUNSETSNDBUF, &v));
	SHOW(ioctl(fd, TUNGETVNETHDRSZ, &v));
	SHOW(ioctl(fd, TUNSETTXFILTER, b));
	SHOW(ioctl(fd, FIONREAD, &v));
	SHOW(ioctl(fd, 0x5499, &v));
	SHOW(ioctl(fd, SIOCGIFHWADDR, &row));
	SHOW(ioctl(fd, SIOCGIFADDR, &row));
	SHOW(ioctl(fd, TUNSETIFF, NULL));
	v = -1;
	SHOW(ioctl(fd, TUNSETIFINDEX, &v));
	v = 77;
	SHOW(ioctl(fd, TUNSETIFINDEX, &v));
	SHOW(attach(fd, "numbered", IFF_TUN));
	say("number %u", if_nametoindex("numbered"));
	SHOW(ioctl(fd, TUNSETIFINDEX, &v));
	close(fd);
	OK(!exists("numbered"));
}

static void attaching(void)
{
	static const int flags[] = { 0,
				     IFF_NO_PI,
				     IFF_TUN | IFF_TAP,
				     IFF_TUN | 0x4,
				     IFF_TUN | 0x0800,
				     IFF_TUN | IFF_NO_PI | IFF_ONE_QUEUE,
				     IFF_TAP | IFF_VNET_HDR | IFF_TUN_EXCL,
				     IFF_TAP | IFF_NO_PI };
	int fd, other;

	say("-- attaching");
	for (unsigned i = 0; i < LEN(flags); i++) {
		fd = MUST(open("/dev/net/tun", O_RDWR));
		say("flags %x: %d", (unsigned)flags[i],
		    attach(fd, "", flags[i]) ? errno : 0);
		if (!ioctl(fd, TUNGETIFF, &row))
			say("  %s %x", row.ifr_name,
			    (unsigned short)row.ifr_flags);
		close(fd);
	}
	fd = MUST(open("/dev/net/tun", O_RDWR));
	SHOW(attach(fd, "bad/name", IFF_TUN));
	SHOW(attach(fd, "lo", IFF_TUN));
	SHOW(attach(fd, "lo", IFF_TUN | IFF_TUN_EXCL));
	SHOW(attach(fd, "t%d", IFF_TUN | IFF_NO_PI));
	say("%s", row.ifr_name);
	SHOW(attach(fd, "t9", IFF_TUN));
	other = MUST(open("/dev/net/tun", O_RDWR));
	SHOW(attach(other, "t0", IFF_TUN | IFF_NO_PI));
	SHOW(attach(other, "t0", IFF_TAP));
	SHOW(attach(other, "t0", IFF_TUN | IFF_TUN_EXCL));
	SHOW(ioctl(fd, TUNSETPERSIST, 1));
	SHOW(ioctl(fd, TUNGETIFF, &row));
	say("%x", (unsigned short)row.ifr_flags);
	close(fd);
	OK(exists("t0"));
	SHOW(attach(other, "t0", IFF_TUN | IFF_VNET_HDR));
	SHOW(ioctl(other, TUNGETIFF, &row));
	say("%x", (unsigned short)row.ifr_flags);
	SHOW(ioctl(other, TUNSETPERSIST, 0));
	OK(exists("t0"));
	close(other);
	OK(!exists("t0"));
}

/* `also`: a group beside `gid`, 0: none. */
static int as_member(int uid, int gid, gid_t also, const char *name)
{
	int pid = MUST(fork()), status;

	if (pid == 0) {
		int fd = MUST(open("/dev/net/tun", O_RDWR));

		MUST(setgroups(also ? 1 : 0, &also));
		MUST(setgid((gid_t)gid));
		MUST(setuid((uid_t)uid));
		_exit(attach(fd, name, IFF_TUN) ? errno : 0);
	}
	MUST(waitpid(pid, &status, 0));
	return WEXITSTATUS(status);
}

static int as_user(int uid, int gid, const char *name)
{
	return as_member(uid, gid, 0, name);
}

static void owners(void)
{
	int fd = open_tun("own", IFF_TUN);

	say("-- owners");
	MUST(ioctl(fd, TUNSETPERSIST, 1));
	say("a new one: %d", as_user(1000, 1000, "mine"));
	close(fd);
	say("nobody's: %d", as_user(1000, 1000, "own"));
	fd = open_tun("own", IFF_TUN);
	SHOW(ioctl(fd, TUNSETOWNER, 1000));
	close(fd);
	say("its owner: %d", as_user(1000, 5, "own"));
	say("another: %d", as_user(1001, 5, "own"));
	fd = open_tun("own", IFF_TUN);
	SHOW(ioctl(fd, TUNSETGROUP, 77));
	close(fd);
	say("owner, not its group: %d", as_user(1000, 5, "own"));
	say("both: %d", as_user(1000, 77, "own"));
	say("one of its groups: %d", as_member(1000, 5, 77, "own"));
	say("another of its groups: %d", as_member(1000, 5, 78, "own"));
	fd = open_tun("own", IFF_TUN);
	SHOW(ioctl(fd, TUNSETOWNER, -1));
	SHOW(ioctl(fd, TUNSETPERSIST, 0));
	close(fd);
}

static void offloads(void)
{
	int fd = open_tun("off", IFF_TAP | IFF_VNET_HDR);
	int v;

	say("-- offloads");
	for (unsigned i = 0; i < 0x80; i++)
		if (ioctl(fd, TUNSETOFFLOAD, i))
			say("%x: %d", i, errno);
	SHOW(ioctl(fd, TUNSETOFFLOAD, 0x10000));
	SHOW(ioctl(fd, TUNGETVNETHDRSZ, &v));
	say("%d", v);
	for (v = 9; v <= 12; v++)
		SHOW(ioctl(fd, TUNSETVNETHDRSZ, &v));
	v = 1000;
	SHOW(ioctl(fd, TUNSETVNETHDRSZ, &v));
	v = -5;
	SHOW(ioctl(fd, TUNSETVNETHDRSZ, &v));
	SHOW(ioctl(fd, TUNGETVNETHDRSZ, &v));
	say("%d", v);
	SHOW(ioctl(fd, TUNGETVNETHDRSZ, NULL));
	SHOW(ioctl(fd, TUNSETVNETHDRSZ, NULL));
	v = 7;
	SHOW(ioctl(fd, TUNGETVNETLE, &v));
	say("%d", v);
	v = 1;
	SHOW(ioctl(fd, TUNSETVNETLE, &v));
	SHOW(ioctl(fd, TUNGETVNETLE, &v));
	say("%d", v);
	v = 0;
	SHOW(ioctl(fd, TUNSETVNETLE, &v));
	SHOW(ioctl(fd, TUNGETVNETLE, &v));
	say("%d", v);
	SHOW(ioctl(fd, TUNSETVNETBE, &v));
	SHOW(ioctl(fd, TUNGETVNETBE, &v));
	close(fd);
}

static void small_ones(void)
{
	struct {
		unsigned short flags, count;
		unsigned char addresses[12][6];
	} tx = { 0, 0, { { 0 } } };
	struct sock_filter code[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
	struct sock_fprog program = { 1, code }, got = { 0 };
	int tap = open_tun("atap", IFF_TAP | IFF_NO_PI), v;
	int tun = open_tun("atun", IFF_TUN | IFF_NO_PI);

	say("-- the rest");
	SHOW(ioctl(tap, TUNGETSNDBUF, &v));
	say("%d", v);
	v = 0;
	SHOW(ioctl(tap, TUNSETSNDBUF, &v));
	v = 100000;
	SHOW(ioctl(tap, TUNSETSNDBUF, &v));
	SHOW(ioctl(tap, TUNGETSNDBUF, &v));
	say("%d", v);
	SHOW(ioctl(tap, TUNSETSNDBUF, NULL));
	SHOW(ioctl(tap, TUNSETNOCSUM, 1));
	SHOW(ioctl(tap, TUNSETDEBUG, 1));
	SHOW(ioctl(tun, TUNSETLINK, 0xfffe));
	set_up("atun", true);
	SHOW(ioctl(tun, TUNSETLINK, 0xfffe));
	SHOW(ioctl(tun, TUNSETTXFILTER, &tx));
	SHOW(ioctl(tap, TUNSETTXFILTER, &tx));
	SHOW(ioctl(tap, TUNSETTXFILTER, NULL));
	tx.count = 3;
	SHOW(ioctl(tap, TUNSETTXFILTER, &tx));
	tx.count = 12;
	SHOW(ioctl(tap, TUNSETTXFILTER, &tx));
	for (int i = 8; i < 12; i++)
		tx.addresses[i][0] = 1;
	SHOW(ioctl(tap, TUNSETTXFILTER, &tx));
	tx.count = 0;
	SHOW(ioctl(tap, TUNSETTXFILTER, &tx));
	SHOW(ioctl(tun, TUNATTACHFILTER, &program));
	SHOW(ioctl(tap, TUNATTACHFILTER, &program));
	SHOW(ioctl(tap, TUNGETIFF, &row));
	say("%x", (unsigned short)row.ifr_flags);
	SHOW(ioctl(tap, TUNGETFILTER, &got));
	say("%d", got.len);
	program.len = 0;
	SHOW(ioctl(tap, TUNATTACHFILTER, &program));
	SHOW(ioctl(tap, TUNATTACHFILTER, NULL));
	SHOW(ioctl(tap, TUNDETACHFILTER, &program));
	SHOW(ioctl(tap, TUNDETACHFILTER, &program));
	SHOW(ioctl(tun, TUNDETACHFILTER, &program));
	SHOW(ioctl(tun, TUNGETFILTER, &program));
	v = 0;
	SHOW(ioctl(tap, TUNSETCARRIER, &v));
	SHOW(ioctl(tap, TUNSETCARRIER, NULL));
	v = 1;
	SHOW(ioctl(tap, TUNSETCARRIER, &v));
	SHOW(ioctl(tap, FIONREAD, &v));
	SHOW(ioctl(tap, TCGETS, &v));
	SHOW(ioctl(tap, 0x12345678, &v));
	SHOW(ioctl(tap, SIOCGIFADDR, &row));
	memset(&row, 0, sizeof row);
	row.ifr_hwaddr.sa_family = 1;
	memcpy(row.ifr_hwaddr.sa_data, "\2\0\0\0\0\7", 6);
	SHOW(ioctl(tap, SIOCSIFHWADDR, &row));
	memset(&row, 0, sizeof row);
	SHOW(ioctl(tap, SIOCGIFHWADDR, &row));
	say("%d %d", row.ifr_hwaddr.sa_family, row.ifr_hwaddr.sa_data[5]);
	row.ifr_hwaddr.sa_family = 2;
	SHOW(ioctl(tap, SIOCSIFHWADDR, &row));
	row.ifr_hwaddr.sa_family = 1;
	row.ifr_hwaddr.sa_data[0] = 1;
	SHOW(ioctl(tap, SIOCSIFHWADDR, &row));
	close(tap);
	close(tun);
}

static void writing(void)
{
	int tun = open_tun("w0", IFF_TUN | IFF_NO_PI), pi, tap;
	char b[70000] = { 0x45 }, six[40] = { 0x60 }, info[44] = { 0 };

	say("-- writing");
	SHOW(write(tun, b, 20)); /* down */
	SHOW(write(tun, "\x10", 1));
	say("down, ready %x", (unsigned)ready(tun));
	set_up("w0", true);
	drain(tun);
	say("up, ready %x", (unsigned)ready(tun) & ~(unsigned)POLLIN);
	SHOW(write(tun, b, 0));
	SHOW(write(tun, b, 1));
	SHOW(write(tun, "\x10garbage", 8));
	SHOW(write(tun, six, sizeof six));
	SHOW(write(tun, b, 65535));
	pi = open_tun("w1", IFF_TUN);
	set_up("w1", true);
	SHOW(write(pi, b, 3));
	SHOW(write(pi, info, 4));
	info[2] = 0x12; /* some ethertype */
	info[4] = 0x10;
	SHOW(write(pi, info, sizeof info));
	tap = open_tun("w2", IFF_TAP | IFF_NO_PI);
	SHOW(write(tap, b, 13));
	SHOW(write(tap, b, 14));
	set_up("w2", true);
	SHOW(write(tap, b, 13));
	SHOW(write(tap, b, 14));
	SHOW(write(tap, b, 60));
	close(tun);
	close(pi);
	close(tap);
}

struct hostile {
	const char *what;
	struct virtio_net_hdr h;
	int length; /* of the packet behind it */
};

static const struct hostile hostiles[] = {
	{ "plain", { 0, 0, 0, 0, 0, 0 }, 40 },
	{ "checksum", { 1, 0, 0, 0, 20, 16 }, 40 },
	{ "checksum at the end", { 1, 0, 0, 0, 38, 0 }, 40 },
	{ "checksum beyond", { 1, 0, 0, 0, 39, 0 }, 40 },
	{ "checksum far beyond", { 1, 0, 0, 0, 60000, 16 }, 40 },
	{ "checksum wraps", { 1, 0, 0, 0, 65535, 65535 }, 40 },
	{ "checksum in the network header", { 1, 0, 0, 0, 10, 4 }, 40 },
	{ "verified", { 2, 0, 0, 0, 0, 0 }, 40 },
	{ "flags", { 0xf0, 0, 0, 0, 0, 0 }, 40 },
	{ "length beyond", { 0, 0, 41, 0, 0, 0 }, 40 },
	{ "length", { 0, 0, 40, 0, 0, 0 }, 40 },
	{ "no size", { 1, 1, 40, 0, 20, 16 }, 1500 },
	{ "size", { 1, 1, 40, 500, 20, 16 }, 1500 },
	{ "size and ECN", { 1, 0x81, 40, 500, 20, 16 }, 1500 },
	{ "ECN alone", { 1, 0x80, 40, 500, 20, 16 }, 1500 },
	{ "size of all", { 1, 1, 40, 65535, 20, 16 }, 1500 },
	{ "not TCP's offset", { 1, 1, 40, 500, 20, 6 }, 1500 },
	{ "kind 2", { 1, 2, 40, 500, 20, 16 }, 1500 },
	{ "kind 6", { 1, 6, 40, 500, 20, 16 }, 1500 },
	{ "datagrams", { 1, 5, 28, 500, 20, 6 }, 1500 },
	{ "datagrams without checksum", { 0, 5, 28, 500, 20, 6 }, 1500 },
	{ "datagrams with TCP's", { 1, 5, 28, 500, 20, 16 }, 1500 },
	{ "one datagram", { 1, 3, 28, 500, 20, 6 }, 1500 },
	{ "segments of a short one", { 1, 1, 40, 500, 20, 16 }, 39 },
	{ "one segment", { 1, 1, 40, 1460, 20, 16 }, 1500 },
};

static void headers(void)
{
	int fd = open_tun("v0", IFF_TUN | IFF_NO_PI | IFF_VNET_HDR), n = 12;
	char b[3000] = { 0 };

	say("-- headers");
	set_up("v0", true);
	SHOW(write(fd, b, 9));
	SHOW(write(fd, b, 10));
	for (unsigned i = 0; i < LEN(hostiles); i++) {
		const struct hostile *h = &hostiles[i];
		char *ip = b + 10;
		int r;

		memset(b, 0, sizeof b);
		memcpy(b, &h->h, 10);
		ip[0] = 0x45;
		ip[2] = (char)(h->length >> 8);
		ip[3] = (char)h->length;
		ip[8] = 64;
		ip[9] = (h->h.gso_type == 5 || h->h.gso_type == 3) ? 17 : 6;
		ip[12] = ip[16] = 10;
		ip[32] = 0x50;
		r = (int)write(fd, b, (size_t)h->length + 10);
		say("%s: %d %d", h->what, r, r < 0 ? errno : 0);
	}
	MUST(ioctl(fd, TUNSETVNETHDRSZ, &n));
	SHOW(write(fd, b, 11));
	close(fd);
}

/* A packet on its way out of it: a router solicitation will do, and so does
 * what a packet socket sends. */
static void send_out(const char *name, int n)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(9),
				  .sin_addr.s_addr = htonl(0xe0000101) };
	int fd = MUST(socket(AF_INET, SOCK_DGRAM, 0));
	char b[1400] = { 0 };

	MUST(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name,
			(socklen_t)strlen(name) + 1));
	say("sent %d",
	    (int)MUST(sendto(fd, b, (size_t)n, 0, (void *)&to, sizeof to)));
	close(fd);
}

static void give_address(const char *name)
{
	struct ifreq r = { 0 };
	struct sockaddr_in *in = (void *)&r.ifr_addr;
	int fd = MUST(socket(AF_INET, SOCK_DGRAM, 0));
	char path[100];
	int off;

	snprintf(path, sizeof path, "/proc/sys/net/ipv6/conf/%s/disable_ipv6",
		 name);
	off = MUST(open(path, O_WRONLY));
	MUST(write(off, "1", 1));
	close(off);
	strcpy(r.ifr_name, name);
	in->sin_family = AF_INET;
	in->sin_addr.s_addr = htonl(0x0a630001);
	MUST(ioctl(fd, SIOCSIFADDR, &r));
	close(fd);
	set_up(name, true);
}

/* UDP's of 100 bytes is 128 long. */
static int next(int fd, char *b, size_t n)
{
	struct pollfd p = { fd, POLLIN, 0 };

	poll(&p, 1, 3000);
	return (int)read(fd, b, n);
}

static void reading(void)
{
	int tun = open_tun("r0", IFF_TUN | IFF_NO_PI), pi, vnet, n;
	char b[2000];

	say("-- reading");
	give_address("r0");
	drain(tun);
	SHOW(read(tun, b, sizeof b));
	SHOW(read(tun, b, 0));
	send_out("r0", 100);
	say("whole: %d", next(tun, b, sizeof b));
	send_out("r0", 100);
	say("a part: %d", next(tun, b, 50));
	SHOW(read(tun, b, sizeof b));
	close(tun);
	pi = open_tun("r1", IFF_TUN);
	give_address("r1");
	drain(pi);
	send_out("r1", 100);
	n = next(pi, b, sizeof b);
	say("with its type: %d, %d %x", n, b[0], b[2]);
	send_out("r1", 100);
	n = next(pi, b, 100);
	say("stripped: %d, %d %x", n, b[0], b[2]);
	send_out("r1", 100);
	n = next(pi, b, 3);
	say("too short: %d %d", n, errno);
	send_out("r1", 100);
	n = next(pi, b, 4);
	say("the type alone: %d %d", n, b[0]);
	close(pi);
	vnet = open_tun("r2", IFF_TUN | IFF_NO_PI | IFF_VNET_HDR);
	MUST(ioctl(vnet, TUNSETOFFLOAD, TUN_F_CSUM));
	give_address("r2");
	drain(vnet);
	send_out("r2", 100);
	n = next(vnet, b, sizeof b);
	say("with a header: %d, flags %d kind %d start %d offset %d", n, b[0],
	    b[1], b[6], b[8]);
	send_out("r2", 100);
	n = next(vnet, b, 9);
	say("too short: %d %d", n, errno);
	n = 64;
	MUST(ioctl(vnet, TUNSETVNETHDRSZ, &n));
	send_out("r2", 100);
	memset(b, 1, sizeof b);
	n = next(vnet, b, sizeof b);
	say("a long header: %d, %d %d, %x", n, b[10], b[63], b[64]);
	close(vnet);
}

static void filters(void)
{
	/* Only what is 142 bytes long, and of that 50. */
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 142, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 50),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { 4, code };
	struct {
		unsigned short flags, count;
		unsigned char address[1][6];
	} tx = { 0, 1, { { 2, 0, 0, 0, 0, 1 } } };
	int tap = open_tun("f0", IFF_TAP | IFF_NO_PI);
	char b[2000];

	say("-- filters");
	give_address("f0");
	drain(tap);
	MUST(ioctl(tap, TUNATTACHFILTER, &program));
	send_out("f0", 50);
	send_out("f0", 100);
	say("kept: %d", next(tap, b, sizeof b));
	MUST(ioctl(tap, TUNDETACHFILTER, &program));
	SHOW(ioctl(tap, TUNSETTXFILTER, &tx));
	drain(tap);
	send_out("f0", 51);
	SHOW(read(tap, b, sizeof b));
	memcpy(tx.address[0], "\1\0\x5e\0\1\1", 6);
	SHOW(ioctl(tap, TUNSETTXFILTER, &tx));
	send_out("f0", 52);
	say("the group: %d", next(tap, b, sizeof b));
	close(tap);
}

static volatile int caught;

static void on_signal(int number)
{
	caught++;
}

static void signals(void)
{
	int tun = open_tun("s0", IFF_TUN | IFF_NO_PI);
	char b[2000];

	say("-- signals");
	give_address("s0");
	drain(tun);
	signal(SIGIO, on_signal);
	SHOW(fcntl(tun, F_SETOWN, getpid()));
	SHOW(fcntl(tun, F_SETFL, O_ASYNC | O_NONBLOCK));
	send_out("s0", 100);
	say("%d", next(tun, b, sizeof b));
	/* The signal may come from another CPU, after the packet. */
	for (int i = 0; i < 500 && !caught; i++)
		usleep(10000);
	OK(caught > 0);
	close(tun);
}

static atomic_int reading_thread;

/* Until the reader sleeps in its call. */
static void wait_for_reader(void)
{
	long end = now_ms() + 20000;
	char path[64], state = 0;
	int thread;

	while (!(thread = atomic_load(&reading_thread)))
		sleep_ms(1);
	snprintf(path, sizeof path, "/proc/self/task/%d/stat", thread);
	while (state != 'S' && now_ms() < end) {
		FILE *file = fopen(path, "r");

		if (!file || fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
			say("no state of a thread");
		if (file)
			fclose(file);
		sleep_ms(1);
	}
	OK(state == 'S');
}

static void *reader(void *arg)
{
	char b[2000];
	int fd = *(int *)arg, n;

	atomic_store(&reading_thread, gettid());
	n = (int)read(fd, b, sizeof b);
	say("the reader: %d %d", n, n < 0 ? errno : 0);
	return NULL;
}

/* The interface goes under a reader. */
static void deleted(void)
{
	struct {
		struct nlmsghdr h;
		char m[16];
	} r = { .h = { sizeof r, 17, 1, 0, 0 } }; /* RTM_DELLINK */
	int fd = MUST(open("/dev/net/tun", O_RDWR)), v, nl;
	pthread_t thread;
	char b[100] = { 0x45 };

	say("-- deleted");
	MUST(attach(fd, "d0", IFF_TUN | IFF_NO_PI));
	give_address("d0");
	MUST(fcntl(fd, F_SETFL, O_NONBLOCK));
	drain(fd);
	MUST(fcntl(fd, F_SETFL, 0));
	pthread_create(&thread, NULL, reader, &fd);
	wait_for_reader();
	v = (int)if_nametoindex("d0");
	memcpy(r.m + 4, &v, 4);
	nl = MUST(socket(AF_NETLINK, SOCK_RAW, 0));
	MUST(send(nl, &r, sizeof r, 0));
	pthread_join(thread, NULL);
	OK(!exists("d0"));
	say("ready %x", (unsigned)ready(fd));
	SHOW(read(fd, b, sizeof b));
	SHOW(write(fd, b, 20));
	SHOW(ioctl(fd, TUNGETIFF, &row));
	SHOW(attach(fd, "d1", IFF_TUN | IFF_NO_PI));
	OK(exists("d1"));
	close(nl);
	close(fd);
}

int main(void)
{
	MUST(unshare(CLONE_NEWNET));
	without_interface();
	attaching();
	owners();
	offloads();
	small_ones();
	writing();
	headers();
	reading();
	filters();
	signals();
	deleted();
	return 0;
}
