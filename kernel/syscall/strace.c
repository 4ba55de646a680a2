// SPDX-License-Identifier: MIT
/*
 * The tracer: decodes calls by the argument names of table.h, in strace's
 * format, one line a call on the console.
 *
 *	[pid   12] openat(AT_FDCWD, "/etc/passwd", O_RDONLY|O_CLOEXEC) = 3
 *
 * What the program gave is decoded before the call, what the kernel fills in
 * (read buffers, stat, times) after it, so a line is put together in a buffer
 * that the thread borrows for the length of the call. A call that does not
 * return soon is printed only when it ends; exit prints at once. Costs one flag
 * test a call when nothing is traced.
 */
#include "kernel/syscall/strace.h"

#include "kernel/arch/x86_64/cmdline.h"
#include "kernel/arch/x86_64/log.h"
#include "kernel/arch/x86_64/trap.h"
#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/mm/slab.h"
#include "kernel/proc/process.h"
#include "kernel/syscall/strace_names.h"
#include "kernel/syscall/syscall.h"
#include "lib/bytes.h"
#include "lib/format.h"
#include "lib/parse.h"
#include "lib/string.h"

#define LINE_SIZE 1024
#define STRING_SHOWN 32
#define PATH_SHOWN 160
#define LIST_SHOWN 8

CMDLINE_WORD("weir.strace", NULL);

