// SPDX-License-Identifier: MIT
/*
 * /proc/PID/stat (52 columns), statm and status, as proc(5) has them.
 */
#include "kernel/report/internal.h"

#include "kernel/arch/x86_64/trap.h"
#include "kernel/tty/tty.h"

/* What is read under process_lock, together. */
struct facts {
	int ppid, pgid, sid, tty, tty_group, exit_signal, exit_status;
	unsigned threads;
	bool zombie, stopped;
	sigset_bits pending, shared, blocked, ignored, caught;
	uint64_t queued;
};

static void collect_signals(struct proc_subject *subject, struct facts *facts)
{
	struct signal_actions *actions = subject->process->actions;
	struct thread *thread = subject->thread;

	facts->shared = subject->process->pending.set;
	if (thread && thread->signal) {
		facts->pending = thread->signal->pending.set;
		facts->blocked = thread->signal->mask;
	}
	for (int i = 0; actions && i < SIGNAL_COUNT; i++) {
		if (actions->action[i].handler == 1)
			facts->ignored |= 1ull << i;
		else if (actions->action[i].handler)
			facts->caught |= 1ull << i;
	}
}

static void collect(struct proc_subject *subject, struct facts *facts)
{
	struct process *process = subject->process;
	uint64_t flags = spin_lock_irqsave(&process_lock);

	*facts = (struct facts){
		.ppid = process->parent ? process->parent->pid : 0,
		.pgid = process->pgid,
		.sid = process->session ? process->session->id : 0,
		.tty_group = -1,
		.exit_signal = process->exit_signal,
		.exit_status = process->exit_status,
		.threads = process->thread_count,
		.zombie = process->zombie,
		.stopped = process->stopped,
		.queued = process->signals_queued,
	};
	collect_signals(subject, facts);
	spin_lock(&tty_session_lock);
	if (process->session && process->session->tty) {
		facts->tty = (int)process->session->tty->rdevice;
		facts->tty_group = process->session->tty->pgrp;
	}
	spin_unlock(&tty_session_lock);
	spin_unlock_irqrestore(&process_lock, flags);
}

char subject_state(struct proc_subject *subject)
{
	struct thread *thread = subject->thread;

	if (subject->process->zombie || !thread)
		return 'Z';
	switch (READ_ONCE(thread->state)) {
	case THREAD_RUNNABLE:
		return 'R';
	case THREAD_BLOCKED:
		return 'D';
	case THREAD_STOPPED:
		return 'T';
	case THREAD_DEAD:
		return 'X';
	default:
		return 'S';
	}
}

static const char *state_name(char state)
{
	switch (state) {
	case 'R':
		return "R (running)";
	case 'D':
		return "D (disk sleep)";
	case 'T':
		return "T (stopped)";
	case 'Z':
		return "Z (zombie)";
	case 'X':
		return "X (dead)";
	default:
		return "S (sleeping)";
	}
}

static const char *subject_name(struct proc_subject *subject)
{
	if (subject->thread)
		return subject->thread->name;
	return subject->process->command_line ? subject->process->command_line :
						"defunct";
}

static void subject_times(struct proc_subject *subject, nsec_t *user,
			  nsec_t *system)
{
	if (subject->whole)
		process_times(subject->process, user, system);
	else
		thread_times(subject->thread, user, system);
}

/* User registers of a thread that waits, or 0. */
static void stack_and_ip(struct proc_subject *subject, uint64_t *sp,
			 uint64_t *ip)
{
	*sp = *ip = 0;
}

