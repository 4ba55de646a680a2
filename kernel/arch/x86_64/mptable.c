// SPDX-License-Identifier: MIT
/*
 * Intel's MultiProcessor table (version 1.4), for machines without ACPI. Only
 * processors, I/O APICs and ISA interrupts are read.
 */
#include "kernel/arch/x86_64/mptable.h"
#include "kernel/arch/x86_64/acpi.h"
#include "kernel/arch/x86_64/log.h"
#include "kernel/arch/x86_64/pagetable.h"
#include "lib/bytes.h"
#include "lib/string.h"

static const uint8_t *find(paddr_t from, paddr_t to)
{
	for (paddr_t at = from; at + 16 <= to; at += 16) {
		const uint8_t *p = direct_map(at);

		if (!memcmp(p, "_MP_", 4) && p[8] == 1)
			return p;
	}
	return NULL;
}

static void read_entry(const uint8_t *e)
{
	if (e[0] == 0 && (e[3] & 1) && acpi.cpus < ARRAY_LEN(acpi.apic_ids))
		acpi.apic_ids[acpi.cpus++] = e[1];
	if (e[0] == 2 && (e[3] & 1) && acpi.ioapic_count < ACPI_MAX_IOAPICS) {
		struct acpi_ioapic *io = &acpi.ioapics[acpi.ioapic_count];

		io->address = get_le32(e + 4);
		/* The table has no numbers for lines across I/O APICs. */
		io->gsi_base = 24 * acpi.ioapic_count++;
	}
	if (e[0] == 3 && e[1] == 0 && e[5] != e[7] &&
	    acpi.override_count < ARRAY_LEN(acpi.overrides)) {
		unsigned flags = get_le16(e + 2);

		acpi.overrides[acpi.override_count++] = (struct acpi_override){
			.irq = e[5],
			.gsi = e[7],
			.low = (flags & 3) == 3,
			.level = (flags >> 2 & 3) == 3,
		};
	}
}

void mptable_read(void)
{
	const uint8_t *pointer = find(0x9fc00, 0xa0000), *table, *e;
	unsigned size;

	if (!pointer)
		pointer = find(0xf0000, 0x100000);
	if (!pointer)
		pointer = find(0x80000, 0x9fc00);
	if (!pointer || !get_le32(pointer + 4))
		return;
	table = firmware_map(get_le32(pointer + 4), 4096);
	if (!table || memcmp(table, "PCMP", 4))
		return;
	acpi.lapic = get_le32(table + 36);
	/* Up to the table's length: qboot leaves the number of entries 0. */
	size = MIN(get_le16(table + 4), 4000);
	for (e = table + 44; e + 8 <= table + size; e += e[0] == 0 ? 20 : 8)
		read_entry(e);
}
