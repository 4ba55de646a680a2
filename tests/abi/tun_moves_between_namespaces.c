// SPDX-License-Identifier: MIT
/*
 * A TUN interface goes to other network namespaces while its file stays open:
 * reads, writes, polls and ioctls go on, up to the end of the namespace, or of
 * the file; then either is gone.
 */
#include "tests/abi/abi.h"

#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

static int home, away;

/* A new namespace, without leaving the present one. */
static int new_namespace(void)
{
	int fd;

	MUST(unshare(CLONE_NEWNET));
	fd = (int)MUST(open("/proc/thread-self/ns/net", O_RDONLY));
	MUST(setns(home, CLONE_NEWNET));
	return fd;
}

static void enter(int namespace)
{
	MUST(setns(namespace, CLONE_NEWNET));
}

static int ask(void *request, unsigned length)
{
	struct nlmsghdr *h = request;
	char answer[4096];
	int fd = (int)MUST(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));

	h->nlmsg_len = length;
	h->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	MUST(send(fd, request, length, 0));
	MUST(recv(fd, answer, sizeof answer, 0));
	close(fd);
	h = (struct nlmsghdr *)answer;
	return -((struct nlmsgerr *)NLMSG_DATA(h))->error;
}

struct link_request {
	struct nlmsghdr h;
	struct ifinfomsg m;
	struct rtattr a;
	int fd;
};

static int move(const char *name, int to)
{
	struct link_request r = { .h.nlmsg_type = RTM_NEWLINK,
				  .m.ifi_index = (int)if_nametoindex(name),
				  .a = { 8, IFLA_NET_NS_FD },
				  .fd = to };

	return ask(&r, sizeof r);
}

static int drop(const char *name)
{
	struct link_request r = { .h.nlmsg_type = RTM_DELLINK,
				  .m.ifi_index = (int)if_nametoindex(name) };

	return ask(&r, sizeof r.h + sizeof r.m);
}

static void give_address(const char *name)
{
	struct ifreq r = { 0 };
	struct sockaddr_in *in = (void *)&r.ifr_addr;
	int fd = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0)), off;
	char path[100];

	snprintf(path, sizeof path, "/proc/sys/net/ipv6/conf/%s/disable_ipv6",
		 name);
	off = (int)MUST(open(path, O_WRONLY));
	MUST(write(off, "1", 1));
	close(off);
	strcpy(r.ifr_name, name);
	in->sin_family = AF_INET;
	in->sin_addr.s_addr = inet_addr("10.99.0.1");
	MUST(ioctl(fd, SIOCSIFADDR, &r));
	in->sin_addr.s_addr = inet_addr("10.99.0.2");
	MUST(ioctl(fd, SIOCSIFDSTADDR, &r));
	r.ifr_flags = IFF_UP;
	MUST(ioctl(fd, SIOCSIFFLAGS, &r));
	close(fd);
}

static int attach(int fd, const char *name)
{
	struct ifreq r = { .ifr_flags = IFF_TUN | IFF_NO_PI };

	strcpy(r.ifr_name, name);
	return ioctl(fd, TUNSETIFF, &r);
}

static int next(int fd, char *b, size_t n)
{
	struct pollfd p = { fd, POLLIN, 0 };

	poll(&p, 1, 5000);
	return (int)read(fd, b, n);
}

/* Both ways: from here to the file, from the file to here. */
static void talk(int tun)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(7777),
				  .sin_addr.s_addr = inet_addr("10.99.0.2") };
	struct sockaddr_in own = { .sin_family = AF_INET,
				   .sin_port = htons(7778) };
	struct timeval patience = { 5, 0 };
	int fd = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0)), n;
	char b[2000], swap[4];

	MUST(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
			sizeof patience));
	MUST(bind(fd, (void *)&own, sizeof own));
	MUST(sendto(fd, "hello", 5, 0, (void *)&to, sizeof to));
	n = next(tun, b, sizeof b);
	say("out: %d %.5s", n, b + 28);
	if (n < 28)
		return;
	/* The same way back. */
	memcpy(swap, b + 12, 4);
	memcpy(b + 12, b + 16, 4);
	memcpy(b + 16, swap, 4);
	memcpy(swap, b + 20, 2);
	memcpy(b + 20, b + 22, 2);
	memcpy(b + 22, swap, 2);
	b[26] = b[27] = 0;
	memcpy(b + 28, "world", 5);
	SHOW(write(tun, b, (size_t)n));
	n = (int)recv(fd, b, sizeof b, 0);
	say("in: %d %.5s", n, b);
	close(fd);
}

static int wait_for(int fd, short events)
{
	struct pollfd p = { fd, events, 0 };

	poll(&p, 1, 5000);
	return p.revents;
}

