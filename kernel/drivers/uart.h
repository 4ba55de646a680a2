// SPDX-License-Identifier: MIT
/*
 * Serial ports (16550): ttyS0 to ttyS3. Input comes by interrupt to whoever
 * asked for it (kernel/tty); output goes out at once as far as the port takes
 * it and by interrupt after that. The kernel's own console writes to the port
 * that `console=` names (ttyS0), waiting for it.
 */
#pragma once

#include "lib/types.h"

#define UART_PORTS 4

struct uart;

/* ttySn, or NULL when the machine has none. */
struct uart *uart_port(unsigned n);
unsigned uart_number(const struct uart *uart);
/* The port that the kernel's console is (`console=`), or NULL. */
struct uart *uart_console(void);

/* Bytes taken, fewer than `size` when the buffer is full. Any context. */
size_t uart_write(struct uart *uart, const void *data, size_t size);
size_t uart_write_room(struct uart *uart);
/* Bytes in the buffer; dropping them. */
size_t uart_pending(struct uart *uart);
void uart_flush(struct uart *uart);
/* Everything has left the port. */
bool uart_write_done(struct uart *uart);

/*
 * receive: bytes that came in; writable: the output buffer has room again or
 * has run empty. Both are called with interrupts off: short, no sleeping.
 */
struct uart_handler {
	void (*receive)(void *arg, const uint8_t *data, size_t size);
	void (*writable)(void *arg);
	void *arg;
};
void uart_set_handler(struct uart *uart, const struct uart_handler *handler);

/* Console output from the first line on; then interrupts, when there are. */
void uart_init_early(void);
void uart_init(void);
