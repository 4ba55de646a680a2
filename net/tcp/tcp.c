// SPDX-License-Identifier: MIT
/*
 * TCP's own state in a stack: made with it, gone with it.
 */
#include "net/tcp/tcp.h"

#include "lib/errno.h"
#include "net/tcp/conn.h"
#include "net/tcp/fold.h"
#include "net/tcp/memory.h"
#include "net/tcp/metrics.h"
#include "net/tcp/time_wait.h"

static void random_key(struct siphash_key *key)
{
	uint8_t bytes[16];

	port_random(bytes, sizeof(bytes));
	siphash_key_from(key, bytes);
}

int tcp_create(struct net *net)
{
	struct tcp_stack *tcp = port_alloc(sizeof(*tcp));

	if (!tcp)
		return -ENOMEM;
	tcp->metrics = port_alloc(sizeof(*tcp->metrics));
	if (!tcp->metrics || demux_init(&tcp->demux)) {
		port_free(tcp->metrics);
		port_free(tcp);
		return -ENOMEM;
	}
	metrics_init(tcp->metrics);
	port_random(tcp->fast_open_keys.bytes[0], FAST_OPEN_KEY);
	tcp->fast_open_keys.count = 1;
	tcp->congestion = &congestion_cubic;
	random_key(&tcp->isn_key);
	random_key(&tcp->stamp_key);
	random_key(&tcp->cookie_keys[0]);
	random_key(&tcp->cookie_keys[1]);
	list_init(&tcp->dying);
	list_init(&tcp->time_waits);
	memory_init(&tcp->memory);
	net->tcp = tcp;
	return fold_create(net);
}

void tcp_destroy(struct net *net)
{
	struct tcp_stack *tcp = tcp_of(net);
	struct time_wait *wait;

	if (!tcp)
		return;
	while ((wait = LIST_FIRST(&tcp->time_waits, struct time_wait, list)))
		time_wait_free(wait);
	NET_ASSERT(tcp->alive == 0 && tcp->memory.charged == 0);
	fold_destroy(net);
	metrics_clear(tcp->metrics);
	port_free(tcp->metrics);
	demux_destroy(&tcp->demux);
	port_free(tcp);
	net->tcp = NULL;
}
