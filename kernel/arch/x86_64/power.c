// SPDX-License-Identifier: MIT
/*
 * Power-off and reset, by whatever the machine has, best way first. Each way
 * that works never comes back, so the functions simply try the next.
 */
#include "kernel/arch/x86_64/power.h"
#include "kernel/arch/x86_64/acpi.h"
#include "kernel/arch/x86_64/arch.h"
#include "kernel/arch/x86_64/io.h"
#include "kernel/arch/x86_64/log.h"
#include "kernel/arch/x86_64/timer.h"

#define SLEEP_ENABLE (1u << 13)
#define REDUCED_SLEEP_ENABLE 0x20

static volatile uint8_t *sleep_register, *reset_register;

/* The registers in memory, while there is certainly memory to map them. */
void power_init(void)
{
	if (acpi.sleep_space == 0)
		sleep_register = mmio_map(acpi.sleep_control, 1);
	if (acpi.reset_space == 0)
		reset_register = mmio_map(acpi.reset_register, 1);
}

static bool stopping;

/* An NMI is the order to stop; any other is ignored. */
void power_nmi(void)
{
	while (__atomic_load_n(&stopping, __ATOMIC_ACQUIRE))
		__asm__ volatile("cli; hlt");
}

void power_stop_others(void)
{
	__atomic_store_n(&stopping, true, __ATOMIC_RELEASE);
	for (unsigned i = 0; i < MAX_CPUS; i++)
		if (cpus[i]->started && cpus[i] != this_cpu())
			apic_send(cpus[i]->apic_id, VECTOR_STOP);
}

static void sleep_s5(void)
{
	if (!acpi.has_s5)
		return;
	if (sleep_register)
		*sleep_register = (uint8_t)(acpi.s5_a << 2) |
				  REDUCED_SLEEP_ENABLE;
	else if (acpi.sleep_space == 1)
		out8((uint16_t)acpi.sleep_control,
		     (uint8_t)(acpi.s5_a << 2) | REDUCED_SLEEP_ENABLE);
	if (acpi.pm1a_control)
		out16(acpi.pm1a_control,
		      (uint16_t)(acpi.s5_a << 10 | SLEEP_ENABLE));
	if (acpi.pm1b_control)
		out16(acpi.pm1b_control,
		      (uint16_t)(acpi.s5_b << 10 | SLEEP_ENABLE));
	/* A busy host takes its time; nothing else is to be done. */
	delay_usec(5000000);
}

static void reset(void)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) none = { 0, 0 };

	if (reset_register)
		*reset_register = acpi.reset_value;
	else if (acpi.reset_space == 1)
		out8((uint16_t)acpi.reset_register, acpi.reset_value);
	delay_usec(500000);
	for (unsigned i = 0; i < 1000 && (in8(0x64) & 2); i++)
		delay_usec(10);
	out8(0x64, 0xfe); /* the keyboard controller's reset line */
	delay_usec(500000);
	/* No interrupt table: the next exception is a triple fault. */
	__asm__ volatile("lidt %0; int3" : : "m"(none));
}

void power_off(void)
{
	irq_disable();
	power_stop_others();
	sleep_s5();
	log_error("power: no way to power off, resetting instead");
	reset();
	power_halt();
}

void power_reboot(void)
{
	irq_disable();
	power_stop_others();
	reset();
	power_halt();
}

void power_halt(void)
{
	irq_disable();
	for (;;)
		__asm__ volatile("cli; hlt");
}
