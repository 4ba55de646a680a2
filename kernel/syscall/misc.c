// SPDX-License-Identifier: MIT
/*
 * The system as a whole: its names, its log, random bytes, figures, the end.
 */
#include "fs/devfs/memory_devices.h"
#include "fs/vfs/path.h"
#include "kernel/arch/x86_64/log.h"
#include "kernel/arch/x86_64/power.h"
#include "kernel/file/credentials.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "kernel/proc/process.h"
#include "kernel/sched/random.h"
#include "kernel/syscall/syscall.h"
#include "kernel/syscall/user.h"
#include "kernel/tty/tty.h"
#include "lib/format.h"
#include "lib/string.h"
#include "lib/version.h"

#define NAME_SIZE 65

long sys_uname(uaddr_t utsname)
{
	char names[6][NAME_SIZE];
	struct uts_namespace *uts = process_uts(current_process());

	memset(names, 0, sizeof(names));
	string_copy(names[0], VERSION_SYSTEM, NAME_SIZE);
	string_copy(names[2], VERSION_RELEASE, NAME_SIZE);
	string_copy(names[3], VERSION_BUILD, NAME_SIZE);
	string_copy(names[4], VERSION_MACHINE, NAME_SIZE);
	spin_lock(&uts->lock);
	string_copy(names[1], uts->host, NAME_SIZE);
	string_copy(names[5], uts->domain, NAME_SIZE);
	spin_unlock(&uts->lock);
	uts_put(uts);
	return copy_to_user(utsname, names, sizeof(names));
}

static long set_name(uaddr_t name, size_t len, bool host)
{
	struct uts_namespace *uts;
	char text[NAME_SIZE];

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if ((ssize_t)len < 0 || len > NAME_SIZE - 1)
		return -EINVAL;
	memset(text, 0, sizeof(text));
	if (copy_from_user(text, name, len))
		return -EFAULT;
	uts = process_uts(current_process());
	spin_lock(&uts->lock);
	memcpy(host ? uts->host : uts->domain, text, NAME_SIZE);
	spin_unlock(&uts->lock);
	uts_put(uts);
	return 0;
}

long sys_sethostname(uaddr_t name, size_t len)
{
	return set_name(name, len, true);
}

long sys_setdomainname(uaddr_t name, size_t len)
{
	return set_name(name, len, false);
}

struct user_sysinfo {
	int64_t uptime;
	uint64_t loads[3];
	uint64_t total_ram, free_ram, shared_ram, buffer_ram, total_swap,
		free_swap;
	uint16_t processes, pad;
	uint32_t pad1;
	uint64_t total_high, free_high;
	uint32_t unit;
	uint32_t pad2;
};

long sys_sysinfo(uaddr_t info)
{
	struct user_sysinfo out = { .unit = 1 };
	struct memory_counts counts;
	uint32_t load[3];
	int last = 0;
	struct process *process;

	memory_counts(&counts);
	load_average(load);
	for (int i = 0; i < 3; i++)
		out.loads[i] = (uint64_t)load[i] << 5; /* 1 << 16 is 1.0 */
	out.uptime = DIV_ROUND_UP(clock_monotonic(), NSEC_PER_SEC);
	out.total_ram = counts.total * PAGE_SIZE;
	out.free_ram = counts.free * PAGE_SIZE;
	while ((process = process_next(last))) {
		last = process->pid;
		out.processes++;
		process_put(process);
	}
	return copy_to_user(info, &out, sizeof(out));
}

#define GRND_NONBLOCK 1u
#define GRND_RANDOM 2u
#define GRND_INSECURE 4u

long sys_getrandom(uaddr_t outbuf, size_t len, unsigned flags)
{
	uint8_t bytes[256];
	size_t done = 0;

	if (flags & ~(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE) ||
	    (flags & (GRND_RANDOM | GRND_INSECURE)) ==
		    (GRND_RANDOM | GRND_INSECURE))
		return -EINVAL;
	if (len > INT32_MAX)
		len = INT32_MAX;
	if (flags & GRND_NONBLOCK && !random_is_seeded())
		return -EAGAIN;
	while (done < len) {
		size_t part = MIN(len - done, sizeof(bytes));

		random_bytes(bytes, part);
		if (copy_to_user(outbuf + done, bytes, part)) {
			if (!done)
				return -EFAULT;
			break;
		}
		done += part;
		schedule_if_needed();
		if (done < len && signal_pending())
			break;
	}
	memset(bytes, 0, sizeof(bytes));
	return (long)done;
}

long sys_getcpu(uaddr_t cpup, uaddr_t nodep, uaddr_t cache)
{
	if (cpup && put_user_32(cpup, this_cpu()->number))
		return -EFAULT;
	if (nodep && put_user_32(nodep, 0))
		return -EFAULT;
	return 0;
}

/* ---- syslog(2): the log as klogctl shows it ------------------------------------- */

#define LOG_READ 2
#define LOG_READ_ALL 3
#define LOG_READ_CLEAR 4
#define LOG_CLEAR 5
#define LOG_CONSOLE_OFF 6
#define LOG_CONSOLE_ON 7
#define LOG_CONSOLE_LEVEL 8
#define LOG_SIZE_UNREAD 9
#define LOG_SIZE_BUFFER 10

#define LINE_SIZE 1200

static uint64_t log_cleared; /* first record that READ_ALL shows */
static uint64_t log_consumed; /* first record that READ shows */
static int saved_level = -1;

