// SPDX-License-Identifier: MIT
/*
 * The byte stream between the two sides of a socket: see frag_ring.h.
 *
 * What makes it safe without a lock: the writer fills an entry, then publishes
 * entries_written, then tail, both with release. The reader loads tail first
 * and entries_written second, so every byte below that tail has its entry; the
 * newest entry it sees may have no bytes yet. An entry ends where the next one
 * begins, the newest at tail.
 *
 * The newest entry may grow while its buffer stands in `open`. To release it
 * the reader must close it first, by putting FRAG_RING_CLOSING there; while the
 * writer is appending it finds FRAG_RING_BUSY and leaves it be. If no writer
 * has come when the reader is done with the last entry, CLOSING becomes EMPTY,
 * the chain is freed, and both sides begin anew at the next multiple of
 * FRAG_NODE_ENTRIES. A writer that comes earlier takes the token over, which
 * tells the reader to leave the chain alone; one that finds EMPTY forgets it.
 */
#include "net/core/frag_ring.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/port.h"

#define SMALL_BUFFER 2048
#define PAGE_BUFFER (4096 - 64)
#define BULK_BUFFER (16384 - 64)
/* Pieces that use less than this share of their buffer are copied. */
#define COPY_SHARE 4

void frag_ring_init(struct frag_ring *ring, uint32_t limit)
{
	memset(ring, 0, sizeof *ring);
	ring->limit = limit;
}

static struct frag_node *write_node(const struct frag_ring *ring)
{
	return ring->chain ? ring->chain->write_node : NULL;
}

/* The first of all. */
static struct frag_node *first_slot(struct frag_ring *ring)
{
	if (!ring->chain) {
		struct frag_chain *chain = port_alloc(sizeof *chain);

		if (!chain)
			return NULL;
		atomic_store(&ring->chain, chain);
	}
	return &ring->chain->first;
}

/* The node of entry number `count`, new if it must be; NULL: no memory. */
static struct frag_node *write_slot(struct frag_ring *ring, uint32_t count)
{
	struct frag_node *node = write_node(ring), *next;

	if (count % FRAG_NODE_ENTRIES)
		return node;
	if (!node)
		return first_slot(ring);
	if (node->next)
		return node->next; /* left by an attempt that was undone */
	next = port_alloc(sizeof *next);
	if (next)
		atomic_store(&node->next, next);
	return next;
}

static struct buf *new_buffer(uint32_t want)
{
	uint32_t size = BULK_BUFFER;

	if (want <= SMALL_BUFFER)
		size = SMALL_BUFFER;
	else if (want <= PAGE_BUFFER)
		size = PAGE_BUFFER;
	return port_buf_alloc(size);
}

static bool is_buffer(const struct buf *token)
{
	return token > FRAG_RING_EMPTY;
}

/* The number after `count` with which a first node may begin. */
static uint32_t next_beginning(uint32_t count)
{
	return (count + FRAG_NODE_ENTRIES - 1) & ~(FRAG_NODE_ENTRIES - 1u);
}

/* What was given out. Without the token there may be no chain any more. */
static struct buf *writing(const struct frag_ring *ring)
{
	struct buf *token = atomic_load_relaxed(&ring->open);

	if ((token != FRAG_RING_BUSY && token != FRAG_RING_FRESH) ||
	    !ring->chain)
		return NULL;
	return ring->chain->writing;
}

/* Takes the token: `writing` becomes the open buffer, if it has room. */
static void take_open(struct frag_ring *ring)
{
	struct buf *token;

	if (writing(ring))
		return;
	token = atomic_exchange(&ring->open, FRAG_RING_BUSY);
	if (token == FRAG_RING_EMPTY) {
		ring->chain = NULL;
		atomic_store(&ring->entries_written,
			     next_beginning(ring->entries_written));
	}
	if (!is_buffer(token) || ring->chain->used == token->size) {
		atomic_store(&ring->open, FRAG_RING_FRESH);
		return;
	}
	ring->chain->writing = token;
	ring->chain->fresh = false;
}