void show_stat(struct text *text, struct proc_subject *subject)
{
	struct process *process = subject->process;
	struct thread *thread = subject->thread;
	struct address_space *space = take_space(subject);
	struct facts facts;
	nsec_t user, system;
	uint64_t sp, ip;
	int nice = thread ? thread->nice : 0;

	collect(subject, &facts);
	subject_times(subject, &user, &system);
	stack_and_ip(subject, &sp, &ip);
	text_add(text, "%d (%s) %c %d %d %d %d %d %u ", subject->id,
		 subject_name(subject), subject_state(subject), facts.ppid,
		 facts.pgid, facts.sid, facts.tty, facts.tty_group,
		 0x400000 | (process->dumped_exec ? 0 : 0x40));
	text_add(text, "%lu 0 %lu 0 ", process->faults_minor,
		 process->faults_major);
	text_add(text, "%ld %ld %ld %ld ", user / NSEC_PER_TICK,
		 system / NSEC_PER_TICK, process->children_user / NSEC_PER_TICK,
		 process->children_system / NSEC_PER_TICK);
	text_add(text, "%d %d %u 0 %ld ", 20 + nice, nice, facts.threads,
		 process->start_time / NSEC_PER_TICK);
	if (space)
		text_add(text, "%lu %lu %lu %lu %lu %lu ",
			 space->mapped << PAGE_SHIFT, space->resident, ~0ul,
			 space->code_start, space->code_end, space->stack_top);
	else
		text_add(text, "0 0 %lu 0 0 0 ", ~0ul);
	text_add(text, "%lu %lu %lu %lu %lu %lu %d 0 0 ", sp, ip,
		 facts.pending & 0x7fffffff, facts.blocked & 0x7fffffff,
		 facts.ignored & 0x7fffffff, facts.caught & 0x7fffffff,
		 subject_state(subject) == 'S');
	text_add(text, "%d %u %d %d 0 0 0 ", facts.exit_signal,
		 thread ? thread->cpu : 0, thread ? thread->rt_priority : 0,
		 thread ? thread->policy : 0);
	if (space)
		text_add(text, "%lu %lu %lu %lu %lu %lu %lu ",
			 space->data_start, space->data_end, space->brk_start,
			 space->arg_start, space->arg_end, space->env_start,
			 space->env_end);
	else
		text_str(text, "0 0 0 0 0 0 0 ");
	text_add(text, "%d\n", facts.exit_status);
	if (space)
		space_put(space);
}

void show_statm(struct text *text, struct proc_subject *subject)
{
	struct address_space *space = take_space(subject);
	uint64_t code;

	if (!space) {
		text_str(text, "0 0 0 0 0 0 0\n");
		return;
	}
	code = (space->code_end - space->code_start + PAGE_MASK) / PAGE_SIZE;
	text_add(text, "%lu %lu 0 %lu 0 %lu 0\n", space->mapped,
		 space->resident, code, space->data_pages + space->stack_pages);
	space_put(space);
}

static void status_memory(struct text *text, struct address_space *space)
{
	static const char *const names[] = { "VmPeak",	"VmSize",  "VmLck",
					     "VmPin",	"VmHWM",   "VmRSS",
					     "RssAnon", "RssFile", "RssShmem",
					     "VmData",	"VmStk",   "VmExe",
					     "VmLib",	"VmPTE",   "VmSwap" };
	uint64_t code = (space->code_end - space->code_start) / PAGE_SIZE + 1;
	uint64_t pages[] = { space->mapped,
			     space->mapped,
			     space->locked,
			     0,
			     MAX(space->resident_peak, space->resident),
			     space->resident,
			     space->resident,
			     0,
			     0,
			     space->data_pages,
			     space->stack_pages,
			     code,
			     0,
			     1 + space->resident / 512,
			     0 };

	for (size_t i = 0; i < ARRAY_LEN(pages); i++)
		text_add(text, "%s:\t%8lu kB\n", names[i], pages[i] * 4);
}

static void status_ids(struct text *text, struct proc_subject *subject)
{
	struct credentials *cred = take_cred(subject);

	if (!cred)
		return;
	text_add(text, "Uid:\t%u\t%u\t%u\t%u\n", cred->uid, cred->euid,
		 cred->suid, cred->fsuid);
	text_add(text, "Gid:\t%u\t%u\t%u\t%u\n", cred->gid, cred->egid,
		 cred->sgid, cred->fsgid);
	credentials_put(cred);
}

static void status_groups(struct text *text, struct proc_subject *subject)
{
	struct credentials *cred = take_cred(subject);

	text_str(text, "Groups:\t");
	for (unsigned i = 0; cred && i < cred->group_count; i++)
		text_add(text, "%u ", cred->groups[i]);
	text_char(text, '\n');
	if (cred)
		credentials_put(cred);
}

