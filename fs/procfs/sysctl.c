// SPDX-License-Identifier: MIT
/*
 * /proc/sys: variables of the kernel as files, from tables that each floor
 * registers. Numbers are checked against their bounds before they are stored.
 */
#include "fs/procfs/tree.h"

#include "kernel/arch/x86_64/log.h"
#include "kernel/file/inotify.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/random.h"
#include "lib/parse.h"

static void show(struct text *text, void *arg)
{
	const struct sysctl *ctl = arg;
	const int32_t *ints = ctl->data;

	switch (ctl->kind) {
	case SYSCTL_INT:
		text_add(text, "%d\n", *ints);
		break;
	case SYSCTL_LONG:
		text_add(text, "%lu\n", *(uint64_t *)ctl->data);
		break;
	case SYSCTL_INTS:
		for (size_t i = 0; i < ctl->size / sizeof(int32_t); i++)
			text_add(text, i ? "\t%d" : "%d", ints[i]);
		text_char(text, '\n');
		break;
	case SYSCTL_TEXT:
	case SYSCTL_CONSTANT:
		text_add(text, "%s\n", (const char *)ctl->data);
		break;
	}
}

static bool in_bounds(const struct sysctl *ctl, int64_t value)
{
	return (!ctl->least && !ctl->most) ||
	       (value >= ctl->least && value <= ctl->most);
}

static int store_ints(const struct sysctl *ctl, const char *value)
{
	int32_t *ints = ctl->data;
	int64_t number;

	for (size_t i = 0; i < ctl->size / sizeof(int32_t); i++) {
		parse_blanks(&value);
		if (!*value)
			break;
		if (!parse_i64(&value, 10, &number) || !in_bounds(ctl, number))
			return -EINVAL;
		ints[i] = (int32_t)number;
	}
	return 0;
}

static int store_number(const struct sysctl *ctl, const char *value)
{
	int64_t number;

	parse_blanks(&value);
	if (!parse_i64(&value, 0, &number))
		return -EINVAL;
	parse_blanks(&value);
	if (*value || !in_bounds(ctl, number))
		return -EINVAL;
	if (ctl->kind == SYSCTL_LONG)
		*(uint64_t *)ctl->data = (uint64_t)number;
	else if (number != (int32_t)number)
		return -EINVAL;
	else
		*(int32_t *)ctl->data = (int32_t)number;
	return 0;
}

static int store_text(const struct sysctl *ctl, const char *value,
		      size_t length)
{
	char *to = ctl->data;

	while (length && (value[length - 1] == '\n' || !value[length - 1]))
		length--;
	length = MIN(length, ctl->size - 1);
	memcpy(to, value, length);
	to[length] = 0;
	return 0;
}

static int store(const char *value, size_t length, void *arg)
{
	const struct sysctl *ctl = arg;
	int error;

	switch (ctl->kind) {
	case SYSCTL_TEXT:
		error = store_text(ctl, value, length);
		break;
	case SYSCTL_INTS:
		error = store_ints(ctl, value);
		break;
	case SYSCTL_CONSTANT:
		error = -EPERM;
		break;
	default:
		error = store_number(ctl, value);
	}
	if (!error && ctl->changed)
		ctl->changed();
	return error;
}

void sysctl_register(const struct sysctl *table, size_t count)
{
	char path[128];

	for (size_t i = 0; i < count; i++) {
		struct proc_file file = { .path = path,
					  .mode = table[i].mode,
					  .show = show,
					  .arg = (void *)&table[i] };

		if (table[i].mode & 0222)
			file.store = store;
		format_to(path, sizeof path, "sys/%s", table[i].path);
		procfs_register(&file, 1);
	}
}

/* ---- those that belong to no other floor ---------------------------------------- */

static char boot_id[40];
static int32_t overflow_id = 65534;
static int32_t zero, one = 1;
static int32_t swappiness = 60, dirty_ratio = 20, dirty_background_ratio = 10,
	       dirty_expire = 3000, dirty_writeback = 500;
