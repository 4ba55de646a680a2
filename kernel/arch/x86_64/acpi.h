// SPDX-License-Identifier: MIT
/*
 * ACPI tables, read without an interpreter: which CPUs and I/O APICs there
 * are, how to power off, and the devices of QEMU's microvm. Where there is no
 * ACPI (microvm,acpi=off) the MP table gives the CPUs and I/O APICs.
 */
#pragma once

#include "lib/types.h"

/* A table by its signature, mapped and with a right checksum; or NULL. */
const uint8_t *acpi_table(const char signature[4], unsigned nth);
static inline bool acpi_present(void);

struct acpi_ioapic {
	paddr_t address;
	unsigned gsi_base;
};
struct acpi_override {
	unsigned irq, gsi;
	bool level, low;
};
#define ACPI_MAX_IOAPICS 8
struct acpi_info {
	bool present; /* there is an RSDP */
	paddr_t lapic;
	unsigned apic_ids[32]; /* enabled CPUs, boot CPU among them */
	unsigned cpus;
	struct acpi_ioapic ioapics[ACPI_MAX_IOAPICS];
	unsigned ioapic_count;
	struct acpi_override overrides[16];
	unsigned override_count;
	uint16_t pm_timer; /* I/O port or 0 */
	bool pm_timer_32bit;
	paddr_t hpet; /* or 0 */
	paddr_t ecam; /* MCFG: PCI configuration space, or 0 */
	uint8_t ecam_first_bus, ecam_last_bus;
	/* S5 and reset. */
	bool reduced;
	uint16_t pm1a_control, pm1b_control;
	bool has_s5;
	uint8_t s5_a, s5_b;
	uint8_t sleep_space, reset_space; /* 0 memory, 1 I/O, 255 none */
	paddr_t sleep_control, reset_register;
	uint8_t reset_value;
};
extern struct acpi_info acpi;

static inline bool acpi_present(void)
{
	return acpi.present;
}

/* The virtio-mmio devices ("LNRO0005") that the DSDT lists. */
void acpi_each_virtio_mmio(void (*row)(void *arg, paddr_t base, size_t size,
				       unsigned gsi),
			   void *arg);
/* At start-up, once; `rsdp` 0: look for it in the BIOS area. */
void acpi_init(paddr_t rsdp);
