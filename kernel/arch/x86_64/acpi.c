// SPDX-License-Identifier: MIT
/*
 * ACPI's tables. The definition block (DSDT) is byte code; the two things
 * wanted of it, the \_S5 package and QEMU's virtio-mmio devices, are found by
 * their names and read by the encoding that follows, without an interpreter.
 */
#include "kernel/arch/x86_64/acpi.h"
#include "kernel/arch/x86_64/arch.h"
#include "kernel/arch/x86_64/log.h"
#include "kernel/arch/x86_64/mptable.h"
#include "kernel/arch/x86_64/pagetable.h"
#include "lib/bytes.h"
#include "lib/string.h"

#define MAX_TABLES 48

struct acpi_info acpi;
static const uint8_t *tables[MAX_TABLES];
static unsigned table_count;
static const uint8_t *dsdt;

static bool checksum_ok(const uint8_t *data, size_t size)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < size; i++)
		sum += data[i];
	return sum == 0;
}

static uint32_t table_size(const uint8_t *table)
{
	return get_le32(table + 4);
}

static const uint8_t *map_table(paddr_t at)
{
	const uint8_t *header = at ? firmware_map(at, 36) : NULL;
	const uint8_t *table;

	if (!header || table_size(header) < 36 || table_size(header) > MIB(1))
		return NULL;
	table = firmware_map(at, table_size(header));
	if (!table || !checksum_ok(table, table_size(table))) {
		log_warn("acpi: table %.4s: bad checksum",
			 (const char *)header);
		return NULL;
	}
	return table;
}

static paddr_t find_rsdp(void)
{
	for (paddr_t at = 0xe0000; at < 0x100000; at += 16)
		if (!memcmp(direct_map(at), "RSD PTR ", 8) &&
		    checksum_ok(direct_map(at), 20))
			return at;
	return 0;
}

static void map_tables(paddr_t rsdp)
{
	const uint8_t *pointer = firmware_map(rsdp, 36);
	bool wide = pointer[15] >= 2 && get_le64(pointer + 24);
	const uint8_t *root = map_table(wide ? get_le64(pointer + 24) :
					       get_le32(pointer + 16));
	unsigned width = wide ? 8 : 4;

	if (!root)
		return;
	acpi.present = true;
	for (uint32_t at = 36; at + width <= table_size(root); at += width) {
		const uint8_t *table = map_table(wide ? get_le64(root + at) :
							get_le32(root + at));

		if (table && table_count < MAX_TABLES)
			tables[table_count++] = table;
	}
}

const uint8_t *acpi_table(const char signature[4], unsigned nth)
{
	for (unsigned i = 0; i < table_count; i++)
		if (!memcmp(tables[i], signature, 4) && nth-- == 0)
			return tables[i];
	return NULL;
}

static void add_cpu(uint32_t apic_id, uint32_t flags)
{
	if ((flags & 1) && acpi.cpus < ARRAY_LEN(acpi.apic_ids))
		acpi.apic_ids[acpi.cpus++] = apic_id;
}

static void add_override(const uint8_t *e)
{
	unsigned flags = get_le16(e + 8);
	struct acpi_override *o;

	if (acpi.override_count == ARRAY_LEN(acpi.overrides))
		return;
	o = &acpi.overrides[acpi.override_count++];
	o->irq = e[3];
	o->gsi = get_le32(e + 4);
	o->low = (flags & 3) == 3;
	o->level = (flags >> 2 & 3) == 3;
}

static void read_madt(const uint8_t *madt)
{
	uint32_t size = table_size(madt);

	acpi.lapic = get_le32(madt + 36);
	for (uint32_t at = 44; at + 2 <= size && madt[at + 1] >= 2;
	     at += madt[at + 1]) {
		const uint8_t *e = madt + at;

		if (at + e[1] > size)
			break;
		if (e[0] == 0 && e[1] >= 8)
			add_cpu(e[3], get_le32(e + 4));
		else if (e[0] == 9 && e[1] >= 16)
			add_cpu(get_le32(e + 4), get_le32(e + 8));
		else if (e[0] == 2 && e[1] >= 10)
			add_override(e);
		else if (e[0] == 5 && e[1] >= 12)
			acpi.lapic = get_le64(e + 4);
		else if (e[0] == 1 && e[1] >= 12 &&
			 acpi.ioapic_count < ACPI_MAX_IOAPICS)
			acpi.ioapics[acpi.ioapic_count++] =
				(struct acpi_ioapic){ get_le32(e + 4),
						      get_le32(e + 8) };
	}
}

