// SPDX-License-Identifier: MIT
/* See snapshot.h: one request with enough room, repeated until it fits. */
#include "kernel/report/snapshot.h"

#include "kernel/mm/slab.h"
#include "kernel/socket/socket.h"
#include "lib/errno.h"
#include "net/net.h"

#define FIRST_ROOM 32
#define LONG_ELEMENT 1024 /* bytes */
#define PAGE_ROOM 256 /* sockets asked for at a time */

struct net_namespace *report_network(void)
{
	struct net_namespace *viewed = current_thread()->viewed_network;

	return viewed ? viewed : current_network();
}

static void post(void *request)
{
	net_list(report_network()->net, request);
}

int snapshot_of_netif(enum list_kind kind, size_t element_size, uint32_t netif,
		      void **array, uint32_t *count)
{
	/* What is that long is one, or few. */
	uint32_t room = element_size > LONG_ELEMENT ? 1 : FIRST_ROOM;

	for (;;) {
		struct list_request request = {
			.kind = kind,
			.netif = netif,
			.array = kcalloc(room, element_size),
			.capacity = room,
		};
		int error;

		if (!request.array)
			return -ENOMEM;
		error = socket_wait_request(&request.request, post, &request);
		if (!error && request.total <= room) {
			*array = request.array;
			*count = request.total;
			return 0;
		}
		kfree(request.array);
		if (error)
			return error;
		room = request.total + request.total / 4;
	}
}

int snapshot_take(enum list_kind kind, size_t element_size, void **array,
		  uint32_t *count)
{
	return snapshot_of_netif(kind, element_size, 0, array, count);
}

int snapshot_sockets(enum list_kind kind,
		     void (*row)(const struct socket_info *info, void *arg),
		     void *arg)
{
	struct list_request request = {
		.kind = kind,
		.array = kcalloc(PAGE_ROOM, sizeof(struct socket_info)),
		.capacity = PAGE_ROOM,
		.more = true,
	};
	const struct socket_info *infos = request.array;
	int error = infos ? 0 : -ENOMEM;

	while (!error && request.more) {
		error = socket_wait_request(&request.request, post, &request);
		for (uint32_t i = 0; !error && i < request.total; i++)
			row(&infos[i], arg);
	}
	kfree(request.array);
	return error;
}
