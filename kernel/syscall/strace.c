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
#include "kernel/syscall/strace_trace.h"
#include "kernel/syscall/strace_values.h"
#include "kernel/syscall/syscall.h"
#include "lib/format.h"
#include "lib/string.h"

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
static const struct shape shapes[SYSCALL_NUMBERS] = {
#include "kernel/syscall/table.h"
};
/* clang-format on */

bool strace_enabled;
static const char *wanted;

static struct trace *traces;
static struct spinlock traces_lock = SPINLOCK_INIT;

void strace_init(void)
{
	wanted = cmdline_value("weir.strace");
	strace_enabled = wanted && *wanted;
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
	strace_note_length(trace);
	text_init(&trace->text, trace->line, LINE_SIZE);
	text_add(&trace->text, "%s(", trace->shape->name);
	strace_arguments(trace, false, 0);
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

/* fcntl's "0x802 (flags O_RDWR|O_NONBLOCK)". */
static void show_flags_result(struct text *text, struct trace *trace,
			      long result)
{
	unsigned of = trace->arguments[1] == F_GETFL ? F_SETFL : F_SETFD;

	text_add(text, "0x%lx (flags ", result);
	strace_flags(text, strace_fcntl_set(of), (uint64_t)result);
	text_char(text, ')');
}

static bool returns_address(const char *call)
{
	return string_equal(call, "mmap") || string_equal(call, "brk") ||
	       string_equal(call, "mremap");
}

static void show_error(struct text *text, int number)
{
	const char *name = errno_name(number), *what = errno_text(number);

	text_add(text, "-1 %s (%s)", name ? name : "E?",
		 what ? what : "Unknown error");
}

/* The number, as the call's results are usually written. */
static void show_number_result(struct trace *trace, long result)
{
	struct text *text = &trace->text;
	const char *call = trace->shape->name;
	bool fcntl_get = string_equal(call, "fcntl") &&
			 (trace->arguments[1] == F_GETFL ||
			  trace->arguments[1] == F_GETFD);

	if (returns_address(call))
		text_add(text, "0x%lx", result);
	else if (string_equal(call, "umask"))
		text_add(text, "%#03lo", result);
	else if (fcntl_get && result > 0)
		show_flags_result(text, trace, result);
	else
		text_add(text, "%ld", result);
}

/* What strace says about a good result in brackets. */
static void show_remark(struct trace *trace, long result)
{
	struct text *text = &trace->text;
	const char *call = trace->shape->name;
	bool polls = string_equal(call, "poll") || string_equal(call, "ppoll");

	if (!result && (polls || string_equal(call, "select") ||
			string_equal(call, "pselect6")))
		text_str(text, " (Timeout)");
	if (result > 0 && polls) {
		text_str(text, " (");
		strace_pollfds(text, trace->arguments[0],
			       (unsigned)trace->arguments[1], true);
		text_char(text, ')');
	}
}

void strace_leave(const struct trap_frame *frame, uint32_t number)
{
	struct trace *trace = find_own();
	long result = (long)frame->rax;

	if (!trace)
		return;
	strace_arguments(trace, true, result);
	text_str(&trace->text, ") = ");
	if (result <= -ERESTARTSYS && result >= -ERESTART_RESTARTBLOCK) {
		show_restart(&trace->text, result);
	} else if (IS_ERROR(result)) {
		show_error(&trace->text, (int)-result);
	} else {
		show_number_result(trace, result);
		show_remark(trace, result);
	}
	print(trace);
	kfree(trace);
}