/* Nothing came of it. */
static int give_up(struct frag_ring *ring)
{
	atomic_store(&ring->open, (struct buf *)NULL);
	return -ENOMEM;
}

int frag_ring_reserve(struct frag_ring *ring, uint32_t want,
		      struct frag_span *span)
{
	uint32_t space = frag_ring_space(ring);
	struct frag_chain *chain;

	if (space == 0)
		return -EAGAIN;
	take_open(ring);
	chain = ring->chain;
	if (!writing(ring)) {
		if (!write_slot(ring, ring->entries_written))
			return give_up(ring);
		chain = ring->chain;
		chain->writing = new_buffer(want);
		if (!chain->writing)
			return give_up(ring);
		chain->fresh = true;
		chain->used = 0;
	}
	span->data = chain->writing->data + chain->used;
	span->length = MIN(chain->writing->size - chain->used, want);
	span->length = MIN(span->length, space);
	return 0;
}

void frag_ring_commit(struct frag_ring *ring, uint32_t n)
{
	struct frag_chain *chain = ring->chain;
	struct buf *buf = writing(ring);
	uint32_t count = ring->entries_written;

	if (!buf)
		return;
	chain->writing = NULL;
	if (chain->fresh && n == 0) {
		buf_put(buf);
		give_up(ring);
		return;
	}
	if (chain->fresh) {
		struct frag_node *node = write_slot(ring, count);

		node->entries[count % FRAG_NODE_ENTRIES] =
			(struct frag_entry){ buf, ring->tail, 0, buf->truesize,
					     0 };
		chain->write_node = node;
		atomic_fetch_add(&ring->truesize, buf->truesize);
		/* Not to be released before its bytes are published. */
		atomic_store(&ring->open, FRAG_RING_BUSY);
		atomic_store(&ring->entries_written, count + 1);
	}
	chain->used += n;
	atomic_store(&ring->tail, ring->tail + n);
	atomic_store(&ring->open, buf);
}

/* A push in the making: nothing of it is visible before push_publish(). */
struct push {
	struct frag_node *old_node;
	uint32_t count; /* entries, with the new ones */
	uint32_t charge;
	uint64_t tail;
	struct buf *open; /* to be the open one */
	uint32_t used;
	nsec_t time;
};

static bool push_entry(struct frag_ring *ring, struct push *push,
		       struct buf *buf, uint32_t offset, uint32_t charge)
{
	struct frag_node *node = write_slot(ring, push->count);

	if (!node)
		return false;
	node->entries[push->count % FRAG_NODE_ENTRIES] =
		(struct frag_entry){ buf, push->tail, offset, charge,
				     push->time };
	ring->chain->write_node = node;
	push->count++;
	push->charge += charge;
	return true;
}

static bool push_copy(struct frag_ring *ring, struct push *push,
		      const uint8_t *data, uint32_t length)
{
	while (length > 0) {
		uint32_t n;

		if (!push->open || push->used == push->open->size) {
			struct buf *buf = new_buffer(length);

			if (!buf)
				return false;
			if (!push_entry(ring, push, buf, 0, buf->truesize)) {
				buf_put(buf);
				return false;
			}
			push->open = buf;
			push->used = 0;
		}
		n = MIN(length, push->open->size - push->used);
		memcpy(push->open->data + push->used, data, n);
		push->used += n;
		push->tail += n;
		data += n;
		length -= n;
	}
	return true;
}

static bool push_share(struct frag_ring *ring, struct push *push,
		       const struct fragment *f, uint32_t offset,
		       uint32_t length)
{
	uint32_t charge = f->buf->truesize;

	/* Of a buffer that others use too only our share counts. */
	if (refcount_read(&f->buf->refs) > 1)
		charge = MIN(charge, length + 256);
	if (!push_entry(ring, push, f->buf, f->offset + offset, charge))
		return false;
	buf_get(f->buf);
	push->tail += length;
	push->open = NULL;
	return true;
}

