// SPDX-License-Identifier: MIT
/*
 * Events: the only door into the stack. An event is embedded in the object
 * that it is about; net_post() queues it from any context, interrupts
 * included, and net_run() calls `handle` on the net thread, in the order of
 * posting. From the call of `handle` on, the event may be posted again.
 *
 * An event that may be posted while it is still queued (a doorbell) uses
 * net_post_once(): posts between one handling and the next become one.
 */
#pragma once

#include "lib/types.h"
#include "lib/list.h"
#include "net/core/mailbox.h"

struct net;

struct event {
	struct mail mail;
	void (*handle)(struct net *net, struct event *event);
	uint32_t posted; /* atomic; for net_post_once() */
	uint16_t kind; /* enum event_kind, for the record (record.h) */
	uint16_t asked; /* net thread: what `posted` was */
};

void net_post(struct net *net, struct event *event);
void net_post_once(struct net *net, struct event *event);
/* Net thread: the oldest one, which may be posted again; or NULL. */
struct event *event_take(struct net *net);

/*
 * A request is an event with an answer. The caller allocates it (its own
 * kernel stack will do while it sleeps) and must keep it until `done` was
 * called, on the net thread; `done` must not sleep, and the request may be
 * gone as soon as it returns. `result` is 0, a length, or -Exxx.
 */
struct request {
	struct event event;
	int result;
	void (*done)(struct request *request);
	void *context; /* the caller's */
	struct list list; /* net thread's, while the answer is pending */
};

static inline void request_finish(struct request *request, int result)
{
	request->result = result;
	request->done(request);
}
