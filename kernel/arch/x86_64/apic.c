// SPDX-License-Identifier: MIT
/*
 * The local APIC: end of interrupt, interrupts between CPUs, and the one-shot
 * timer (TSC deadline where the CPU offers it). Registers through MMIO, or
 * through MSRs where x2APIC is there.
 */
#include "kernel/arch/x86_64/acpi.h"
#include "kernel/arch/x86_64/arch.h"
#include "kernel/arch/x86_64/io.h"
#include "kernel/arch/x86_64/log.h"
#include "kernel/arch/x86_64/panic.h"
#include "kernel/arch/x86_64/timer.h"

#define REG_ID 0x20
#define REG_TPR 0x80
#define REG_EOI 0xb0
#define REG_SVR 0xf0
#define REG_ICR_LOW 0x300
#define REG_ICR_HIGH 0x310
#define REG_LVT_TIMER 0x320
#define REG_LVT_LINT0 0x350
#define REG_LVT_LINT1 0x360
#define REG_LVT_ERROR 0x370
#define REG_TIMER_INITIAL 0x380
#define REG_TIMER_CURRENT 0x390
#define REG_TIMER_DIVIDE 0x3e0

#define MASKED (1u << 16)
#define TSC_DEADLINE (2u << 17)

static volatile uint8_t *registers;
static bool x2;
static uint64_t ticks_per_nsec; /* fixed point, 32 bits of fraction */

static uint32_t apic_read(unsigned reg)
{
	if (x2)
		return (uint32_t)msr_read(0x800 + (reg >> 4));
	return *(volatile uint32_t *)(registers + reg);
}

static void apic_write(unsigned reg, uint32_t value)
{
	if (x2)
		msr_write(0x800 + (reg >> 4), value);
	else
		*(volatile uint32_t *)(registers + reg) = value;
}

void apic_eoi(void)
{
	apic_write(REG_EOI, 0);
}

unsigned apic_id_this(void)
{
	return x2 ? apic_read(REG_ID) : apic_read(REG_ID) >> 24;
}

static void send(unsigned apic_id, uint32_t command)
{
	uint64_t flags;

	if (x2) {
		__asm__ volatile("mfence" : : : "memory");
		msr_write(0x830, (uint64_t)apic_id << 32 | command);
		return;
	}
	flags = irq_save();
	while (apic_read(REG_ICR_LOW) & (1u << 12))
		cpu_relax();
	apic_write(REG_ICR_HIGH, apic_id << 24);
	apic_write(REG_ICR_LOW, command);
	irq_restore(flags);
}

void apic_send(unsigned apic_id, unsigned vector)
{
	/* VECTOR_STOP goes as an NMI: it must arrive. */
	send(apic_id,
	     vector == VECTOR_STOP ? 4u << 8 | 1u << 14 : vector | 1u << 14);
}

void apic_send_init(unsigned apic_id)
{
	send(apic_id, 5u << 8 | 1u << 14);
}

void apic_send_start(unsigned apic_id, unsigned page)
{
	send(apic_id, 6u << 8 | 1u << 14 | page);
}

void apic_init_this(void)
{
	uint64_t base = msr_read(MSR_APIC_BASE);

	base |= BIT(11) | (x2 ? BIT(10) : 0);
	msr_write(MSR_APIC_BASE, base);
	apic_write(REG_TPR, 0);
	apic_write(REG_LVT_LINT0, MASKED);
	apic_write(REG_LVT_LINT1, 4u << 8); /* NMI */
	apic_write(REG_LVT_ERROR, MASKED);
	apic_write(REG_SVR, 0x100 | VECTOR_SPURIOUS);
	apic_write(REG_TIMER_DIVIDE, 1); /* by 4 */
	apic_write(REG_LVT_TIMER,
		   VECTOR_TIMER |
			   (cpu_features.tsc_deadline ? TSC_DEADLINE : 0));
	this_cpu()->apic_id = apic_id_this();
}

void apic_init(void)
{
	x2 = cpu_features.x2apic;
	if (!x2)
		registers =
			mmio_map(acpi.lapic ? acpi.lapic : 0xfee00000, 4096);
	if (!x2 && !registers)
		panic("apic: cannot map its registers");
	apic_init_this();
}

void apic_timer_start_count(void)
{
	apic_write(REG_LVT_TIMER, VECTOR_TIMER | MASKED);
	apic_write(REG_TIMER_INITIAL, UINT32_MAX);
}

uint32_t apic_timer_count(void)
{
	return apic_read(REG_TIMER_CURRENT);
}

/* Against the TSC, once that is known. */
void apic_calibrate(void)
{
	nsec_t start, now;
	uint32_t first, last;

	if (cpu_features.tsc_deadline)
		return;
	apic_timer_start_count();
	first = apic_timer_count();
	start = tsc_now();
	do {
		last = apic_timer_count();
		now = tsc_now();
	} while (now - start < 1000000);
	ticks_per_nsec =
		((uint64_t)(first - last) << 32) / (uint64_t)(now - start);
	if (!ticks_per_nsec)
		panic("apic: its timer does not count");
	apic_write(REG_TIMER_INITIAL, 0);
	apic_write(REG_LVT_TIMER, VECTOR_TIMER);
}

static void program_deadline(nsec_t deadline)
{
	if (deadline > tsc_now() + 100 * NSEC_PER_SEC)
		deadline = tsc_now() + 100 * NSEC_PER_SEC;
	msr_write(MSR_TSC_DEADLINE,
		  tsc_scale.base + 1 +
			  multiply_divide((uint64_t)MAX(deadline, 0),
					  1ull << tsc_scale.shift,
					  tsc_scale.mult));
}

void timer_program(nsec_t deadline)
{
	nsec_t delta;
	uint64_t count;

	if (cpu_features.tsc_deadline) {
		program_deadline(deadline);
		return;
	}
	delta = deadline - tsc_now();
	delta = CLAMP(delta, 100, 4 * NSEC_PER_SEC);
	count = ((unsigned __int128)(uint64_t)delta * ticks_per_nsec) >> 32;
	apic_write(REG_TIMER_INITIAL,
		   (uint32_t)CLAMP(count + 1, 2u, (uint64_t)UINT32_MAX));
}
