// SPDX-License-Identifier: MIT
/*
 * Small objects. A slab is a block of pages cut into objects of one size; the
 * free ones form a list through their first word, whose head is page->index of
 * the slab's first page. In front of the slabs each CPU has a magazine of free
 * objects, used with interrupts off and no lock.
 *
 * A free object has a mark in its second word. An object that is freed with
 * the mark on it is looked for among the free ones: found there, it has been
 * freed twice, which is a panic.
 */
#include "kernel/mm/slab.h"
#include "kernel/arch/x86_64/panic.h"
#include "kernel/arch/x86_64/spinlock.h"
#include "kernel/mm/page.h"
#include "lib/atomic.h"
#include "lib/list.h"
#include "lib/string.h"

#define MAX_CACHES 96
#define MAGAZINE 14
#define FREE_MARK 0x5fe1ab1e5fe1ab1eull
#define LARGEST 8192

struct magazine {
	uint32_t count, limit;
	void *objects[MAGAZINE];
};

struct cache {
	const char *name;
	size_t size;
	unsigned order, per_slab;
	struct magazine *magazines; /* one for each CPU */
	struct spinlock lock;
	/* Guarded by `lock`: */
	struct list partial; /* slabs with free objects */
	unsigned empty; /* slabs of them that are wholly free */
	size_t total, free; /* objects; free ones in slabs */
};

static struct cache caches[MAX_CACHES];
static unsigned cache_count;
static struct spinlock caches_lock; /* guards the two above and the bump */
static uint8_t *bump, *bump_end;

/* ---- slabs; the cache's lock held ---- */

static void **free_head(struct page *slab)
{
	return (void **)&slab->index;
}

static struct page *slab_of(const void *object)
{
	struct page *page = page_of(object);

	return (struct page *)page->mapping; /* its slab's first page */
}

static void mark_free(struct cache *cache, void *object)
{
	if (cache->size >= 16)
		((uint64_t *)object)[1] = FREE_MARK ^ (uint64_t)object;
}

static bool is_marked(struct cache *cache, const void *object)
{
	return cache->size >= 16 &&
	       ((const uint64_t *)object)[1] == (FREE_MARK ^ (uint64_t)object);
}

static struct page *make_slab(struct cache *cache)
{
	struct page *slab =
		page_alloc(cache->order, in_interrupt() ? ALLOC_ATOMIC : 0);
	uint8_t *at;

	if (!slab)
		return NULL;
	at = page_address(slab);
	for (unsigned i = 0; i < 1u << cache->order; i++) {
		slab[i].flags = PAGE_SLAB;
		slab[i].owner = cache;
		slab[i].mapping = (struct mapping *)slab;
	}
	*free_head(slab) = NULL;
	for (unsigned i = cache->per_slab; i-- > 0;) {
		void *object = at + i * cache->size;

		*(void **)object = *free_head(slab);
		mark_free(cache, object);
		*free_head(slab) = object;
	}
	slab->map_count = 0; /* objects in use */
	list_push_front(&cache->partial, &slab->link);
	cache->empty++;
	cache->total += cache->per_slab;
	cache->free += cache->per_slab;
	atomic_count(&memory_account.slab, 1ull << cache->order);
	return slab;
}

static void free_slab(struct cache *cache, struct page *slab)
{
	list_remove(&slab->link);
	cache->empty--;
	cache->total -= cache->per_slab;
	cache->free -= cache->per_slab;
	for (unsigned i = 0; i < 1u << cache->order; i++) {
		slab[i].flags = 0;
		slab[i].mapping = NULL;
	}
	atomic_count(&memory_account.slab, -(1ull << cache->order));
	page_put(slab);
}

static void *take_object(struct cache *cache)
{
	struct page *slab = LIST_FIRST(&cache->partial, struct page, link);
	void *object;

	if (!slab && !(slab = make_slab(cache)))
		return NULL;
	object = *free_head(slab);
	*free_head(slab) = *(void **)object;
	if (slab->map_count++ == 0)
		cache->empty--;
	if (!*free_head(slab))
		list_remove(&slab->link);
	cache->free--;
	return object;
}

static void give_object(struct cache *cache, void *object)
{
	struct page *slab = slab_of(object);

	if (!*free_head(slab))
		list_push_front(&cache->partial, &slab->link);
	*(void **)object = *free_head(slab);
	*free_head(slab) = object;
	cache->free++;
	if (--slab->map_count == 0 && ++cache->empty > 1)
		free_slab(cache, slab);
}

