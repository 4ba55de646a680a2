// SPDX-License-Identifier: MIT
/*
 * All settings of a stack by path: the tables of all floors, and the requests
 * that read and write one (net/net.h). /proc/sys/net of a kernel is made from
 * tunable_at(); a setting that each interface has stands there once.
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
	&netif_tunables,
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

/* "net/ipv4/conf/eth0/forwarding" is "net/ipv4/conf/" "*" "/forwarding" of eth0:
 * where its name begins, and how long it is. */
static const char *name_in(const char *path, const char *pattern,
			   size_t *length)
{
	const char *star = strstr(pattern, "*"), *name, *end;
	size_t before = (size_t)(star - pattern);

	if (strncmp(path, pattern, before) != 0)
		return NULL;
	name = path + before;
	end = strstr(name, "/");
	if (!end || strcmp(end, star + 1) != 0)
		return NULL;
	*length = (size_t)(end - name);
	return name;
}

const struct tunable *tunable_find_in(struct net *net, const char *path,
				      uint32_t *netif)
{
	const struct tunable *tunable = tunable_find(path);
	char name[NETIF_NAME_MAX];
	struct netif *found;

	*netif = 0;
	if (tunable)
		return tunable->of_netif ? NULL : tunable;
	for (uint32_t i = 0; (tunable = tunable_at(i)); i++) {
		size_t length;
		const char *at = tunable->of_netif ?
					 name_in(path, tunable->path, &length) :
					 NULL;

		if (!at || length >= sizeof name)
			continue;
		memcpy(name, at, length);
		name[length] = 0;
		found = netif_by_name(net, name);
		if (!found)
			return NULL;
		*netif = found->index;
		return tunable;
	}
	return NULL;
}

static int answer(struct net *net, struct tunable_request *r) ON_NET_THREAD
{
	struct netif *netif = netif_by_index(net, r->netif);
	struct text text;

	if (r->tunable->of_netif && !netif)
		return -ENODEV;
	if (r->write)
		return r->tunable->of_netif ?
			       tunable_write_of(netif, r->tunable, r->text) :
			       tunable_write(net, r->tunable, r->text);
	text_init(&text, r->text, r->size);
	if (r->tunable->of_netif)
		tunable_read_of(netif, r->tunable, &text);
	else
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
