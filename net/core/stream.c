// SPDX-License-Identifier: MIT
/* Reading a stream; see stream.h. */
#include "net/core/stream.h"

#include "net/core/port.h"
#include "net/core/urgent.h"

bool stream_span(struct endpoint *ep, uint64_t *at, bool started,
		 struct frag_span *span)
{
	uint64_t tail = atomic_load(&ep->rx.tail), most;

	if (*at >= tail)
		return false;
	most = urgent_span(ep, at, tail, started);
	if (most == 0)
		return false;
	frag_ring_span(&ep->rx, *at, span);
	span->length = (uint32_t)MIN((uint64_t)span->length, most);
	return span->length > 0;
}

void stream_release(struct endpoint *ep, uint64_t at)
{
	if (at == stream_head(ep))
		return;
	frag_ring_release(&ep->rx, at);
	urgent_passed(ep, at);
	endpoint_consumed(ep);
}

struct stream_stamp *stream_stamp_new(void)
{
	return port_alloc(sizeof(struct stream_stamp));
}

void stream_stamp_free(struct stream_stamp *stamp)
{
	if (stamp)
		port_free(stamp);
}