static int32_t map_count = 65530, overcommit_ratio = 50;
static uint64_t min_free = 4096, mmap_min_addr = 65536;
static int32_t lease_break_time = 45, protected_links[2] = { 0, 0 };
static int32_t pipe_max_size = 1048576, pipe_soft = 16384;
static uint64_t epoll_watches = 1u << 20;
static uint64_t file_max = 9223372036854775807ull;
static int32_t nr_open = 1 << 20;
static int32_t entropy = 256;
static char core_pattern[128] = "core";
static int32_t core_uses_pid, core_pipe_limit;
static int32_t printk[4] = { 4, 4, 1, 7 };

static void printk_changed(void)
{
	log_console_level = printk[0];
}

/* A number: with its bounds when there are some. */
#define NUMBER(path_, mode_, kind_, data_, ...)                             \
	{                                                                   \
		.path = path_, .mode = mode_, .kind = kind_, .data = data_, \
		##__VA_ARGS__                                               \
	}
#define CONSTANT(path_, text_)                                        \
	{                                                             \
		.path = path_, .mode = 0444, .kind = SYSCTL_CONSTANT, \
		.data = text_                                         \
	}
#define BOUNDS(least_, most_) .least = least_, .most = most_
#define SIZED(array_) .size = sizeof array_

static const struct sysctl table[] = {
	CONSTANT("kernel/ostype", "Linux"),
	CONSTANT("kernel/cap_last_cap", "40"),
	NUMBER("kernel/overflowuid", 0644, SYSCTL_INT, &overflow_id,
	       BOUNDS(0, 65535)),
	NUMBER("kernel/overflowgid", 0644, SYSCTL_INT, &overflow_id,
	       BOUNDS(0, 65535)),
	CONSTANT("kernel/ngroups_max", "65536"),
	NUMBER("kernel/printk", 0644, SYSCTL_INTS, printk, SIZED(printk),
	       BOUNDS(0, 15), .changed = printk_changed),
	NUMBER("kernel/core_pattern", 0644, SYSCTL_TEXT, core_pattern,
	       SIZED(core_pattern)),
	NUMBER("kernel/core_uses_pid", 0644, SYSCTL_INT, &core_uses_pid),
	NUMBER("kernel/core_pipe_limit", 0644, SYSCTL_INT, &core_pipe_limit),
	NUMBER("kernel/random/boot_id", 0444, SYSCTL_TEXT, boot_id,
	       SIZED(boot_id)),
	NUMBER("kernel/random/entropy_avail", 0444, SYSCTL_INT, &entropy),
	NUMBER("kernel/random/poolsize", 0444, SYSCTL_INT, &entropy),
	CONSTANT("kernel/unprivileged_bpf_disabled", "2"),
	CONSTANT("kernel/yama/ptrace_scope", "0"),
	CONSTANT("kernel/tainted", "0"),
	NUMBER("kernel/sched_child_runs_first", 0644, SYSCTL_INT, &zero),
	NUMBER("fs/file-max", 0644, SYSCTL_LONG, &file_max),
	NUMBER("fs/nr_open", 0644, SYSCTL_INT, &nr_open, BOUNDS(64, 1 << 20)),
	NUMBER("fs/pipe-max-size", 0644, SYSCTL_INT, &pipe_max_size,
	       BOUNDS(4096, INT32_MAX)),
	NUMBER("fs/pipe-user-pages-soft", 0644, SYSCTL_INT, &pipe_soft),
	NUMBER("fs/lease-break-time", 0644, SYSCTL_INT, &lease_break_time),
	NUMBER("fs/protected_hardlinks", 0444, SYSCTL_INT, &protected_links[0]),
	NUMBER("fs/protected_symlinks", 0444, SYSCTL_INT, &protected_links[1]),
	NUMBER("fs/suid_dumpable", 0644, SYSCTL_INT, &zero, BOUNDS(0, 0)),
	NUMBER("fs/overflowuid", 0644, SYSCTL_INT, &overflow_id,
	       BOUNDS(0, 65535)),
	NUMBER("fs/overflowgid", 0644, SYSCTL_INT, &overflow_id,
	       BOUNDS(0, 65535)),
	NUMBER("fs/epoll/max_user_watches", 0644, SYSCTL_LONG, &epoll_watches),
	NUMBER("fs/inotify/max_user_instances", 0644, SYSCTL_INT,
	       &inotify_limits.user_instances, BOUNDS(0, INT32_MAX)),
	NUMBER("fs/inotify/max_user_watches", 0644, SYSCTL_INT,
	       &inotify_limits.user_watches, BOUNDS(0, INT32_MAX)),
	NUMBER("fs/inotify/max_queued_events", 0644, SYSCTL_INT,
	       &inotify_limits.queued_events, BOUNDS(0, INT32_MAX)),
	NUMBER("vm/swappiness", 0644, SYSCTL_INT, &swappiness, BOUNDS(0, 200)),
	NUMBER("vm/dirty_ratio", 0644, SYSCTL_INT, &dirty_ratio,
	       BOUNDS(0, 100)),
	NUMBER("vm/dirty_background_ratio", 0644, SYSCTL_INT,
	       &dirty_background_ratio, BOUNDS(0, 100)),
	NUMBER("vm/dirty_expire_centisecs", 0644, SYSCTL_INT, &dirty_expire),
	NUMBER("vm/dirty_writeback_centisecs", 0644, SYSCTL_INT,
	       &dirty_writeback),
	NUMBER("vm/max_map_count", 0644, SYSCTL_INT, &map_count),
	NUMBER("vm/overcommit_memory", 0644, SYSCTL_INT, &one, BOUNDS(1, 1)),
	NUMBER("vm/overcommit_ratio", 0644, SYSCTL_INT, &overcommit_ratio),
	NUMBER("vm/min_free_kbytes", 0644, SYSCTL_LONG, &min_free),
	NUMBER("vm/mmap_min_addr", 0444, SYSCTL_LONG, &mmap_min_addr),
	NUMBER("vm/panic_on_oom", 0644, SYSCTL_INT, &zero, BOUNDS(0, 0)),
};