static void journeys(void)
{
	int tun = (int)MUST(open("/dev/net/tun", O_RDWR | O_NONBLOCK));
	struct ifreq r = { 0 };
	int third = new_namespace();
	char b[100] = { 0x45 };

	SHOW(attach(tun, "t7"));
	give_address("t7");
	talk(tun);
	say("away: %d", move("t7", away));
	OK(if_nametoindex("t7") == 0);
	say("ready %x", (unsigned)wait_for(tun, POLLOUT | POLLIN) & POLLERR);
	SHOW(write(tun, b, 20)); /* it is down */
	SHOW(ioctl(tun, TUNGETIFF, &r));
	say("%s", r.ifr_name);
	SHOW(attach(tun, "t8"));
	enter(away);
	OK(if_nametoindex("t7") != 0);
	give_address("t7");
	say("ready %x", (unsigned)wait_for(tun, POLLOUT));
	talk(tun);
	SHOW(ioctl(tun, TUNSETOFFLOAD, TUN_F_CSUM));
	say("further: %d", move("t7", third));
	enter(third);
	give_address("t7");
	talk(tun);
	say("home: %d", move("t7", home));
	enter(home);
	give_address("t7");
	talk(tun);
	say("a name that is taken: %d", move("lo", away));
	say("away: %d", move("t7", away));
	enter(away);
	say("deleted: %d", drop("t7"));
	say("ready %x", (unsigned)wait_for(tun, POLLOUT));
	SHOW(read(tun, b, sizeof b));
	SHOW(write(tun, b, 20));
	/* The file was opened at home. */
	enter(home);
	SHOW(attach(tun, "t7"));
	OK(if_nametoindex("t7") != 0);
	give_address("t7");
	talk(tun);
	move("t7", third);
	close(tun);
	enter(third);
	OK(if_nametoindex("t7") == 0);
	enter(home);
	close(third);
}

/* The namespace ends with the interface in it. */
static void end_of_a_namespace(void)
{
	int tun = (int)MUST(open("/dev/net/tun", O_RDWR | O_NONBLOCK));
	int other = new_namespace();
	char b[100] = { 0x45 };

	MUST(attach(tun, "t7"));
	say("away: %d", move("t7", other));
	close(other);
	while (!(wait_for(tun, POLLERR) & POLLERR))
		;
	SHOW(write(tun, b, 20));
	SHOW(attach(tun, "t9"));
	give_address("t9");
	talk(tun);
	close(tun);
	/* A persistent one may be attached to where it is. */
	tun = (int)MUST(open("/dev/net/tun", O_RDWR | O_NONBLOCK));
	MUST(attach(tun, "p1"));
	MUST(ioctl(tun, TUNSETPERSIST, 1));
	say("away: %d", move("p1", away));
	close(tun);
	enter(away);
	OK(if_nametoindex("p1") != 0);
	tun = (int)MUST(open("/dev/net/tun", O_RDWR | O_NONBLOCK));
	SHOW(attach(tun, "p1"));
	give_address("p1");
	talk(tun);
	SHOW(ioctl(tun, TUNSETPERSIST, 0));
	say("home: %d", move("p1", home));
	close(tun);
	enter(home);
	OK(if_nametoindex("p1") == 0);
}

static int stop;

static void *writer(void *arg)
{
	int fd = *(int *)arg;
	char b[28] = { 0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17 };
	long good = 0, down = 0, other = 0;

	while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) {
		if (write(fd, b, sizeof b) > 0)
			good++;
		else if (errno == EIO)
			down++;
		else
			other++;
	}
	say("other errors: %ld, some: %d", other, good + down > 0);
	return NULL;
}

/* Writes and ioctls while it moves find it, wherever it is. */
static void under_load(void)
{
	int tun = (int)MUST(open("/dev/net/tun", O_RDWR | O_NONBLOCK));
	pthread_t thread;
	struct ifreq r;
	int bad = 0;

	MUST(attach(tun, "t7"));
	pthread_create(&thread, NULL, writer, &tun);
	for (int i = 0; i < 40; i++) {
		enter(i % 2 ? away : home);
		if (i % 3 == 0)
			give_address("t7");
		bad += ioctl(tun, TUNGETIFF, &r) != 0;
		bad += move("t7", i % 2 ? home : away) != 0;
		bad += ioctl(tun, TUNGETIFF, &r) != 0;
	}
	__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
	pthread_join(thread, NULL);
	say("failures: %d", bad);
	close(tun);
	OK(if_nametoindex("t7") == 0);
	enter(home);
}

int main(void)
{
	need_root();
	MUST(unshare(CLONE_NEWNET));
	home = (int)MUST(open("/proc/thread-self/ns/net", O_RDONLY));
	away = new_namespace();
	journeys();
	end_of_a_namespace();
	under_load();
	return 0;
}
