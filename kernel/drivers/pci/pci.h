// SPDX-License-Identifier: MIT
/*
 * PCI: finding devices, reading their configuration, mapping their BARs and
 * giving them an MSI-X vector. Configuration goes through the ports 0xcf8 and
 * 0xcfc, which every PC machine has; the firmware has assigned the BARs.
 */
#pragma once

#include "lib/types.h"

struct pci_device {
	uint8_t bus, slot, function;
	uint16_t vendor, device, subsystem;
	uint32_t class_code; /* class, subclass, interface, revision */
	uint8_t irq_line;
	void *driver;
};

struct pci_driver {
	const char *name;
	/* 0: mine. -ENODEV: not mine. Others are reported on the console. */
	int (*probe)(struct pci_device *device);
};

uint8_t pci_read_8(const struct pci_device *device, unsigned offset);
uint16_t pci_read_16(const struct pci_device *device, unsigned offset);
uint32_t pci_read_32(const struct pci_device *device, unsigned offset);
void pci_write_16(const struct pci_device *device, unsigned offset,
		  uint16_t value);
void pci_write_32(const struct pci_device *device, unsigned offset,
		  uint32_t value);

/* Offset of the next capability `id` after `after` (0: the first), or 0. */
unsigned pci_capability(const struct pci_device *device, uint8_t id,
			unsigned after);
/* Maps a memory BAR; NULL if it is absent, an I/O BAR, or memory is short. */
void *pci_map_bar(const struct pci_device *device, unsigned bar);
/* Memory access and bus mastering on. */
void pci_enable(const struct pci_device *device);
/* Vectors 0 .. count - 1 of the MSI-X table, each with its own handler.
 * -ENODEV: the device has no MSI-X. */
struct pci_vector {
	void (*handler)(void *arg);
	void *arg;
};
int pci_enable_msix(const struct pci_device *device,
		    const struct pci_vector *vectors, unsigned count);

/* Every function on every bus, offered to each driver in turn. Does nothing on
 * a machine without PCI. */
void pci_scan(const struct pci_driver *drivers, size_t count);
/* For /proc/bus/pci and sysfs; NULL at the end. */
const struct pci_device *pci_device_at(size_t index);
