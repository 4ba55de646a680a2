// SPDX-License-Identifier: MIT
/*
 * net.ipv4.tcp_mem at the start, as Linux reckons it: pressure begins at a
 * sixteenth of what is free once the kernel is there, ends below three quarters
 * of that, and the limit is twice the latter. It is set through the stack's own
 * door for settings, so that a record of the stack's inputs has it.
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
		log_warn("network: tcp_mem: error %d", -request->result);
	kfree(request->context);
}

void net_memory_start(struct net *net)
{
	struct setting *setting = kzalloc(sizeof(*setting));
	struct memory_counts counts;
	uint64_t pages;

	if (!setting)
		return; /* the stack's own default stays */
	memory_counts(&counts);
	pages = MAX(counts.free / 16, (uint64_t)LEAST_PAGES);
	format_to(setting->text, sizeof(setting->text), "%lu %lu %lu",
		  pages / 4 * 3, pages, pages / 4 * 6);
	setting->request = (struct tunable_request){
		.request = { .done = finished, .context = setting },
		.tunable = tunable_find("net/ipv4/tcp_mem"),
		.write = true,
		.text = setting->text,
	};
	net_tune(net, &setting->request);
}
