// SPDX-License-Identifier: MIT
/* Urgent data of a stream; see urgent.h. */
#include "net/core/urgent.h"

#include "lib/errno.h"

#define NO_POSITION UINT64_MAX

/* Only where there has been a mark: then there is the rare part. */
static bool swap(struct endpoint *ep, uint64_t *old, uint64_t new)
{
	return __atomic_compare_exchange_n(&ep->extra->urgent, old, new, false,
					   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

/* ---- Stack side ---- */

void urgent_mark(struct endpoint *ep, uint64_t position, uint64_t head)
{
	struct endpoint_extra *extra = endpoint_extra(ep);
	uint64_t old = urgent_word(ep);
	uint64_t new = position << URGENT_SHIFT | URGENT_COMING;

	/* Without memory it is data as any other. */
	if (!extra)
		return;
	if (urgent_pending(old) && urgent_position(old) == head &&
	    !ep->opt.oob_inline && head != atomic_load(&ep->rx.tail))
		atomic_store(&extra->urgent_skip, head);
	while (!swap(ep, &old, new))
		;
	endpoint_set_status(ep, 0, EP_URGENT);
	endpoint_wake(ep, NET_POLL_URGENT);
}

void urgent_arrived(struct endpoint *ep, uint8_t byte)
{
	uint64_t word = urgent_word(ep);

	if (!ep->extra)
		return;
	/* The user leaves it alone until now. */
	atomic_store(&ep->extra->urgent,
		     (word & ~(uint64_t)(URGENT_STATE | 0xff)) | URGENT_HERE |
			     byte);
	endpoint_set_status(ep, EP_URGENT, 0);
	endpoint_wake(ep, NET_POLLPRI | NET_POLLIN);
}

void urgent_reset(struct endpoint *ep)
{
	if (ep->extra) {
		atomic_store(&ep->extra->urgent, 0);
		atomic_store(&ep->extra->urgent_skip, NO_POSITION);
	}
	endpoint_set_status(ep, 0, EP_URGENT);
}

/* ---- User side ---- */

int urgent_take(struct endpoint *ep, bool peek, bool ended, uint8_t *byte)
{
	uint64_t word = urgent_word(ep), taken;

	do {
		if (ep->opt.oob_inline || !urgent_pending(word) ||
		    word & URGENT_TAKEN)
			return -EINVAL;
		if (!(word & URGENT_HERE))
			return ended ? 0 : -EAGAIN;
		*byte = (uint8_t)word;
		taken = (word & ~(uint64_t)(URGENT_STATE | 0xff)) |
			URGENT_TAKEN;
	} while (!peek && !swap(ep, &word, taken));
	if (!peek)
		atomic_fetch_and(&ep->status, ~(uint32_t)EP_URGENT);
	return 1;
}

uint64_t urgent_span(const struct endpoint *ep, uint64_t *position,
		     uint64_t tail, bool started)
{
	const struct endpoint_extra *extra = atomic_load(&ep->extra);
	uint64_t word = urgent_word(ep), mark = urgent_position(word);

	if (extra && *position < tail &&
	    *position == atomic_load(&extra->urgent_skip))
		++*position;
	if (!urgent_pending(word) || mark < *position || mark >= tail)
		return tail - *position;
	if (mark > *position)
		return mark - *position;
	if (started)
		return 0;
	if (ep->opt.oob_inline)
		return tail - *position;
	++*position;
	return tail - *position;
}

void urgent_passed(struct endpoint *ep, uint64_t head)
{
	uint64_t word = urgent_word(ep);

	if (!urgent_pending(word) || urgent_position(word) >= head)
		return;
	/* If the stack makes a new mark at this moment, that one counts. */
	if (swap(ep, &word, 0))
		atomic_fetch_and(&ep->status, ~(uint32_t)EP_URGENT);
}

uint64_t urgent_readable(const struct endpoint *ep)
{
	uint64_t word = urgent_word(ep), mark = urgent_position(word);
	uint64_t head = atomic_load(&ep->rx.head);
	uint64_t tail = atomic_load(&ep->rx.tail);

	if (urgent_pending(word) && !ep->opt.oob_inline && mark >= head &&
	    mark < tail)
		return mark - head;
	return tail - head;
}

bool urgent_marks(const struct endpoint *ep, uint64_t position)
{
	uint64_t word = urgent_word(ep);

	return urgent_pending(word) && urgent_position(word) == position;
}

bool urgent_at_mark(const struct endpoint *ep)
{
	return urgent_marks(ep, atomic_load(&ep->rx.head));
}
