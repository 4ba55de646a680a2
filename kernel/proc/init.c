// SPDX-License-Identifier: MIT
/*
 * The first process: the calling kernel thread becomes pid 1, opens the
 * console and executes init. Which one: /init of an initramfs, `init=`, or the
 * first of Linux's list.
 */
#include "kernel/arch/x86_64/arch.h"
#include "kernel/arch/x86_64/cmdline.h"
#include "kernel/arch/x86_64/log.h"
#include "kernel/arch/x86_64/panic.h"
#include "kernel/arch/x86_64/trap.h"
#include "kernel/file/fdtable.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "kernel/proc/internal.h"
#include "kernel/vm/space.h"
#include "lib/errno.h"
#include "lib/string.h"

#define WORDS 34
#define NOFILE_SOFT 1024
#define NOFILE_HARD 4096

CMDLINE_WORD("init", NULL);
CMDLINE_WORD("rdinit", NULL);

static void set_limits(struct process *process)
{
	struct memory_counts counts;
	uint64_t threads;

	for (unsigned i = 0; i < RLIM_COUNT; i++)
		process->limits[i] =
			(struct rlimit64){ RLIM_INFINITY, RLIM_INFINITY };
	memory_counts(&counts);
	threads = MIN(counts.total / 32, 32768);
	process->limits[RLIM_STACK].current = MIB(8);
	process->limits[RLIM_CORE].current = 0;
	process->limits[RLIM_NPROC] = (struct rlimit64){ threads, threads };
	process->limits[RLIM_NOFILE] =
		(struct rlimit64){ NOFILE_SOFT, NOFILE_HARD };
	process->limits[RLIM_MEMLOCK] = (struct rlimit64){ MIB(8), MIB(8) };
	process->limits[11] = (struct rlimit64){ threads, threads };
	process->limits[12] = (struct rlimit64){ 819200, 819200 };
	process->limits[13] = (struct rlimit64){ 0, 0 };
	process->limits[14] = (struct rlimit64){ 0, 0 };
}

static bool make_process(struct thread *self)
{
	struct process *process = process_create();
	struct session *session = kzalloc(sizeof *session);

	self->cred = credentials_root();
	self->extra = thread_extra_create();
	self->signal = kzalloc(sizeof *self->signal);
	self->files = fd_table_create();
	if (!process || !session || !self->cred || !self->extra ||
	    !self->signal || !self->files)
		return false;
	queue_init(&self->signal->pending);
	self->signal->altstack_flags = SS_DISABLE;
	process->actions = actions_create();
	process->uts = uts_copy(NULL);
	if (!process->actions || !process->uts)
		return false;
	string_copy(process->uts->host, "(none)", sizeof process->uts->host);
	string_copy(process->uts->domain, "(none)",
		    sizeof process->uts->domain);
	session->refs = 1;
	process->session = session;
	process->refs = 2;
	set_limits(process);
	process->pid = self->tid = pid_alloc();
	process->thread_count = 1;
	pid_set(process->pid, self, process);
	list_push_back(&process->threads, &self->process_link);
	list_push_back(&process_list, &process->all_link);
	process_total = 1;
	self->process = process;
	init_process = process;
	return true;
}

static void open_console(void)
{
	struct file *file;
	int error = path_ops.open("/dev/console", O_RDWR, 0, &file);

	if (error) {
		log_warn("unable to open an initial console: error %d", -error);
		return;
	}
	for (int fd = 0; fd < 3; fd++) {
		file_get(file);
		fd_add(file, false);
	}
	file_put(file);
}

static int try(const char *path, char **argv, char **envp)
{
	struct file *file;
	int error = path_ops.open(path, O_EXECUTE, 0, &file);

	if (error)
		return error;
	argv[0] = (char *)path;
	error = process_exec(file, path, argv, envp);
	file_put(file);
	if (error && error != -ENOENT)
		log_error("%s exists but cannot be executed: error %d", path,
			  -error);
	return error;
}

static void fill(char **to, unsigned at, const char *const *from)
{
	while (at < WORDS - 1 && *from)
		to[at++] = (char *)*from++;
	to[at] = NULL;
}

/* The exec has succeeded: leave the kernel by way of the new frame. */
static NORETURN void enter_user(struct thread *self)
{
	irq_disable();
	self->kernel = false;
	cpu_set_stack(this_cpu(), self->stack + KERNEL_STACK_SIZE);
	thread_load_bases();
	__asm__ volatile("movq %0, %%rsp; jmp return_user"
			 :
			 : "r"(self->frame)
			 : "memory");
	__builtin_unreachable();
}

void process_run_init(void)
{
	static const char *const usual[] = { "/sbin/init", "/etc/init",
					     "/bin/init", "/bin/sh" };
	static char *argv[WORDS], *envp[WORDS];
	static char home[] = "HOME=/", term[] = "TERM=linux";
	struct thread *self = current_thread();
	const char *path = cmdline_value("init");
	const char *first = cmdline_value("rdinit");

	if (!make_process(self))
		panic("no memory for init");
	open_console();
	envp[0] = home;
	envp[1] = term;
	fill(argv, 1, cmdline_init_args());
	fill(envp, 2, cmdline_init_env());
	if (!try(first ? first : "/init", argv, envp))
		enter_user(self);
	if (path) {
		if (!try(path, argv, envp))
			enter_user(self);
		log_error("init=%s cannot be started", path);
	}
	for (unsigned i = 0; i < ARRAY_LEN(usual); i++) {
		if (!try(usual[i], argv, envp))
			enter_user(self);
	}
	panic("no working init found: give init= or a root with /sbin/init");
}