static bool push_piece(struct frag_ring *ring, struct push *push,
		       const struct packet *packet, int index, uint32_t offset,
		       uint32_t length)
{
	const struct fragment *f;

	if (index < 0)
		return push_copy(ring, push,
				 packet->head + packet->head_start + offset,
				 length);
	f = &packet->fragments[index];
	if (length < f->buf->truesize / COPY_SHARE)
		return push_copy(ring, push, fragment_data(f) + offset, length);
	return push_share(ring, push, f, offset, length);
}

static bool push_all(struct frag_ring *ring, struct push *push,
		     const struct packet *packet, uint32_t offset,
		     uint32_t length)
{
	uint32_t head = (uint32_t)packet->head_end - packet->head_start;
	uint32_t n;

	if (offset < head) {
		n = MIN(head - offset, length);
		if (!push_piece(ring, push, packet, -1, offset, n))
			return false;
		offset += n;
		length -= n;
	}
	offset -= head;
	for (int i = 0; i < packet->fragment_count && length > 0; i++) {
		uint32_t size = packet->fragments[i].length;

		if (offset >= size) {
			offset -= size;
			continue;
		}
		n = MIN(size - offset, length);
		if (!push_piece(ring, push, packet, i, offset, n))
			return false;
		offset = 0;
		length -= n;
	}
	return true;
}

static void push_undo(struct frag_ring *ring, struct push *push)
{
	struct frag_node *node = push->old_node;
	uint32_t i = ring->entries_written;

	for (; i < push->count; i++) {
		if (i % FRAG_NODE_ENTRIES == 0)
			node = node ? node->next : &ring->chain->first;
		buf_put(node->entries[i % FRAG_NODE_ENTRIES].buf);
	}
	if (ring->chain)
		ring->chain->write_node = push->old_node;
}

/* Begins a push; what was the open buffer goes on being filled. */
static void push_begin(struct frag_ring *ring, struct push *push, nsec_t time)
{
	take_open(ring);
	*push = (struct push){
		.old_node = write_node(ring),
		.count = ring->entries_written,
		.tail = ring->tail,
		.open = writing(ring),
		.used = ring->chain ? ring->chain->used : 0,
		.time = time,
	};
	if (ring->chain)
		ring->chain->writing = NULL;
}

static void push_publish(struct frag_ring *ring, const struct push *push)
{
	ring->chain->used = push->open ? push->used : 0;
	atomic_fetch_add(&ring->truesize, push->charge);
	if (push->open)
		atomic_store(&ring->open, FRAG_RING_BUSY);
	atomic_store(&ring->entries_written, push->count);
	atomic_store(&ring->tail, push->tail);
	atomic_store(&ring->open, push->open);
}

/* The open buffer has got newer bytes. */
static void push_newer(const struct frag_ring *ring, const struct push *push)
{
	uint32_t last = ring->entries_written - 1;

	atomic_store(&push->old_node->entries[last % FRAG_NODE_ENTRIES].time,
		     push->time);
}

int frag_ring_push(struct frag_ring *ring, const struct packet *packet,
		   uint32_t offset, uint32_t length)
{
	struct push push;
	struct buf *old;

	push_begin(ring, &push, packet->time);
	old = push.open;
	if (!push_all(ring, &push, packet, offset, length)) {
		push_undo(ring, &push);
		atomic_store(&ring->open, old);
		return -ENOMEM;
	}
	if (old)
		push_newer(ring, &push);
	push_publish(ring, &push);
	return 0;
}

int frag_ring_share(struct frag_ring *ring, const struct fragment *f)
{
	uint32_t length = MIN(f->length, frag_ring_space(ring));
	struct push push;
	struct buf *old;

	if (length == 0)
		return -EAGAIN;
	push_begin(ring, &push, 0);
	old = push.open;
	if (!push_share(ring, &push, f, 0, length)) {
		push_undo(ring, &push);
		atomic_store(&ring->open, old);
		return -ENOMEM;
	}
	push_publish(ring, &push);
	return (int)length;
}