/* An integer of AML at *at; what else is there counts as 0. */
static unsigned aml_byte(const uint8_t **at)
{
	const uint8_t *p = *at;

	if (*p == 0x0a) {
		*at = p + 2;
		return p[1];
	}
	if (*p == 0x0b) {
		*at = p + 3;
		return p[1];
	}
	*at = p + 1;
	return *p == 1 ? 1 : 0;
}

/* Name (\_S5, Package () { a, b, ... }) */
static void find_s5(void)
{
	uint32_t size = table_size(dsdt);

	for (uint32_t i = 36; i + 9 <= size; i++) {
		const uint8_t *p = dsdt + i + 4;

		if (memcmp(dsdt + i, "_S5_", 4) || *p != 0x12)
			continue;
		p++;
		p += (*p >> 6) + 1; /* package length */
		p++; /* number of elements */
		acpi.s5_a = (uint8_t)aml_byte(&p);
		acpi.s5_b = (uint8_t)aml_byte(&p);
		acpi.has_s5 = true;
		return;
	}
}

static void read_fadt(const uint8_t *fadt)
{
	uint32_t size = table_size(fadt), flags = get_le32(fadt + 112);
	paddr_t at = get_le32(fadt + 40);

	acpi.reset_space = acpi.sleep_space = 255;
	acpi.pm1a_control = (uint16_t)get_le32(fadt + 64);
	acpi.pm1b_control = (uint16_t)get_le32(fadt + 68);
	acpi.pm_timer = (uint16_t)get_le32(fadt + 76);
	acpi.pm_timer_32bit = flags & BIT(8);
	if (size >= 129 && (flags & BIT(10))) {
		acpi.reset_space = fadt[116];
		acpi.reset_register = get_le64(fadt + 120);
		acpi.reset_value = fadt[128];
	}
	if (size >= 148 && get_le64(fadt + 140))
		at = get_le64(fadt + 140);
	acpi.reduced = flags & BIT(20);
	if (acpi.reduced) {
		acpi.pm_timer = 0;
		acpi.pm1a_control = acpi.pm1b_control = 0;
	}
	if (acpi.reduced && size >= 268 && get_le64(fadt + 248)) {
		acpi.sleep_space = fadt[244];
		acpi.sleep_control = get_le64(fadt + 248);
	}
	dsdt = map_table(at);
	if (dsdt)
		find_s5();
}

/* In the resources of a device: fixed memory and an interrupt. */
static void read_virtio(const uint8_t *p, const uint8_t *end,
			void (*row)(void *, paddr_t, size_t, unsigned),
			void *arg)
{
	paddr_t base = 0;
	size_t size = 0;

	for (; p + 12 <= end; p++) {
		if (!memcmp(p, "LNRO0005", 8))
			return; /* the next device */
		if (p[0] == 0x86 && get_le16(p + 1) == 9) {
			base = get_le32(p + 4);
			size = get_le32(p + 8);
			p += 11;
		} else if (base && p[0] == 0x89 && get_le16(p + 1) == 6) {
			row(arg, base, size, get_le32(p + 5));
			return;
		}
	}
}

void acpi_each_virtio_mmio(void (*row)(void *arg, paddr_t base, size_t size,
				       unsigned gsi),
			   void *arg)
{
	const uint8_t *end;

	if (!dsdt)
		return;
	end = dsdt + table_size(dsdt);
	for (const uint8_t *p = dsdt + 36; p + 8 < end; p++)
		if (!memcmp(p, "LNRO0005", 8))
			read_virtio(p + 8, end, row, arg);
}

void acpi_init(paddr_t rsdp)
{
	const uint8_t *table;

	acpi.reset_space = acpi.sleep_space = 255;
	if (!rsdp)
		rsdp = find_rsdp();
	if (rsdp)
		map_tables(rsdp);
	if ((table = acpi_table("APIC", 0)))
		read_madt(table);
	else
		mptable_read();
	if ((table = acpi_table("FACP", 0)))
		read_fadt(table);
	if ((table = acpi_table("HPET", 0)) && table[40] == 0)
		acpi.hpet = get_le64(table + 44);
	if ((table = acpi_table("MCFG", 0)) && table_size(table) >= 60) {
		acpi.ecam = get_le64(table + 44);
		acpi.ecam_first_bus = table[54];
		acpi.ecam_last_bus = table[55];
	}
}
