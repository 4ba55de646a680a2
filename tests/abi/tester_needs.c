// SPDX-License-Identifier: MIT
/*
 * What a stock TCP tester (packetdrill) asks of a kernel beside sockets and a
 * TUN device: stamps and timeouts of packet sockets, scheduling, locked
 * memory, clocks, its own thread's times, and the tunables of TCP.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

static const char *const tunables[] = {
	"tcp_rmem",
	"tcp_wmem",
	"tcp_timestamps",
	"tcp_syn_retries",
	"tcp_synack_retries",
	"tcp_frto",
	"tcp_sack",
	"tcp_dsack",
	"tcp_fack",
	"tcp_reordering",
	"tcp_congestion_control",
	"tcp_slow_start_after_idle",
	"tcp_early_retrans",
	"tcp_recovery",
	"tcp_tso_win_divisor",
	"tcp_ecn",
	"tcp_ecn_fallback",
	"tcp_pacing_ss_ratio",
	"tcp_pacing_ca_ratio",
	"tcp_notsent_lowat",
	"tcp_fastopen",
	"tcp_fastopen_key",
	"tcp_fastopen_blackhole_timeout_sec",
	"tcp_syncookies",
	"tcp_min_tso_segs",
	"tcp_mtu_probing",
	"tcp_base_mss",
	"tcp_invalid_ratelimit",
	"tcp_rto_max_ms",
	"tcp_shrink_window",
	"ip_no_pmtu_disc",
};

static void say(const char *what, int result)
{
	printf("%s: %s\n", what, result < 0 ? strerrorname_np(errno) : "ok");
}

/* A frame over loopback, with its stamp. */
static void packet_socket(void)
{
	int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(ETH_P_ALL),
				  .sll_ifindex = (int)if_nametoindex("lo") };
	struct timeval wait = { 0, 100000 }, got = { 0 }, stamp = { 0 }, now;
	socklen_t size = sizeof(got);
	char data[22] = { 0 }, in[2048];
	struct ifreq flags = { .ifr_name = "lo" };
	struct sockaddr_in peer = {
		AF_INET, htons(9), { htonl(0x7f000001) }, ""
	};
	int udp = socket(AF_INET, SOCK_DGRAM, 0);
	ssize_t n;

	say("packet socket", fd);
	say("bind", bind(fd, (void *)&to, sizeof(to)));
	say("SIOCGIFFLAGS", ioctl(fd, SIOCGIFFLAGS, &flags));
	printf("loopback: %d\n", !!(flags.ifr_flags & IFF_LOOPBACK));
	say("SIOCGSTAMP before", ioctl(fd, SIOCGSTAMP, &stamp));
	say("SO_RCVTIMEO",
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)));
	getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &got, &size);
	printf("it is %ld.%06ld\n", (long)got.tv_sec, (long)got.tv_usec);
	n = sendto(udp, data, sizeof(data), 0, (void *)&peer, sizeof(peer));
	printf("sent %zd\n", n);
	do
		n = recv(fd, in, sizeof(in), 0);
	while (n >= 42 && (in[12] != 8 || in[13] != 0 || in[23] != 17));
	printf("received %zd\n", n);
	say("SIOCGSTAMP", ioctl(fd, SIOCGSTAMP, &stamp));
	gettimeofday(&now, NULL);
	printf("of these seconds: %d\n",
	       now.tv_sec - stamp.tv_sec <= 10 && now.tv_sec >= stamp.tv_sec);
	do
		n = recv(fd, in, sizeof(in), 0);
	while (n > 0);
	say("then nothing", (int)n);
	close(udp);
	close(fd);
}

static void scheduling(void)
{
	struct sched_param p = { .sched_priority = 1 };

	say("SCHED_FIFO", sched_setscheduler(0, SCHED_FIFO, &p));
	printf("policy %d\n", sched_getscheduler(0));
	p.sched_priority = 100;
	say("priority 100", sched_setscheduler(0, SCHED_FIFO, &p));
	p.sched_priority = 0;
	say("SCHED_OTHER", sched_setscheduler(0, SCHED_OTHER, &p));
	say("mlockall", mlockall(MCL_CURRENT | MCL_FUTURE));
	say("mlockall 0", mlockall(0));
	say("munlockall", munlockall());
}

static void clocks(void)
{
	struct timespec t, then;
	struct tms tms;
	char path[80], line[512] = { 0 };
	int fd, error;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += 5000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	error = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
	clock_gettime(CLOCK_MONOTONIC, &then);
	printf("slept %d, long enough: %d\n", error,
	       then.tv_sec > t.tv_sec ||
		       (then.tv_sec == t.tv_sec && then.tv_nsec >= t.tv_nsec));
	t.tv_nsec = 1000000000;
	printf("a bad time: %d\n",
	       clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL));
	printf("times: %d\n", times(&tms) != (clock_t)-1 && tms.tms_utime >= 0);
	snprintf(path, sizeof(path), "/proc/%d/task/%ld/stat", getpid(),
		 syscall(SYS_gettid));
	fd = open(path, O_RDONLY);
	say("the thread's stat", fd);
	if (read(fd, line, sizeof(line) - 1) <= 0)
		printf("empty\n");
	printf("its name: %d, fields %s\n", !!strstr(line, "(tester_needs)"),
	       strrchr(line, ')') && strlen(strrchr(line, ')')) > 80 ? "all" :
								       "few");
	close(fd);
}

static void tcp_tunables(void)
{
	for (size_t i = 0; i < sizeof(tunables) / sizeof(tunables[0]); i++) {
		char path[100], text[200];
		int fd;
		ssize_t n;

		snprintf(path, sizeof(path), "/proc/sys/net/ipv4/%s",
			 tunables[i]);
		fd = open(path, O_RDWR);
		n = read(fd, text, sizeof(text));
		printf("%s: %s, %s\n", tunables[i],
		       fd < 0 ? strerrorname_np(errno) : "there",
		       n > 1 && text[n - 1] == '\n' ? "a line" : "nothing");
		close(fd);
	}
}

int main(void)
{
	packet_socket();
	scheduling();
	clocks();
	tcp_tunables();
	return 0;
}
