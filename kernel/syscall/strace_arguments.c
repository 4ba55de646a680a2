// SPDX-License-Identifier: MIT
/*
 * The tracer's view of arguments: what each is, by its name and type in
 * table.h, and which of them only the call's result makes readable.
 */
#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/syscall/strace_names.h"
#include "kernel/syscall/strace_trace.h"
#include "kernel/syscall/strace_values.h"
#include "lib/errno.h"
#include "lib/string.h"

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
	KIND_SIGACTION,
	KIND_OUT_SIGACTION,
	KIND_ENVIRONMENT,
	KIND_IOVECS,
	KIND_OUT_IOVECS,
	KIND_MESSAGE,
	KIND_OUT_MESSAGE,
	KIND_OPTION,
	KIND_OUT_OPTION,
	KIND_LENGTH,
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
	{ "act", KIND_SIGACTION },
	{ "oldact", KIND_OUT_SIGACTION },
	{ "envp", KIND_ENVIRONMENT },
	{ "iov", KIND_IOVECS },
	{ "msg", KIND_MESSAGE },
	{ "optval", KIND_OPTION },
	{ "addrlenp", KIND_LENGTH },
	{ "optlenp", KIND_LENGTH },
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

/* The same argument is given in one call and filled in by another. */
static enum kind kind_filled(const char *call, enum kind kind)
{
	switch (kind) {
	case KIND_ADDRESS:
		return fills_address(call) ? KIND_OUT_ADDRESS : kind;
	case KIND_IOVECS:
		return strstr(call, "readv") ? KIND_OUT_IOVECS : kind;
	case KIND_MESSAGE:
		return string_starts(call, "recv") ? KIND_OUT_MESSAGE : kind;
	case KIND_OPTION:
		return string_starts(call, "get") ? KIND_OUT_OPTION : kind;
	default:
		return kind;
	}
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
		return kind_filled(shape->name, kinds[k].kind);
	}
	return string_equal(type, "uaddr_t") ? KIND_POINTER : KIND_NUMBER;
}

static bool needs_result(enum kind kind)
{
	return kind == KIND_FILLED || kind == KIND_EVENTS ||
	       kind == KIND_STAT || kind == KIND_PAIR_OF_FDS ||
	       kind == KIND_STATUS || kind == KIND_OUT_TIMESPEC ||
	       kind == KIND_OUT_ADDRESS || kind == KIND_OUT_STRING ||
	       kind == KIND_OUT_POINTER || kind == KIND_OUT_SIGACTION ||
	       kind == KIND_OUT_IOVECS || kind == KIND_OUT_MESSAGE ||
	       kind == KIND_OUT_OPTION || kind == KIND_LENGTH;
}

