// SPDX-License-Identifier: MIT
/* Private to strace.c: names of flags and small numbers. */
#pragma once

#include "lib/types.h"

struct flag_name {
	uint64_t value;
	const char *name;
};

struct flag_set {
	const struct flag_name *names;
	size_t count;
	uint64_t mask; /* bits that are a number: the first names */
	const char *zero; /* what 0 is called; NULL: "0" */
};

struct text;

/* "A|B|0x40", or the number's name when all of `mask` is a number. */
void strace_flags(struct text *text, const struct flag_set *set,
		  uint64_t value);
void strace_mode(struct text *text, uint32_t mode);
void strace_signal(struct text *text, int number);

/* By call and argument name; NULL: print the number. */
const struct flag_set *strace_flag_set(const char *call, const char *argument);
/* fcntl's third argument for F_SETFL and F_SETFD; getsockopt's options. */
const struct flag_set *strace_fcntl_set(unsigned command);
const struct flag_set *strace_option_set(int level);
const struct flag_set *strace_protocol_set(int family);
