// SPDX-License-Identifier: MIT
/*
 * 16550 serial ports at the four places that PCs have them. A port is there
 * when its scratch register holds what is written to it.
 */
#include "kernel/drivers/uart.h"
#include "kernel/arch/x86_64/cmdline.h"
#include "kernel/arch/x86_64/io.h"
#include "kernel/arch/x86_64/log.h"
#include "kernel/arch/x86_64/spinlock.h"
#include "kernel/arch/x86_64/trap.h"
#include "lib/string.h"

#define DATA 0
#define IER 1 /* interrupt enable: 1 receive, 2 transmit */
#define IIR 2 /* interrupt identity; written: FIFO control */
#define LCR 3
#define MCR 4
#define LSR 5 /* 1: data, 0x20: transmitter takes 16 bytes, 0x40: idle */
#define MSR 6
#define SCRATCH 7

#define FIFO 16
#define BUFFER 4096
#define CONSOLE_SPINS 200000

struct uart {
	unsigned number;
	uint16_t base;
	bool present;
	struct spinlock lock; /* guards the registers and all below */
	struct uart_handler handler;
	uint8_t buffer[BUFFER];
	unsigned head, tail; /* count bytes put in and taken out */
	bool interrupts; /* the transmitter's are on */
};

static struct uart ports[UART_PORTS] = {
	{ .number = 0, .base = 0x3f8 },
	{ .number = 1, .base = 0x2f8 },
	{ .number = 2, .base = 0x3e8 },
	{ .number = 3, .base = 0x2e8 },
};
static const unsigned lines[UART_PORTS] = { 4, 3, 4, 3 };
static struct uart *console;
extern bool log_panicking;

static uint8_t get(struct uart *u, unsigned reg)
{
	return in8((uint16_t)(u->base + reg));
}

static void set(struct uart *u, unsigned reg, uint8_t value)
{
	out8((uint16_t)(u->base + reg), value);
}

struct uart *uart_port(unsigned n)
{
	return n < UART_PORTS && ports[n].present ? &ports[n] : NULL;
}

unsigned uart_number(const struct uart *uart)
{
	return uart->number;
}

struct uart *uart_console(void)
{
	return console;
}

/* ---- output; the port's lock held ---- */

static void want_interrupts(struct uart *u, bool on)
{
	if (u->interrupts == on)
		return;
	u->interrupts = on;
	set(u, IER, on ? 3 : 1);
}

/* As much of the buffer as the port takes now. */
static void push(struct uart *u)
{
	while (u->tail != u->head && (get(u, LSR) & 0x20))
		for (unsigned i = 0; i < FIFO && u->tail != u->head; i++)
			set(u, DATA, u->buffer[u->tail++ % BUFFER]);
	want_interrupts(u, u->tail != u->head);
}

static size_t room(const struct uart *u)
{
	return BUFFER - (u->head - u->tail);
}

static size_t fill(struct uart *u, const uint8_t *data, size_t size)
{
	size_t n = MIN(size, room(u));

	for (size_t i = 0; i < n; i++)
		u->buffer[u->head++ % BUFFER] = data[i];
	return n;
}

size_t uart_write(struct uart *u, const void *data, size_t size)
{
	const uint8_t *at = data;
	size_t done = 0, n;
	uint64_t flags = spin_lock_irqsave(&u->lock);

	do {
		n = fill(u, at + done, size - done);
		done += n;
		push(u);
	} while (n && done < size && room(u));
	spin_unlock_irqrestore(&u->lock, flags);
	return done;
}

size_t uart_write_room(struct uart *u)
{
	uint64_t flags = spin_lock_irqsave(&u->lock);
	size_t n = room(u);

	spin_unlock_irqrestore(&u->lock, flags);
	return n;
}

size_t uart_pending(struct uart *u)
{
	return BUFFER - uart_write_room(u);
}

