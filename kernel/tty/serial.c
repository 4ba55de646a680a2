// SPDX-License-Identifier: MIT
/*
 * Terminals on serial ports: ttyS0 .. ttyS3, and which of them is the console.
 *
 * The uart's interrupt puts what it received into a ring; a thread for each
 * port hands it to the line discipline, which may sleep. When the discipline is
 * full the thread waits until a program has read; what the ring cannot hold
 * meanwhile is lost, as on a real line without flow control.
 */
#include "kernel/arch/x86_64/log.h"
#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/drivers/uart.h"
#include "kernel/mm/slab.h"
#include "kernel/tty/ioctls.h"
#include "kernel/tty/tty.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/ring.h"

#define RAW_SIZE 16384u
#define OUTPUT_SIZE 4096u /* the uart's own buffer */
#define MODEM_LINES 0x166u /* DTR RTS CTS CAR DSR */

struct serial {
	struct tty tty;
	struct uart *uart;
	struct ring ring;
	uint8_t *raw;
	bool full; /* the discipline took nothing */
	struct wait_queue wait; /* the port's thread */
};

static struct serial *ports[UART_PORTS];

static size_t serial_write(struct tty *tty, const uint8_t *data, size_t size)
{
	struct serial *serial = tty->private;

	return uart_write(serial->uart, data, size);
}

static size_t serial_room(struct tty *tty)
{
	struct serial *serial = tty->private;
	size_t room = uart_write_room(serial->uart);

	return room > 256 ? room - 256 : 0; /* the rest is for the echo */
}

static size_t serial_pending(struct tty *tty)
{
	struct serial *serial = tty->private;

	if (uart_write_done(serial->uart))
		return 0;
	return MAX(OUTPUT_SIZE - uart_write_room(serial->uart), (size_t)1);
}

static void serial_flush(struct tty *tty)
{
}

static void serial_input_room(struct tty *tty)
{
	struct serial *serial = tty->private;

	WRITE_ONCE(serial->full, false);
	if (wait_active(&serial->wait))
		wake_up(&serial->wait, 0);
}

/* The lines are always up: there is no modem. */
static long serial_ioctl(struct tty *tty, unsigned command, uaddr_t argument)
{
	uint32_t value;

	switch (command) {
	case TIOCMGET:
		return put_user_32(argument, MODEM_LINES);
	case TIOCMSET:
	case TIOCMBIS:
	case TIOCMBIC:
		return get_user_32(&value, argument);
	default:
		return -ENOTTY;
	}
}

static void serial_release(struct tty *tty)
{
	/* Ports stay: serial_init holds a reference for ever. */
}

static const struct tty_driver serial_driver = {
	.write = serial_write,
	.room = serial_room,
	.pending = serial_pending,
	.flush = serial_flush,
	.input_room = serial_input_room,
	.ioctl = serial_ioctl,
	.release = serial_release,
};

/* Interrupts are off. */
static void received(void *arg, const uint8_t *data, size_t size)
{
	struct serial *serial = arg;
	uint32_t room = ring_free(&serial->ring), head = serial->ring.head;

	size = MIN(size, (size_t)room);
	for (size_t i = 0; i < size; i++)
		serial->raw[ring_slot(&serial->ring, head + (uint32_t)i)] =
			data[i];
	ring_produce(&serial->ring, (uint32_t)size);
	wake_up(&serial->wait, 0);
}

static void writable(void *arg)
{
	struct serial *serial = arg;

	tty_wake_writers(&serial->tty);
}

static void pass_on(struct serial *serial)
{
	struct ring *ring = &serial->ring;
	uint32_t size = ring_span(ring, ring->tail, ring_used(ring));
	size_t taken;

	WRITE_ONCE(serial->full, true);
	taken = tty_receive(&serial->tty,
			    serial->raw + ring_slot(ring, ring->tail), size);
	if (taken)
		WRITE_ONCE(serial->full, false);
	ring_consume(ring, (uint32_t)taken);
}

static void serial_thread(void *arg)
{
	struct serial *serial = arg;

	for (;;) {
		wait_event(&serial->wait, ring_used(&serial->ring) &&
						  !READ_ONCE(serial->full));
		pass_on(serial);
	}
}

static struct serial *create(unsigned n, struct uart *uart)
{
	struct serial *serial = kzalloc(sizeof(*serial));
	char name[16];

	if (!serial)
		return NULL;
	serial->raw = kmalloc(RAW_SIZE);
	format_to(name, sizeof(name), "ttyS%u", n);
	if (!serial->raw || tty_init_object(&serial->tty, &serial_driver, name,
					    4 << 8 | (64 + n), serial)) {
		kfree(serial->raw);
		kfree(serial);
		return NULL;
	}
	serial->tty.termios.cflag = B9600 | CS8 | CREAD | HUPCL | CLOCAL;
	serial->tty.termios.ispeed = serial->tty.termios.ospeed = 9600;
	serial->uart = uart;
	ring_init(&serial->ring, RAW_SIZE);
	wait_queue_init(&serial->wait);
	return serial;
}

void serial_init(void)
{
	for (unsigned n = 0; n < UART_PORTS; n++) {
		struct uart *uart = uart_port(n);
		struct serial *serial = uart ? create(n, uart) : NULL;
		struct uart_handler handler = { received, writable, serial };

		if (!serial || !thread_start_kernel(serial->tty.name,
						    serial_thread, serial)) {
			if (uart)
				log_error("tty: no memory for ttyS%u", n);
			continue;
		}
		ports[n] = serial;
		uart_set_handler(uart, &handler);
		if (!console_tty || uart == uart_console())
			console_tty = &serial->tty;
	}
}

struct tty *serial_tty(unsigned index)
{
	struct serial *serial = index < UART_PORTS ? ports[index] : NULL;

	if (!serial)
		return NULL;
	tty_get(&serial->tty);
	return &serial->tty;
}
