// SPDX-License-Identifier: MIT
/*
 * Virtio over MMIO (Virtual I/O Device 1.1, 4.2), as on the microvm machine:
 * register versions 1 (legacy) and 2. The devices are named by the words
 * `virtio_mmio.device=SIZE@ADDRESS:IRQ` that the hypervisor adds to the
 * kernel's command line, in Linux's syntax.
 */
#include "kernel/arch/x86_64/acpi.h"
#include "kernel/arch/x86_64/pagetable.h"
#include "kernel/arch/x86_64/trap.h"
#include "kernel/arch/x86_64/cmdline.h"
#include "kernel/drivers/virtio/virtio.h"
#include "kernel/arch/x86_64/log.h"
#include "kernel/mm/slab.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/parse.h"

CMDLINE_WORD("virtio_mmio.device", NULL);

#define MAGIC 0x000
#define MAGIC_VALUE 0x74726976
#define VERSION 0x004
#define DEVICE_ID 0x008
#define FEATURES 0x010
#define FEATURES_SELECT 0x014
#define DRIVER_FEATURES 0x020
#define DRIVER_FEATURES_SELECT 0x024
#define GUEST_PAGE_SIZE 0x028
#define QUEUE_SELECT 0x030
#define QUEUE_MAX 0x034
#define QUEUE_SIZE 0x038
#define QUEUE_ALIGN 0x03c
#define QUEUE_PFN 0x040
#define QUEUE_READY 0x044
#define QUEUE_NOTIFY 0x050
#define INTERRUPT_STATUS 0x060
#define INTERRUPT_ACK 0x064
#define STATUS 0x070
#define QUEUE_DESCRIPTORS 0x080
#define QUEUE_AVAILABLE 0x090
#define QUEUE_USED 0x0a0
#define CONFIG 0x100

static uint32_t take(struct virtio_device *device, unsigned at)
{
	return *(volatile uint32_t *)(device->common + at);
}

static void put(struct virtio_device *device, unsigned at, uint32_t value)
{
	*(volatile uint32_t *)(device->common + at) = value;
}

static void put_64(struct virtio_device *device, unsigned at, uint64_t value)
{
	put(device, at, (uint32_t)value);
	put(device, at + 4, (uint32_t)(value >> 32));
}

static uint64_t features(struct virtio_device *device)
{
	uint64_t low;

	put(device, FEATURES_SELECT, 0);
	low = take(device, FEATURES);
	if (device->legacy)
		return low;
	put(device, FEATURES_SELECT, 1);
	return low | (uint64_t)take(device, FEATURES) << 32;
}

static void set_status(struct virtio_device *device, uint8_t value)
{
	put(device, STATUS, value);
}

static uint8_t status(struct virtio_device *device)
{
	return (uint8_t)take(device, STATUS);
}

static bool accept(struct virtio_device *device, uint64_t chosen)
{
	put(device, DRIVER_FEATURES_SELECT, 0);
	put(device, DRIVER_FEATURES, (uint32_t)chosen);
	if (device->legacy) {
		put(device, GUEST_PAGE_SIZE, PAGE_SIZE);
		return true;
	}
	put(device, DRIVER_FEATURES_SELECT, 1);
	put(device, DRIVER_FEATURES, (uint32_t)(chosen >> 32));
	set_status(device, status(device) | 8);
	return status(device) & 8;
}

static uint16_t queue_size(struct virtio_device *device, unsigned index)
{
	uint32_t most;

	put(device, QUEUE_SELECT, index);
	most = take(device, QUEUE_MAX);
	return (uint16_t)MIN(most, 1024u);
}

static void queue_enable(struct virtio_device *device, struct virtqueue *queue)
{
	put(device, QUEUE_SELECT, queue->index);
	put(device, QUEUE_SIZE, queue->size);
	if (device->legacy) {
		put(device, QUEUE_ALIGN, PAGE_SIZE);
		put(device, QUEUE_PFN,
		    (uint32_t)(queue->descriptors_at >> PAGE_SHIFT));
		return;
	}
	put_64(device, QUEUE_DESCRIPTORS, queue->descriptors_at);
	put_64(device, QUEUE_AVAILABLE, queue->available_at);
	put_64(device, QUEUE_USED, queue->used_at);
	put(device, QUEUE_READY, 1);
}

static void notify(struct virtio_device *device, struct virtqueue *queue)
{
	put(device, QUEUE_NOTIFY, queue->index);
}

static uint8_t config(struct virtio_device *device, unsigned offset)
{
	return device->common[CONFIG + offset];
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

static void interrupt(void *arg)
{
	struct virtio_device *device = arg;

	put(device, INTERRUPT_ACK, take(device, INTERRUPT_STATUS));
	virtio_interrupt(device);
}

static void add_device(paddr_t at, size_t size, unsigned irq)
{
	struct virtio_device *device;
	volatile uint8_t *registers = mmio_map(at, MAX(size, (size_t)512));

	if (!registers)
		return;
	if (*(volatile uint32_t *)(registers + MAGIC) != MAGIC_VALUE ||
	    !*(volatile uint32_t *)(registers + DEVICE_ID))
		return; /* an empty slot */
	device = kzalloc(sizeof(*device));
	if (!device)
		return;
	device->transport = &transport;
	device->common = registers;
	device->type = take(device, DEVICE_ID);
	device->legacy = take(device, VERSION) == 1;
	format_to(device->bus_name, sizeof(device->bus_name), "%llx",
		  (unsigned long long)at);
	if (interrupt_register(irq, false, interrupt, device))
		log_warn("virtio %s: no interrupt %u", device->bus_name, irq);
	else
		virtio_device_found(device);
}

/* SIZE@ADDRESS:IRQ, SIZE perhaps with K. */
static void add_word(void *arg, const char *word)
{
	uint64_t size, address, irq;
	const char *at = word;

	(void)arg;
	if (parse_size(&at, &size) && parse_char(&at, '@') &&
	    parse_u64(&at, 0, &address) && parse_char(&at, ':') &&
	    parse_u64(&at, 0, &irq) && !*at)
		add_device(address, size, (unsigned)irq);
	else
		log_warn("virtio_mmio.device=%s: not SIZE@ADDRESS:IRQ", word);
}

static void add_acpi(void *arg, paddr_t at, size_t size, unsigned irq)
{
	(void)arg;
	add_device(at, size, irq);
}

void virtio_mmio_scan(void)
{
	acpi_each_virtio_mmio(add_acpi, NULL);
	cmdline_each("virtio_mmio.device", add_word, NULL);
}
