// SPDX-License-Identifier: MIT
/*
 * The files of /proc/PID: one table, and the short functions behind it.
 */
#include "kernel/report/internal.h"

#include "fs/nsfs/nsfs.h"
#include "lib/parse.h"

/* ---- strings of the program ---------------------------------------------------- */

static void copy_range(struct text *text, struct address_space *space,
		       uaddr_t from, uaddr_t to)
{
	char part[256];
	size_t n;

	while (from < to) {
		n = space_read(space, from, part,
			       MIN((size_t)(to - from), sizeof part));
		if (!n)
			return;
		text_bytes(text, part, n);
		from += n;
	}
}

/* A program may write over the end of its arguments (setproctitle): then the
 * text goes on, up to the first NUL, into what was the environment. */
static void show_cmdline(struct text *text, struct proc_subject *subject)
{
	struct address_space *space = take_space(subject);
	char last = 0;

	if (!space)
		return;
	if (space->arg_end > space->arg_start)
		space_read(space, space->arg_end - 1, &last, 1);
	if (!last) {
		copy_range(text, space, space->arg_start, space->arg_end);
	} else {
		uaddr_t at = space->arg_start;
		char c;

		while (at < MAX(space->env_end, space->arg_end) &&
		       space_read(space, at++, &c, 1) == 1 && c)
			text_char(text, c);
		text_char(text, 0);
	}
	space_put(space);
}

static void show_environ(struct text *text, struct proc_subject *subject)
{
	struct address_space *space = take_space(subject);

	if (!space)
		return;
	copy_range(text, space, space->env_start, space->env_end);
	space_put(space);
}

static void show_auxv(struct text *text, struct proc_subject *subject)
{
	struct address_space *space = take_space(subject);
	size_t count = 0;

	if (!space)
		return;
	while (count + 2 < ARRAY_LEN(space->auxv) && space->auxv[count])
		count += 2;
	text_bytes(text, (const char *)space->auxv,
		   (count + 2) * sizeof space->auxv[0]);
	space_put(space);
}

static void show_comm(struct text *text, struct proc_subject *subject)
{
	if (subject->thread)
		text_add(text, "%s\n", subject->thread->name);
}

static int store_comm(const char *value, size_t length,
		      struct proc_subject *subject)
{
	char name[16];

	if (subject->process != current_process())
		return -EINVAL;
	if (!subject->thread)
		return -ESRCH;
	if (length && value[length - 1] == '\n')
		length--;
	length = MIN(length, sizeof name - 1);
	memcpy(name, value, length);
	name[length] = 0;
	string_copy(subject->thread->name, name, sizeof name);
	return 0;
}

/* ---- places ---------------------------------------------------------------------- */

static int place_exe(struct proc_subject *subject, struct path *path)
{
	struct address_space *space = take_space(subject);
	int error = -ENOENT;

	if (!space)
		return error;
	if (space->exe && space->exe->dentry) {
		path->mount = space->exe->mount;
		path->dentry = space->exe->dentry;
		path_get(path);
		error = 0;
	}
	space_put(space);
	return error;
}

static int place_cwd(struct proc_subject *subject, struct path *path)
{
	struct fs_context *fs = take_fs(subject);

	if (!fs)
		return -ENOENT;
	fs_context_cwd(fs, path);
	fs_context_put(fs);
	return 0;
}

static int place_root(struct proc_subject *subject, struct path *path)
{
	struct fs_context *fs = take_fs(subject);

	if (!fs)
		return -ENOENT;
	fs_context_root(fs, path);
	fs_context_put(fs);
	return 0;
}

/* ---- mounts ------------------------------------------------------------------------ */

static void with_mounts(struct text *text, struct proc_subject *subject,
			void (*print)(struct mount_namespace *mounts,
				      const struct path *root,
				      struct text *text))
{
	struct mount_namespace *mounts = take_mounts(subject);
	struct path root;

	if (!mounts)
		return;
	if (!place_root(subject, &root)) {
		print(mounts, &root, text);
		path_put(&root);
	}
	mounts_put(mounts);
}

static void show_mounts(struct text *text, struct proc_subject *subject)
{
	with_mounts(text, subject, mounts_print);
}

static void show_mountinfo(struct text *text, struct proc_subject *subject)
{
	with_mounts(text, subject, mounts_print_info);
}

