// SPDX-License-Identifier: MIT
/*
 * Signals on their way: sending, queueing and taking.
 *
 * A signal goes to a thread or to a process; the sender holds process_lock
 * and, inside it, the receiver's actions->lock, which guards masks, queues and
 * actions. A standard signal is queued once; a real-time one each time, with
 * its value, up to RLIMIT_SIGPENDING. Sending wakes one thread that does not
 * block the signal, and everybody who waits for it (sigtimedwait, signalfd).
 *
 * Only a thread itself clears its WORK_SIGNAL, so a call that returned a
 * restart code always comes by signal_deliver.
 */
#include "kernel/proc/internal.h"

#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/mm/slab.h"
#include "kernel/vm/space.h"
#include "lib/atomic.h"
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"

#define STOP_SIGNALS                                                       \
	(SIGNAL_BIT(SIGSTOP) | SIGNAL_BIT(SIGTSTP) | SIGNAL_BIT(SIGTTIN) | \
	 SIGNAL_BIT(SIGTTOU))
#define IGNORED_BY_DEFAULT                                                \
	(SIGNAL_BIT(SIGCHLD) | SIGNAL_BIT(SIGCONT) | SIGNAL_BIT(SIGURG) | \
	 SIGNAL_BIT(SIGWINCH))
#define SYNCHRONOUS                                                      \
	(SIGNAL_BIT(SIGSEGV) | SIGNAL_BIT(SIGBUS) | SIGNAL_BIT(SIGILL) | \
	 SIGNAL_BIT(SIGTRAP) | SIGNAL_BIT(SIGFPE) | SIGNAL_BIT(SIGSYS))

void queue_init(struct signal_queue *queue)
{
	queue->set = 0;
	list_init(&queue->queued);
}

struct signal_actions *actions_create(void)
{
	struct signal_actions *actions = kzalloc(sizeof *actions);

	if (!actions)
		return NULL;
	actions->refs = 1;
	spin_init(&actions->lock);
	wait_queue_init(&actions->signalfd_wait);
	return actions;
}

struct signal_actions *actions_copy(struct signal_actions *from)
{
	struct signal_actions *actions = actions_create();

	if (actions)
		memcpy(actions->action, from->action, sizeof actions->action);
	return actions;
}

void actions_put(struct signal_actions *actions)
{
	if (actions && atomic_fetch_sub(&actions->refs, 1) == 1)
		kfree(actions);
}

static void entry_free(struct process *process, struct queued_signal *entry)
{
	if (entry->timer)
		return;
	process->signals_queued--;
	kfree(entry);
}

void queue_flush(struct process *process, struct signal_queue *queue,
		 sigset_bits set)
{
	struct queued_signal *entry;

	if (!(queue->set & set))
		return;
	queue->set &= ~set;
	LIST_FOR_EACH_SAFE(entry, &queue->queued, link) {
		if (!(SIGNAL_BIT(entry->info.number) & set))
			continue;
		list_remove(&entry->link);
		entry_free(process, entry);
	}
}

/* Another CPU runs it in user mode, or it sleeps: let it look. */
void thread_kick(struct thread *thread)
{
	if (thread == current_thread())
		return;
	if (!thread_wake(thread, WAKE_SIGNAL) && READ_ONCE(thread->on_cpu))
		cpu_send_reschedule(cpus[thread->cpu]);
}

static void set_work(struct thread *thread)
{
	atomic_fetch_or(&thread->user_work, WORK_SIGNAL);
	thread_kick(thread);
}

static bool unkillable(struct process *process, int number)
{
	return process == init_process &&
	       process->actions->action[number - 1].handler == SIG_DFL;
}

bool signal_is_ignored(struct process *process, int number)
{
	uaddr_t handler = process->actions->action[number - 1].handler;

	if (SIGNAL_BIT(number) & SIGKILL_STOP)
		return false;
	return handler == SIG_IGN ||
	       (handler == SIG_DFL && SIGNAL_BIT(number) & IGNORED_BY_DEFAULT);
}

/* Nobody would ever see it: do not queue. */
static bool dropped(struct process *process, struct thread *thread, int number)
{
	struct thread *any = thread;

	if (unkillable(process, number) && !(SIGNAL_BIT(number) & SYNCHRONOUS))
		return true;
	if (!signal_is_ignored(process, number))
		return false;
	if (!any)
		any = LIST_FIRST(&process->threads, struct thread,
				 process_link);
	return !any || !((any->signal->mask | any->signal->waiting_for) &
			 SIGNAL_BIT(number));
}

