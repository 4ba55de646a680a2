// SPDX-License-Identifier: MIT
/*
 * virtio-serial ports: named byte channels to the host. The one that Weir
 * itself uses is `weir.capture`, where the packet capture leaves the guest.
 */
#pragma once

#include "lib/types.h"

struct virtio_port;

/* NULL: the machine has no port of that name (yet). */
struct virtio_port *virtio_port_find(const char *name);
/* Called from the interrupt whenever a port gets its name; may be NULL. */
extern void (*virtio_port_named)(struct virtio_port *port, const char *name);
/*
 * Hand `size` bytes of direct-mapped kernel memory to the host. 0, or -EAGAIN
 * when the queue is full: try again after `done` was called. `done` runs from
 * the interrupt once the host has taken the bytes.
 */
int virtio_port_send(struct virtio_port *port, const void *bytes, size_t size,
		     void (*done)(void *token), void *token);
/* Sends that the port can still take. */
unsigned virtio_port_room(struct virtio_port *port);