static void show_mountstats(struct text *text, struct proc_subject *subject)
{
	with_mounts(text, subject, mounts_print_stats);
}

/* ---- limits --------------------------------------------------------------------------- */

static const struct {
	const char *name, *unit;
} limit_names[RLIM_COUNT] = {
	{ "Max cpu time", "seconds" },	   { "Max file size", "bytes" },
	{ "Max data size", "bytes" },	   { "Max stack size", "bytes" },
	{ "Max core file size", "bytes" }, { "Max resident set", "bytes" },
	{ "Max processes", "processes" },  { "Max open files", "files" },
	{ "Max locked memory", "bytes" },  { "Max address space", "bytes" },
	{ "Max file locks", "locks" },	   { "Max pending signals", "signals" },
	{ "Max msgqueue size", "bytes" },  { "Max nice priority", "" },
	{ "Max realtime priority", "" },   { "Max realtime timeout", "us" },
};

static void add_limit(struct text *text, uint64_t value)
{
	char number[24];

	if (value == RLIM_INFINITY)
		string_copy(number, "unlimited", sizeof number);
	else
		format_to(number, sizeof number, "%lu", value);
	text_add(text, "%-20s ", number);
}

static void show_limits(struct text *text, struct proc_subject *subject)
{
	text_add(text, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit",
		 "Hard Limit", "Units");
	for (int i = 0; i < RLIM_COUNT; i++) {
		text_add(text, "%-25s ", limit_names[i].name);
		add_limit(text, subject->process->limits[i].current);
		add_limit(text, subject->process->limits[i].maximum);
		text_add(text, "%-10s\n", limit_names[i].unit);
	}
}

/* ---- small ones -------------------------------------------------------------------------- */

static void show_wchan(struct text *text, struct proc_subject *subject)
{
	const char *channel = subject->thread ? subject->thread->wait_channel :
						NULL;

	text_str(text, channel ? channel : "0");
}

static void show_io(struct text *text, struct proc_subject *subject)
{
	text_str(text, "rchar: 0\nwchar: 0\nsyscr: 0\nsyscw: 0\n"
		       "read_bytes: 0\nwrite_bytes: 0\n"
		       "cancelled_write_bytes: 0\n");
}

static void show_cgroup(struct text *text, struct proc_subject *subject)
{
	text_str(text, "0::/\n");
}

static void show_id_map(struct text *text, struct proc_subject *subject)
{
	text_str(text, "         0          0 4294967295\n");
}

static int refuse(const char *value, size_t length,
		  struct proc_subject *subject)
{
	return -EPERM;
}

static void show_setgroups(struct text *text, struct proc_subject *subject)
{
	text_str(text, "allow\n");
}

static void show_oom_score(struct text *text, struct proc_subject *subject)
{
	int score = 666 + subject->process->oom_score_adj * 2 / 3;

	text_add(text, "%d\n", MAX(score, 0));
}

static void show_oom_score_adj(struct text *text, struct proc_subject *subject)
{
	text_add(text, "%d\n", subject->process->oom_score_adj);
}

static int store_oom_score_adj(const char *value, size_t length,
			       struct proc_subject *subject)
{
	int64_t number;

	parse_blanks(&value);
	if (!parse_i64(&value, 10, &number) || number < -1000 || number > 1000)
		return -EINVAL;
	if (number < subject->process->oom_score_adj &&
	    !capable(CAP_SYS_RESOURCE))
		return -EACCES;
	subject->process->oom_score_adj = (int)number;
	return 0;
}

static void show_oom_adj(struct text *text, struct proc_subject *subject)
{
	text_add(text, "%d\n", subject->process->oom_score_adj * 17 / 1000);
}

static void show_loginuid(struct text *text, struct proc_subject *subject)
{
	text_str(text, "4294967295");
}

static void show_personality(struct text *text, struct proc_subject *subject)
{
	text_add(text, "%08x\n",
		 subject->thread ? subject->thread->extra->personality : 0);
}

static void show_timerslack(struct text *text, struct proc_subject *subject)
{
	text_str(text, "50000\n");
}

static void show_filter(struct text *text, struct proc_subject *subject)
{
	text_str(text, "00000033\n");
}

static void show_schedstat(struct text *text, struct proc_subject *subject)
{
	struct thread *thread = subject->thread;

	text_add(text, "%lu 0 %lu\n", thread ? (uint64_t)thread->run_time : 0,
		 thread ? thread->switches : 0);
}

