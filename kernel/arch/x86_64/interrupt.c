// SPDX-License-Identifier: MIT
/*
 * Interrupts from devices: vectors, the handlers that share a line, and the
 * interrupts that CPUs send each other. Handlers run with interrupts off, on
 * the stack of whatever was interrupted; nothing here switches threads. All
 * lines go to the boot CPU; MSI vectors too.
 */
#include "kernel/arch/x86_64/interrupt.h"
#include "kernel/arch/x86_64/arch.h"
#include "kernel/arch/x86_64/ioapic.h"
#include "kernel/arch/x86_64/log.h"
#include "kernel/arch/x86_64/panic.h"
#include "kernel/arch/x86_64/spinlock.h"
#include "kernel/arch/x86_64/timer.h"
#include "kernel/arch/x86_64/trap.h"
#include "lib/errno.h"

#define VECTORS (VECTOR_IRQ_END - VECTOR_IRQ_BASE + 1)
#define MAX_HANDLERS 128

struct handler {
	void (*function)(void *arg);
	void *arg;
	struct handler *next;
};

struct line {
	struct handler *handlers; /* grows only */
	int gsi; /* -1: MSI or free */
	bool used;
	uint32_t counts[MAX_CPUS];
};

static struct line lines[VECTORS];
static struct handler handler_pool[MAX_HANDLERS];
static unsigned handlers_used;
static struct spinlock lock; /* guards all above but the counts */

static void nothing(void)
{
}

static void no_entropy(unsigned source)
{
}

void (*timer_interrupt)(void) = nothing;
void (*reschedule_interrupt)(void) = nothing;
void (*interrupt_entropy)(unsigned source) = no_entropy;

void interrupt_init(void)
{
	for (unsigned i = 0; i < VECTORS; i++)
		lines[i].gsi = -1;
	ioapic_init();
}

static int add_handler(struct line *line, void (*function)(void *), void *arg)
{
	struct handler *handler;

	if (handlers_used == MAX_HANDLERS)
		return -ENOSPC;
	handler = &handler_pool[handlers_used++];
	handler->function = function;
	handler->arg = arg;
	handler->next = line->handlers;
	__atomic_store_n(&line->handlers, handler, __ATOMIC_RELEASE);
	return 0;
}

static struct line *free_line(void)
{
	for (unsigned i = 0; i < VECTORS; i++) {
		if (!lines[i].used) {
			lines[i].used = true;
			return &lines[i];
		}
	}
	return NULL;
}

static struct line *line_of_gsi(unsigned gsi)
{
	for (unsigned i = 0; i < VECTORS; i++)
		if (lines[i].gsi == (int)gsi)
			return &lines[i];
	return NULL;
}

int interrupt_register(unsigned gsi, bool level, void (*handler)(void *arg),
		       void *arg)
{
	bool low = level;
	uint64_t flags;
	struct line *line;
	bool fresh;
	int err;

	ioapic_override(&gsi, &level, &low);
	flags = spin_lock_irqsave(&lock);
	line = line_of_gsi(gsi);
	fresh = !line;
	if (fresh)
		line = free_line();
	err = line ? add_handler(line, handler, arg) : -ENOSPC;
	if (!err && fresh) {
		line->gsi = (int)gsi;
		err = ioapic_route(gsi, VECTOR_IRQ_BASE + (line - lines),
				   cpus[0]->apic_id, level, low);
	}
	spin_unlock_irqrestore(&lock, flags);
	return err;
}

int interrupt_alloc_msi(void (*handler)(void *arg), void *arg,
			uint64_t *address, uint32_t *data)
{
	uint64_t flags = spin_lock_irqsave(&lock);
	struct line *line = free_line();
	int err = line ? add_handler(line, handler, arg) : -ENOSPC;

	spin_unlock_irqrestore(&lock, flags);
	if (err)
		return err;
	*address = 0xfee00000 | (uint64_t)cpus[0]->apic_id << 12;
	*data = VECTOR_IRQ_BASE + (uint32_t)(line - lines);
	return 0;
}

void interrupt_each(void (*row)(void *arg, unsigned vector, int gsi,
				const uint64_t *per_cpu),
		    void *arg)
{
	uint64_t counts[MAX_CPUS];

	for (unsigned i = 0; i < VECTORS; i++) {
		if (!lines[i].used)
			continue;
		for (unsigned n = 0; n < MAX_CPUS; n++)
			counts[n] = lines[i].counts[n];
		row(arg, VECTOR_IRQ_BASE + i, lines[i].gsi, counts);
	}
}

static void run_line(struct cpu *cpu, unsigned vector)
{
	struct line *line = &lines[vector - VECTOR_IRQ_BASE];
	struct handler *h = __atomic_load_n(&line->handlers, __ATOMIC_ACQUIRE);

	line->counts[cpu->number]++;
	if (!h)
		log_warn("interrupt %u: nobody asked for it", vector);
	for (; h; h = h->next)
		h->function(h->arg);
	apic_eoi();
	interrupt_entropy(vector);
}

void interrupt_dispatch(struct trap_frame *frame)
{
	struct cpu *cpu = this_cpu();
	unsigned vector = (unsigned)frame->vector;

	cpu->irq_depth++;
	cpu->interrupts++;
	cpu->irq_from_user = trap_from_user(frame);
	if (vector == VECTOR_TIMER) {
		cpu->ticks++;
		apic_eoi();
		timer_interrupt();
	} else if (vector == VECTOR_RESCHEDULE) {
		cpu->reschedules++;
		apic_eoi();
		reschedule_interrupt();
	} else if (vector == VECTOR_TLB) {
		cpu->flushes++;
		tlb_interrupt();
		apic_eoi();
	} else if (vector >= VECTOR_IRQ_BASE && vector <= VECTOR_IRQ_END) {
		run_line(cpu, vector);
	} else if (vector != VECTOR_SPURIOUS) {
		apic_eoi();
		log_warn("interrupt %u: not expected", vector);
	}
	cpu->irq_depth--;
}

void cpu_send_reschedule(struct cpu *cpu)
{
	apic_send(cpu->apic_id, VECTOR_RESCHEDULE);
}
