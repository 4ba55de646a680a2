// SPDX-License-Identifier: MIT
/*
 * PCI configuration space and bus scan (PCI Local Bus Specification 3.0,
 * sections 3.2.2.3 and 6). All accesses happen at start-up, on one CPU, so
 * the address and data ports need no lock.
 */
#include "kernel/drivers/pci/pci.h"

#include "kernel/arch/x86_64/io.h"
#include "kernel/arch/x86_64/pagetable.h"
#include "kernel/arch/x86_64/trap.h"
#include "lib/errno.h"

#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA 0xcfc
#define COMMAND 0x04
#define STATUS 0x06
#define HEADER_TYPE 0x0e
#define BAR0 0x10
#define SECONDARY_BUS 0x19
#define CAPABILITIES 0x34
#define CAP_MSIX 0x11
#define MAX_DEVICES 64

static struct pci_device devices[MAX_DEVICES];
static size_t device_count;

static void select(const struct pci_device *device, unsigned offset)
{
	out32(CONFIG_ADDRESS, 1u << 31 | (uint32_t)device->bus << 16 |
				      (uint32_t)device->slot << 11 |
				      (uint32_t)device->function << 8 |
				      (offset & 0xfc));
}

uint32_t pci_read_32(const struct pci_device *device, unsigned offset)
{
	select(device, offset);
	return in32(CONFIG_DATA);
}

uint16_t pci_read_16(const struct pci_device *device, unsigned offset)
{
	return pci_read_32(device, offset) >> (offset & 2) * 8;
}

uint8_t pci_read_8(const struct pci_device *device, unsigned offset)
{
	return pci_read_32(device, offset) >> (offset & 3) * 8;
}

void pci_write_32(const struct pci_device *device, unsigned offset,
		  uint32_t value)
{
	select(device, offset);
	out32(CONFIG_DATA, value);
}

void pci_write_16(const struct pci_device *device, unsigned offset,
		  uint16_t value)
{
	select(device, offset);
	out16(CONFIG_DATA + (offset & 2), value);
}

unsigned pci_capability(const struct pci_device *device, uint8_t id,
			unsigned after)
{
	unsigned at;
	int guard = 48; /* a list cannot be longer: 256 / 4 - 16 */

	if (!(pci_read_16(device, STATUS) & 0x10))
		return 0;
	at = pci_read_8(device, after ? after + 1 : CAPABILITIES) & 0xfc;
	while (at && guard--) {
		if (pci_read_8(device, at) == id)
			return at;
		at = pci_read_8(device, at + 1) & 0xfc;
	}
	return 0;
}

static uint64_t bar_address(const struct pci_device *device, unsigned bar,
			    uint64_t *size)
{
	unsigned offset = BAR0 + bar * 4;
	uint32_t low = pci_read_32(device, offset), mask;
	uint64_t address = low & ~0xfull;

	if (!low || (low & 1))
		return 0;
	if ((low & 6) == 4)
		address |= (uint64_t)pci_read_32(device, offset + 4) << 32;
	/* Sizing moves the BAR for a moment: no access may go there. */
	pci_write_16(device, COMMAND, pci_read_16(device, COMMAND) & ~2u);
	pci_write_32(device, offset, ~0u);
	mask = pci_read_32(device, offset) & ~0xfu;
	pci_write_32(device, offset, low);
	pci_write_16(device, COMMAND, pci_read_16(device, COMMAND) | 2u);
	*size = (uint32_t)-mask;
	return address;
}

void *pci_map_bar(const struct pci_device *device, unsigned bar)
{
	uint64_t size = 0;
	uint64_t address = bar < 6 ? bar_address(device, bar, &size) : 0;

	return address && size ? mmio_map(address, size) : NULL;
}

void pci_enable(const struct pci_device *device)
{
	pci_write_16(device, COMMAND, pci_read_16(device, COMMAND) | 6);
}

int pci_enable_msix(const struct pci_device *device,
		    const struct pci_vector *vectors, unsigned count)
{
	unsigned at = pci_capability(device, CAP_MSIX, 0);
	uint32_t where;
	volatile uint32_t *table;
	uint8_t *bar;

	if (!at)
		return -ENODEV;
	if ((pci_read_16(device, at + 2) & 0x7ff) + 1u < count)
		return -ENOSPC;
	where = pci_read_32(device, at + 4);
	bar = pci_map_bar(device, where & 7);
	if (!bar)
		return -ENOMEM;
	table = (volatile uint32_t *)(bar + (where & ~7u));
	for (unsigned i = 0; i < count; i++) {
		uint64_t address;
		uint32_t data;
		int error = interrupt_alloc_msi(
			vectors[i].handler, vectors[i].arg, &address, &data);

		if (error)
			return error;
		table[i * 4] = (uint32_t)address;
		table[i * 4 + 1] = (uint32_t)(address >> 32);
		table[i * 4 + 2] = data;
		table[i * 4 + 3] = 0;
	}
	pci_write_16(device, at + 2,
		     (pci_read_16(device, at + 2) & ~0x4000u) | 0x8000);
	return 0;
}

static void offer(struct pci_device *device, const struct pci_driver *drivers,
		  size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (drivers[i].probe(device) != -ENODEV)
			return;
}

static void scan_bus(unsigned bus);

static void found(struct pci_device probe)
{
	uint8_t type = pci_read_8(&probe, HEADER_TYPE) & 0x7f;

	probe.class_code = pci_read_32(&probe, 8);
	probe.subsystem = pci_read_16(&probe, 0x2e);
	probe.irq_line = pci_read_8(&probe, 0x3c);
	if (device_count < MAX_DEVICES)
		devices[device_count++] = probe;
	/* A bridge's buses have larger numbers: the recursion ends. */
	if (type == 1 && pci_read_8(&probe, SECONDARY_BUS) > probe.bus)
		scan_bus(pci_read_8(&probe, SECONDARY_BUS));
}

static void scan_bus(unsigned bus)
{
	for (unsigned slot = 0; slot < 32; slot++) {
		unsigned functions = 1;

		for (unsigned function = 0; function < functions; function++) {
			struct pci_device probe = { .bus = (uint8_t)bus,
						    .slot = (uint8_t)slot,
						    .function =
							    (uint8_t)function };
			uint32_t id = pci_read_32(&probe, 0);

			if ((id & 0xffff) == 0xffff)
				continue;
			probe.vendor = (uint16_t)id;
			probe.device = (uint16_t)(id >> 16);
			if (!function &&
			    (pci_read_8(&probe, HEADER_TYPE) & 0x80))
				functions = 8;
			found(probe);
		}
	}
}

void pci_scan(const struct pci_driver *drivers, size_t count)
{
	out32(CONFIG_ADDRESS, 1u << 31);
	if (in32(CONFIG_ADDRESS) != 1u << 31)
		return; /* microvm: no PCI host bridge */
	scan_bus(0);
	for (size_t i = 0; i < device_count; i++)
		offer(&devices[i], drivers, count);
}

const struct pci_device *pci_device_at(size_t index)
{
	return index < device_count ? &devices[index] : NULL;
}