/* ---- the reader ---- */

/* A place in the ring: entry number and its node. */
struct cursor {
	struct frag_node *node;
	uint32_t entry;
};

static struct frag_node *node_after(struct frag_ring *ring,
				    struct frag_node *node)
{
	return node ? atomic_load(&node->next) :
		      &atomic_load(&ring->chain)->first;
}

static struct frag_entry *entry_at(struct cursor *at)
{
	return &at->node->entries[at->entry % FRAG_NODE_ENTRIES];
}

/* The node of entry `at->entry`, which has just been reached and exists. */
static void enter(struct frag_ring *ring, struct cursor *at)
{
	if (at->entry % FRAG_NODE_ENTRIES == 0)
		at->node = node_after(ring, at->node);
}

/* Where the entry ends as far as `tail` and `written` tell. */
static uint64_t entry_end(struct frag_ring *ring, const struct cursor *at,
			  uint32_t written, uint64_t tail)
{
	struct cursor next = { at->node, at->entry + 1 };
	uint64_t end;

	if (next.entry == written)
		return tail;
	enter(ring, &next);
	end = entry_at(&next)->position;
	return MIN(end, tail);
}

/*
 * The reader's first entry. read_node is the node of entry entries_read unless
 * that begins a new node: then it is the one before (or NULL).
 */
static struct cursor first_entry(struct frag_ring *ring)
{
	struct cursor at = { atomic_load(&ring->chain)->read_node,
			     ring->entries_read };

	enter(ring, &at);
	return at;
}

/* Where the last peek ended, if that is still there and not too far. */
static bool use_hint(struct frag_ring *ring, uint64_t position,
		     struct cursor *at)
{
	const struct frag_chain *chain = atomic_load(&ring->chain);

	*at = (struct cursor){ chain->hint_node, chain->hint_entry };
	return at->node && (int32_t)(at->entry - ring->entries_read) >= 0 &&
	       position >= entry_at(at)->position;
}

/* Finds the entry that holds `position` < tail. */
static struct cursor seek(struct frag_ring *ring, uint64_t position,
			  uint32_t written, uint64_t tail)
{
	struct cursor at;

	if (!use_hint(ring, position, &at))
		at = first_entry(ring);
	while (entry_end(ring, &at, written, tail) <= position) {
		at.entry++;
		enter(ring, &at);
	}
	return at;
}

static void set_hint(struct frag_ring *ring, struct cursor *at)
{
	struct frag_chain *chain = atomic_load(&ring->chain);

	chain->hint_node = at->node;
	chain->hint_entry = at->entry;
}

void frag_ring_span(struct frag_ring *ring, uint64_t position,
		    struct frag_span *span)
{
	uint64_t tail = atomic_load(&ring->tail);
	uint32_t written = atomic_load(&ring->entries_written);
	struct frag_entry *entry;
	struct cursor at;

	span->length = 0;
	span->data = NULL;
	if (position >= tail)
		return;
	at = seek(ring, position, written, tail);
	set_hint(ring, &at);
	entry = entry_at(&at);
	span->time = atomic_load_relaxed(&entry->time);
	span->data =
		entry->buf->data + entry->offset + (position - entry->position);
	span->length =
		(uint32_t)(entry_end(ring, &at, written, tail) - position);
}