/* "<6>[    1.234567] text\n" of the first record from `sequence` on. */
static size_t print_record(uint64_t sequence, char *line, size_t size,
			   uint64_t *next)
{
	struct log_entry entry;
	struct text text;
	char body[1024];

	if (!log_read(sequence, &entry, body, sizeof(body)))
		return 0;
	*next = entry.sequence + 1;
	text_init(&text, line, size);
	text_add(&text, "<%u>[%5lld.%06lld] ", entry.priority,
		 (long long)(entry.time / NSEC_PER_SEC),
		 (long long)(entry.time % NSEC_PER_SEC / NSEC_PER_USEC));
	text_bytes(&text, body, MIN(entry.length, sizeof(body)));
	text_char(&text, '\n');
	return text_length(&text);
}

/* The first record from which everything fits into `room` bytes. */
static uint64_t first_that_fits(char *line, size_t room)
{
	uint64_t from = MAX(log_first(), log_cleared), next;
	size_t total = 0, size;

	for (uint64_t at = from;
	     (size = print_record(at, line, LINE_SIZE, &next)); at = next)
		total += size;
	while (total > room &&
	       (size = print_record(from, line, LINE_SIZE, &next))) {
		total -= size;
		from = next;
	}
	return from;
}

static long read_all(uaddr_t buf, size_t room, bool clear)
{
	char *line = kmalloc(LINE_SIZE);
	uint64_t at, next;
	size_t size, done = 0;

	if (!line)
		return -ENOMEM;
	at = first_that_fits(line, room);
	while ((size = print_record(at, line, LINE_SIZE, &next)) &&
	       done + size <= room) {
		if (copy_to_user(buf + done, line, size)) {
			kfree(line);
			return -EFAULT;
		}
		done += size;
		at = next;
	}
	kfree(line);
	if (clear)
		log_cleared = log_next();
	return (long)done;
}

static long read_some(uaddr_t buf, size_t room)
{
	char *line;
	uint64_t next;
	size_t size, done = 0;
	int error = wait_event(&log_wait, log_next() > log_consumed);

	if (error)
		return -ERESTARTSYS;
	line = kmalloc(LINE_SIZE);
	if (!line)
		return -ENOMEM;
	while ((size = print_record(log_consumed, line, LINE_SIZE, &next)) &&
	       done + size <= room) {
		if (copy_to_user(buf + done, line, size)) {
			error = -EFAULT;
			break;
		}
		done += size;
		log_consumed = next;
	}
	kfree(line);
	return done ? (long)done : error;
}

static long unread_size(void)
{
	char *line = kmalloc(LINE_SIZE);
	uint64_t next;
	size_t size;
	long total = 0;

	if (!line)
		return -ENOMEM;
	for (uint64_t at = log_consumed;
	     (size = print_record(at, line, LINE_SIZE, &next)); at = next)
		total += (long)size;
	kfree(line);
	return total;
}

static void set_console(int level)
{
	if (saved_level < 0)
		saved_level = log_console_level;
	log_console_level = level;
}

long sys_syslog(int action, uaddr_t outbuf, int len)
{
	if (action != LOG_READ_ALL && action != LOG_SIZE_BUFFER &&
	    !capable(CAP_SYS_ADMIN))
		return -EPERM;
	switch (action) {
	case 0:
	case 1:
		return 0;
	case LOG_READ:
	case LOG_READ_ALL:
	case LOG_READ_CLEAR:
		if (!outbuf || len < 0)
			return -EINVAL;
		if (!len)
			return 0;
		if (action == LOG_READ)
			return read_some(outbuf, (size_t)len);
		return read_all(outbuf, (size_t)len, action == LOG_READ_CLEAR);
	case LOG_CLEAR:
		log_cleared = log_next();
		return 0;
	case LOG_CONSOLE_OFF:
		set_console(1);
		return 0;
	case LOG_CONSOLE_ON:
		if (saved_level >= 0)
			log_console_level = saved_level;
		saved_level = -1;
		return 0;
	case LOG_CONSOLE_LEVEL:
		if (len < 1 || len > 8)
			return -EINVAL;
		log_console_level = len;
		saved_level = -1;
		return 0;
	case LOG_SIZE_UNREAD:
		return unread_size();
	case LOG_SIZE_BUFFER:
		return (long)log_capacity();
	default:
		return -EINVAL;
	}
}

/* ---- the end ---------------------------------------------------------------------- */

#define REBOOT_MAGIC1 0xfee1deadu
#define REBOOT_RESTART 0x01234567u
#define REBOOT_HALT 0xcdef0123u
#define REBOOT_CAD_ON 0x89abcdefu
#define REBOOT_CAD_OFF 0u
#define REBOOT_POWER_OFF 0x4321fedcu
#define REBOOT_RESTART2 0xa1b2c3d4u

static bool magic_ok(uint32_t magic1, uint32_t magic2)
{
	return magic1 == REBOOT_MAGIC1 &&
	       (magic2 == 672274793 || magic2 == 85072278 ||
		magic2 == 369367448 || magic2 == 537993216);
}

long sys_reboot(int magic1, int magic2, unsigned cmd, uaddr_t arg)
{
	if (!capable(CAP_SYS_BOOT))
		return -EPERM;
	if (!magic_ok((uint32_t)magic1, (uint32_t)magic2))
		return -EINVAL;
	switch (cmd) {
	case REBOOT_CAD_ON:
	case REBOOT_CAD_OFF:
		return 0; /* there is no such key */
	case REBOOT_RESTART:
	case REBOOT_RESTART2:
		vfs_shutdown();
		log_info("reboot: restarting system");
		power_reboot();
	case REBOOT_HALT:
		vfs_shutdown();
		log_info("reboot: system halted");
		power_halt();
	case REBOOT_POWER_OFF:
		vfs_shutdown();
		log_info("reboot: power down");
		power_off();
	default:
		return -EINVAL;
	}
}

long sys_vhangup(void)
{
	if (!capable(CAP_SYS_TTY_CONFIG))
		return -EPERM;
	tty_hangup_current();
	return 0;
}