static void show_number(struct text *text, const struct shape *shape,
			const uint64_t *arguments, unsigned i)
{
	uint64_t value = arguments[i];
	const char *type = shape->arguments[i].type;
	const struct flag_set *set =
		strace_flag_set(shape->name, shape->arguments[i].name);

	if (string_equal(shape->arguments[i].name, "optname"))
		set = strace_option_set((int)arguments[1]);
	if (string_equal(shape->arguments[i].name, "protocol"))
		set = strace_protocol_set((int)arguments[0]);
	if (string_equal(shape->name, "fcntl") && i == 2)
		set = strace_fcntl_set((unsigned)arguments[1]);
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

/* A length that the kernel may have changed. */
static void show_length(struct text *text, const struct trace *trace,
			uaddr_t at)
{
	uint32_t now;

	if (!at || get_user_32(&now, at))
		strace_pointer(text, at);
	else if (now == trace->length)
		text_add(text, "[%u]", now);
	else
		text_add(text, "[%u => %u]", trace->length, now);
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
		strace_buffer(text, value, (size_t)result);
		break;
	case KIND_EVENTS:
		strace_epoll_events(text, value, result);
		break;
	case KIND_STAT:
		strace_stat(text, value);
		break;
	case KIND_PAIR_OF_FDS:
		strace_ints(text, value, 2);
		break;
	case KIND_STATUS:
		if (result > 0)
			strace_wait_status(text, value);
		else
			strace_pointer(text, value);
		break;
	case KIND_OUT_SIGACTION:
		strace_sigaction(text, value);
		break;
	case KIND_OUT_IOVECS:
		strace_iovecs(text, value, trace->arguments[i + 1],
			      (size_t)result);
		break;
	case KIND_OUT_MESSAGE:
		strace_message(text, value, (size_t)result);
		break;
	case KIND_LENGTH:
		show_length(text, trace, value);
		break;
	case KIND_OUT_OPTION:
		if (!get_user_32(&word, trace->arguments[i + 1]) && word == 4)
			strace_ints(text, value, 1);
		else
			strace_pointer(text, value);
		break;
	case KIND_OUT_TIMESPEC:
		strace_pair(text, value, "tv_sec", "tv_nsec");
		break;
	case KIND_OUT_ADDRESS:
		if (value && !get_user_32(&word, trace->arguments[i + 1]))
			strace_address(text, value, word);
		else
			strace_pointer(text, value);
		break;
	case KIND_OUT_STRING:
		strace_string(text, value, PATH_SHOWN);
		break;
	default:
		if (string_equal(trace->shape->arguments[i].name, "oldset"))
			strace_signals(text, value);
		else if (value)
			strace_pair(text, value, "rlim_cur", "rlim_max");
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
		strace_string(text, value, PATH_SHOWN);
		break;
	case KIND_DATA:
		strace_buffer(text, value, arguments[i + 1]);
		break;
	case KIND_STRINGS:
		strace_strings(text, value);
		break;
	case KIND_MODE:
		if (string_starts(call, "mknod"))
			strace_mode(text, (uint32_t)value);
		else
			text_add(text, "%#03o", (uint32_t)value);
		break;
	case KIND_SIGNAL:
		strace_signal(text, (int)value);
		break;
	case KIND_SIGSET:
		strace_signals(text, value);
		break;
	case KIND_TIMESPEC:
		strace_pair(text, value, "tv_sec", "tv_nsec");
		break;
	case KIND_TIMEVAL:
		strace_pair(text, value, "tv_sec", "tv_usec");
		break;
	case KIND_RLIMIT:
		if (value)
			strace_pair(text, value, "rlim_cur", "rlim_max");
		else
			text_str(text, "NULL");
		break;
	case KIND_TIMER:
		strace_timer(text, value);
		break;
	case KIND_POLLFDS:
		strace_pollfds(text, value, (unsigned)arguments[i + 1], false);
		break;
	case KIND_EVENT:
		if (string_equal(call, "epoll_ctl") && value) {
			strace_epoll_event(text, value);
			break;
		}
		FALLTHROUGH;
	case KIND_POINTER:
		strace_pointer(text, value);
		break;
	case KIND_ADDRESS:
		strace_address(text, value, arguments[i + 1]);
		break;
	case KIND_SIGACTION:
		strace_sigaction(text, value);
		break;
	case KIND_ENVIRONMENT:
		strace_environment(text, value);
		break;
	case KIND_IOVECS:
		strace_iovecs(text, value, arguments[i + 1], SIZE_MAX);
		break;
	case KIND_MESSAGE:
		strace_message(text, value, SIZE_MAX);
		break;
	case KIND_OPTION:
		if (arguments[i + 1] == 4)
			strace_ints(text, value, 1);
		else
			strace_pointer(text, value);
		break;
	default:
		show_number(text, trace->shape, arguments, i);
	}
}

static unsigned futex_arguments(unsigned operation)
{
	switch (operation & 127) {
	case 0: /* FUTEX_WAIT */
		return 4;
	case 1: /* FUTEX_WAKE */
		return 3;
	default:
		return 6;
	}
}

static bool is_device(uint64_t mode)
{
	return (mode & 0170000) == 0020000 || (mode & 0170000) == 0060000;
}

/* Arguments that strace leaves out. */
static unsigned count_of(const struct shape *shape, const uint64_t *arguments)
{
	if (string_equal(shape->name, "open") && !(arguments[1] & 020000100))
		return 2;
	if (string_equal(shape->name, "openat") && !(arguments[2] & 020000100))
		return 3;
	if (string_equal(shape->name, "fcntl") &&
	    (arguments[1] == F_GETFD || arguments[1] == F_GETFL))
		return 2;
	if (string_equal(shape->name, "mknod") && !is_device(arguments[1]))
		return 2;
	if (string_equal(shape->name, "mknodat") && !is_device(arguments[2]))
		return 3;
	if (string_equal(shape->name, "futex"))
		return futex_arguments((unsigned)arguments[1]);
	return shape->count;
}

/* Up to the first argument that must wait for the result. */
void strace_arguments(struct trace *trace, bool returned, long result)
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
		else if (IS_ERROR(result) && kind != KIND_LENGTH)
			strace_pointer(&trace->text,
				       trace->arguments[trace->done]);
		else
			show_result_argument(trace, kind, trace->done, result);
	}
}

void strace_note_length(struct trace *trace)
{
	trace->length = 0;
	for (unsigned i = 0; i < trace->shape->count; i++)
		if (kind_of(trace->shape, i) == KIND_LENGTH)
			(void)!get_user_32(&trace->length, trace->arguments[i]);
}
