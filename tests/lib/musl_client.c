// SPDX-License-Identifier: MIT
//
// A dynamic program of musl, for tests/apps/musl_root_works.sh: threads, a
// name looked up by musl's own resolver code, a conversation over TCP.

#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int listener;

static void *serve(void *unused)
{
	char buf[16];
	int fd = accept(listener, NULL, NULL);
	ssize_t n = read(fd, buf, sizeof(buf));

	(void)unused;
	if (n > 0 && write(fd, buf, n) == n)
		close(fd);
	return NULL;
}

static int connect_by_name(const char *name, const char *port)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found;
	int error = getaddrinfo(name, port, &hints, &found);

	if (error) {
		printf("%s: %s\n", name, gai_strerror(error));
		return -1;
	}
	int fd = socket(found->ai_family, found->ai_socktype, 0);
	if (connect(fd, found->ai_addr, found->ai_addrlen) != 0)
		perror("connect");
	freeaddrinfo(found);
	return fd;
}

int main(void)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof(a);
	char port[16], host[64], answer[16] = "";
	pthread_t server;

	listener = socket(AF_INET, SOCK_STREAM, 0);
	listen(listener, 1);
	getsockname(listener, (struct sockaddr *)&a, &len);
	getnameinfo((struct sockaddr *)&a, len, host, sizeof(host), port,
		    sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
	pthread_create(&server, NULL, serve, NULL);
	int fd = connect_by_name("loopback4", port);
	if (write(fd, "by musl", 8) != 8 ||
	    read(fd, answer, sizeof(answer)) != 8)
		perror("talk");
	pthread_join(server, NULL);
	printf("heard %s\n", answer);
	return strcmp(answer, "by musl") != 0;
}
