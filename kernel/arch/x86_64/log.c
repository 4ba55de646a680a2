// SPDX-License-Identifier: MIT
/*
 * The log's ring: records of a header and text, the oldest overwritten when
 * there is no room. `places` finds a record by its number. Everything is under
 * one lock that is taken with interrupts off; the console is written under it
 * too, so lines of several CPUs do not mix. A panic takes the lock by force.
 */
#include "kernel/arch/x86_64/log.h"
#include "kernel/arch/x86_64/cmdline.h"
#include "kernel/arch/x86_64/spinlock.h"
#include "kernel/arch/x86_64/timer.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/parse.h"
#include "lib/string.h"

#define RING_SIZE 131072u
#define MAX_RECORDS 2048u
#define MAX_TEXT 960u

struct record {
	nsec_t time;
	uint32_t priority;
	uint32_t length;
};

static struct spinlock lock;
/* Guarded by `lock`: */
static uint8_t ring[RING_SIZE] ALIGNED(8);
static uint32_t places[MAX_RECORDS];
static uint64_t first, next; /* record numbers; next - first <= MAX_RECORDS */
static uint32_t head; /* where the next record goes */
static char line[MAX_TEXT + 64];
static char text_buffer[MAX_TEXT];

int log_console_level = 4;
void (*log_console)(const char *text, size_t size);
void (*log_written)(void);
bool log_panicking;

static int set_level(const char *value)
{
	uint64_t n;

	if (!value || !parse_u64(&value, 10, &n) || *value)
		return -EINVAL;
	log_console_level = (int)MIN(n, (uint64_t)15);
	return 0;
}
CMDLINE_WORD("loglevel", set_level);

static int set_quiet(const char *value)
{
	log_console_level = 4;
	return value ? -EINVAL : 0;
}
CMDLINE_WORD("quiet", set_quiet);

static int set_debug(const char *value)
{
	log_console_level = 8;
	return value ? -EINVAL : 0;
}
CMDLINE_WORD("debug", set_debug);

static uint64_t take_lock(void)
{
	uint64_t flags = irq_save();

	if (!log_panicking)
		spin_lock(&lock);
	return flags;
}

static void release_lock(uint64_t flags)
{
	if (!log_panicking)
		spin_unlock(&lock);
	irq_restore(flags);
}

static struct record *record_at(uint64_t number)
{
	return (struct record *)(ring + places[number % MAX_RECORDS]);
}

static uint32_t record_size(uint32_t length)
{
	return ALIGN_UP((uint32_t)sizeof(struct record) + length, 8);
}

/* Drops old records until [from, from + size) is free. */
static void make_room(uint32_t from, uint32_t size)
{
	while (first < next) {
		uint32_t at = places[first % MAX_RECORDS];
		uint32_t end = at + record_size(record_at(first)->length);

		if (next - first < MAX_RECORDS &&
		    (end <= from || at >= from + size))
			break;
		first++;
	}
}

static void store(nsec_t time, unsigned priority, const char *text,
		  uint32_t length)
{
	uint32_t size = record_size(length);
	struct record *record;

	if (head + size > RING_SIZE) {
		make_room(head, RING_SIZE - head);
		head = 0;
	}
	make_room(head, size);
	record = (struct record *)(ring + head);
	record->time = time;
	record->priority = priority;
	record->length = length;
	memcpy(record + 1, text, length);
	places[next % MAX_RECORDS] = head;
	head += size;
	next++;
}

static void print(nsec_t time, const char *text, uint32_t length)
{
	uint64_t usec = (uint64_t)time / 1000;
	size_t n = format_to(line, sizeof line, "[%5lu.%06lu] ", usec / 1000000,
			     usec % 1000000);

	memcpy(line + n, text, length);
	line[n + length] = '\n';
	log_console(line, n + length + 1);
}

/* `lock` held. */
static void add(unsigned priority, const char *text, uint32_t length)
{
	nsec_t now = tsc_now();

	while (length && text[length - 1] == '\n')
		length--;
	store(now, priority, text, length);
	if ((int)(priority & 7) < log_console_level && log_console)
		print(now, text, length);
}

void log_set_console(void (*write)(const char *text, size_t size))
{
	uint64_t flags = take_lock();

	log_console = write;
	for (uint64_t n = first; n < next; n++) {
		struct record *record = record_at(n);

		if ((int)(record->priority & 7) < log_console_level)
			print(record->time, (const char *)(record + 1),
			      record->length);
	}
	release_lock(flags);
}

void log_vwrite(int level, const char *format, va_list args)
{
	uint64_t flags = take_lock();
	size_t n = vformat_to(text_buffer, sizeof text_buffer, format, args);

	add((unsigned)level & 7, text_buffer,
	    (uint32_t)MIN(n, (size_t)MAX_TEXT - 1));
	release_lock(flags);
	if (log_written)
		log_written();
}

void log_write(int level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_vwrite(level, format, args);
	va_end(args);
}

void log_user(unsigned priority, const char *text, size_t size)
{
	uint64_t flags = take_lock();

	add(priority, text, (uint32_t)MIN(size, (size_t)MAX_TEXT - 1));
	release_lock(flags);
	if (log_written)
		log_written();
}

bool log_read(uint64_t sequence, struct log_entry *entry, char *text,
	      size_t size)
{
	uint64_t flags = take_lock();
	bool found;

	if (sequence < first)
		sequence = first;
	found = sequence < next;
	if (found) {
		struct record *record = record_at(sequence);

		entry->sequence = sequence;
		entry->time = record->time;
		entry->priority = record->priority;
		entry->length = record->length;
		memcpy(text, record + 1, MIN((size_t)record->length, size));
	}
	release_lock(flags);
	return found;
}

uint64_t log_first(void)
{
	return __atomic_load_n(&first, __ATOMIC_RELAXED);
}

uint64_t log_next(void)
{
	return __atomic_load_n(&next, __ATOMIC_ACQUIRE);
}

size_t log_capacity(void)
{
	return RING_SIZE;
}

void log_raw(const char *format, ...)
{
	uint64_t flags = take_lock();
	va_list args;
	size_t n;

	va_start(args, format);
	n = vformat_to(line, sizeof line, format, args);
	va_end(args);
	if (log_console)
		log_console(line, MIN(n, sizeof line - 1));
	release_lock(flags);
}