/* clang-format off */
#define P(t, n) { #t, #n }
#define SYSCALL0(nr, name) [nr] = { #name, 0, { { NULL, NULL } } },
#define SYSCALL1(nr, name, ta, a) [nr] = { #name, 1, { P(ta, a) } },
#define SYSCALL2(nr, name, ta, a, tb, b) \
	[nr] = { #name, 2, { P(ta, a), P(tb, b) } },
#define SYSCALL3(nr, name, ta, a, tb, b, tc, c) \
	[nr] = { #name, 3, { P(ta, a), P(tb, b), P(tc, c) } },
#define SYSCALL4(nr, name, ta, a, tb, b, tc, c, td, d) \
	[nr] = { #name, 4, { P(ta, a), P(tb, b), P(tc, c), P(td, d) } },
#define SYSCALL5(nr, name, ta, a, tb, b, tc, c, td, d, te, e) \
	[nr] = { #name, 5, \
		 { P(ta, a), P(tb, b), P(tc, c), P(td, d), P(te, e) } },
#define SYSCALL6(nr, name, ta, a, tb, b, tc, c, td, d, te, e, tf, f) \
	[nr] = { #name, 6, \
		 { P(ta, a), P(tb, b), P(tc, c), P(td, d), P(te, e), \
		   P(tf, f) } },
static const struct shape {
	const char *name;
	unsigned count;
	struct {
		const char *type, *name;
	} arguments[6];
} shapes[SYSCALL_NUMBERS] = {
#include "kernel/syscall/table.h"
};
/* clang-format on */

bool strace_enabled;
static const char *wanted;

/* A call under way: its line so far and the argument to go on with. */
struct trace {
	struct trace *next;
	struct thread *thread;
	const struct shape *shape;
	uint64_t arguments[6];
	unsigned done;
	struct text text;
	char line[LINE_SIZE];
};

static struct trace *traces;
static struct spinlock traces_lock = SPINLOCK_INIT;

void strace_init(void)
{
	wanted = cmdline_value("weir.strace");
	strace_enabled = wanted && *wanted;
}

/* ---- values -------------------------------------------------------------------- */

static void show_bytes(struct text *text, const uint8_t *bytes, size_t size)
{
	static const char letters[] = "abtnvfr";

	text_char(text, '"');
	for (size_t i = 0; i < size; i++) {
		uint8_t c = bytes[i];
		bool digit_follows = i + 1 < size && bytes[i + 1] >= '0' &&
				     bytes[i + 1] <= '7';

		if (c == '"' || c == '\\')
			text_add(text, "\\%c", c);
		else if (c >= 7 && c <= 13)
			text_add(text, "\\%c", letters[c - 7]);
		else if (is_printable((char)c))
			text_char(text, (char)c);
		else
			text_add(text, digit_follows ? "\\%03o" : "\\%o", c);
	}
	text_char(text, '"');
}

static void show_pointer(struct text *text, uaddr_t at)
{
	if (at)
		text_add(text, "0x%llx", (unsigned long long)at);
	else
		text_str(text, "NULL");
}

static void show_string(struct text *text, uaddr_t at, size_t limit)
{
	char string[PATH_SHOWN + 1];
	ssize_t length = copy_string_from_user(string, at, limit + 1);

	if (length == -ENAMETOOLONG)
		length = (ssize_t)limit;
	if (!at || length < 0) {
		show_pointer(text, at);
		return;
	}
	show_bytes(text, (uint8_t *)string, (size_t)length);
	if ((size_t)length == limit)
		text_str(text, "...");
}

static void show_buffer(struct text *text, uaddr_t at, size_t size)
{
	uint8_t bytes[STRING_SHOWN];
	size_t shown = MIN(size, sizeof(bytes));

	if (!at || copy_from_user(bytes, at, shown)) {
		show_pointer(text, at);
		return;
	}
	show_bytes(text, bytes, shown);
	if (size > shown)
		text_str(text, "...");
}

static void show_strings(struct text *text, uaddr_t at)
{
	text_char(text, '[');
	for (unsigned i = 0; i < LIST_SHOWN; i++) {
		uint64_t item;

		if (get_user_64(&item, at + i * 8) || !item)
			break;
		text_str(text, i ? ", " : "");
		show_string(text, item, STRING_SHOWN);
		if (i + 1 == LIST_SHOWN)
			text_str(text, ", ...");
	}
	text_char(text, ']');
}

static void show_signals(struct text *text, uaddr_t at)
{
	uint64_t set;
	bool some = false, inverted;

	if (!at || get_user_64(&set, at)) {
		show_pointer(text, at);
		return;
	}
	inverted = __builtin_popcountll(set) > 32;
	if (inverted)
		text_char(text, '~');
	text_char(text, '[');
	for (int i = 1; i <= 64; i++) {
		if (!(set >> (i - 1) & 1) == !inverted)
			continue;
		if (some)
			text_char(text, ' ');
		some = true;
		if (i < 32) {
			struct text name;
			char buf[16];

			text_init(&name, buf, sizeof(buf));
			strace_signal(&name, i);
			text_str(text, buf + 3); /* without SIG */
		} else {
			text_add(text, "RT_%d", i - 32);
		}
	}
	text_char(text, ']');
}

static void show_pair(struct text *text, uaddr_t at, const char *first,
		      const char *second)
{
	uint64_t value[2];

	if (!at || copy_from_user(value, at, sizeof(value)))
		show_pointer(text, at);
	else
		text_add(text, "{%s=%lld, %s=%lld}", first, (long long)value[0],
			 second, (long long)value[1]);
}

static void show_timer(struct text *text, uaddr_t at)
{
	if (!at) {
		text_str(text, "NULL");
		return;
	}
	text_str(text, "{it_interval=");
	show_pair(text, at, "tv_sec", "tv_nsec");
	text_str(text, ", it_value=");
	show_pair(text, at + 16, "tv_sec", "tv_nsec");
	text_char(text, '}');
}

static void show_stat(struct text *text, uaddr_t at)
{
	uint8_t stat[144];
	uint32_t mode;

	if (copy_from_user(stat, at, sizeof(stat))) {
		show_pointer(text, at);
		return;
	}
	mode = get_le32(stat + 24);
	text_str(text, "{st_mode=");
	strace_mode(text, mode);
	if ((mode & 0170000) == 0020000 || (mode & 0170000) == 0060000) {
		uint64_t device = get_le64(stat + 40);

		text_add(text, ", st_rdev=makedev(0x%x, 0x%x)",
			 (unsigned)(device >> 8 & 0xfff),
			 (unsigned)(device & 0xff));
	} else {
		text_add(text, ", st_size=%llu",
			 (unsigned long long)get_le64(stat + 48));
	}
	text_str(text, ", ...}");
}

static void show_ints(struct text *text, uaddr_t at, unsigned count)
{
	text_char(text, '[');
	for (unsigned i = 0; i < count; i++) {
		uint32_t value;

		if (get_user_32(&value, at + i * 4))
			break;
		text_add(text, i ? ", %d" : "%d", (int)value);
	}
	text_char(text, ']');
}

static const struct flag_set poll_set;

static void show_pollfds(struct text *text, uaddr_t at, unsigned count,
			 bool result)
{
	unsigned shown = 0;

	text_char(text, '[');
	for (unsigned i = 0; i < count && shown < LIST_SHOWN; i++) {
		uint8_t entry[8];
		uint16_t events;

		if (copy_from_user(entry, at + i * 8, sizeof(entry)))
			break;
		events = get_le16(entry + (result ? 6 : 4));
		if (result && !events)
			continue;
		text_add(text, "%s{fd=%d, %s=", shown++ ? ", " : "",
			 (int)get_le32(entry), result ? "revents" : "events");
		strace_flags(text, &poll_set, events);
		text_char(text, '}');
	}
	text_char(text, ']');
}

static void show_epoll_events(struct text *text, uaddr_t at, long count)
{
	text_char(text, '[');
	for (long i = 0; i < count && i < LIST_SHOWN; i++) {
		uint8_t event[12];

		if (copy_from_user(event, at + (uaddr_t)i * 12, sizeof(event)))
			break;
		text_str(text, i ? ", {events=" : "{events=");
		strace_flags(text, &poll_set, get_le32(event));
		text_add(text, ", data={u32=%u, u64=%llu}}",
			 get_le32(event + 4),
			 (unsigned long long)get_le64(event + 4));
	}
	text_char(text, ']');
}

static void show_address(struct text *text, uaddr_t at, size_t size)
{
	uint8_t a[110];

	size = MIN(size, sizeof(a));
	memset(a, 0, sizeof(a));
	if (!at || size < 2 || copy_from_user(a, at, size)) {
		show_pointer(text, at);
		return;
	}
	switch (get_le16(a)) {
	case 1:
		text_str(text, "{sa_family=AF_UNIX, sun_path=");
		if (a[2])
			show_bytes(text, a + 2,
				   strnlen((char *)a + 2, size - 2));
		else
			text_str(text, "@"),
				show_bytes(text, a + 3,
					   size > 3 ? size - 3 : 0);
		text_char(text, '}');
		break;
	case 2:
		text_add(text,
			 "{sa_family=AF_INET, sin_port=htons(%u), "
			 "sin_addr=inet_addr(\"%u.%u.%u.%u\")}",
			 get_be16(a + 2), a[4], a[5], a[6], a[7]);
		break;
	case 10:
		text_add(text,
			 "{sa_family=AF_INET6, sin6_port=htons(%u), "
			 "sin6_addr=\"",
			 get_be16(a + 2));
		for (int i = 0; i < 8; i++)
			text_add(text, i ? ":%x" : "%x",
				 get_be16(a + 8 + i * 2));
		text_str(text, "\"}");
		break;
	default:
		text_add(text, "{sa_family=%u, ...}", get_le16(a));
	}
}

static const struct flag_name poll_flag_names[] = {
	{ 1, "POLLIN" },
	{ 2, "POLLPRI" },
	{ 4, "POLLOUT" },
	{ 8, "POLLERR" },
	{ 16, "POLLHUP" },
	{ 32, "POLLNVAL" },
	{ 64, "POLLRDNORM" },
	{ 128, "POLLRDBAND" },
	{ 256, "POLLWRNORM" },
	{ 512, "POLLWRBAND" },
	{ 0x2000, "POLLRDHUP" },
	{ 1u << 28, "EPOLLEXCLUSIVE" },
	{ 1u << 30, "EPOLLONESHOT" },
	{ 1u << 31, "EPOLLET" },
};
static const struct flag_set poll_set = { poll_flag_names,
					  ARRAY_LEN(poll_flag_names), 0, NULL };

/* ---- arguments ------------------------------------------------------------------- */

/* What an argument is; some only the call's result makes readable. */
enum kind {
	KIND_NUMBER,
	KIND_POINTER,
	KIND_FD,
	KIND_DIRFD,
	KIND_STRING,
	KIND_DATA,
	KIND_FILLED,
	KIND_STRINGS,
	KIND_MODE,
	KIND_SIGNAL,
	KIND_SIGSET,
	KIND_TIMESPEC,
	KIND_TIMEVAL,
	KIND_TIMER,
	KIND_POLLFDS,
	KIND_EVENT,
	KIND_EVENTS,
	KIND_ADDRESS,
	KIND_STAT,
	KIND_PAIR_OF_FDS,
	KIND_STATUS,
	KIND_OUT_TIMESPEC,
	KIND_OUT_ADDRESS,
	KIND_OUT_STRING,
	KIND_RLIMIT,
	KIND_OUT_POINTER,
	KIND_HEX,
};

static const struct {
	const char *name;
	enum kind kind;
} kinds[] = {
	{ "fd", KIND_FD },
	{ "epfd", KIND_FD },
	{ "dirfd", KIND_DIRFD },
	{ "olddirfd", KIND_DIRFD },
	{ "newdirfd", KIND_DIRFD },
	{ "path", KIND_STRING },
	{ "oldpath", KIND_STRING },
	{ "newpath", KIND_STRING },
	{ "name", KIND_STRING },
	{ "source", KIND_STRING },
	{ "fstype", KIND_STRING },
	{ "argv", KIND_STRINGS },
	{ "mode", KIND_MODE },
	{ "sig", KIND_SIGNAL },
	{ "set", KIND_SIGSET },
	{ "timespec", KIND_TIMESPEC },
	{ "request", KIND_TIMESPEC },
	{ "timeval", KIND_TIMEVAL },
	{ "itimerspec", KIND_TIMER },
	{ "fds", KIND_POLLFDS },
	{ "event", KIND_EVENT },
	{ "events", KIND_EVENTS },
	{ "sockaddr", KIND_ADDRESS },
	{ "statbuf", KIND_STAT },
	{ "pipefd", KIND_PAIR_OF_FDS },
	{ "wstatus", KIND_STATUS },
	{ "outbuf", KIND_FILLED },
	{ "out_timespec", KIND_OUT_TIMESPEC },
	{ "outpath", KIND_OUT_STRING },
	{ "rlimit", KIND_RLIMIT },
	{ "old_rlimit", KIND_OUT_POINTER },
	{ "oldset", KIND_OUT_POINTER },
	{ "offset", KIND_NUMBER },
};

static bool fills_buffer(const char *call)
{
	return string_equal(call, "read") || string_equal(call, "pread64") ||
	       string_equal(call, "recvfrom") ||
	       string_starts(call, "readlink");
}

static bool fills_address(const char *call)
{
	return string_starts(call, "accept") ||
	       string_starts(call, "getsockname") ||
	       string_starts(call, "getpeername") ||
	       string_starts(call, "recvfrom");
}

static enum kind kind_of(const struct shape *shape, unsigned i)
{
	const char *name = shape->arguments[i].name;
	const char *type = shape->arguments[i].type;

	if (string_equal(name, "buf"))
		return fills_buffer(shape->name) ? KIND_FILLED : KIND_DATA;
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		if (!string_equal(kinds[k].name, name))
			continue;
		if (kinds[k].kind == KIND_ADDRESS && fills_address(shape->name))
			return KIND_OUT_ADDRESS;
		return kinds[k].kind;
	}
	return string_equal(type, "uaddr_t") ? KIND_POINTER : KIND_NUMBER;
}

static bool needs_result(enum kind kind)
{
	return kind == KIND_FILLED || kind == KIND_EVENTS ||
	       kind == KIND_STAT || kind == KIND_PAIR_OF_FDS ||
	       kind == KIND_STATUS || kind == KIND_OUT_TIMESPEC ||
	       kind == KIND_OUT_ADDRESS || kind == KIND_OUT_STRING ||
	       kind == KIND_OUT_POINTER;
}

static void show_number(struct text *text, const struct shape *shape,
			unsigned i, uint64_t value)
{
	const char *type = shape->arguments[i].type;
	const struct flag_set *set =
		strace_flag_set(shape->name, shape->arguments[i].name);

	if (set)
		strace_flags(text, set, value);
	else if (string_equal(type, "int"))
		text_add(text, "%d", (int)value);
	else if (string_equal(type, "unsigned") ||
		 string_equal(type, "uint32_t"))
		text_add(text, "%u", (uint32_t)value);
	else if (string_equal(type, "int64_t"))
		text_add(text, "%lld", (long long)value);
	else
		text_add(text, "%llu", (unsigned long long)value);
}

/* Filled in by the kernel; `result` is not an error. */
static void show_result_argument(struct trace *trace, enum kind kind,
				 unsigned i, long result)
{
	struct text *text = &trace->text;
	uint64_t value = trace->arguments[i];
	uint32_t word;

	switch (kind) {
	case KIND_FILLED:
		show_buffer(text, value, (size_t)result);
		break;
	case KIND_EVENTS:
		show_epoll_events(text, value, result);
		break;
	case KIND_STAT:
		show_stat(text, value);
		break;
	case KIND_PAIR_OF_FDS:
		show_ints(text, value, 2);
		break;
	case KIND_STATUS:
		if (value && result > 0 && !get_user_32(&word, value))
			text_add(text, "[{0x%x}]", word);
		else
			show_pointer(text, value);
		break;
	case KIND_OUT_TIMESPEC:
		show_pair(text, value, "tv_sec", "tv_nsec");
		break;
	case KIND_OUT_ADDRESS:
		if (value && !get_user_32(&word, trace->arguments[i + 1]))
			show_address(text, value, word);
		else
			show_pointer(text, value);
		break;
	case KIND_OUT_STRING:
		show_string(text, value, PATH_SHOWN);
		break;
	default:
		if (string_equal(trace->shape->arguments[i].name, "oldset"))
			show_signals(text, value);
		else if (value)
			show_pair(text, value, "rlim_cur", "rlim_max");
		else
			text_str(text, "NULL");
	}
}

/* AT_FDCWD and the mode of an open that creates nothing are special. */
static void show_argument(struct trace *trace, enum kind kind, unsigned i)
{
	struct text *text = &trace->text;
	uint64_t value = trace->arguments[i], *arguments = trace->arguments;
	const char *call = trace->shape->name;

	switch (kind) {
	case KIND_DIRFD:
		if ((int)value == -100) {
			text_str(text, "AT_FDCWD");
			break;
		}
		FALLTHROUGH;
	case KIND_FD:
		text_add(text, "%d", (int)value);
		break;
	case KIND_STRING:
		show_string(text, value, PATH_SHOWN);
		break;
	case KIND_DATA:
		show_buffer(text, value, arguments[i + 1]);
		break;
	case KIND_STRINGS:
		show_strings(text, value);
		break;
	case KIND_MODE:
		strace_mode(text, (uint32_t)value);
		break;
	case KIND_SIGNAL:
		strace_signal(text, (int)value);
		break;
	case KIND_SIGSET:
		show_signals(text, value);
		break;
	case KIND_TIMESPEC:
		show_pair(text, value, "tv_sec", "tv_nsec");
		break;
	case KIND_TIMEVAL:
		show_pair(text, value, "tv_sec", "tv_usec");
		break;
	case KIND_RLIMIT:
		if (value)
			show_pair(text, value, "rlim_cur", "rlim_max");
		else
			text_str(text, "NULL");
		break;
	case KIND_TIMER:
		show_timer(text, value);
		break;
	case KIND_POLLFDS:
		show_pollfds(text, value, (unsigned)arguments[i + 1], false);
		break;
	case KIND_EVENT:
		if (string_equal(call, "epoll_ctl") && value) {
			show_epoll_events(text, value, 1);
			break;
		}
		FALLTHROUGH;
	case KIND_POINTER:
		show_pointer(text, value);
		break;
	case KIND_ADDRESS:
		show_address(text, value, arguments[i + 1]);
		break;
	default:
		show_number(text, trace->shape, i, value);
	}
}

/* Arguments that strace leaves out. */
static unsigned count_of(const struct shape *shape, const uint64_t *arguments)
{
	if (string_equal(shape->name, "open") && !(arguments[1] & 020000100))
		return 2;
	if (string_equal(shape->name, "openat") && !(arguments[2] & 020000100))
		return 3;
	if (string_equal(shape->name, "fcntl") &&
	    (arguments[1] == 1 || arguments[1] == 3))
		return 2;
	return shape->count;
}

/* Up to the first argument that must wait for the result. */
static void show_arguments(struct trace *trace, bool returned, long result)
{
	unsigned count = count_of(trace->shape, trace->arguments);

	for (; trace->done < count; trace->done++) {
		enum kind kind = kind_of(trace->shape, trace->done);

		if (needs_result(kind) && !returned)
			return;
		if (trace->done)
			text_str(&trace->text, ", ");
		if (!needs_result(kind))
			show_argument(trace, kind, trace->done);
		else if (IS_ERROR(result))
			show_pointer(&trace->text,
				     trace->arguments[trace->done]);
		else
			show_result_argument(trace, kind, trace->done, result);
	}
}

/* ---- lines ----------------------------------------------------------------------- */

static bool is_wanted(const struct thread *thread)
{
	return string_equal(wanted, "all") ||
	       string_equal(wanted, thread->name);
}

static void print(struct trace *trace)
{
	log_raw("[pid %5d] %s\n", trace->thread->tid, trace->line);
}

void strace_enter(const struct trap_frame *frame)
{
	uint32_t number = (uint32_t)frame->orig_rax;
	struct thread *thread = current_thread();
	struct trace *trace;

	if (!is_wanted(thread) || number >= SYSCALL_NUMBERS ||
	    !shapes[number].name)
		return;
	trace = kmalloc(sizeof(*trace));
	if (!trace)
		return;
	trace->thread = thread;
	trace->shape = &shapes[number];
	trace->done = 0;
	memcpy(trace->arguments,
	       ((uint64_t[6]){ frame->rdi, frame->rsi, frame->rdx, frame->r10,
			       frame->r8, frame->r9 }),
	       sizeof(trace->arguments));
	text_init(&trace->text, trace->line, LINE_SIZE);
	text_add(&trace->text, "%s(", trace->shape->name);
	show_arguments(trace, false, 0);
	if (string_starts(trace->shape->name, "exit")) {
		text_str(&trace->text, ") = ?");
		print(trace);
		kfree(trace);
		return;
	}
	spin_lock(&traces_lock);
	trace->next = traces;
	traces = trace;
	spin_unlock(&traces_lock);
}

static struct trace *find_own(void)
{
	struct trace **link, *trace;

	spin_lock(&traces_lock);
	for (link = &traces; *link; link = &(*link)->next)
		if ((*link)->thread == current_thread())
			break;
	trace = *link;
	if (trace)
		*link = trace->next;
	spin_unlock(&traces_lock);
	return trace;
}

static void show_restart(struct text *text, long result)
{
	static const char *const names[] = { "ERESTARTSYS", "ERESTARTNOINTR",
					     "ERESTARTNOHAND", NULL,
					     "ERESTART_RESTARTBLOCK" };
	size_t i = (size_t)(-result - ERESTARTSYS);

	text_add(text, "? %s (to be restarted)",
		 i < ARRAY_LEN(names) && names[i] ? names[i] : "ERESTART");
}

static bool returns_address(const char *call)
{
	return string_equal(call, "mmap") || string_equal(call, "brk") ||
	       string_equal(call, "mremap");
}

void strace_leave(const struct trap_frame *frame, uint32_t number)
{
	struct trace *trace = find_own();
	long result = (long)frame->rax;
	struct text *text;

	if (!trace)
		return;
	text = &trace->text;
	show_arguments(trace, true, result);
	text_str(text, ") = ");
	if (result <= -512 && result >= -516)
		show_restart(text, result);
	else if (IS_ERROR(result))
		text_add(text, "-1 %s (%s)",
			 errno_name((int)-result) ? errno_name((int)-result) :
						    "E?",
			 errno_text((int)-result) ? errno_text((int)-result) :
						    "Unknown error");
	else if (returns_address(trace->shape->name))
		text_add(text, "0x%llx", (unsigned long long)result);
	else
		text_add(text, "%lld", (long long)result);
	if (string_equal(trace->shape->name, "poll") && result > 0) {
		text_str(text, " (");
		show_pollfds(text, trace->arguments[0],
			     (unsigned)trace->arguments[1], true);
		text_char(text, ')');
	}
	print(trace);
	kfree(trace);
}
