// SPDX-License-Identifier: MIT
/*
 * What the processor reports about user code becomes a signal: the vectors and
 * si_codes are Linux's (arch/x86/kernel/traps.c).
 */
#include "kernel/arch/x86_64/trap.h"

#include "kernel/arch/x86_64/log.h"
#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/proc/internal.h"
#include "kernel/sched/thread.h"
#include "kernel/vm/space.h"
#include "lib/atomic.h"
#include "lib/errno.h"

#define SEGV_MAPERR 1
#define SEGV_ACCERR 2
#define BUS_ADRALN 1
#define BUS_ADRERR 2
#define ILL_ILLOPN 2
#define FPE_INTDIV 1
#define TRAP_BRKPT 1
#define TRAP_TRACE 2

static void fault_signal(struct trap_frame *frame, int number, int code,
			 uaddr_t address)
{
	struct thread_extra *extra = current_thread()->extra;
	struct signal_info info = { .number = number,
				    .code = code,
				    .address = address,
				    .from_kernel = true };

	extra->trap_number = frame->vector;
	extra->trap_error = frame->error;
	extra->trap_address = frame->vector == 14 ? address : 0;
	signal_force(&info);
}

static void kill_for_memory(void)
{
	struct signal_info info = { .number = SIGKILL,
				    .code = SI_KERNEL,
				    .from_kernel = true };

	signal_force(&info);
}

static int page_fault(struct trap_frame *frame, uaddr_t address)
{
	struct thread *self = current_thread();
	bool user = trap_from_user(frame), map_error = true;
	int error = -EFAULT;

	if (!user && (self->nofault || !self->space))
		return -EFAULT;
	if (self->space) {
		unsigned access = frame->error;

		error = space_fault(self->space, address, access, &map_error);
		if (!error && self->extra)
			self->extra->faults_minor++;
	}
	if (!error || !user)
		return error;
	if (error == -EIO)
		fault_signal(frame, SIGBUS, BUS_ADRERR, address);
	else if (error == -ENOMEM)
		kill_for_memory();
	else
		fault_signal(frame, SIGSEGV,
			     map_error ? SEGV_MAPERR : SEGV_ACCERR, address);
	return error;
}

static int sse_code(void)
{
	uint32_t csr = 0, raised;

	__asm__ volatile("stmxcsr %0" : "=m"(csr));
	raised = csr & ~(csr >> 7) & 0x3f;
	if (raised & 1)
		return 7; /* FPE_FLTINV */
	if (raised & 4)
		return 3; /* FPE_FLTDIV */
	if (raised & 8)
		return 4; /* FPE_FLTOVF */
	if (raised & 0x12)
		return 5; /* FPE_FLTUND */
	return raised & 0x20 ? 6 : 14;
}

static void user_exception(struct trap_frame *frame, uaddr_t address)
{
	uaddr_t at = frame->rip;

	switch (frame->vector) {
	case 0:
		fault_signal(frame, SIGFPE, FPE_INTDIV, at);
		break;
	case 1:
		fault_signal(frame, SIGTRAP, TRAP_TRACE, at);
		break;
	case 3:
		fault_signal(frame, SIGTRAP, SI_KERNEL, 0);
		break;
	case 6:
		fault_signal(frame, SIGILL, ILL_ILLOPN, at);
		break;
	case 16:
	case 19:
		fault_signal(frame, SIGFPE, sse_code(), at);
		break;
	case 11:
	case 12:
		fault_signal(frame, SIGBUS, SI_KERNEL, 0);
		break;
	case 17:
		fault_signal(frame, SIGBUS, BUS_ADRALN, at);
		break;
	default:
		fault_signal(frame, SIGSEGV, SI_KERNEL, 0);
		break;
	}
}

static void return_to_user(struct trap_frame *frame)
{
	struct thread *self = current_thread();

	if (self->kernel || !self->process)
		return;
	if (atomic_load(&self->user_work) & (WORK_SIGNAL | WORK_RESTORE_MASK))
		signal_deliver(frame);
}

static void raise(int number)
{
	struct thread *self = current_thread();
	struct signal_info info = { .number = number, .code = SI_USER };

	if (!self->process)
		return;
	info.pid = self->process->pid;
	info.uid = self->cred->uid;
	info.from_kernel = true;
	thread_signal(self, &info);
}

void trap_hooks_init(void);
void trap_hooks_init(void)
{
	trap_handlers.page_fault = page_fault;
	trap_handlers.user_exception = user_exception;
	trap_handlers.return_to_user = return_to_user;
	thread_raise = raise;
}
