// SPDX-License-Identifier: MIT
/*
 * I/O APICs, found by acpi.c. Two registers (select and window) give access
 * to a table of 64-bit entries, one a line.
 */
#include "kernel/arch/x86_64/ioapic.h"
#include "kernel/arch/x86_64/acpi.h"
#include "kernel/arch/x86_64/arch.h"
#include "kernel/arch/x86_64/io.h"
#include "kernel/arch/x86_64/log.h"
#include "lib/errno.h"

struct ioapic {
	volatile uint32_t *registers;
	unsigned gsi_base, lines;
};
static struct ioapic ioapics[ACPI_MAX_IOAPICS];
static unsigned ioapic_count;

static uint32_t read_register(struct ioapic *io, unsigned n)
{
	io->registers[0] = n;
	return io->registers[4];
}

static void write_register(struct ioapic *io, unsigned n, uint32_t value)
{
	io->registers[0] = n;
	io->registers[4] = value;
}

static void mask_pics(void)
{
	/* Moved away from the exceptions first: a spurious one may still come. */
	out8(0x20, 0x11);
	out8(0xa0, 0x11);
	out8(0x21, 0x20);
	out8(0xa1, 0x28);
	out8(0x21, 4);
	out8(0xa1, 2);
	out8(0x21, 1);
	out8(0xa1, 1);
	out8(0x21, 0xff);
	out8(0xa1, 0xff);
}

void ioapic_init(void)
{
	mask_pics();
	for (unsigned i = 0; i < acpi.ioapic_count; i++) {
		struct ioapic *io = &ioapics[ioapic_count++];

		io->registers = mmio_map(acpi.ioapics[i].address, 4096);
		io->gsi_base = acpi.ioapics[i].gsi_base;
		io->lines = (read_register(io, 1) >> 16 & 0xff) + 1;
		for (unsigned n = 0; n < io->lines; n++) {
			write_register(io, 0x10 + 2 * n, 1 << 16);
			write_register(io, 0x11 + 2 * n, 0);
		}
	}
}

void ioapic_override(unsigned *gsi, bool *level, bool *low)
{
	for (unsigned i = 0; i < acpi.override_count; i++) {
		const struct acpi_override *o = &acpi.overrides[i];

		if (o->irq == *gsi) {
			*gsi = o->gsi;
			*level = o->level;
			*low = o->low;
			return;
		}
	}
}

int ioapic_route(unsigned gsi, unsigned vector, unsigned apic_id, bool level,
		 bool low)
{
	for (unsigned i = 0; i < ioapic_count; i++) {
		struct ioapic *io = &ioapics[i];
		unsigned n = gsi - io->gsi_base;

		if (gsi < io->gsi_base || n >= io->lines)
			continue;
		write_register(io, 0x11 + 2 * n, apic_id << 24);
		write_register(io, 0x10 + 2 * n,
			       vector | (low ? 1u << 13 : 0) |
				       (level ? 1u << 15 : 0));
		return 0;
	}
	log_error("interrupt line %u: no I/O APIC has it", gsi);
	return -ENODEV;
}
