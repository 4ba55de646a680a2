// SPDX-License-Identifier: MIT
/*
 * System calls: the prototypes of every sys_NAME (from table.h), the entry
 * from the architecture, and the count of calls that are not there.
 *
 * A body takes the arguments as table.h types them and returns a value or -E;
 * the user's registers are current_thread()->frame. Bodies are thin: they copy
 * in, call the room that knows, and copy out.
 */
#pragma once

#include "lib/errno.h"
#include "lib/types.h"

struct text;
struct trap_frame;

#define SYSCALL_NUMBERS 451 /* one more than the highest */

#define SYSCALL0(nr, name) long sys_##name(void);
#define SYSCALL1(nr, name, ta, a) long sys_##name(ta a);
#define SYSCALL2(nr, name, ta, a, tb, b) long sys_##name(ta a, tb b);
#define SYSCALL3(nr, name, ta, a, tb, b, tc, c) \
	long sys_##name(ta a, tb b, tc c);
#define SYSCALL4(nr, name, ta, a, tb, b, tc, c, td, d) \
	long sys_##name(ta a, tb b, tc c, td d);
#define SYSCALL5(nr, name, ta, a, tb, b, tc, c, td, d, te, e) \
	long sys_##name(ta a, tb b, tc c, td d, te e);
#define SYSCALL6(nr, name, ta, a, tb, b, tc, c, td, d, te, e, tf, f) \
	long sys_##name(ta a, tb b, tc c, td d, te e, tf f);
#include "kernel/syscall/table.h"
#undef SYSCALL0
#undef SYSCALL1
#undef SYSCALL2
#undef SYSCALL3
#undef SYSCALL4
#undef SYSCALL5
#undef SYSCALL6

/* Installs trap_handlers.syscall and the upward hooks of kernel/file. */
void syscall_init(void);
/* "read", or NULL for a number without a name. */
const char *syscall_name(unsigned number);
/* Lines "COUNT NAME (NUMBER)" for /proc/weir/unimplemented. */
void syscall_print_unimplemented(struct text *text);
/* Counts a call that is there but met an argument it cannot serve, under
 * "name: what" (ioctl 0x5413, prctl 35 ...); `what` must be a constant. */
void syscall_count_unimplemented(const char *what, uint64_t value);

/* A wait ended by a signal: calls that go on after the handler. */
static inline long restartable(long result)
{
	return result == -EINTR ? -ERESTARTSYS : result;
}