/* ---- magazines; interrupts off ---- */

static void *alloc_slow(struct cache *cache, struct magazine *magazine)
{
	void *object;

	spin_lock(&cache->lock);
	object = take_object(cache);
	while (object && magazine->count < magazine->limit / 2) {
		void *more = cache->free ? take_object(cache) : NULL;

		if (!more)
			break;
		magazine->objects[magazine->count++] = more;
	}
	spin_unlock(&cache->lock);
	return object;
}

static void free_slow(struct cache *cache, struct magazine *magazine)
{
	spin_lock(&cache->lock);
	while (magazine->count > magazine->limit / 2)
		give_object(cache, magazine->objects[--magazine->count]);
	spin_unlock(&cache->lock);
}

void *cache_alloc(struct cache *cache)
{
	uint64_t flags = irq_save();
	struct magazine *magazine = &cache->magazines[this_cpu()->number];
	void *object;

	if (likely(magazine->count))
		object = magazine->objects[--magazine->count];
	else
		object = alloc_slow(cache, magazine);
	irq_restore(flags);
	if (object && cache->size >= 16)
		((uint64_t *)object)[1] = 0;
	return object;
}

void *cache_zalloc(struct cache *cache)
{
	void *object = cache_alloc(cache);

	if (object)
		memset(object, 0, cache->size);
	return object;
}

/* The object looks free: is it? Stale data may look so too. */
static NOINLINE void check_double_free(struct cache *cache, void *object)
{
	bool found = false;

	for (unsigned n = 0; n < cpu_count; n++)
		for (unsigned i = 0; i < cache->magazines[n].count; i++)
			found |= cache->magazines[n].objects[i] == object;
	spin_lock(&cache->lock);
	for (void *p = *free_head(slab_of(object)); p; p = *(void **)p)
		found |= p == object;
	spin_unlock(&cache->lock);
	if (found)
		panic("slab: %s object %p freed twice", cache->name, object);
}

static void free_object(struct cache *cache, void *object)
{
	uint64_t flags = irq_save();
	struct magazine *magazine = &cache->magazines[this_cpu()->number];

	if (unlikely(is_marked(cache, object)))
		check_double_free(cache, object);
	mark_free(cache, object);
	if (unlikely(magazine->count == magazine->limit))
		free_slow(cache, magazine);
	magazine->objects[magazine->count++] = object;
	irq_restore(flags);
}

void cache_free(struct cache *cache, void *object)
{
	struct page *page;

	if (!object)
		return;
	page = page_of(object);
	if (unlikely(!(page->flags & PAGE_SLAB) || page->owner != cache))
		panic("slab: %p freed to %s, which it is not of", object,
		      cache->name);
	free_object(cache, object);
}

/* ---- caches ---- */

/* Memory that is never freed: the magazines. */
static void *bump_alloc(size_t size)
{
	void *at;

	if ((size_t)(bump_end - bump) < size) {
		struct page *page = page_alloc(2, ALLOC_ZERO);

		if (!page)
			return NULL;
		bump = page_address(page);
		bump_end = bump + 4 * PAGE_SIZE;
	}
	at = bump;
	bump += size;
	return at;
}

static void choose_order(struct cache *cache)
{
	unsigned wanted = cache->size <= 256 ? 8 : 4;

	/* What is left over at the end is at most a sixteenth. */
	while (cache->order < 3 &&
	       ((PAGE_SIZE << cache->order) / cache->size < wanted ||
		(PAGE_SIZE << cache->order) % cache->size >
			(PAGE_SIZE << cache->order) / 16))
		cache->order++;
	cache->per_slab = (unsigned)((PAGE_SIZE << cache->order) / cache->size);
}

struct cache *cache_create(const char *name, size_t size, size_t align)
{
	uint64_t flags = spin_lock_irqsave(&caches_lock);
	struct cache *cache = NULL;
	void *magazines = NULL;

	if (cache_count < MAX_CACHES)
		magazines = bump_alloc(cpu_count * sizeof(struct magazine));
	if (magazines) {
		cache = &caches[cache_count];
		cache->name = name;
		cache->size =
			ALIGN_UP(MAX(size, (size_t)8), MAX(align, (size_t)8));
		cache->magazines = magazines;
		list_init(&cache->partial);
		choose_order(cache);
		for (unsigned i = 0; i < cpu_count; i++)
			cache->magazines[i].limit =
				cache->size > 2048 ? 4 : MAGAZINE;
		__atomic_store_n(&cache_count, cache_count + 1,
				 __ATOMIC_RELEASE);
	}
	spin_unlock_irqrestore(&caches_lock, flags);
	if (!cache)
		panic("slab: cannot make cache %s", name);
	return cache;
}

