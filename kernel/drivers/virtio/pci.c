// SPDX-License-Identifier: MIT
/*
 * Virtio over PCI, modern interface only (Virtual I/O Device 1.1, 4.1): the
 * vendor capabilities say in which BAR each group of registers lies. Each
 * queue has an MSI-X vector of its own as far as they go; the queues that are
 * left share the last one. A device without MSI-X uses its line.
 */
#include "kernel/arch/x86_64/trap.h"
#include "kernel/drivers/pci/pci.h"
#include "kernel/drivers/virtio/virtio.h"
#include "kernel/arch/x86_64/log.h"
#include "kernel/mm/slab.h"
#include "lib/errno.h"
#include "lib/format.h"

#define NO_VECTOR 0xffff
#define LINES 16 /* of the interrupt controllers that firmware knows */

#define VIRTIO_VENDOR 0x1af4
#define CAP_VENDOR 9

/* struct virtio_pci_cap and the common configuration's registers. */
#define CAP_TYPE 3
#define CAP_BAR 4
#define CAP_OFFSET 8
#define CAP_NOTIFY_MULTIPLIER 16
enum { TYPE_COMMON = 1, TYPE_NOTIFY, TYPE_ISR, TYPE_DEVICE };

#define FEATURE_SELECT 0x00
#define FEATURE 0x04
#define GUEST_FEATURE_SELECT 0x08
#define GUEST_FEATURE 0x0c
#define DEVICE_STATUS 0x14
#define QUEUE_SELECT 0x16
#define QUEUE_SIZE 0x18
#define QUEUE_VECTOR 0x1a
#define QUEUE_ENABLE 0x1c
#define QUEUE_NOTIFY 0x1e
#define QUEUE_DESCRIPTORS 0x20
#define QUEUE_AVAILABLE 0x28
#define QUEUE_USED 0x30

static void put_8(struct virtio_device *device, unsigned at, uint8_t value)
{
	device->common[at] = value;
}

static void put_16(struct virtio_device *device, unsigned at, uint16_t value)
{
	*(volatile uint16_t *)(device->common + at) = value;
}

static uint16_t take_16(struct virtio_device *device, unsigned at)
{
	return *(volatile uint16_t *)(device->common + at);
}

static void put_32(struct virtio_device *device, unsigned at, uint32_t value)
{
	*(volatile uint32_t *)(device->common + at) = value;
}

static uint32_t take_32(struct virtio_device *device, unsigned at)
{
	return *(volatile uint32_t *)(device->common + at);
}

static void put_64(struct virtio_device *device, unsigned at, uint64_t value)
{
	put_32(device, at, (uint32_t)value);
	put_32(device, at + 4, (uint32_t)(value >> 32));
}

static uint64_t features(struct virtio_device *device)
{
	uint64_t low;

	put_32(device, FEATURE_SELECT, 0);
	low = take_32(device, FEATURE);
	put_32(device, FEATURE_SELECT, 1);
	return low | (uint64_t)take_32(device, FEATURE) << 32;
}

static uint8_t status(struct virtio_device *device)
{
	return device->common[DEVICE_STATUS];
}

static void set_status(struct virtio_device *device, uint8_t value)
{
	put_8(device, DEVICE_STATUS, value);
}

static bool accept(struct virtio_device *device, uint64_t chosen)
{
	put_32(device, GUEST_FEATURE_SELECT, 0);
	put_32(device, GUEST_FEATURE, (uint32_t)chosen);
	put_32(device, GUEST_FEATURE_SELECT, 1);
	put_32(device, GUEST_FEATURE, (uint32_t)(chosen >> 32));
	set_status(device, status(device) | 8);
	return status(device) & 8;
}

static uint16_t queue_size(struct virtio_device *device, unsigned index)
{
	put_16(device, QUEUE_SELECT, (uint16_t)index);
	return take_16(device, QUEUE_SIZE);
}

static void queue_enable(struct virtio_device *device, struct virtqueue *queue)
{
	uint16_t vector = NO_VECTOR;

	if (device->vectors)
		vector = (uint16_t)MIN(queue->index, device->vectors - 1);
	put_16(device, QUEUE_SELECT, (uint16_t)queue->index);
	put_16(device, QUEUE_SIZE, (uint16_t)queue->size);
	put_16(device, QUEUE_VECTOR, vector);
	if (take_16(device, QUEUE_VECTOR) != vector)
		log_warn("virtio %s: no vector for queue %u", device->bus_name,
			 queue->index);
	put_64(device, QUEUE_DESCRIPTORS, queue->descriptors_at);
	put_64(device, QUEUE_AVAILABLE, queue->available_at);
	put_64(device, QUEUE_USED, queue->used_at);
	queue->notify_offset = take_16(device, QUEUE_NOTIFY);
	put_16(device, QUEUE_ENABLE, 1);
}

static void notify(struct virtio_device *device, struct virtqueue *queue)
{
	*(volatile uint16_t *)(device->notify_base +
			       queue->notify_offset *
				       device->notify_multiplier) =
		(uint16_t)queue->index;
}