static void stop_and_continue(struct process *process, int number)
{
	sigset_bits bit = SIGNAL_BIT(number), drop;
	struct thread *thread;

	if (bit & STOP_SIGNALS)
		drop = SIGNAL_BIT(SIGCONT);
	else if (number == SIGCONT)
		drop = STOP_SIGNALS;
	else
		return;
	queue_flush(process, &process->pending, drop);
	LIST_FOR_EACH(thread, &process->threads, process_link)
		queue_flush(process, &thread->signal->pending, drop);
}

static bool wants(struct thread *thread, sigset_bits bit)
{
	if (thread->extra->exiting)
		return false;
	if (bit & SIGKILL_STOP)
		return true;
	return !(thread->signal->mask & bit);
}

static void wake_receiver(struct process *process, struct thread *thread,
			  int number)
{
	sigset_bits bit = SIGNAL_BIT(number);
	struct thread *leader = pid_thread(process->pid), *other;

	wake_up_all(&process->actions->signalfd_wait, 1 /* POLLIN */);
	if (number == SIGKILL) {
		LIST_FOR_EACH(other, &process->threads, process_link) {
			set_work(other);
			thread_wake(other, 1u << THREAD_STOPPED);
		}
		return;
	}
	if (thread) {
		if (wants(thread, bit))
			set_work(thread);
		return;
	}
	if (leader && leader->process == process && wants(leader, bit)) {
		set_work(leader);
		return;
	}
	LIST_FOR_EACH(other, &process->threads, process_link) {
		if (!wants(other, bit))
			continue;
		set_work(other);
		return;
	}
}

/* Memory for the queue's entry; NULL: the bit alone will have to do. */
static struct queued_signal *entry_create(struct process *process,
					  const struct signal_info *info)
{
	struct queued_signal *entry;
	bool must = info->number < SIGRTMIN && info->code >= 0;

	if (!must && process->signals_queued >=
			     process->limits[11 /* SIGPENDING */].current)
		return NULL;
	entry = kmalloc(sizeof *entry);
	if (!entry)
		return NULL;
	entry->info = *info;
	entry->timer = NULL;
	process->signals_queued++;
	return entry;
}

static int enqueue(struct process *process, struct thread *thread,
		   const struct signal_info *info, struct queued_signal *entry)
{
	struct signal_queue *queue = thread ? &thread->signal->pending :
					      &process->pending;
	sigset_bits bit = SIGNAL_BIT(info->number);

	if (info->number < SIGRTMIN && queue->set & bit)
		return 0;
	if (!entry) {
		entry = entry_create(process, info);
		if (!entry && info->number >= SIGRTMIN && info->code != SI_USER)
			return -EAGAIN;
	}
	if (entry)
		list_push_back(&queue->queued, &entry->link);
	queue->set |= bit;
	wake_receiver(process, thread, info->number);
	return 0;
}

int signal_send_locked(struct process *process, struct thread *thread,
		       const struct signal_info *info,
		       struct queued_signal *entry)
{
	struct signal_actions *actions = process->actions;
	int number = info->number, result = 0;
	uint64_t flags;

	if (process->zombie || (thread && thread->extra->exiting))
		return 0;
	flags = spin_lock_irqsave(&actions->lock);
	stop_and_continue(process, number);
	if (!dropped(process, thread, number))
		result = enqueue(process, thread, info, entry);
	spin_unlock_irqrestore(&actions->lock, flags);
	if (number == SIGCONT || number == SIGKILL)
		stop_end(process);
	return result;
}

bool signal_permitted(struct process *target, int number)
{
	const struct credentials *cred = current_cred(), *theirs;
	struct thread *thread;

	if (target == current_process())
		return true;
	thread = LIST_FIRST(&target->threads, struct thread, process_link);
	if (!thread)
		return capable(CAP_KILL) || cred->euid == target->uid ||
		       cred->uid == target->uid;
	theirs = thread->cred;
	if (cred->euid == theirs->suid || cred->euid == theirs->uid ||
	    cred->uid == theirs->suid || cred->uid == theirs->uid)
		return true;
	if (number == SIGCONT && target->session == current_process()->session)
		return true;
	return capable(CAP_KILL);
}

static int send_checked(struct process *process, struct thread *thread,
			const struct signal_info *info)
{
	if (!info->from_kernel && !signal_permitted(process, info->number))
		return -EPERM;
	if (!info->number)
		return 0;
	return signal_send_locked(process, thread, info, NULL);
}

int process_signal(struct process *process, const struct signal_info *info)
{
	uint64_t flags = spin_lock_irqsave(&process_lock);
	int error = send_checked(process, NULL, info);

	spin_unlock_irqrestore(&process_lock, flags);
	return error;
}

int thread_signal(struct thread *thread, const struct signal_info *info)
{
	uint64_t flags = spin_lock_irqsave(&process_lock);
	int error = send_checked(thread->process, thread, info);

	spin_unlock_irqrestore(&process_lock, flags);
	return error;
}

