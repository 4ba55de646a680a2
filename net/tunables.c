// SPDX-License-Identifier: MIT
/*
 * All settings of a stack by path: the tables of all floors, and the requests
 * that read and write one (net/net.h). /proc/sys/net of a kernel is made from
 * tunable_at().
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/core/record.h"
#include "net/ip/ip.h"
#include "net/net.h"
#include "net/tcp/tcp.h"

static const struct tunable_table *const tables[] = {
	&core_tunables,
	&tcp_tunables,
	&ip_tunables,
};

const struct tunable *tunable_at(uint32_t index)
{
	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		if (index < tables[i]->count)
			return &tables[i]->entries[index];
		index -= tables[i]->count;
	}
	return NULL;
}

const struct tunable *tunable_find(const char *path)
{
	const struct tunable *tunable;

	for (uint32_t i = 0; (tunable = tunable_at(i)); i++)
		if (strcmp(tunable->path, path) == 0)
			return tunable;
	return NULL;
}

static int answer(struct net *net, struct tunable_request *r) ON_NET_THREAD
{
	struct text text;

	if (r->write)
		return tunable_write(net, r->tunable, r->text);
	text_init(&text, r->text, r->size);
	tunable_read(net, r->tunable, &text);
	return text_overflowed(&text) ? -EINVAL : (int)text.len;
}

static void run(struct net *net, struct event *event) NET_THREAD_ROOT;

static void run(struct net *net, struct event *event)
{
	struct tunable_request *r =
		container_of(event, struct tunable_request, request.event);

	request_finish(&r->request, answer(net, r));
}

void net_tune(struct net *net, struct tunable_request *request)
{
	request->request.event.handle = run;
	request->request.event.kind = EVENT_TUNE;
	net_post(net, &request->request.event);
}