static uint8_t config(struct virtio_device *device, unsigned offset)
{
	return device->device_config ? device->device_config[offset] : 0;
}

static const struct virtio_transport transport = {
	.features = features,
	.accept = accept,
	.set_status = set_status,
	.status = status,
	.queue_size = queue_size,
	.queue_enable = queue_enable,
	.notify = notify,
	.config = config,
};

struct queue_vector {
	struct virtio_device *device;
	unsigned first, end; /* the queues it speaks for */
};

static void queue_interrupt(void *arg)
{
	struct queue_vector *vector = arg;

	for (unsigned i = vector->first; i < vector->end; i++) {
		struct virtqueue *queue = vector->device->queues[i];

		if (queue && queue->interrupt)
			queue->interrupt(queue);
	}
}

/* As many vectors as the MSI-X table has, at most one a queue. */
static int set_up_vectors(const struct pci_device *pci,
			  struct virtio_device *device)
{
	struct pci_vector vectors[VIRTIO_MAX_QUEUES];
	struct queue_vector *args = kcalloc(VIRTIO_MAX_QUEUES, sizeof(*args));
	unsigned at = pci_capability(pci, 0x11, 0);
	unsigned count = at ? (pci_read_16(pci, at + 2) & 0x7ff) + 1u : 0;

	if (!args || !count) {
		kfree(args);
		return count ? -ENOMEM : -ENODEV;
	}
	count = MIN(count, (unsigned)VIRTIO_MAX_QUEUES);
	for (unsigned i = 0; i < count; i++) {
		args[i] = (struct queue_vector){ device, i, i + 1 };
		vectors[i] = (struct pci_vector){ queue_interrupt, &args[i] };
	}
	args[count - 1].end = VIRTIO_MAX_QUEUES;
	device->vectors = count;
	return pci_enable_msix(pci, vectors, count);
}

/* The line may be others' too: the device says whether it was meant, and
 * reading that takes its signal back (4.1.4.5). */
static void line_interrupt(void *arg)
{
	struct virtio_device *device = arg;

	if (*device->isr & 1)
		virtio_interrupt(device);
}

static int set_up_interrupts(const struct pci_device *pci,
			     struct virtio_device *device)
{
	int error = set_up_vectors(pci, device);

	if (error != -ENODEV || !device->isr || !pci->irq_line ||
	    pci->irq_line >= LINES)
		return error;
	return interrupt_register(pci->irq_line, true, line_interrupt, device);
}

static void find_registers(const struct pci_device *pci,
			   struct virtio_device *device)
{
	uint8_t *bars[6] = { 0 };

	for (unsigned cap = pci_capability(pci, CAP_VENDOR, 0); cap;
	     cap = pci_capability(pci, CAP_VENDOR, cap)) {
		uint8_t type = pci_read_8(pci, cap + CAP_TYPE);
		uint8_t bar = pci_read_8(pci, cap + CAP_BAR);
		uint8_t *at;

		if (type < TYPE_COMMON || type > TYPE_DEVICE || bar > 5)
			continue;
		if (!bars[bar])
			bars[bar] = pci_map_bar(pci, bar);
		if (!bars[bar])
			continue;
		at = bars[bar] + pci_read_32(pci, cap + CAP_OFFSET);
		if (type == TYPE_COMMON)
			device->common = at;
		else if (type == TYPE_ISR)
			device->isr = at;
		else if (type == TYPE_DEVICE)
			device->device_config = at;
		else {
			device->notify_base = at;
			device->notify_multiplier =
				pci_read_32(pci, cap + CAP_NOTIFY_MULTIPLIER);
		}
	}
}

/* 0x1000..0x103f: transitional, type in the subsystem id; from 0x1040 modern */
static unsigned device_type(const struct pci_device *pci)
{
	if (pci->device >= 0x1040)
		return pci->device - 0x1040u;
	return pci->subsystem;
}

static int probe(struct pci_device *pci)
{
	struct virtio_device *device;
	int error;

	if (pci->vendor != VIRTIO_VENDOR || pci->device < 0x1000 ||
	    pci->device > 0x107f)
		return -ENODEV;
	device = kzalloc(sizeof(*device));
	if (!device)
		return -ENOMEM;
	device->transport = &transport;
	device->type = device_type(pci);
	pci->driver = device;
	format_to(device->bus_name, sizeof(device->bus_name),
		  "0000:%02x:%02x.%x", pci->bus, pci->slot, pci->function);
	pci_enable(pci);
	find_registers(pci, device);
	if (!device->common || !device->notify_base) {
		log_warn("virtio %s: no modern interface", device->bus_name);
		return 0;
	}
	error = set_up_interrupts(pci, device);
	if (error)
		log_warn("virtio %s: no interrupt, error %d", device->bus_name,
			 -error);
	else
		virtio_device_found(device);
	return 0;
}

void virtio_pci_scan(void)
{
	static const struct pci_driver driver = { "virtio", probe };

	pci_scan(&driver, 1);
}
