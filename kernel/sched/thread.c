// SPDX-License-Identifier: MIT
/*
 * Threads as objects: their memory, their kernel stacks, their first frames.
 *
 * A stack is 16 KiB of the VMAP area with as much unmapped space below it, so
 * an overflow faults at once. Stacks of dead threads are kept mapped for the
 * next ones: unmapping costs a flush on all CPUs.
 */
#include "kernel/sched/thread.h"
#include "kernel/arch/x86_64/arch.h"
#include "kernel/arch/x86_64/panic.h"
#include "kernel/arch/x86_64/trap.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/sched.h"
#include "lib/atomic.h"
#include "lib/string.h"

#define STACK_PAGES (KERNEL_STACK_SIZE / PAGE_SIZE)
#define KEEP_STACKS 128

static struct cache *thread_cache;
void (*thread_release)(struct thread *thread);
static void raise_nothing(int signal)
{
}
void (*thread_raise)(int signal) = raise_nothing;

/* Free stacks, mapped; linked through their last word. */
static struct spinlock stack_lock;
static uint64_t free_stacks;
static unsigned free_stack_count;
static uint64_t next_slot = STACK_AREA;

static uint64_t *link_of(uint64_t stack)
{
	return (uint64_t *)(stack + KERNEL_STACK_SIZE) - 1;
}

static uint64_t take_free_stack(void)
{
	uint64_t flags = spin_lock_irqsave(&stack_lock);
	uint64_t stack = free_stacks;

	if (stack) {
		free_stacks = *link_of(stack);
		free_stack_count--;
	}
	spin_unlock_irqrestore(&stack_lock, flags);
	return stack;
}

static bool map_stack(uint64_t stack)
{
	for (unsigned i = 0; i < STACK_PAGES; i++) {
		struct page *page = page_alloc(0, 0);

		if (!page)
			return false;
		if (kernel_map(stack + i * PAGE_SIZE, page_paddr(page),
			       PAGE_SIZE, PTE_WRITE)) {
			page_put(page);
			return false;
		}
		atomic_count(&memory_account.kernel_stacks, 1);
	}
	return true;
}

static void unmap_stack(uint64_t stack)
{
	struct page *pages[STACK_PAGES] = { NULL };

	for (unsigned i = 0; i < STACK_PAGES; i++) {
		uint64_t next;
		pte_t *entry = pagetable_next(kernel_pagetable,
					      stack + i * PAGE_SIZE, &next);

		if (entry && (*entry & PTE_PRESENT))
			pages[i] = page_of_paddr(*entry & PTE_ADDRESS);
	}
	kernel_unmap(stack, KERNEL_STACK_SIZE);
	for (unsigned i = 0; i < STACK_PAGES; i++) {
		if (!pages[i])
			continue;
		page_put(pages[i]);
		atomic_count(&memory_account.kernel_stacks, -1ull);
	}
}

/* Slots without pages, for reuse: kept in a small stack of addresses. */
static uint64_t bare_slots[512];
static unsigned bare_slot_count;

static uint64_t take_slot(void)
{
	uint64_t flags = spin_lock_irqsave(&stack_lock);
	uint64_t slot = 0;

	if (bare_slot_count) {
		slot = bare_slots[--bare_slot_count];
	} else if (next_slot + STACK_SLOT <= STACK_AREA_END) {
		slot = next_slot + STACK_GUARD;
		next_slot += STACK_SLOT;
	}
	spin_unlock_irqrestore(&stack_lock, flags);
	return slot;
}

static void give_slot(uint64_t slot)
{
	uint64_t flags = spin_lock_irqsave(&stack_lock);

	if (bare_slot_count < ARRAY_LEN(bare_slots))
		bare_slots[bare_slot_count++] = slot;
	spin_unlock_irqrestore(&stack_lock, flags);
}

static uint64_t stack_alloc(void)
{
	uint64_t stack = take_free_stack();

	if (stack)
		return stack;
	stack = take_slot();
	if (stack && !map_stack(stack)) {
		unmap_stack(stack);
		give_slot(stack);
		return 0;
	}
	return stack;
}

/* Any context: onto the list. */
void stack_free(uint64_t stack)
{
	uint64_t flags = spin_lock_irqsave(&stack_lock);

	*link_of(stack) = free_stacks;
	free_stacks = stack;
	free_stack_count++;
	spin_unlock_irqrestore(&stack_lock, flags);
}

/* After many threads have ended; may wait for other CPUs. */
static void trim_stacks(void)
{
	while (READ_ONCE(free_stack_count) > KEEP_STACKS && irq_enabled() &&
	       !in_interrupt()) {
		uint64_t stack = take_free_stack();

		if (!stack)
			return;
		unmap_stack(stack);
		give_slot(stack);
	}
}

