// SPDX-License-Identifier: MIT
/*
 * virtio-serial with several ports (Virtual I/O Device 1.1, section 5.3): the
 * control queue tells which ports exist and what they are called. Only the
 * sending direction is used; what the host sends on a port is not read, so
 * the host sees a full queue, never a loss.
 */
#include "kernel/drivers/virtio/console.h"

#include "kernel/arch/x86_64/pagetable.h"
#include "kernel/arch/x86_64/spinlock.h"
#include "kernel/drivers/virtio/virtio.h"
#include "kernel/arch/x86_64/log.h"
#include "kernel/mm/slab.h"
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"

#define F_MULTIPORT (1ull << 1)
#define CONFIG_MAX_PORTS 4

/* Control messages: id, event, value, perhaps a name. */
enum {
	DEVICE_READY,
	DEVICE_ADD,
	DEVICE_REMOVE,
	PORT_READY,
	CONSOLE_PORT,
	RESIZE,
	PORT_OPEN,
	PORT_NAME,
};
#define CONTROL_BYTES 128
#define CONTROL_BUFFERS 8
#define MAX_PORTS 3 /* queues 2, 4 + 2n: within VIRTIO_MAX_QUEUES */

struct pending_send {
	void (*done)(void *token);
	void *token;
	struct pending_send *next;
};

struct virtio_port {
	char name[32];
	struct virtqueue *transmit;
	struct spinlock lock; /* guards transmit and free */
	struct pending_send *free;
};

struct console {
	struct virtio_device *device;
	struct virtqueue *control_in, *control_out;
	struct spinlock lock; /* guards both control queues */
	struct virtio_port ports[MAX_PORTS];
};

static struct console *console;
void (*virtio_port_named)(struct virtio_port *port, const char *name);

static void send_control(struct console *at, uint32_t id, uint16_t event,
			 uint16_t value)
{
	uint8_t *message = kmalloc(8);
	struct virtq_segment segment = { .length = 8 };

	if (!message)
		return;
	put_le32(message, id);
	put_le16(message + 4, event);
	put_le16(message + 6, value);
	segment.address = direct_paddr(message);
	if (virtq_add(at->control_out, &segment, 1, 0, message))
		kfree(message);
	virtq_publish(at->control_out);
}

static void offer_control_buffer(struct console *at, uint8_t *buffer)
{
	struct virtq_segment segment = { direct_paddr(buffer), CONTROL_BYTES };

	if (virtq_add(at->control_in, &segment, 0, 1, buffer))
		kfree(buffer);
}

static void take_control(struct console *at, const uint8_t *message,
			 uint32_t size)
{
	uint32_t id, name_size;

	if (size < 8)
		return;
	id = get_le32(message);
	if (id >= MAX_PORTS)
		return;
	switch (get_le16(message + 4)) {
	case DEVICE_ADD:
		send_control(at, id, PORT_READY, 1);
		break;
	case PORT_NAME:
		name_size =
			MIN(size - 8, (uint32_t)sizeof(at->ports[id].name) - 1);
		memcpy(at->ports[id].name, message + 8, name_size);
		at->ports[id].name[name_size] = 0;
		send_control(at, id, PORT_OPEN, 1);
		if (virtio_port_named && at->ports[id].transmit)
			virtio_port_named(&at->ports[id], at->ports[id].name);
		break;
	default:
		break;
	}
}

static void control_arrived(struct virtqueue *queue)
{
	struct console *at = queue->driver;
	uint64_t flags = spin_lock_irqsave(&at->lock);
	uint32_t size;
	uint8_t *message;

	do {
		while ((message = virtq_take(queue, &size))) {
			take_control(at, message,
				     MIN(size, (uint32_t)CONTROL_BYTES));
			offer_control_buffer(at, message);
		}
		virtq_publish(queue);
	} while (virtq_enable_interrupts(queue));
	spin_unlock_irqrestore(&at->lock, flags);
}

static void control_sent(struct virtqueue *queue)
{
	struct console *at = queue->driver;
	uint64_t flags = spin_lock_irqsave(&at->lock);
	void *message;

	do {
		while ((message = virtq_take(queue, NULL)))
			kfree(message);
	} while (virtq_enable_interrupts(queue));
	spin_unlock_irqrestore(&at->lock, flags);
}