static void show_sched(struct text *text, struct proc_subject *subject)
{
	struct thread *thread = subject->thread;

	if (!thread)
		return;
	text_add(text, "%s (%d, #threads: %u)\n", thread->name, thread->tid,
		 subject->process->thread_count);
	text_add(text,
		 "se.vruntime : %ld\nse.sum_exec_runtime : %ld\n"
		 "nr_switches : %lu\nnr_involuntary_switches : %lu\n"
		 "policy : %d\nprio : %d\n",
		 thread->vruntime, thread->run_time, thread->switches,
		 thread->involuntary, thread->policy, 120 + thread->nice);
}

static void show_syscall(struct text *text, struct proc_subject *subject)
{
	text_str(text, "running\n");
}

static int clear_refs(const char *value, size_t length,
		      struct proc_subject *subject)
{
	return *value >= '1' && *value <= '5' ? 0 : -EINVAL;
}

static void show_children(struct text *text, struct proc_subject *subject)
{
	struct process *child;
	uint64_t flags = spin_lock_irqsave(&process_lock);

	LIST_FOR_EACH(child, &subject->process->children, sibling)
		text_add(text, "%d ", child->pid);
	spin_unlock_irqrestore(&process_lock, flags);
}

/* Raw memory: what ptrace-like tools read. */
static ssize_t read_mem(struct proc_subject *subject, struct io *io,
			int64_t *position)
{
	struct address_space *space = take_space(subject);
	char part[256];
	ssize_t done = 0;
	size_t n;

	if (!space)
		return 0;
	while (io->left) {
		n = space_read(space, (uaddr_t)*position, part,
			       MIN(io->left, sizeof part));
		if (!n)
			break;
		n = io_copy_to(io, part, n);
		if (!n)
			break;
		*position += (int64_t)n;
		done += (ssize_t)n;
	}
	space_put(space);
	return done ? done : -EIO;
}

const struct process_file report_files[] = {
	{ .name = "auxv", .mode = 0400, .show = show_auxv, .inspect = true },
	{ .name = "cgroup", .mode = 0444, .show = show_cgroup },
	{ .name = "children", .mode = 0444, .show = show_children },
	{ .name = "clear_refs", .mode = 0200, .store = clear_refs },
	{ .name = "cmdline", .mode = 0444, .show = show_cmdline },
	{ .name = "comm", .mode = 0644, .show = show_comm, .store = store_comm },
	{ .name = "coredump_filter",
	  .mode = 0644,
	  .show = show_filter,
	  .process_only = true },
	{ .name = "cwd", .place = place_cwd },
	{ .name = "environ",
	  .mode = 0400,
	  .show = show_environ,
	  .inspect = true },
	{ .name = "exe", .place = place_exe },
	{ .name = "gid_map",
	  .mode = 0644,
	  .show = show_id_map,
	  .store = refuse },
	{ .name = "io", .mode = 0400, .show = show_io, .inspect = true },
	{ .name = "limits", .mode = 0444, .show = show_limits },
	{ .name = "loginuid",
	  .mode = 0644,
	  .show = show_loginuid,
	  .store = refuse },
	{ .name = "maps", .mode = 0444, .show = show_maps, .inspect = true },
	{ .name = "mem", .mode = 0600, .read = read_mem, .inspect = true },
	{ .name = "mountinfo", .mode = 0444, .show = show_mountinfo },
	{ .name = "mounts", .mode = 0444, .show = show_mounts },
	{ .name = "mountstats",
	  .mode = 0400,
	  .show = show_mountstats,
	  .process_only = true },
	{ .name = "oom_adj", .mode = 0644, .show = show_oom_adj },
	{ .name = "oom_score", .mode = 0444, .show = show_oom_score },
	{ .name = "oom_score_adj",
	  .mode = 0644,
	  .show = show_oom_score_adj,
	  .store = store_oom_score_adj },
	{ .name = "personality",
	  .mode = 0400,
	  .show = show_personality,
	  .inspect = true },
	{ .name = "root", .place = place_root },
	{ .name = "sched", .mode = 0444, .show = show_sched },
	{ .name = "schedstat", .mode = 0444, .show = show_schedstat },
	{ .name = "sessionid", .mode = 0444, .show = show_loginuid },
	{ .name = "setgroups",
	  .mode = 0644,
	  .show = show_setgroups,
	  .store = refuse,
	  .process_only = true },
	{ .name = "smaps", .mode = 0444, .show = show_smaps, .inspect = true },
	{ .name = "smaps_rollup",
	  .mode = 0444,
	  .show = show_smaps_rollup,
	  .inspect = true },
	{ .name = "stat", .mode = 0444, .show = show_stat },
	{ .name = "statm", .mode = 0444, .show = show_statm },
	{ .name = "status", .mode = 0444, .show = show_status },
	{ .name = "syscall",
	  .mode = 0400,
	  .show = show_syscall,
	  .inspect = true },
	{ .name = "timerslack_ns",
	  .mode = 0644,
	  .show = show_timerslack,
	  .process_only = true },
	{ .name = "uid_map",
	  .mode = 0644,
	  .show = show_id_map,
	  .store = refuse },
	{ .name = "wchan", .mode = 0444, .show = show_wchan },
};
const size_t report_file_count = ARRAY_LEN(report_files);