static void init_thread(struct thread *thread, const char *name)
{
	memset(thread, 0, sizeof *thread);
	string_copy(thread->name, name, sizeof thread->name);
	thread->weight = WEIGHT_NICE_0;
	thread->affinity = ~0ull;
	thread->state = THREAD_BLOCKED;
	thread->kernel = true;
	thread->refs = 1;
	thread->fpu_cpu = -1;
	thread->sampled_user = false;
	list_init(&thread->process_link);
	list_init(&thread->all_link);
	list_init(&thread->queue_link);
}

/* The frame that switch_context() pops: six registers and where to go. */
static void set_first_switch(struct thread *thread, uint64_t top)
{
	uint64_t *sp = (uint64_t *)top;

	*--sp = (uint64_t)thread_first;
	for (unsigned i = 0; i < 6; i++)
		*--sp = 0;
	thread->kernel_sp = (uint64_t)sp;
}

struct thread *thread_create(const char *name)
{
	struct thread *thread = cache_alloc(thread_cache);

	if (!thread)
		return NULL;
	init_thread(thread, name);
	thread->stack = stack_alloc();
	thread->fpu = fpu_alloc();
	if (!thread->stack || !thread->fpu) {
		if (thread->stack)
			stack_free(thread->stack);
		fpu_free(thread->fpu);
		cache_free(thread_cache, thread);
		return NULL;
	}
	thread->frame =
		(struct trap_frame *)(thread->stack + KERNEL_STACK_SIZE) - 1;
	set_first_switch(thread, (uint64_t)thread->frame);
	return thread;
}

void thread_set_user_frame(struct thread *thread,
			   const struct trap_frame *frame)
{
	*thread->frame = *frame;
	thread->kernel = false;
	thread->sampled_user = true;
	set_first_switch(thread, (uint64_t)thread->frame);
}

struct thread *thread_start_kernel(const char *name, void (*entry)(void *),
				   void *arg)
{
	struct thread *thread = thread_create(name);

	if (!thread)
		return NULL;
	thread->entry = entry;
	thread->entry_arg = arg;
	thread_start(thread);
	return thread;
}

/* The boot CPU's is the thread that start-up itself is; it keeps its stack. */
struct thread *thread_create_idle(struct cpu *cpu)
{
	struct thread *thread = thread_create("idle");

	if (!thread)
		panic("no memory for idle threads");
	thread->state = THREAD_RUNNABLE;
	thread->cpu = cpu->number;
	thread->affinity = BIT(cpu->number);
	cpu->idle = thread;
	return thread;
}

void thread_get(struct thread *thread)
{
	__atomic_fetch_add(&thread->refs, 1, __ATOMIC_RELAXED);
}

void thread_put(struct thread *thread)
{
	int32_t old = __atomic_fetch_sub(&thread->refs, 1, __ATOMIC_ACQ_REL);

	ASSERT(old > 0);
	if (old != 1)
		return;
	ASSERT(!thread->on_cpu && !thread->on_queue);
	if (thread_release)
		thread_release(thread);
	if (thread->stack) /* it never ran */
		stack_free(thread->stack);
	fpu_free(thread->fpu);
	cache_free(thread_cache, thread);
	trim_stacks();
}

/*
 * From finish_switch: the thread has left its stack for good. The reference
 * of its running ends here; but releasing may need interrupts, so that is
 * left to a kernel thread when this was the last one.
 */
static struct spinlock dead_lock;
static struct list dead_threads = LIST_INIT(dead_threads);
static struct thread *reaper;

void thread_free_dead(struct thread *thread)
{
	stack_free(thread->stack);
	thread->stack = 0;
	for (unsigned i = 0; i < cpu_count; i++)
		if (cpus[i]->fpu_owner == thread)
			cpus[i]->fpu_owner = NULL;
	if (__atomic_fetch_sub(&thread->refs, 1, __ATOMIC_ACQ_REL) > 1)
		return;
	__atomic_store_n(&thread->refs, 1, __ATOMIC_RELAXED);
	spin_lock(&dead_lock);
	list_push_back(&dead_threads, &thread->queue_link);
	spin_unlock(&dead_lock);
	if (reaper)
		thread_wake(reaper, WAKE_NORMAL);
}

static struct thread *take_dead(void)
{
	uint64_t flags = spin_lock_irqsave(&dead_lock);
	struct thread *thread =
		LIST_POP(&dead_threads, struct thread, queue_link);

	spin_unlock_irqrestore(&dead_lock, flags);
	return thread;
}

static void reap(void *arg)
{
	struct thread *self = current_thread();

	reaper = self;
	for (;;) {
		struct thread *dead;

		while ((dead = take_dead()))
			thread_put(dead);
		self->state = THREAD_SLEEPING;
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (list_empty(&dead_threads))
			schedule();
		self->state = THREAD_RUNNABLE;
	}
}

void thread_init(void)
{
	fpu_init_cache();
	thread_cache = cache_create("thread", sizeof(struct thread), 64);
}

void thread_start_reaper(void)
{
	if (!thread_start_kernel("reaper", reap, NULL))
		panic("no memory for the reaper thread");
}