int group_signal(int pgid, const struct signal_info *info)
{
	uint64_t flags = spin_lock_irqsave(&process_lock);
	struct process *process;
	int error = -ESRCH;

	LIST_FOR_EACH(process, &process_list, all_link) {
		int result;

		if (process->pgid != pgid)
			continue;
		result = send_checked(process, NULL, info);
		if (error)
			error = result;
	}
	spin_unlock_irqrestore(&process_lock, flags);
	return error;
}

static void unlock_own(uint64_t flags)
{
	spin_unlock_irqrestore(&current_process()->actions->lock, flags);
}

static uint64_t lock_own(void)
{
	return spin_lock_irqsave(&current_process()->actions->lock);
}

/* WORK_SIGNAL says whether anything is deliverable. Own lock held. */
static void recalculate(void)
{
	struct thread *self = current_thread();
	struct process *process = self->process;
	sigset_bits set = self->signal->pending.set | process->pending.set;

	if (set & ~self->signal->mask || process->group_exit ||
	    process->stop_signal || self->extra->dying)
		atomic_fetch_or(&self->user_work, WORK_SIGNAL);
	else
		atomic_fetch_and(&self->user_work, ~WORK_SIGNAL);
}

void signal_recalculate(void)
{
	uint64_t flags = lock_own();

	recalculate();
	unlock_own(flags);
}

static int lowest(sigset_bits set)
{
	if (set & SYNCHRONOUS)
		set &= SYNCHRONOUS;
	return __builtin_ctzll(set) + 1;
}

/* Takes one signal `number` out of the queue. */
static void take_from(struct process *process, struct signal_queue *queue,
		      int number, struct signal_info *info)
{
	struct queued_signal *entry, *found = NULL;
	bool more = false;

	LIST_FOR_EACH(entry, &queue->queued, link) {
		if (entry->info.number != number)
			continue;
		if (found) {
			more = true;
			break;
		}
		found = entry;
	}
	if (!more)
		queue->set &= ~SIGNAL_BIT(number);
	if (!found) {
		memset(info, 0, sizeof *info);
		info->number = number;
		info->code = SI_USER;
		return;
	}
	list_remove(&found->link);
	*info = found->info;
	if (found->timer)
		posix_timer_taken(found->timer, info);
	else
		entry_free(process, found);
}

bool signal_take(sigset_bits set, struct signal_info *info)
{
	struct thread *self = current_thread();
	struct process *process = self->process;
	uint64_t flags = lock_own();
	sigset_bits own = self->signal->pending.set & set;
	sigset_bits all = process->pending.set & set;

	if (own)
		take_from(process, &self->signal->pending, lowest(own), info);
	else if (all)
		take_from(process, &process->pending, lowest(all), info);
	recalculate();
	unlock_own(flags);
	return own || all;
}

sigset_bits signal_pending_set(void)
{
	struct thread *self = current_thread();
	uint64_t flags = lock_own();
	sigset_bits set = self->signal->pending.set |
			  self->process->pending.set;

	unlock_own(flags);
	return set;
}

/* Signals that we begin to block may now be another thread's to take. */
static void hand_over(struct process *process, sigset_bits blocked)
{
	struct thread *other;

	blocked &= process->pending.set;
	if (!blocked || list_is_single(&process->threads))
		return;
	LIST_FOR_EACH(other, &process->threads, process_link) {
		if (other != current_thread() &&
		    blocked & ~other->signal->mask && !other->extra->exiting)
			set_work(other);
	}
}

void signal_set_mask(sigset_bits mask)
{
	struct thread *self = current_thread();
	bool many = READ_ONCE(self->process->thread_count) > 1;
	uint64_t outer = 0, flags;
	sigset_bits old;

	if (many)
		outer = spin_lock_irqsave(&process_lock);
	flags = lock_own();
	old = self->signal->mask;
	self->signal->mask = mask & ~SIGKILL_STOP;
	if (many)
		hand_over(self->process, mask & ~old);
	recalculate();
	unlock_own(flags);
	if (many)
		spin_unlock_irqrestore(&process_lock, outer);
}

int signal_use_mask_from_user(uaddr_t mask, size_t size)
{
	struct thread *self = current_thread();
	uint64_t set;

	if (!mask)
		return 0;
	if (size != sizeof set)
		return -EINVAL;
	if (get_user_64(&set, mask))
		return -EFAULT;
	if (!(self->user_work & WORK_RESTORE_MASK))
		self->signal->saved_mask = self->signal->mask;
	atomic_fetch_or(&self->user_work, WORK_RESTORE_MASK);
	signal_set_mask(set);
	return 0;
}