void uart_flush(struct uart *u)
{
	uint64_t flags = spin_lock_irqsave(&u->lock);

	u->tail = u->head;
	want_interrupts(u, false);
	spin_unlock_irqrestore(&u->lock, flags);
}

bool uart_write_done(struct uart *u)
{
	uint64_t flags = spin_lock_irqsave(&u->lock);
	bool done = u->head == u->tail && (get(u, LSR) & 0x40);

	spin_unlock_irqrestore(&u->lock, flags);
	return done;
}

/* ---- the kernel's console ---- */

static void console_byte(uint8_t byte)
{
	for (unsigned i = 0; i < CONSOLE_SPINS; i++) {
		if (get(console, LSR) & 0x20)
			break;
		cpu_relax();
	}
	set(console, DATA, byte);
}

static void console_write(const char *text, size_t size)
{
	uint64_t flags = irq_save();

	if (!log_panicking)
		spin_lock(&console->lock);
	for (size_t i = 0; i < size; i++) {
		if (text[i] == '\n')
			console_byte('\r');
		console_byte((uint8_t)text[i]);
	}
	if (!log_panicking)
		spin_unlock(&console->lock);
	irq_restore(flags);
}

static void choose_console(void *arg, const char *value)
{
	unsigned n;

	if (!string_starts(value, "ttyS") || value[4] < '0' || value[4] > '3') {
		log_error("command line: console=%s: there is no such console",
			  value);
		return;
	}
	n = (unsigned)(value[4] - '0');
	if (ports[n].present)
		console = &ports[n];
}
CMDLINE_WORD("console", NULL);

static bool probe(struct uart *u)
{
	set(u, SCRATCH, 0x5a);
	if (get(u, SCRATCH) != 0x5a)
		return false;
	set(u, IER, 0);
	set(u, LCR, 0x80); /* divisor latch: 115200 baud */
	set(u, DATA, 1);
	set(u, IER, 0);
	set(u, LCR, 3); /* 8 bits, no parity, one stop bit */
	set(u, IIR, 7); /* FIFOs on and empty */
	set(u, MCR, 0x0b); /* DTR, RTS, OUT2: interrupts reach the line */
	return true;
}

void uart_init_early(void)
{
	for (unsigned i = 0; i < UART_PORTS; i++)
		ports[i].present = probe(&ports[i]);
	if (ports[0].present)
		console = &ports[0];
	cmdline_each("console", choose_console, NULL);
	if (console)
		log_set_console(console_write);
}

/* ---- interrupts ---- */

static unsigned receive(struct uart *u, uint8_t *data, unsigned size)
{
	unsigned n = 0;

	while (n < size && (get(u, LSR) & 1))
		data[n++] = get(u, DATA);
	return n;
}

static void interrupt(void *arg)
{
	struct uart *u = arg;
	uint8_t data[64];

	while (!(get(u, IIR) & 1)) {
		unsigned n;
		bool writing;

		spin_lock(&u->lock);
		n = receive(u, data, sizeof data);
		writing = u->interrupts;
		if (writing)
			push(u);
		get(u, MSR);
		spin_unlock(&u->lock);
		if (n && u->handler.receive)
			u->handler.receive(u->handler.arg, data, n);
		if (writing && u->handler.writable)
			u->handler.writable(u->handler.arg);
	}
}

void uart_set_handler(struct uart *u, const struct uart_handler *handler)
{
	uint64_t flags = spin_lock_irqsave(&u->lock);

	u->handler = *handler;
	spin_unlock_irqrestore(&u->lock, flags);
}

void uart_init(void)
{
	for (unsigned i = 0; i < UART_PORTS; i++) {
		struct uart *u = &ports[i];

		if (!u->present)
			continue;
		if (interrupt_register(lines[i], false, interrupt, u))
			log_error("ttyS%u: no interrupt", i);
		set(u, IER, 1);
		log_info("ttyS%u: at %#x, line %u", i, u->base, lines[i]);
	}
}
