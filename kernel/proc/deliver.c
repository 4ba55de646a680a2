// SPDX-License-Identifier: MIT
/*
 * Delivery: what happens to a thread's signals on its way to user mode.
 *
 * One loop takes signals until none is deliverable: default actions are done
 * here, handlers get a frame on the user's stack (frame.c), one on top of the
 * other. Then an interrupted system call is restarted or given EINTR.
 */
#include "kernel/proc/internal.h"

#include "kernel/arch/x86_64/trap.h"
#include "lib/atomic.h"
#include "lib/errno.h"

#define NR_RESTART_SYSCALL 219
#define DEFAULT_STOP                                                       \
	(SIGNAL_BIT(SIGSTOP) | SIGNAL_BIT(SIGTSTP) | SIGNAL_BIT(SIGTTIN) | \
	 SIGNAL_BIT(SIGTTOU))
#define DEFAULT_IGNORE                                                    \
	(SIGNAL_BIT(SIGCHLD) | SIGNAL_BIT(SIGCONT) | SIGNAL_BIT(SIGURG) | \
	 SIGNAL_BIT(SIGWINCH))

static bool in_system_call(const struct trap_frame *frame)
{
	return (int64_t)frame->orig_rax >= 0;
}

static void again(struct trap_frame *frame, uint64_t number)
{
	frame->rax = number;
	frame->rip -= 2; /* the syscall instruction */
}

/* A handler will run: is the call done again after it? */
static void restart_after_handler(struct trap_frame *frame, uint64_t flags)
{
	if (!in_system_call(frame))
		return;
	switch (-(int64_t)frame->rax) {
	case ERESTARTSYS:
		if (flags & SA_RESTART)
			again(frame, frame->orig_rax);
		else
			frame->rax = -EINTR;
		break;
	case ERESTARTNOINTR:
		again(frame, frame->orig_rax);
		break;
	case ERESTARTNOHAND:
	case ERESTART_RESTARTBLOCK:
		frame->rax = -EINTR;
		break;
	}
	frame->orig_rax = -1;
}

static void restart_without_handler(struct trap_frame *frame)
{
	if (!in_system_call(frame))
		return;
	switch (-(int64_t)frame->rax) {
	case ERESTARTSYS:
	case ERESTARTNOINTR:
	case ERESTARTNOHAND:
		again(frame, frame->orig_rax);
		break;
	case ERESTART_RESTARTBLOCK:
		again(frame, NR_RESTART_SYSCALL);
		break;
	}
}

/* A signal without a handler. */
static void default_action(const struct signal_info *info)
{
	struct process *process = current_process();
	sigset_bits bit = SIGNAL_BIT(info->number);
	uint64_t flags;

	if (bit & DEFAULT_IGNORE)
		return;
	if (process == init_process && !(info->from_kernel && info->code > 0))
		return;
	if (!(bit & DEFAULT_STOP))
		process_exit(info->number);
	flags = spin_lock_irqsave(&process_lock);
	if (info->number == SIGSTOP ||
	    !group_is_orphaned_locked(process->pgid, NULL))
		stop_begin(process, info->number);
	spin_unlock_irqrestore(&process_lock, flags);
}

/* The action for it as of now; RESETHAND is done here. */
static struct signal_action action_of(int number)
{
	struct signal_actions *actions = current_process()->actions;
	uint64_t flags = spin_lock_irqsave(&actions->lock);
	struct signal_action action = actions->action[number - 1];

	if (action.handler > SIG_IGN && action.flags & SA_RESETHAND)
		actions->action[number - 1].handler = SIG_DFL;
	spin_unlock_irqrestore(&actions->lock, flags);
	return action;
}

static void run_handler(struct trap_frame *frame,
			const struct signal_action *action,
			const struct signal_info *info)
{
	struct thread *self = current_thread();
	struct signal_info fault = { .number = SIGSEGV,
				     .code = SI_KERNEL,
				     .from_kernel = true };
	sigset_bits back = self->signal->mask, mask;

	if (atomic_load(&self->user_work) & WORK_RESTORE_MASK) {
		atomic_fetch_and(&self->user_work, ~WORK_RESTORE_MASK);
		back = self->signal->saved_mask;
	}
	restart_after_handler(frame, action->flags);
	if (frame_build(frame, action, info, back)) {
		/* Linux: no room for SIGSEGV's own handler means death. */
		if (info->number == SIGSEGV)
			signal_set_action(SIGSEGV, &(struct signal_action){ 0 },
					  NULL);
		signal_force(&fault);
		return;
	}
	mask = self->signal->mask | action->mask;
	if (!(action->flags & SA_NODEFER))
		mask |= SIGNAL_BIT(info->number);
	signal_set_mask(mask);
}

void signal_deliver(struct trap_frame *frame)
{
	struct thread *self = current_thread();
	struct process *process = self->process;
	struct signal_info info;
	bool handled = false;

	for (;;) {
		struct signal_action action;

		if (READ_ONCE(process->group_exit))
			thread_leave(process->exit_status);
		if (READ_ONCE(self->extra->dying))
			thread_leave(0);
		if (READ_ONCE(process->stop_signal)) {
			stop_here();
			continue;
		}
		if (!signal_take(~self->signal->mask, &info))
			break;
		action = action_of(info.number);
		if (action.handler == SIG_IGN &&
		    !(SIGNAL_BIT(info.number) & SIGKILL_STOP))
			continue;
		if (action.handler == SIG_DFL ||
		    SIGNAL_BIT(info.number) & SIGKILL_STOP) {
			default_action(&info);
			continue;
		}
		run_handler(frame, &action, &info);
		handled = true;
	}
	if (!handled)
		restart_without_handler(frame);
	frame->orig_rax = -1;
	if (atomic_load(&self->user_work) & WORK_RESTORE_MASK) {
		atomic_fetch_and(&self->user_work, ~WORK_RESTORE_MASK);
		signal_set_mask(self->signal->saved_mask);
		/* Signals that this unblocks come on the next round. */
	}
}
