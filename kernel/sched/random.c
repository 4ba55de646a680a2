// SPDX-License-Identifier: MIT
/*
 * The random generator. The pool collects seed material under a lock; each CPU
 * has a generator of its own, used with interrupts off, that takes from the
 * pool when that has grown. RDRAND alone seeds it where the CPU has that;
 * elsewhere the unevenness of execution times does, measured once at start.
 */
#include "kernel/sched/random.h"
#include "kernel/arch/x86_64/arch.h"
#include "kernel/arch/x86_64/log.h"
#include "kernel/arch/x86_64/spinlock.h"
#include "lib/chacha.h"
#include "lib/string.h"

#define SEED_BITS 256
#define CHUNK 512
#define BATCH 192
#define SMALL 64
#define JITTER_ROUNDS 2048

static struct spinlock lock;
/* Guarded by `lock`: */
static struct chacha_rng pool;
static unsigned bits;
static uint32_t generation; /* of the pool; read without the lock */

struct generator {
	struct chacha_rng rng;
	uint32_t generation;
	uint32_t events;
	uint64_t mix[4]; /* of interrupts, until there are enough */
	/* For small requests; what was given out is cleared. */
	unsigned ready;
	uint8_t batch[BATCH];
};
static struct generator generators[MAX_CPUS];

static bool hardware(uint64_t *value)
{
	bool ok = false;

	for (unsigned i = 0; cpu_features.rdrand && i < 10 && !ok; i++)
		__asm__ volatile("rdrand %0; setc %1"
				 : "=r"(*value), "=qm"(ok));
	return ok;
}

void random_add_entropy(const void *data, size_t size, unsigned credit)
{
	uint64_t stamp = cpu_tsc();
	uint64_t flags = spin_lock_irqsave(&lock);

	chacha_rng_mix(&pool, data, size);
	chacha_rng_mix(&pool, &stamp, sizeof stamp);
	if (bits < SEED_BITS)
		bits += MIN(credit, (unsigned)SEED_BITS - bits);
	__atomic_store_n(&generation, generation + 1, __ATOMIC_RELEASE);
	spin_unlock_irqrestore(&lock, flags);
}

bool random_is_seeded(void)
{
	return READ_ONCE(bits) >= SEED_BITS;
}

void random_add_interrupt(unsigned source)
{
	struct generator *g = &generators[this_cpu()->number];

	g->mix[g->events & 3] =
		(g->mix[g->events & 3] << 7 | g->mix[g->events & 3] >> 57) ^
		cpu_tsc() ^ source;
	if (++g->events & 255)
		return;
	random_add_entropy(g->mix, sizeof g->mix, 16);
}

/* The time that a little work takes varies: caches, other guests, the host. */
static void seed_by_jitter(void)
{
	static volatile uint8_t work[4096];
	uint64_t times[16];

	for (unsigned i = 0; i < JITTER_ROUNDS; i++) {
		uint64_t start = cpu_tsc();

		for (unsigned n = 0; n < 32; n++)
			work[(start + n * 67) & 4095] += (uint8_t)n;
		times[i & 15] = cpu_tsc() - start + (start << 16);
		if ((i & 15) == 15)
			random_add_entropy(times, sizeof times, 2);
	}
}

void random_init(void)
{
	uint64_t seed[4];
	bool ok = true;

	chacha_rng_init(&pool);
	for (unsigned i = 0; i < MAX_CPUS; i++)
		chacha_rng_init(&generators[i].rng);
	for (unsigned i = 0; i < 4; i++)
		ok &= hardware(&seed[i]);
	if (ok)
		random_add_entropy(seed, sizeof seed, SEED_BITS);
	else
		seed_by_jitter();
	log_info("random: seeded by %s", ok ? "RDRAND" : "execution times");
}

/* Interrupts off. */
static void refresh(struct generator *g)
{
	uint8_t key[32];

	spin_lock(&lock);
	chacha_rng_fill(&pool, key, sizeof key);
	g->generation = generation;
	spin_unlock(&lock);
	chacha_rng_mix(&g->rng, key, sizeof key);
	g->ready = 0;
}

/* Interrupts off. One run of the generator makes bytes for many calls. */
static void take_small(struct generator *g, uint8_t *to, size_t size)
{
	if (g->ready < size) {
		chacha_rng_fill(&g->rng, g->batch, BATCH);
		g->ready = BATCH;
	}
	g->ready -= (unsigned)size;
	memcpy(to, g->batch + g->ready, size);
	memset(g->batch + g->ready, 0, size);
}

void random_bytes(void *to, size_t size)
{
	uint8_t *at = to;

	if (!random_is_seeded())
		seed_by_jitter();
	while (size) {
		size_t n = MIN(size, (size_t)CHUNK);
		uint64_t flags = irq_save();
		struct generator *g = &generators[this_cpu()->number];

		if (g->generation !=
		    __atomic_load_n(&generation, __ATOMIC_ACQUIRE))
			refresh(g);
		if (n <= SMALL)
			take_small(g, at, n);
		else
			chacha_rng_fill(&g->rng, at, n);
		irq_restore(flags);
		at += n;
		size -= n;
	}
}

uint32_t random_32(void)
{
	uint32_t value;

	random_bytes(&value, sizeof value);
	return value;
}

uint64_t random_64(void)
{
	uint64_t value;

	random_bytes(&value, sizeof value);
	return value;
}
