// SPDX-License-Identifier: MIT
/* Private to strace.c: printers of values in user memory. */
#pragma once

#include "lib/types.h"

struct text;

#define STRING_SHOWN 32
#define PATH_SHOWN 160

void strace_bytes(struct text *text, const uint8_t *bytes, size_t size);
void strace_pointer(struct text *text, uaddr_t at);
void strace_string(struct text *text, uaddr_t at, size_t limit);
void strace_buffer(struct text *text, uaddr_t at, size_t size);
void strace_strings(struct text *text, uaddr_t at);
void strace_environment(struct text *text, uaddr_t at);
void strace_signals(struct text *text, uaddr_t at);
void strace_sigaction(struct text *text, uaddr_t at);
void strace_wait_status(struct text *text, uaddr_t at);
/* Two 64-bit numbers: {first=.., second=..}. */
void strace_pair(struct text *text, uaddr_t at, const char *first,
		 const char *second);
void strace_timer(struct text *text, uaddr_t at);
void strace_stat(struct text *text, uaddr_t at);
void strace_ints(struct text *text, uaddr_t at, unsigned count);
void strace_pollfds(struct text *text, uaddr_t at, unsigned count, bool result);
void strace_epoll_event(struct text *text, uaddr_t at);
void strace_epoll_events(struct text *text, uaddr_t at, long count);
void strace_address(struct text *text, uaddr_t at, size_t size);
void strace_iovecs(struct text *text, uaddr_t at, uint64_t count, size_t limit);
void strace_message(struct text *text, uaddr_t at, size_t limit);
