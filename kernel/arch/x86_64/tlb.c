// SPDX-License-Identifier: MIT
/*
 * Which CPU has which page tables loaded, and flushing translations from all
 * that may hold them. A kernel thread runs on the tables of whoever ran before
 * (lazily): a CR3 load costs the whole TLB. A lazy CPU that is asked to flush
 * leaves the tables instead, and is not asked again.
 *
 * One flush at a time: `lock` is taken with interrupts on, so a CPU that waits
 * for it still answers the one that holds it. The order that makes it right:
 * the flusher changes entries, then reads owner->cpus; a CPU sets its bit in
 * owner->cpus, then loads CR3.
 */
#include "kernel/arch/x86_64/arch.h"
#include "kernel/arch/x86_64/io.h"
#include "kernel/arch/x86_64/panic.h"
#include "kernel/arch/x86_64/spinlock.h"

/* Above this many pages a CR3 load is cheaper than that many INVLPGs. */
#define FLUSH_PAGES 33

enum flush_kind { FLUSH_USER, FLUSH_KERNEL, FLUSH_LEAVE };

static struct spinlock lock;
/* The request; guarded by `lock`, read by the CPUs in `pending`. */
static struct {
	enum flush_kind kind;
	struct tlb_owner *owner;
	uint64_t from, to;
	paddr_t root;
	uint64_t pending;
} request;

static void load(struct cpu *cpu, paddr_t root)
{
	cpu->loaded_root = root;
	write_cr3(root);
}

static void leave(struct cpu *cpu)
{
	struct tlb_owner *owner = cpu->tlb;

	if (!owner)
		return;
	cpu->tlb = NULL;
	load(cpu, kernel_pagetable);
	__atomic_fetch_and(&owner->cpus, ~BIT(cpu->number), __ATOMIC_SEQ_CST);
}

void tlb_leave(void)
{
	uint64_t flags = irq_save();

	leave(this_cpu());
	irq_restore(flags);
}

void tlb_switch(struct tlb_owner *owner)
{
	uint64_t flags = irq_save();
	struct cpu *cpu = this_cpu();
	struct tlb_owner *old = cpu->tlb;

	if (old != owner) {
		__atomic_fetch_or(&owner->cpus, BIT(cpu->number),
				  __ATOMIC_SEQ_CST);
		cpu->tlb = owner;
		load(cpu, owner->root);
		if (old)
			__atomic_fetch_and(&old->cpus, ~BIT(cpu->number),
					   __ATOMIC_SEQ_CST);
	}
	cpu->tlb_lazy = false;
	irq_restore(flags);
}

static void flush_pages(uint64_t from, uint64_t to, uint64_t root)
{
	if (to - from > FLUSH_PAGES * PAGE_SIZE) {
		write_cr3(root);
		return;
	}
	for (; from < to; from += PAGE_SIZE)
		invlpg(from);
}

static void flush_global(uint64_t from, uint64_t to)
{
	uint64_t cr4 = read_cr4();

	if (to - from <= FLUSH_PAGES * PAGE_SIZE || !cpu_features.pge) {
		flush_pages(from, to, read_cr3());
		return;
	}
	write_cr4(cr4 & ~BIT(7));
	write_cr4(cr4);
}

static void flush_here(struct cpu *cpu)
{
	switch (request.kind) {
	case FLUSH_USER:
		if (cpu->tlb != request.owner)
			break;
		if (cpu->tlb_lazy)
			leave(cpu);
		else
			flush_pages(request.from, request.to, cpu->loaded_root);
		break;
	case FLUSH_KERNEL:
		flush_global(request.from, request.to);
		break;
	case FLUSH_LEAVE:
		if (cpu->loaded_root == request.root)
			leave(cpu);
		break;
	}
}

void tlb_interrupt(void)
{
	struct cpu *cpu = this_cpu();

	if (!(__atomic_load_n(&request.pending, __ATOMIC_ACQUIRE) &
	      BIT(cpu->number)))
		return;
	flush_here(cpu);
	__atomic_fetch_and(&request.pending, ~BIT(cpu->number),
			   __ATOMIC_RELEASE);
}

/* The CPUs in the mask do what `request` says; `lock` held. */
static void ask(uint64_t cpus_mask)
{
	__atomic_store_n(&request.pending, cpus_mask, __ATOMIC_SEQ_CST);
	for (unsigned i = 0; i < MAX_CPUS; i++)
		if (cpus_mask & BIT(i))
			apic_send(cpus[i]->apic_id, VECTOR_TLB);
	while (__atomic_load_n(&request.pending, __ATOMIC_ACQUIRE))
		cpu_relax();
}

static uint64_t others(void)
{
	uint64_t mask = 0;

	for (unsigned i = 0; i < MAX_CPUS; i++)
		if (cpus[i]->started && cpus[i] != this_cpu())
			mask |= BIT(i);
	return mask;
}

static void flush_others(enum flush_kind kind, struct tlb_owner *owner,
			 uint64_t from, uint64_t to)
{
	uint64_t mask = others();

	if (owner)
		mask &= __atomic_load_n(&owner->cpus, __ATOMIC_SEQ_CST);
	if (!mask)
		return;
	ASSERT(irq_enabled());
	spin_lock(&lock);
	request.kind = kind;
	request.owner = owner;
	request.from = from;
	request.to = to;
	ask(mask);
	spin_unlock(&lock);
}

void tlb_flush_range(struct tlb_owner *owner, uaddr_t from, uaddr_t to)
{
	struct cpu *cpu = this_cpu();
	uint64_t flags = irq_save();

	if (cpu->tlb == owner)
		flush_pages(from, to, cpu->loaded_root);
	irq_restore(flags);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&owner->cpus, __ATOMIC_SEQ_CST) & ~BIT(cpu->number))
		flush_others(FLUSH_USER, owner, from, to);
}

void tlb_flush_all(struct tlb_owner *owner)
{
	tlb_flush_range(owner, 0, 1ull << 47);
}

void tlb_flush_kernel(uint64_t from, uint64_t to)
{
	flush_global(from, to);
	flush_others(FLUSH_KERNEL, NULL, from, to);
}

void tlb_force_leave(paddr_t root)
{
	uint64_t mask = 0;
	uint64_t flags = irq_save();

	if (this_cpu()->loaded_root == root)
		leave(this_cpu());
	irq_restore(flags);
	for (unsigned i = 0; i < MAX_CPUS; i++)
		if (__atomic_load_n(&cpus[i]->loaded_root, __ATOMIC_SEQ_CST) ==
		    root)
			mask |= BIT(i);
	if (!mask)
		return;
	ASSERT(irq_enabled());
	spin_lock(&lock);
	request.kind = FLUSH_LEAVE;
	request.root = root;
	ask(mask);
	spin_unlock(&lock);
}