uint32_t frag_ring_peek(struct frag_ring *ring, uint64_t position,
			uint32_t length, uint64_t end, struct fragment *out,
			int max, int *count)
{
	uint32_t written, done = 0;
	struct cursor at;
	int n = 0;

	*count = 0;
	if (end > atomic_load(&ring->tail))
		end = atomic_load(&ring->tail);
	written = atomic_load(&ring->entries_written);
	if (position >= end)
		return 0;
	length = (uint32_t)MIN((uint64_t)length, end - position);
	at = seek(ring, position, written, end);
	while (done < length && n < max) {
		struct frag_entry *entry = entry_at(&at);
		uint64_t from = position + done;
		uint32_t size =
			(uint32_t)(entry_end(ring, &at, written, end) - from);

		size = MIN(size, length - done);
		out[n++] = (struct fragment){
			buf_get(entry->buf),
			entry->offset + (uint32_t)(from - entry->position), size
		};
		done += size;
		set_hint(ring, &at);
		if (done < length) {
			at.entry++;
			enter(ring, &at);
		}
	}
	*count = n;
	return done;
}

/* Tries to close the newest entry: true, it will not grow. */
static bool close_newest(struct frag_ring *ring)
{
	struct buf *token = atomic_load(&ring->open);

	if (token == FRAG_RING_FRESH)
		return true;
	return token != FRAG_RING_BUSY &&
	       atomic_swap_if(&ring->open, token, FRAG_RING_CLOSING);
}

static void drop_first(struct frag_ring *ring, struct cursor *at)
{
	struct frag_chain *chain = atomic_load(&ring->chain);
	struct frag_entry *entry = entry_at(at);

	atomic_fetch_sub(&ring->truesize, entry->charge);
	buf_put(entry->buf);
	entry->buf = NULL;
	if (at->node != chain->read_node) {
		if (chain->read_node != &chain->first)
			port_free(chain->read_node);
		chain->read_node = at->node;
	}
	ring->entries_read = at->entry + 1;
}

/* With what the reader has not freed yet. */
static void free_chain(struct frag_chain *chain)
{
	struct frag_node *node = chain->read_node;

	if (!node || node == &chain->first)
		node = chain->first.next;
	while (node) {
		struct frag_node *next = node->next;

		port_free(node);
		node = next;
	}
	port_free(chain);
}

/* The last entry is gone. Unless a writer has come meanwhile, nothing stays. */
static void begin_anew(struct frag_ring *ring)
{
	struct frag_chain *chain = atomic_load(&ring->chain);

	if (!atomic_swap_if(&ring->open, FRAG_RING_CLOSING, FRAG_RING_EMPTY))
		return;
	free_chain(chain);
	ring->entries_read = next_beginning(ring->entries_read);
}

static bool nothing_to_read(const struct frag_ring *ring, uint32_t written)
{
	return (int32_t)(written - ring->entries_read) <= 0;
}

void frag_ring_release(struct frag_ring *ring, uint64_t position)
{
	atomic_store(&ring->head, position);
	for (;;) {
		uint64_t tail = atomic_load(&ring->tail), end;
		uint32_t written = atomic_load(&ring->entries_written);
		struct cursor at;
		bool newest;

		if (nothing_to_read(ring, written))
			return;
		at = first_entry(ring);
		newest = at.entry + 1 == written;
		/* Not cut at `tail`, which may be older than the next entry:
		 * this one may have grown in between. */
		end = entry_end(ring, &at, written, newest ? tail : UINT64_MAX);
		if (end > position || end <= entry_at(&at)->position)
			return;
		if (newest && !close_newest(ring))
			return;
		/* It may have grown before it was closed. */
		if (newest && (atomic_load(&ring->entries_written) != written ||
			       atomic_load(&ring->tail) != tail)) {
			atomic_swap_if(&ring->open, FRAG_RING_CLOSING, NULL);
			continue;
		}
		drop_first(ring, &at);
		if (newest)
			begin_anew(ring);
	}
}

void frag_ring_destroy(struct frag_ring *ring)
{
	if (writing(ring))
		frag_ring_commit(ring, 0);
	while (!nothing_to_read(ring, ring->entries_written)) {
		struct cursor at = first_entry(ring);

		drop_first(ring, &at);
	}
	if (ring->open != FRAG_RING_EMPTY && ring->chain)
		free_chain(ring->chain);
	memset(ring, 0, sizeof *ring);
}
