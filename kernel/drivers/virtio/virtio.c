// SPDX-License-Identifier: MIT
/*
 * What every virtio device goes through: reset, feature negotiation, queues,
 * "driver OK" (Virtual I/O Device 1.1, section 3.1), and the table that pairs
 * device types with drivers.
 */
#include "kernel/drivers/virtio/virtio.h"

#include "kernel/arch/x86_64/log.h"
#include "lib/errno.h"

#define STATUS_ACKNOWLEDGE 1
#define STATUS_DRIVER 2
#define STATUS_DRIVER_OK 4
#define STATUS_FEATURES_OK 8
#define STATUS_FAILED 128

static const struct virtio_driver *const drivers[] = {
	&virtio_blk_driver,
	&virtio_net_driver,
	&virtio_console_driver,
	&virtio_rng_driver,
};

int virtio_negotiate(struct virtio_device *device, uint64_t wanted)
{
	const struct virtio_transport *bus = device->transport;
	uint64_t offered;

	bus->set_status(device, 0);
	while (bus->status(device))
		;
	bus->set_status(device, STATUS_ACKNOWLEDGE);
	bus->set_status(device, STATUS_ACKNOWLEDGE | STATUS_DRIVER);
	offered = bus->features(device);
	device->features = offered &
			   (wanted | VIRTIO_F_VERSION_1 |
			    VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX);
	return bus->accept(device, device->features) ? 0 : -ENODEV;
}

struct virtqueue *virtio_queue(struct virtio_device *device, unsigned index,
			       unsigned limit, unsigned max_segments,
			       void (*interrupt)(struct virtqueue *queue))
{
	unsigned size = device->transport->queue_size(device, index);
	struct virtqueue *queue;

	if (!size || index >= VIRTIO_MAX_QUEUES)
		return NULL;
	while (size > limit && !device->legacy)
		size /= 2;
	queue = virtq_create(device, index, size, max_segments);
	if (!queue)
		return NULL;
	queue->interrupt = interrupt;
	device->queues[index] = queue;
	if (device->queue_count <= index)
		device->queue_count = index + 1;
	device->transport->queue_enable(device, queue);
	return queue;
}

void virtio_ready(struct virtio_device *device)
{
	device->transport->set_status(
		device, device->transport->status(device) | STATUS_DRIVER_OK);
}

uint16_t virtio_config_16(struct virtio_device *device, unsigned offset)
{
	return device->transport->config(device, offset) |
	       device->transport->config(device, offset + 1) << 8;
}

uint32_t virtio_config_32(struct virtio_device *device, unsigned offset)
{
	return virtio_config_16(device, offset) |
	       (uint32_t)virtio_config_16(device, offset + 2) << 16;
}

uint64_t virtio_config_64(struct virtio_device *device, unsigned offset)
{
	return virtio_config_32(device, offset) |
	       (uint64_t)virtio_config_32(device, offset + 4) << 32;
}

void virtio_interrupt(struct virtio_device *device)
{
	for (unsigned i = 0; i < device->queue_count; i++) {
		struct virtqueue *queue = device->queues[i];

		if (queue && queue->interrupt)
			queue->interrupt(queue);
	}
}

void virtio_device_found(struct virtio_device *device)
{
	for (size_t i = 0; i < ARRAY_LEN(drivers); i++) {
		int error;

		if (drivers[i]->type != device->type)
			continue;
		error = drivers[i]->start(device);
		if (!error)
			return;
		device->transport->set_status(device, STATUS_FAILED);
		log_warn("virtio %s: type %u did not start, error %d",
			 device->bus_name, device->type, -error);
		return;
	}
}

void virtio_init(void)
{
	virtio_pci_scan();
	virtio_mmio_scan();
}