int signal_set_action(int number, const struct signal_action *action,
		      struct signal_action *old)
{
	struct process *process = current_process();
	struct signal_action *slot;
	struct thread *thread;
	uint64_t outer, flags;

	if (number < 1 || number > SIGNAL_COUNT ||
	    (action && SIGNAL_BIT(number) & SIGKILL_STOP))
		return -EINVAL;
	outer = spin_lock_irqsave(&process_lock);
	flags = lock_own();
	slot = &process->actions->action[number - 1];
	if (old)
		*old = *slot;
	if (action) {
		*slot = *action;
		slot->mask &= ~SIGKILL_STOP;
		if (signal_is_ignored(process, number)) {
			queue_flush(process, &process->pending,
				    SIGNAL_BIT(number));
			LIST_FOR_EACH(thread, &process->threads, process_link)
				queue_flush(process, &thread->signal->pending,
					    SIGNAL_BIT(number));
		}
	}
	unlock_own(flags);
	spin_unlock_irqrestore(&process_lock, outer);
	return 0;
}

bool fatal_signal_pending(void)
{
	struct thread *self = current_thread();
	sigset_bits kill = SIGNAL_BIT(SIGKILL);

	if (self->kernel || !self->process)
		return false;
	return READ_ONCE(self->process->group_exit) ||
	       READ_ONCE(self->extra->dying) ||
	       (READ_ONCE(self->signal->pending.set) |
		READ_ONCE(self->process->pending.set)) &
		       kill;
}

void signal_force(const struct signal_info *info)
{
	struct thread *self = current_thread();
	struct process *process = self->process;
	struct signal_action *action;
	uint64_t outer = spin_lock_irqsave(&process_lock);
	uint64_t flags = lock_own();
	sigset_bits bit = SIGNAL_BIT(info->number);

	action = &process->actions->action[info->number - 1];
	if (self->signal->mask & bit || action->handler == SIG_IGN)
		action->handler = SIG_DFL;
	self->signal->mask &= ~bit;
	queue_flush(process, &self->signal->pending, bit);
	enqueue(process, self, info, NULL);
	unlock_own(flags);
	spin_unlock_irqrestore(&process_lock, outer);
}

int signal_wait(sigset_bits set, struct signal_info *info, nsec_t deadline)
{
	struct thread *self = current_thread();
	struct wait_queue *queue = &self->process->actions->signalfd_wait;
	bool taken = false;
	int error;

	set &= ~SIGKILL_STOP;
	if (signal_take(set, info))
		return info->number;
	self->signal->waiting_for = set;
	error = wait_event_until(queue, (taken = signal_take(set, info)),
				 deadline);
	self->signal->waiting_for = 0;
	if (taken || signal_take(set, info))
		return info->number;
	return error == -ETIMEDOUT ? -EAGAIN : error;
}

long signal_restart_with(long (*restart)(uint64_t *arguments),
			 const uint64_t arguments[5])
{
	struct thread_extra *extra = current_thread()->extra;

	extra->restart = restart;
	memcpy(extra->restart_arguments, arguments,
	       sizeof extra->restart_arguments);
	return -ERESTART_RESTARTBLOCK;
}

void signal_info_to_bytes(const struct signal_info *info, uint8_t out[128])
{
	memset(out, 0, 128);
	put_le32(out, info->number);
	put_le32(out + 4, info->error);
	put_le32(out + 8, info->code);
	if (info->code == SI_TIMER) {
		put_le32(out + 16, info->timer_id);
		put_le32(out + 20, info->overrun);
		put_le64(out + 24, info->value);
	} else if (info->number == SIGCHLD && info->code > 0 &&
		   info->code < SI_KERNEL) {
		put_le32(out + 16, info->pid);
		put_le32(out + 20, info->uid);
		put_le32(out + 24, info->status);
		put_le64(out + 32, info->user_time);
		put_le64(out + 40, info->system_time);
	} else if (info->code > 0 && SIGNAL_BIT(info->number) & SYNCHRONOUS) {
		put_le64(out + 16, info->address);
	} else if (info->code > 0 && info->code < SI_KERNEL) {
		/* POLL_*: SIGIO, or what F_SETSIG chose. */
		put_le64(out + 16, info->band);
		put_le32(out + 24, info->fd);
	} else if (info->code != SI_KERNEL) {
		put_le32(out + 16, info->pid);
		put_le32(out + 20, info->uid);
		put_le64(out + 24, info->value);
	}
}

void signal_info_from_bytes(const uint8_t in[128], struct signal_info *info)
{
	memset(info, 0, sizeof *info);
	info->number = get_le32(in);
	info->error = get_le32(in + 4);
	info->code = get_le32(in + 8);
	info->pid = get_le32(in + 16);
	info->uid = get_le32(in + 20);
	info->value = get_le64(in + 24);
}