void cache_each(void (*row)(void *arg, const char *name, size_t size,
			    size_t used, size_t total),
		void *arg)
{
	for (unsigned i = 0; i < cache_count; i++) {
		struct cache *cache = &caches[i];
		size_t free = cache->free;

		for (unsigned n = 0; n < cpu_count; n++)
			free += cache->magazines[n].count;
		row(arg, cache->name, cache->size, cache->total - free,
		    cache->total);
	}
}

/* ---- kmalloc ---- */

static const struct {
	const char *name;
	uint16_t size;
} sizes[] = {
	{ "kmalloc-16", 16 },	  { "kmalloc-32", 32 },
	{ "kmalloc-48", 48 },	  { "kmalloc-64", 64 },
	{ "kmalloc-96", 96 },	  { "kmalloc-128", 128 },
	{ "kmalloc-192", 192 },	  { "kmalloc-208", 208 },
	{ "kmalloc-224", 224 },	  { "kmalloc-240", 240 },
	{ "kmalloc-256", 256 },	  { "kmalloc-288", 288 },
	{ "kmalloc-320", 320 },	  { "kmalloc-352", 352 },
	{ "kmalloc-384", 384 },	  { "kmalloc-448", 448 },
	{ "kmalloc-464", 464 },	  { "kmalloc-512", 512 },
	{ "kmalloc-544", 544 },	  { "kmalloc-576", 576 },
	{ "kmalloc-608", 608 },	  { "kmalloc-640", 640 },
	{ "kmalloc-768", 768 },	  { "kmalloc-896", 896 },
	{ "kmalloc-1024", 1024 }, { "kmalloc-1152", 1152 },
	{ "kmalloc-1280", 1280 }, { "kmalloc-1536", 1536 },
	{ "kmalloc-2048", 2048 }, { "kmalloc-4096", 4096 },
	{ "kmalloc-8192", 8192 },
};
static struct cache *size_caches[ARRAY_LEN(sizes)];
static uint8_t size_index[2048 / 16 + 1]; /* by (size + 15) / 16 */

void slab_init(void)
{
	for (unsigned i = 0; i < ARRAY_LEN(sizes); i++)
		size_caches[i] = cache_create(sizes[i].name, sizes[i].size, 8);
	for (unsigned n = 0, i = 0; n < ARRAY_LEN(size_index); n++) {
		while (sizes[i].size < n * 16)
			i++;
		size_index[n] = (uint8_t)i;
	}
}

static struct cache *cache_for(size_t size)
{
	const unsigned last = ARRAY_LEN(sizes) - 1;

	if (size <= 2048)
		return size_caches[size_index[(size + 15) / 16]];
	return size_caches[size <= 4096 ? last - 1 : last];
}

static void *alloc_large(size_t size)
{
	unsigned order = 0;
	struct page *page;

	while (order < 11 && PAGE_SIZE << order < size)
		order++;
	page = page_alloc(order, in_interrupt() ? ALLOC_ATOMIC : 0);
	if (!page)
		return NULL;
	page->flags = PAGE_KMALLOC;
	atomic_count(&memory_account.slab, 1ull << order);
	return page_address(page);
}

void *kmalloc(size_t size)
{
	return size <= LARGEST ? cache_alloc(cache_for(size)) :
				 alloc_large(size);
}

void *kzalloc(size_t size)
{
	void *object = kmalloc(size);

	if (object)
		memset(object, 0, size);
	return object;
}

void *kcalloc(size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		return NULL;
	return kzalloc(bytes);
}

void kfree(const void *object)
{
	struct page *page;

	if (!object)
		return;
	page = page_of(object);
	if (likely(page->flags & PAGE_SLAB)) {
		free_object(page->owner, (void *)object);
		return;
	}
	if (!(page->flags & PAGE_KMALLOC) || ((uint64_t)object & PAGE_MASK))
		panic("kfree: %p is not from kmalloc", object);
	atomic_count(&memory_account.slab, -(1ull << page->order));
	page->flags = 0;
	page_put(page);
}

char *kstrdup(const char *text)
{
	return kmemdup(text, strlen(text) + 1);
}

void *kmemdup(const void *data, size_t size)
{
	void *copy = kmalloc(size);

	if (copy)
		memcpy(copy, data, size);
	return copy;
}
