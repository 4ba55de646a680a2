// SPDX-License-Identifier: MIT
/*
 * Virtio devices, whatever bus they sit on (Virtual I/O Device 1.1).
 *
 * A transport (pci.c, mmio.c) finds a device and gives it its registers; a
 * driver (blk, net, console, rng) negotiates features, makes queues (ring.h)
 * and starts it. Drivers never see the bus.
 */
#pragma once

#include "kernel/drivers/virtio/ring.h"
#include "lib/types.h"

#define VIRTIO_NET 1
#define VIRTIO_BLOCK 2
#define VIRTIO_CONSOLE 3
#define VIRTIO_RNG 4

#define VIRTIO_F_INDIRECT_DESC (1ull << 28)
#define VIRTIO_F_EVENT_IDX (1ull << 29)
#define VIRTIO_F_VERSION_1 (1ull << 32)

#define VIRTIO_MAX_QUEUES 8

struct virtio_device;

struct virtio_transport {
	uint64_t (*features)(struct virtio_device *device);
	/* False: the device does not accept the choice. */
	bool (*accept)(struct virtio_device *device, uint64_t features);
	void (*set_status)(struct virtio_device *device, uint8_t status);
	uint8_t (*status)(struct virtio_device *device);
	uint16_t (*queue_size)(struct virtio_device *device, unsigned index);
	void (*queue_enable)(struct virtio_device *device, struct virtqueue *q);
	void (*notify)(struct virtio_device *device, struct virtqueue *queue);
	/* Device configuration, byte by byte. */
	uint8_t (*config)(struct virtio_device *device, unsigned offset);
};

struct virtio_device {
	const struct virtio_transport *transport;
	unsigned type;
	uint64_t features; /* agreed */
	struct virtqueue *queues[VIRTIO_MAX_QUEUES];
	unsigned queue_count, vectors;
	void *driver;
	char bus_name[24]; /* "0000:00:03.0" or "feb00000" */
	/* The transport's registers. */
	volatile uint8_t *common, *isr, *device_config, *notify_base;
	uint32_t notify_multiplier;
	bool legacy; /* mmio version 1 */
};

struct virtio_driver {
	unsigned type;
	/* Negotiates, makes queues, calls virtio_ready. 0 or -E. */
	int (*start)(struct virtio_device *device);
};
extern const struct virtio_driver virtio_blk_driver, virtio_net_driver,
	virtio_console_driver, virtio_rng_driver;

/* Reset, then agree on `wanted` as far as the device offers it (VERSION_1,
 * INDIRECT_DESC and EVENT_IDX are asked for by themselves). 0 or -ENODEV. */
int virtio_negotiate(struct virtio_device *device, uint64_t wanted);
/* A queue of the device's size (at most `limit`); `interrupt` runs with
 * interrupts off. NULL: absent or out of memory. */
struct virtqueue *virtio_queue(struct virtio_device *device, unsigned index,
			       unsigned limit, unsigned max_segments,
			       void (*interrupt)(struct virtqueue *queue));
/* All queues are made: the device may start. */
void virtio_ready(struct virtio_device *device);
uint16_t virtio_config_16(struct virtio_device *device, unsigned offset);
uint32_t virtio_config_32(struct virtio_device *device, unsigned offset);
uint64_t virtio_config_64(struct virtio_device *device, unsigned offset);

/* Transports call it for each device found: finds the driver and starts it. */
void virtio_device_found(struct virtio_device *device);
/* The interrupt of a device that has one for all queues. */
void virtio_interrupt(struct virtio_device *device);

/* Scan PCI and the command line's virtio_mmio.device= words. */
void virtio_init(void);
void virtio_pci_scan(void);
void virtio_mmio_scan(void);