/* ---- /proc/PID/ns ------------------------------------------------------------------------- */

static void link_mnt(struct text *text, struct proc_subject *subject)
{
	struct mount_namespace *mounts = take_mounts(subject);

	text_add(text, "mnt:[%lu]", mounts ? mounts->number : 0);
	mounts_put(mounts);
}

/* The kinds that there is one of. */
static void link_cgroup(struct text *text, struct proc_subject *subject)
{
	text_add(text, "cgroup:[%lu]", NSFS_CGROUP);
}

static int place_cgroup(struct proc_subject *subject, struct path *path)
{
	return nsfs_only_path(NSFS_CGROUP, path);
}

static void link_ipc(struct text *text, struct proc_subject *subject)
{
	text_add(text, "ipc:[%lu]", NSFS_IPC);
}

static int place_ipc(struct proc_subject *subject, struct path *path)
{
	return nsfs_only_path(NSFS_IPC, path);
}

static void link_pid(struct text *text, struct proc_subject *subject)
{
	text_add(text, "pid:[%lu]", NSFS_PID);
}

static int place_pid(struct proc_subject *subject, struct path *path)
{
	return nsfs_only_path(NSFS_PID, path);
}

static void link_time(struct text *text, struct proc_subject *subject)
{
	text_add(text, "time:[%lu]", NSFS_TIME);
}

static int place_time(struct proc_subject *subject, struct path *path)
{
	return nsfs_only_path(NSFS_TIME, path);
}

static void link_user(struct text *text, struct proc_subject *subject)
{
	text_add(text, "user:[%lu]", NSFS_USER);
}

static int place_user(struct proc_subject *subject, struct path *path)
{
	return nsfs_only_path(NSFS_USER, path);
}

static void link_net(struct text *text, struct proc_subject *subject)
{
	struct net_namespace *network = take_network(subject);

	text_add(text, "net:[%lu]", network ? network->space.number : 0);
	network_put(network);
}

static int place_net(struct proc_subject *subject, struct path *path)
{
	struct net_namespace *network = take_network(subject);
	int error;

	if (!network)
		return -ENOENT;
	error = nsfs_path(&network->space, path);
	network_put(network);
	return error;
}

/* UTS namespaces are told apart by their object. */
static void link_uts(struct text *text, struct proc_subject *subject)
{
	text_add(text, "uts:[%lu]",
		 subject->process->uts == init_process->uts ?
			 4026531838ul :
			 4026532000ul + ((uintptr_t)subject->process->uts >> 6 &
					 0xfffff));
}

const struct process_file report_spaces[] = {
	{ .name = "cgroup", .link = link_cgroup, .place = place_cgroup },
	{ .name = "ipc", .link = link_ipc, .place = place_ipc },
	{ .name = "mnt", .link = link_mnt },
	{ .name = "net", .link = link_net, .place = place_net },
	{ .name = "pid", .link = link_pid, .place = place_pid },
	{ .name = "pid_for_children", .link = link_pid, .place = place_pid },
	{ .name = "time", .link = link_time, .place = place_time },
	{ .name = "user", .link = link_user, .place = place_user },
	{ .name = "uts", .link = link_uts },
};
const size_t report_space_count = ARRAY_LEN(report_spaces);
