// SPDX-License-Identifier: MIT
/*
 * What TCP's settings start with on this machine, as Linux reckons it from what
 * is free once the kernel is there. tcp_mem: pressure begins at a sixteenth,
 * ends below three quarters of that, and the limit is twice the latter. The
 * third numbers of tcp_rmem and tcp_wmem: a buffer grows to 1/128 at most, so
 * that no connection brings all others under pressure by itself. They are set
 * through the stack's own door, so that a record of its inputs has them.
 */
#include "kernel/net_memory.h"

#include "kernel/arch/x86_64/log.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "lib/format.h"
#include "net/net.h"

#define LEAST_PAGES 128u

struct setting {
	struct tunable_request request;
	char text[48];
};

static void finished(struct request *request)
{
	if (request->result < 0)
		log_warn("network: memory of TCP: error %d", -request->result);
	kfree(request->context);
}

static void set(struct net *net, const char *tunable, uint64_t first,
		uint64_t second, uint64_t third)
{
	struct setting *setting = kzalloc(sizeof(*setting));

	if (!setting)
		return; /* the stack's own default stays */
	format_to(setting->text, sizeof(setting->text), "%lu %lu %lu", first,
		  second, third);
	setting->request = (struct tunable_request){
		.request = { .done = finished, .context = setting },
		.tunable = tunable_find(tunable),
		.write = true,
		.text = setting->text,
	};
	net_tune(net, &setting->request);
}

static void set_buffer(struct net *net, const char *tunable,
		       const int32_t *before, uint64_t most)
{
	set(net, tunable, before[0], before[1],
	    CLAMP(most, (uint64_t)before[1], (uint64_t)before[2]));
}

void net_memory_start(struct net *net)
{
	struct net_tunables defaults;
	struct memory_counts counts;
	uint64_t pages, most;

	tunables_init(&defaults);
	memory_counts(&counts);
	pages = MAX(counts.free / 16, (uint64_t)LEAST_PAGES);
	most = counts.free * PAGE_SIZE / 128;
	set(net, "net/ipv4/tcp_mem", pages / 4 * 3, pages, pages / 4 * 6);
	set_buffer(net, "net/ipv4/tcp_rmem", defaults.tcp_rmem, most);
	set_buffer(net, "net/ipv4/tcp_wmem", defaults.tcp_wmem, most);
}