static void port_sent(struct virtqueue *queue)
{
	struct virtio_port *port = queue->driver;
	struct pending_send *sent, *done = NULL;
	uint64_t flags = spin_lock_irqsave(&port->lock);

	do {
		while ((sent = virtq_take(queue, NULL))) {
			sent->next = done;
			done = sent;
		}
	} while (virtq_enable_interrupts(queue));
	spin_unlock_irqrestore(&port->lock, flags);
	while (done) {
		sent = done;
		done = sent->next;
		sent->done(sent->token);
		flags = spin_lock_irqsave(&port->lock);
		sent->next = port->free;
		port->free = sent;
		spin_unlock_irqrestore(&port->lock, flags);
	}
}

struct virtio_port *virtio_port_find(const char *name)
{
	for (unsigned i = 0; console && i < MAX_PORTS; i++)
		if (console->ports[i].transmit &&
		    !strcmp(console->ports[i].name, name))
			return &console->ports[i];
	return NULL;
}

unsigned virtio_port_room(struct virtio_port *port)
{
	return virtq_room(port->transmit);
}

int virtio_port_send(struct virtio_port *port, const void *bytes, size_t size,
		     void (*done)(void *token), void *token)
{
	struct virtq_segment segment = { direct_paddr(bytes), (uint32_t)size };
	uint64_t flags = spin_lock_irqsave(&port->lock);
	struct pending_send *send = port->free;
	int error = -EAGAIN;

	if (send) {
		error = virtq_add(port->transmit, &segment, 1, 0, send);
		if (!error) {
			port->free = send->next;
			send->done = done;
			send->token = token;
			virtq_publish(port->transmit);
		}
	}
	spin_unlock_irqrestore(&port->lock, flags);
	return error ? -EAGAIN : 0;
}

/* Port 0 has queues 0 and 1, port n has 2 + 2n and 3 + 2n. */
static int add_port(struct console *at, unsigned id)
{
	struct virtio_port *port = &at->ports[id];
	unsigned index = id ? 3 + 2 * id : 1;
	struct pending_send *sends;

	spin_init(&port->lock);
	port->transmit = virtio_queue(at->device, index, 64, 1, port_sent);
	if (!port->transmit)
		return -ENOMEM;
	sends = kcalloc(port->transmit->size, sizeof(*sends));
	if (!sends)
		return -ENOMEM;
	port->transmit->driver = port;
	for (unsigned i = 0; i < port->transmit->size; i++) {
		sends[i].next = port->free;
		port->free = &sends[i];
	}
	return 0;
}

static int make_queues(struct console *at)
{
	unsigned ports = virtio_config_32(at->device, CONFIG_MAX_PORTS);

	at->control_in = virtio_queue(at->device, 2, 64, 1, control_arrived);
	at->control_out = virtio_queue(at->device, 3, 64, 1, control_sent);
	if (!at->control_in || !at->control_out)
		return -ENOMEM;
	at->control_in->driver = at->control_out->driver = at;
	for (unsigned i = 0; i < MIN(ports, (unsigned)MAX_PORTS); i++)
		if (add_port(at, i))
			return -ENOMEM;
	return 0;
}

static int start(struct virtio_device *device)
{
	struct console *at = kzalloc(sizeof(*at));
	int error = virtio_negotiate(device, F_MULTIPORT);

	if (!at || error || !(device->features & F_MULTIPORT)) {
		kfree(at);
		return error ? error : at ? -ENODEV : -ENOMEM;
	}
	at->device = device;
	spin_init(&at->lock);
	error = make_queues(at);
	if (error)
		return error;
	console = at;
	virtio_ready(device);
	for (unsigned i = 0; i < CONTROL_BUFFERS; i++) {
		uint8_t *buffer = kmalloc(CONTROL_BYTES);

		if (buffer)
			offer_control_buffer(at, buffer);
	}
	virtq_publish(at->control_in);
	send_control(at, 0, DEVICE_READY, 1);
	return 0;
}

const struct virtio_driver virtio_console_driver = { VIRTIO_CONSOLE, start };
