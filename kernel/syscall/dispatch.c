// SPDX-License-Identifier: MIT
/*
 * From a trap frame to the body of a system call.
 *
 * table.h yields, for each number, an adapter that takes typed arguments from
 * the frame. Bodies are weak here: a call that no file defines gets the adapter
 * `absent`, which counts it for /proc/weir/unimplemented and answers -ENOSYS.
 * The way through is one bounds check, one flag (is anything traced?) and one
 * indirect call.
 */
#include "kernel/arch/x86_64/trap.h"
#include "kernel/file/fdtable.h"
#include "kernel/proc/process.h"
#include "kernel/syscall/event.h"
#include "kernel/syscall/strace.h"
#include "kernel/syscall/syscall.h"
#include "lib/format.h"
#include "lib/string.h"

/* clang-format off */
#define WEAK(name) \
	extern __typeof__(sys_##name) sys_##name __attribute__((weak));
#define ADAPTER(name, ...) \
	WEAK(name) \
	static long call_##name(struct trap_frame *frame) \
	{ \
		return sys_##name(__VA_ARGS__); \
	}
#define A(type) (type)frame->rdi
#define B(type) (type)frame->rsi
#define C(type) (type)frame->rdx
#define D(type) (type)frame->r10
#define E(type) (type)frame->r8
#define F(type) (type)frame->r9
#define SYSCALL0(nr, name) ADAPTER(name)
#define SYSCALL1(nr, name, ta, a) ADAPTER(name, A(ta))
#define SYSCALL2(nr, name, ta, a, tb, b) ADAPTER(name, A(ta), B(tb))
#define SYSCALL3(nr, name, ta, a, tb, b, tc, c) \
	ADAPTER(name, A(ta), B(tb), C(tc))
#define SYSCALL4(nr, name, ta, a, tb, b, tc, c, td, d) \
	ADAPTER(name, A(ta), B(tb), C(tc), D(td))
#define SYSCALL5(nr, name, ta, a, tb, b, tc, c, td, d, te, e) \
	ADAPTER(name, A(ta), B(tb), C(tc), D(td), E(te))
#define SYSCALL6(nr, name, ta, a, tb, b, tc, c, td, d, te, e, tf, f) \
	ADAPTER(name, A(ta), B(tb), C(tc), D(td), E(te), F(tf))
#include "kernel/syscall/table.h"
#undef SYSCALL0
#undef SYSCALL1
#undef SYSCALL2
#undef SYSCALL3
#undef SYSCALL4
#undef SYSCALL5
#undef SYSCALL6
#undef A
#undef B
#undef C
#undef D
#undef E
#undef F

typedef long (*adapter)(struct trap_frame *frame);

struct entry {
	adapter call;
	const void *body;
	const char *name;
};

#define ENTRY(nr, name) [nr] = { call_##name, (void *)sys_##name, #name },
#define SYSCALL0(nr, name) ENTRY(nr, name)
#define SYSCALL1(nr, name, ...) ENTRY(nr, name)
#define SYSCALL2(nr, name, ...) ENTRY(nr, name)
#define SYSCALL3(nr, name, ...) ENTRY(nr, name)
#define SYSCALL4(nr, name, ...) ENTRY(nr, name)
#define SYSCALL5(nr, name, ...) ENTRY(nr, name)
#define SYSCALL6(nr, name, ...) ENTRY(nr, name)
static const struct entry entries[SYSCALL_NUMBERS] = {
#include "kernel/syscall/table.h"
};
/* clang-format on */

static adapter adapters[SYSCALL_NUMBERS];
static uint64_t absent_counts[SYSCALL_NUMBERS + 1]; /* last: any other */

/* Arguments that no body knows what to do with. */
#define ODD_CALLS 64
static struct {
	const char *what;
	uint64_t value, count;
} odd_calls[ODD_CALLS];
static struct spinlock odd_lock = SPINLOCK_INIT;

static long absent(struct trap_frame *frame)
{
	uint32_t number = (uint32_t)frame->orig_rax;

	__atomic_fetch_add(&absent_counts[MIN(number, SYSCALL_NUMBERS)], 1,
			   __ATOMIC_RELAXED);
	return -ENOSYS;
}

static void dispatch(struct trap_frame *frame)
{
	uint32_t number = (uint32_t)frame->orig_rax;
	adapter call = absent;

	if (likely(number < SYSCALL_NUMBERS))
		call = adapters[number];
	if (unlikely(strace_enabled))
		strace_enter(frame);
	frame->rax = (uint64_t)call(frame);
	if (unlikely(strace_enabled))
		strace_leave(frame, number);
}

const char *syscall_name(unsigned number)
{
	return number < SYSCALL_NUMBERS ? entries[number].name : NULL;
}

void syscall_count_unimplemented(const char *what, uint64_t value)
{
	spin_lock(&odd_lock);
	for (unsigned i = 0; i < ODD_CALLS; i++) {
		if (!odd_calls[i].what) {
			odd_calls[i].what = what;
			odd_calls[i].value = value;
		}
		if (string_equal(odd_calls[i].what, what) &&
		    odd_calls[i].value == value) {
			odd_calls[i].count++;
			break;
		}
	}
	spin_unlock(&odd_lock);
}

void syscall_print_unimplemented(struct text *text)
{
	for (unsigned i = 0; i <= SYSCALL_NUMBERS; i++) {
		uint64_t count =
			__atomic_load_n(&absent_counts[i], __ATOMIC_RELAXED);
		const char *name = syscall_name(i);

		if (!count)
			continue;
		text_add(text, "%llu %s (%u)\n", (unsigned long long)count,
			 name ? name : "unknown", i);
	}
	spin_lock(&odd_lock);
	for (unsigned i = 0; i < ODD_CALLS && odd_calls[i].what; i++)
		text_add(text, "%llu %s 0x%llx\n",
			 (unsigned long long)odd_calls[i].count,
			 odd_calls[i].what,
			 (unsigned long long)odd_calls[i].value);
	spin_unlock(&odd_lock);
}

static uint64_t file_limit(void)
{
	return process_limit(RLIM_NOFILE);
}

void syscall_init(void)
{
	for (unsigned i = 0; i < SYSCALL_NUMBERS; i++)
		adapters[i] = entries[i].body ? entries[i].call : absent;
	fd_limit = file_limit;
	signalfd_hooks_init();
	async_hooks_init();
	strace_init();
	trap_handlers.syscall = dispatch;
}
