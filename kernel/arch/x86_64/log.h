// SPDX-License-Identifier: MIT
/*
 * The kernel's log: a ring of records (dmesg, /dev/kmsg) and, for records that
 * are important enough, the console. Any floor may call it, from any context,
 * interrupts and spinlocks included. One call is one record; a trailing
 * newline is not needed. Nothing here may be called on hot paths.
 */
#pragma once

#include "lib/types.h"

#define LOG_EMERG 0
#define LOG_ALERT 1
#define LOG_CRIT 2
#define LOG_ERROR 3
#define LOG_WARN 4
#define LOG_NOTICE 5
#define LOG_INFO 6
#define LOG_DEBUG 7

#define log_error(...) log_write(LOG_ERROR, __VA_ARGS__)
#define log_warn(...) log_write(LOG_WARN, __VA_ARGS__)
#define log_info(...) log_write(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_DEBUG, __VA_ARGS__)

void log_write(int level, const char *format, ...) PRINTF_LIKE(2, 3);
void log_vwrite(int level, const char *format, va_list args) PRINTF_LIKE(2, 0);
/* A record made by a program (facility and level as in syslog(3)). */
void log_user(unsigned priority, const char *text, size_t size);

struct log_entry {
	uint64_t sequence;
	nsec_t time; /* monotonic */
	unsigned priority; /* facility << 3 | level */
	size_t length; /* of the text, without NUL */
};

/*
 * The oldest record that is still there with a number >= `sequence`: its text
 * is cut to `size` and not terminated by a newline. False: there is none yet.
 */
bool log_read(uint64_t sequence, struct log_entry *entry, char *text,
	      size_t size);
uint64_t log_first(void); /* number of the oldest record */
uint64_t log_next(void); /* number that the next record will get */
size_t log_capacity(void); /* bytes, for SYSLOG_ACTION_SIZE_BUFFER */

/* Records with a level below this go to the console (`loglevel=`). */
extern int log_console_level;
/* Bytes to the console. Any context. */
extern void (*log_console)(const char *text, size_t size);
/* The console is there: it gets the records so far that are important enough,
 * and all that follow. */
void log_set_console(void (*write)(const char *text, size_t size));
/* Called after each new record (wakes readers of /dev/kmsg). Any context. */
extern void (*log_written)(void);
/* Console output without a record (early start, panic). */
void log_raw(const char *format, ...) PRINTF_LIKE(1, 2);