static void make_uuid(char out[37])
{
	static const uint8_t groups[] = { 4, 2, 2, 2, 6 };
	uint8_t bytes[16], *at = bytes;
	struct text text;

	random_bytes(bytes, sizeof bytes);
	bytes[6] = (bytes[6] & 0x0f) | 0x40; /* version 4 */
	bytes[8] = (bytes[8] & 0x3f) | 0x80;
	text_init(&text, out, 37);
	for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
		if (i)
			text_char(&text, '-');
		for (int j = 0; j < groups[i]; j++)
			text_add(&text, "%02x", *at++);
	}
}

static void show_uuid(struct text *text, void *arg)
{
	char uuid[37];

	make_uuid(uuid);
	text_add(text, "%s\n", uuid);
}

static void show_file_nr(struct text *text, void *arg)
{
	text_add(text, "%ld\t0\t%lu\n", file_counts.open, file_max);
}

static int drop_caches(const char *value, size_t length, void *arg)
{
	if (*value < '1' || *value > '4')
		return -EINVAL;
	if (page_reclaim)
		page_reclaim(1u << 20);
	return 0;
}

static const struct proc_file files[] = {
	{ .path = "sys/kernel/random/uuid", .show = show_uuid },
	{ .path = "sys/fs/file-nr", .show = show_file_nr },
	{ .path = "sys/vm/drop_caches", .mode = 0200, .store = drop_caches },
};

void sysctl_init(void)
{
	make_uuid(boot_id);
	sysctl_register(table, ARRAY_LEN(table));
	procfs_register(files, ARRAY_LEN(files));
}
