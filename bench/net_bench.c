// SPDX-License-Identifier: MIT
/*
 * The network over loopback: TCP ping-pong and bulk, connections a second, UDP
 * ping-pong; and UNIX stream sockets beside them for comparison. The partner
 * is a forked child; every transfer is counted to the byte.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "bench/bench.h"

#define BULK (64u << 20)

static char buffer[65536];

static int bound_socket(int type, struct sockaddr_in *address)
{
	socklen_t len = sizeof *address;
	int fd = socket(AF_INET, type, 0);

	need(fd >= 0, "socket");
	memset(address, 0, sizeof *address);
	address->sin_family = AF_INET;
	address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	need(bind(fd, (void *)address, len) == 0, "bind");
	need(getsockname(fd, (void *)address, &len) == 0, "getsockname");
	return fd;
}

static void no_delay(int fd)
{
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

static int connected(const struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	need(fd >= 0, "socket");
	need(connect(fd, (const void *)address, sizeof *address) == 0,
	     "connect");
	return fd;
}

/* Returns what it is sent until the end. */
static void echo(int fd)
{
	char byte;

	while (read(fd, &byte, 1) == 1)
		need(write(fd, &byte, 1) == 1, "echo");
	_exit(0);
}

/* Swallows everything, then answers with one byte. */
static void swallow(int fd)
{
	size_t total = 0;
	ssize_t n;

	while (total < BULK && (n = read(fd, buffer, sizeof buffer)) > 0)
		total += (size_t)n;
	need(write(fd, buffer, 1) == 1, "answer");
	_exit(total == BULK ? 0 : 1);
}

static void ping_pong(const char *name, int fd, long rounds)
{
	char byte = 1;

	MEASURE(name, rounds, {
		need(write(fd, &byte, 1) == 1, "ping");
		need(read(fd, &byte, 1) == 1, "pong");
	});
}

static void bulk(const char *name, int fd)
{
	uint64_t start = now_ns();
	size_t total = 0;

	while (total < BULK) {
		ssize_t n = write(fd, buffer, sizeof buffer);

		need(n > 0, "bulk write");
		total += (size_t)n;
		if (BULK - total < sizeof buffer)
			need(total == BULK || n == sizeof buffer, "bulk");
	}
	need(read(fd, buffer, 1) == 1, "bulk answer");
	report(name, (double)BULK * 1000 / (double)(now_ns() - start), "MB/s");
}

/* A child that serves one connection with `serve`; our end of it. */
static int tcp_partner(void (*serve)(int fd), pid_t *pid)
{
	struct sockaddr_in address;
	int listener = bound_socket(SOCK_STREAM, &address), fd;

	need(listen(listener, 1) == 0, "listen");
	*pid = fork();
	if (*pid == 0) {
		fd = accept(listener, NULL, NULL);
		need(fd >= 0, "accept");
		no_delay(fd);
		serve(fd);
	}
	fd = connected(&address);
	no_delay(fd);
	close(listener);
	return fd;
}

static int unix_partner(void (*serve)(int fd), pid_t *pid)
{
	int pair[2];

	need(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "socketpair");
	*pid = fork();
	if (*pid == 0) {
		close(pair[0]);
		serve(pair[1]);
	}
	close(pair[1]);
	return pair[0];
}

static void finish(int fd, pid_t pid)
{
	int status;

	close(fd);
	need(waitpid(pid, &status, 0) == pid && status == 0, "partner");
}

static void tcp_connections(long rounds)
{
	struct sockaddr_in address;
	int listener = bound_socket(SOCK_STREAM, &address);

	need(listen(listener, 16) == 0, "listen");
	MEASURE("tcp_connect_accept_close", rounds, {
		int fd = connected(&address);
		int other = accept(listener, NULL, NULL);

		need(other >= 0, "accept");
		close(fd);
		close(other);
	});
	close(listener);
}

static void udp_ping_pong(long rounds)
{
	struct sockaddr_in here, there;
	int fd = bound_socket(SOCK_DGRAM, &here);
	int other = bound_socket(SOCK_DGRAM, &there);
	pid_t pid;

	need(connect(fd, (void *)&there, sizeof there) == 0, "connect");
	need(connect(other, (void *)&here, sizeof here) == 0, "connect");
	pid = fork();
	if (pid == 0)
		echo(other);
	ping_pong("udp_ping_pong", fd, rounds);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(fd);
	close(other);
}

int main(void)
{
	pid_t pid;
	int fd;

	fd = tcp_partner(echo, &pid);
	ping_pong("tcp_ping_pong", fd, 3000);
	finish(fd, pid);
	fd = tcp_partner(swallow, &pid);
	bulk("tcp_bulk", fd);
	finish(fd, pid);
	fd = unix_partner(echo, &pid);
	ping_pong("unix_ping_pong", fd, 5000);
	finish(fd, pid);
	fd = unix_partner(swallow, &pid);
	bulk("unix_bulk", fd);
	finish(fd, pid);
	tcp_connections(500);
	udp_ping_pong(3000);
	return 0;
}
