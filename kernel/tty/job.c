// SPDX-License-Identifier: MIT
/*
 * Which session a terminal controls and which of its groups is in the
 * foreground: job control, controlling terminals, hang-up of sessions.
 *
 * session->tty and tty->session point at each other and each holds a reference
 * on the other; both change together under tty_session_lock.
 */
#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/file/credentials.h"
#include "kernel/proc/process.h"
#include "kernel/tty/ioctls.h"
#include "kernel/tty/tty.h"
#include "lib/errno.h"

struct spinlock tty_session_lock = SPINLOCK_INIT;

static void send(int pgrp, int signal)
{
	struct signal_info info = { .number = signal,
				    .code = SI_KERNEL,
				    .from_kernel = true };

	if (pgrp > 0)
		group_signal(pgrp, &info);
}

static int foreground_of(struct tty *tty)
{
	return READ_ONCE(tty->pgrp);
}

void tty_signal_foreground(struct tty *tty, int signal)
{
	send(foreground_of(tty), signal);
}

static bool controls_current(struct tty *tty)
{
	struct session *session = current_process()->session;

	return session && READ_ONCE(session->tty) == tty;
}

static bool is_blocked_or_ignored(int signal)
{
	const struct signal_action *action =
		&current_process()->actions->action[signal - 1];

	return action->handler == SIG_IGN ||
	       current_thread()->signal->mask & SIGNAL_BIT(signal);
}

int tty_check_job(struct tty *tty, int signal)
{
	int foreground, own;

	if (!controls_current(tty))
		return 0;
	foreground = foreground_of(tty);
	own = current_process()->pgid;
	if (!foreground || foreground == own)
		return 0;
	if (is_blocked_or_ignored(signal))
		return signal == SIGTTIN ? -EIO : 0;
	if (group_is_orphaned(own))
		return -EIO;
	send(own, signal);
	return -ERESTARTSYS;
}

/* Under the lock. */
static void tie(struct tty *tty, struct session *session, int pgrp)
{
	session_get(session);
	tty_get(tty);
	tty->session = session;
	tty->pgrp = pgrp;
	session->tty = tty;
}

/* Under the lock: the references to drop afterwards. */
static struct session *untie(struct tty *tty)
{
	struct session *session = tty->session;

	tty->session = NULL;
	tty->pgrp = 0;
	if (session)
		session->tty = NULL;
	return session;
}

static void drop(struct tty *tty, struct session *session)
{
	if (session) {
		session_put(session);
		tty_put(tty);
	}
}

void tty_forget_session(struct tty *tty, bool hangup)
{
	uint64_t irq = spin_lock_irqsave(&tty_session_lock);
	int pgrp = tty->pgrp;
	struct session *session = untie(tty);

	spin_unlock_irqrestore(&tty_session_lock, irq);
	if (session && hangup) {
		struct signal_info info = { .number = SIGHUP,
					    .code = SI_KERNEL,
					    .from_kernel = true };
		struct process *leader = process_find(session->id);

		if (leader) {
			process_signal(leader, &info);
			info.number = SIGCONT;
			process_signal(leader, &info);
			process_put(leader);
		}
		send(pgrp, SIGHUP);
		send(pgrp, SIGCONT);
	}
	drop(tty, session);
}

struct tty *tty_of_current(void)
{
	struct session *session = current_process()->session;
	struct tty *tty = NULL;
	uint64_t irq = spin_lock_irqsave(&tty_session_lock);

	if (session)
		tty = session->tty;
	if (tty)
		tty_get(tty);
	spin_unlock_irqrestore(&tty_session_lock, irq);
	return tty;
}

static bool leads_session(void)
{
	struct process *process = current_process();

	return process->session && process->session->id == process->pid;
}

void tty_control_on_open(struct tty *tty, struct file *file)
{
	struct process *process = current_process();
	uint64_t irq;

	if (!process || !leads_session() || !(file->mode & FILE_READ))
		return;
	irq = spin_lock_irqsave(&tty_session_lock);
	if (!process->session->tty && !tty->session)
		tie(tty, process->session, process->pgid);
	spin_unlock_irqrestore(&tty_session_lock, irq);
}

static long set_controlling(struct tty *tty, struct file *file, bool steal)
{
	struct process *process = current_process();
	struct session *old = NULL;
	long result = -EPERM;
	uint64_t irq;

	if (!leads_session())
		return -EPERM;
	if (process->session->tty == tty)
		return 0;
	if (!(file->mode & FILE_READ) && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	steal = steal && capable(CAP_SYS_ADMIN);
	irq = spin_lock_irqsave(&tty_session_lock);
	if (!process->session->tty && (!tty->session || steal)) {
		old = untie(tty);
		tie(tty, process->session, process->pgid);
		result = 0;
	}
	spin_unlock_irqrestore(&tty_session_lock, irq);
	drop(tty, old);
	return result;
}

static long give_up(struct tty *tty)
{
	int pgrp = foreground_of(tty);

	if (!controls_current(tty))
		return -ENOTTY;
	if (!leads_session())
		return 0;
	tty_forget_session(tty, false);
	send(pgrp, SIGHUP);
	send(pgrp, SIGCONT);
	return 0;
}

/* Is it a group of the current session? 0, -ESRCH, -EPERM. */
static int check_group(int pgrp)
{
	int last = 0, result = -ESRCH;
	struct process *process;

	while (result == -ESRCH && (process = process_next(last))) {
		last = process->pid;
		if (process->pgid == pgrp)
			result = process->session ==
						 current_process()->session ?
					 0 :
					 -EPERM;
		process_put(process);
	}
	return result;
}

static long set_foreground(struct tty *tty, uaddr_t argument)
{
	uint32_t value;
	int pgrp, error = tty_check_job(tty, SIGTTOU);

	if (error == -EIO)
		return -ENOTTY;
	if (error)
		return error;
	if (!controls_current(tty))
		return -ENOTTY;
	if (get_user_32(&value, argument))
		return -EFAULT;
	pgrp = (int)value;
	if (pgrp < 0)
		return -EINVAL;
	error = check_group(pgrp);
	if (!error)
		WRITE_ONCE(tty->pgrp, pgrp);
	return error;
}

static long get_session(struct tty *tty, uaddr_t argument, bool any)
{
	uint64_t irq = spin_lock_irqsave(&tty_session_lock);
	int id = tty->session ? tty->session->id : 0;

	spin_unlock_irqrestore(&tty_session_lock, irq);
	if (!id || (!any && !controls_current(tty)))
		return -ENOTTY;
	return put_user_32(argument, (uint32_t)id);
}

long tty_job_ioctl(struct tty *tty, struct file *file, unsigned command,
		   uaddr_t argument)
{
	/* A pty's master may look at its slave's session. */
	bool master = file->private != tty;

	switch (command) {
	case TIOCSCTTY:
		return set_controlling(tty, file, argument == 1);
	case TIOCNOTTY:
		return give_up(tty);
	case TIOCGPGRP:
		if (!master && !controls_current(tty))
			return -ENOTTY;
		return put_user_32(argument, (uint32_t)foreground_of(tty));
	case TIOCSPGRP:
		return set_foreground(tty, argument);
	case TIOCGSID:
		return get_session(tty, argument, master);
	default:
		return -ENOTTY;
	}
}

void tty_session_leader_exit(struct session *session)
{
	uint64_t irq = spin_lock_irqsave(&tty_session_lock);
	struct tty *tty = session->tty;

	if (tty)
		tty_get(tty);
	spin_unlock_irqrestore(&tty_session_lock, irq);
	if (!tty)
		return;
	tty_hangup(tty);
	tty_put(tty);
}