static void status_caps(struct text *text, struct proc_subject *subject)
{
	struct credentials *cred = take_cred(subject);

	if (!cred)
		return;
	text_add(text, "CapInh:\t%016lx\nCapPrm:\t%016lx\nCapEff:\t%016lx\n",
		 cred->cap_inheritable, cred->cap_permitted,
		 cred->cap_effective);
	text_add(text, "CapBnd:\t%016lx\nCapAmb:\t%016lx\nNoNewPrivs:\t%d\n",
		 cred->cap_bounding, cred->cap_ambient, cred->no_new_privs);
	credentials_put(cred);
}

static void status_cpus(struct text *text, struct proc_subject *subject)
{
	uint64_t all = cpu_count >= 64 ? ~0ull : (1ull << cpu_count) - 1;
	uint64_t cpus = subject->thread ? subject->thread->affinity & all : all;
	bool first = true;

	text_add(text, "Cpus_allowed:\t%lx\nCpus_allowed_list:\t", cpus);
	for (unsigned i = 0; i < cpu_count; i++) {
		unsigned end = i;

		if (!(cpus >> i & 1))
			continue;
		while (end + 1 < cpu_count && cpus >> (end + 1) & 1)
			end++;
		text_add(text, first ? "%u" : ",%u", i);
		if (end > i)
			text_add(text, "-%u", end);
		first = false;
		i = end;
	}
	text_str(text, "\nMems_allowed:\t1\nMems_allowed_list:\t0\n");
}

static unsigned umask_of(struct proc_subject *subject)
{
	struct fs_context *fs = take_fs(subject);
	unsigned mask = 0;

	if (fs) {
		mask = fs->umask;
		fs_context_put(fs);
	}
	return mask;
}

static unsigned table_size(struct proc_subject *subject)
{
	struct fd_table *files = take_files(subject);
	unsigned size = 0;

	if (files) {
		size = fd_table_size(files);
		fd_table_put(files);
	}
	return size;
}

void show_status(struct text *text, struct proc_subject *subject)
{
	struct process *process = subject->process;
	struct address_space *space = take_space(subject);
	struct facts facts;

	collect(subject, &facts);
	text_add(text, "Name:\t%s\nUmask:\t%04o\nState:\t%s\n",
		 subject_name(subject), umask_of(subject),
		 state_name(subject_state(subject)));
	text_add(text,
		 "Tgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\n"
		 "TracerPid:\t0\n",
		 process->pid, subject->id, facts.ppid);
	status_ids(text, subject);
	text_add(text, "FDSize:\t%u\n", table_size(subject));
	status_groups(text, subject);
	text_add(text, "NStgid:\t%d\nNSpid:\t%d\nNSpgid:\t%d\nNSsid:\t%d\n",
		 process->pid, subject->id, facts.pgid, facts.sid);
	if (space) {
		status_memory(text, space);
		space_put(space);
	}
	text_add(text,
		 "CoreDumping:\t0\nTHP_enabled:\t0\nThreads:\t%u\n"
		 "SigQ:\t%lu/%lu\n",
		 facts.threads, facts.queued, process->limits[11].current);
	text_add(text, "SigPnd:\t%016lx\nShdPnd:\t%016lx\nSigBlk:\t%016lx\n",
		 facts.pending, facts.shared, facts.blocked);
	text_add(text, "SigIgn:\t%016lx\nSigCgt:\t%016lx\n", facts.ignored,
		 facts.caught);
	status_caps(text, subject);
	text_str(text, "Seccomp:\t0\nSeccomp_filters:\t0\n"
		       "Speculation_Store_Bypass:\tvulnerable\n");
	status_cpus(text, subject);
	if (subject->thread)
		text_add(text,
			 "voluntary_ctxt_switches:\t%lu\n"
			 "nonvoluntary_ctxt_switches:\t%lu\n",
			 subject->thread->switches -
				 subject->thread->involuntary,
			 subject->thread->involuntary);
}
