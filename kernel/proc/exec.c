// SPDX-License-Identifier: MIT
/*
 * exec: a new program in an old process.
 *
 * The new space is made whole (program, interpreter, stack, strings, auxv)
 * while the old one still runs; only then do the other threads end and the
 * process changes over, which cannot fail any more.
 *
 * Scripts: `#!interpreter argument`; the interpreter is executed with the
 * script's name in the place of argv[0]. Up to five of them in a row.
 */
#include "kernel/proc/exec.h"

#include "kernel/arch/x86_64/arch.h"
#include "kernel/arch/x86_64/trap.h"
#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/file/fdtable.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "kernel/proc/elf.h"
#include "kernel/proc/internal.h"
#include "kernel/sched/random.h"
#include "kernel/vm/space.h"
#include "kernel/vm/vdso.h"
#include "lib/atomic.h"
#include "lib/errno.h"
#include "lib/parse.h"
#include "lib/string.h"

#define STRING_MAX (32 * PAGE_SIZE)
#define SCRIPT_DEPTH 5
#define SCRIPT_LINE 256
#define ADDR_NO_RANDOMIZE 0x0040000u
#define PERSONALITY_CLEAR_ON_SETID 0x0d40000u /* what set-id must not inherit */
#define STACK_START KIB(132)

struct exec {
	struct file *file;
	const char *name; /* AT_EXECFN */
	struct exec_strings *strings;
	/* Scripts: what comes before the script's own arguments. */
	char *prefix[2 * SCRIPT_DEPTH + 1];
	unsigned prefix_count;
	struct address_space *space;
	struct elf_image image;
	uaddr_t stack; /* rsp at the start */
	bool secure, randomize;
	struct credentials *cred;
};

int exec_strings_init(struct exec_strings *strings)
{
	uint64_t stack = process_limit(RLIM_STACK);

	memset(strings, 0, sizeof *strings);
	strings->limit = CLAMP(stack / 4, KIB(128), MIB(6));
	strings->page_room = strings->limit / PAGE_SIZE + 1;
	strings->pages = kcalloc(strings->page_room, sizeof *strings->pages);
	return strings->pages ? 0 : -ENOMEM;
}

void exec_strings_free(struct exec_strings *strings)
{
	for (unsigned i = 0; i < strings->page_count; i++)
		kfree(strings->pages[i]);
	kfree(strings->pages);
	strings->pages = NULL;
}

/* Room at the end: contiguous bytes, up to a page's end. NULL: -ENOMEM. */
static char *room(struct exec_strings *strings, size_t *space)
{
	unsigned page = strings->size / PAGE_SIZE;
	size_t offset = strings->size % PAGE_SIZE;

	if (page >= strings->page_count) {
		if (page >= strings->page_room)
			return NULL;
		strings->pages[page] = kmalloc(PAGE_SIZE);
		if (!strings->pages[page])
			return NULL;
		strings->page_count++;
	}
	*space = PAGE_SIZE - offset;
	return strings->pages[page] + offset;
}

int exec_strings_add(struct exec_strings *strings, const char *text)
{
	size_t left = strlen(text) + 1, space;

	if (strings->size + left > strings->limit)
		return -E2BIG;
	while (left) {
		char *to = room(strings, &space);
		size_t n = MIN(left, space);

		if (!to)
			return -ENOMEM;
		memcpy(to, text, n);
		strings->size += n;
		text += n;
		left -= n;
	}
	return 0;
}

int exec_strings_add_user(struct exec_strings *strings, uaddr_t text)
{
	size_t start = strings->size, space;

	for (;;) {
		char *to = room(strings, &space);
		ssize_t length;

		if (!to)
			return strings->size >= strings->limit ? -E2BIG :
								 -ENOMEM;
		length = copy_string_from_user(to, text, space);
		if (length == -EFAULT)
			return length;
		if (length >= 0) {
			strings->size += length + 1;
			return strings->size > strings->limit ? -E2BIG : 0;
		}
		strings->size += space;
		text += space;
		if (strings->size - start > STRING_MAX ||
		    strings->size > strings->limit)
			return -E2BIG;
	}
}

/* ---- scripts ---- */

/* Put a copy of the text in front of all others. */
static int push_prefix(struct exec *exec, const char *text, size_t length)
{
	char *copy = kmalloc(length + 1);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, text, length);
	copy[length] = 0;
	memmove(exec->prefix + 1, exec->prefix,
		exec->prefix_count * sizeof exec->prefix[0]);
	exec->prefix[0] = copy;
	exec->prefix_count++;
	return 0;
}

static bool has_blank(const char *from, const char *end)
{
	while (from < end && !is_blank(*from))
		from++;
	return from < end;
}

/* The first line is in `line`; *interpreter is where it is to go on. */
static int parse_script(struct exec *exec, char *line, ssize_t size,
			const char *script)
{
	char *end = memchr(line, '\n', size), *word, *argument;
	int error;

	if (!end) {
		/* A name that was cut must not be executed. */
		end = line + size;
		word = line + 2 + strspn(line + 2, " \t");
		if (size >= SCRIPT_LINE - 1 && !has_blank(word, end))
			return -ENOEXEC;
	}
	while (end > line + 2 && is_blank(end[-1]))
		end--;
	*end = 0;
	word = line + 2 + strspn(line + 2, " \t");
	if (!*word)
		return -ENOEXEC;
	argument = word + strcspn(word, " \t");
	if (*argument) {
		*argument++ = 0;
		argument += strspn(argument, " \t");
	}
	/* The last script's own name goes in the place of argv[0]. */
	if (exec->prefix_count) {
		kfree(exec->prefix[0]);
		memmove(exec->prefix, exec->prefix + 1,
			--exec->prefix_count * sizeof exec->prefix[0]);
	}
	error = push_prefix(exec, script, strlen(script));
	if (!error && *argument)
		error = push_prefix(exec, argument, strlen(argument));
	if (!error)
		error = push_prefix(exec, word, strlen(word));
	return error;
}

/* Follow `#!` lines until something else is found. Owns exec->file. */
static NOINLINE int resolve_scripts(struct exec *exec)
{
	char line[SCRIPT_LINE];
	const char *script = exec->name;

	for (unsigned depth = 0;; depth++) {
		ssize_t size =
			file_read_kernel(exec->file, line, sizeof line - 1, 0);
		struct file *next;
		int error;

		if (size < 0)
			return size;
		if (size < 2 || line[0] != '#' || line[1] != '!')
			return 0;
		if (depth == SCRIPT_DEPTH)
			return -ELOOP;
		line[size] = 0;
		error = parse_script(exec, line, size, script);
		if (error)
			return error;
		error = path_ops.open(exec->prefix[0], O_EXECUTE, 0, &next);
		if (error)
			return error;
		file_put(exec->file);
		exec->file = next;
		script = exec->prefix[0];
	}
}

/* ---- the stack ---- */

static uint64_t random_pages(const struct exec *exec, unsigned bits)
{
	if (!exec->randomize)
		return 0;
	return (random_64() & (BIT(bits) - 1)) << PAGE_SHIFT;
}

static void lay_out(struct exec *exec)
{
	struct address_space *space = exec->space;
	uint64_t stack = process_limit(RLIM_STACK);
	uint64_t gap = CLAMP(stack, MIB(128), USER_TOP / 6 * 5);

	space->stack_limit = stack;
	space->size_limit = process_limit(RLIM_AS);
	space->data_limit = process_limit(RLIM_DATA);
	space->stack_top = USER_TOP - random_pages(exec, 22);
	/* The stack's own place is within `gap` and its random part. */
	space->mmap_top = USER_TOP - gap - MIB(1) - (BIT(22) << PAGE_SHIFT) -
			  random_pages(exec, 28);
}

static int map_stack(struct exec *exec)
{
	static const char name[] = "[stack]";
	struct address_space *space = exec->space;
	unsigned prot = PROT_READ | PROT_WRITE;
	struct vm_area *area;
	int64_t at;

	if (exec->image.executable_stack)
		prot |= PROT_EXEC;
	at = space_map(space, space->stack_top - STACK_START, STACK_START, prot,
		       MAP_PRIVATE | MAP_FIXED | MAP_GROWSDOWN, NULL, 0);
	if (at < 0)
		return at;
	area = space_find(space, at);
	area->name = name;
	return 0;
}

static int put(struct exec *exec, uaddr_t at, const void *data, size_t size)
{
	return space_write(exec->space, at, data, size) == size ? 0 : -E2BIG;
}

/* Room down from the stack's top for `size` bytes, already there. */
static int grow_to(struct exec *exec, size_t size)
{
	struct address_space *space = exec->space;
	uint64_t most = MIN(space->stack_limit, MIB(64));
	bool map_error;

	if (size + PAGE_SIZE > most)
		return -E2BIG;
	return space_fault(space, space->stack_top - size, FAULT_WRITE,
			   &map_error);
}

struct strings_at {
	uaddr_t execfn, random, platform, prefix, strings;
};

/* All strings, from the top down: name, platform, arguments, environment. */
static int put_strings(struct exec *exec, struct strings_at *at)
{
	static const char platform[] = "x86_64";
	struct exec_strings *strings = exec->strings;
	uaddr_t sp = exec->space->stack_top - 8;
	uint8_t random[16];
	size_t prefix = 0, done = 0;
	int error;

	for (unsigned i = 0; i < exec->prefix_count; i++)
		prefix += strlen(exec->prefix[i]) + 1;
	error = grow_to(exec, strings->size + prefix + KIB(64));
	if (error)
		return -E2BIG;
	at->execfn = sp -= strlen(exec->name) + 1;
	at->strings = sp -= strings->size;
	at->prefix = sp -= prefix;
	at->platform = sp -= sizeof platform;
	at->random = sp = ALIGN_DOWN(sp - sizeof random, 16);
	if (exec->randomize)
		sp -= random_64() & 0x1ff0;
	exec->stack = ALIGN_DOWN(sp, 16);
	random_bytes(random, sizeof random);
	error = put(exec, at->execfn, exec->name, strlen(exec->name) + 1);
	error |= put(exec, at->platform, platform, sizeof platform);
	error |= put(exec, at->random, random, sizeof random);
	for (unsigned i = 0; i < strings->page_count && done < strings->size;
	     i++) {
		size_t n = MIN(strings->size - done, PAGE_SIZE);

		error |= put(exec, at->strings + done, strings->pages[i], n);
		done += n;
	}
	for (uaddr_t to = at->prefix, i = 0; i < exec->prefix_count; i++) {
		size_t n = strlen(exec->prefix[i]) + 1;

		error |= put(exec, to, exec->prefix[i], n);
		to += n;
	}
	return error ? -E2BIG : 0;
}

static unsigned fill_auxv(struct exec *exec, const struct strings_at *at)
{
	const struct credentials *cred = exec->cred;
	uint64_t *auxv = exec->space->auxv;
	unsigned n = 0;

#define AUX(type, value) (auxv[n++] = (type), auxv[n++] = (value))
	if (exec->space->vdso)
		AUX(33, exec->space->vdso);
	AUX(51, ALIGN_UP(frame_size(), 16));
	AUX(16, cpu_features.leaf1_d);
	AUX(6, PAGE_SIZE);
	AUX(17, 100);
	AUX(3, exec->image.headers);
	AUX(4, 56);
	AUX(5, exec->image.header_count);
	AUX(7, exec->image.base);
	AUX(8, 0);
	AUX(9, exec->image.program_entry);
	AUX(11, cred->uid);
	AUX(12, cred->euid);
	AUX(13, cred->gid);
	AUX(14, cred->egid);
	AUX(23, exec->secure);
	AUX(25, at->random);
	AUX(26, 0);
	AUX(31, at->execfn);
	AUX(15, at->platform);
	AUX(0, 0);
#undef AUX
	return n;
}

/* A cursor that writes 64-bit words upwards through a buffer. */
struct words {
	struct exec *exec;
	uaddr_t at;
	unsigned count;
	int error;
	uint64_t buffer[64];
};

static void flush(struct words *words)
{
	words->error |=
		put(words->exec, words->at, words->buffer, words->count * 8);
	words->at += words->count * 8;
	words->count = 0;
}

static void word(struct words *words, uint64_t value)
{
	words->buffer[words->count++] = value;
	if (words->count == ARRAY_LEN(words->buffer))
		flush(words);
}

/* The length of the string at `offset` of the block, with its NUL. */
static size_t length_at(const struct exec_strings *strings, size_t offset)
{
	size_t length = 0;

	for (;;) {
		size_t page = (offset + length) / PAGE_SIZE;
		size_t in = (offset + length) % PAGE_SIZE;
		const char *text = strings->pages[page] + in;
		const char *end = memchr(text, 0, PAGE_SIZE - in);

		if (end)
			return length + (end - text) + 1;
		length += PAGE_SIZE - in;
	}
}

static void string_pointers(struct words *words, struct exec_strings *strings,
			    uaddr_t base, size_t *offset, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		word(words, base + *offset);
		*offset += length_at(strings, *offset);
	}
}

/* argc, argv, NULL, envp, NULL, auxv: the ABI's initial stack. */
static int put_vectors(struct exec *exec, const struct strings_at *at)
{
	struct exec_strings *strings = exec->strings;
	struct address_space *space = exec->space;
	struct words words = { .exec = exec };
	unsigned auxv = fill_auxv(exec, at);
	unsigned skip = exec->prefix_count && strings->argc ? 1 : 0;
	unsigned argc = exec->prefix_count + strings->argc - skip;
	uaddr_t prefix = at->prefix;
	size_t offset = 0;

	exec->stack -= (3 + argc + strings->envc + auxv) * 8;
	exec->stack = ALIGN_DOWN(exec->stack, 16);
	words.at = exec->stack;
	word(&words, argc);
	for (unsigned i = 0; i < exec->prefix_count; i++) {
		word(&words, prefix);
		prefix += strlen(exec->prefix[i]) + 1;
	}
	if (skip)
		offset = length_at(strings, 0);
	space->arg_start = exec->prefix_count ? at->prefix : at->strings;
	string_pointers(&words, strings, at->strings, &offset,
			strings->argc - skip);
	word(&words, 0);
	space->arg_end = space->env_start = at->strings + offset;
	string_pointers(&words, strings, at->strings, &offset, strings->envc);
	word(&words, 0);
	space->env_end = at->strings + offset;
	for (unsigned i = 0; i < auxv; i++)
		word(&words, space->auxv[i]);
	flush(&words);
	return words.error ? -E2BIG : 0;
}

/* ---- the change ---- */

/* Handlers go back to the default; ignored signals stay ignored. */
static int reset_actions(struct process *process)
{
	struct signal_actions *old = process->actions, *fresh;
	uint64_t flags;

	fresh = actions_copy(old);
	if (!fresh)
		return -ENOMEM;
	for (unsigned i = 0; i < SIGNAL_COUNT; i++) {
		uaddr_t handler = fresh->action[i].handler;

		fresh->action[i] = (struct signal_action){
			.handler = handler == SIG_IGN ? SIG_IGN : SIG_DFL,
		};
	}
	flags = spin_lock_irqsave(&process_lock);
	process->actions = fresh;
	process->exit_signal = SIGCHLD;
	process->dumped_exec = true;
	spin_unlock_irqrestore(&process_lock, flags);
	actions_put(old);
	return 0;
}

int thread_unshare_files(struct thread *self)
{
	struct fd_table *old = self->files, *fresh = fd_table_copy(old);

	if (!fresh)
		return -ENOMEM;
	/* Readers of /proc/PID/fd take their reference under the lock. */
	uint64_t flags = spin_lock_irqsave(&process_lock);

	self->files = fresh;
	spin_unlock_irqrestore(&process_lock, flags);
	fd_table_put(old);
	return 0;
}

static void set_name(struct thread *self, const char *path)
{
	const char *slash = strrchr(path, '/');

	string_copy(self->name, slash ? slash + 1 : path, sizeof self->name);
}

static void set_frame(struct exec *exec, struct thread *self)
{
	struct trap_frame *frame = self->frame;

	memset(frame, 0, sizeof *frame);
	frame->orig_rax = -1;
	frame->rip = exec->image.entry;
	frame->rsp = exec->stack;
	frame->cs = USER_CS;
	frame->ss = USER_DS;
	frame->rflags = 0x202;
	self->fs_base = self->gs_base = 0;
	thread_load_bases();
	fpu_reset(self);
}

static void forget_thread_state(struct thread *self, bool secure)
{
	struct thread_extra *extra = self->extra;

	extra->robust_list = extra->clear_child_tid = 0;
	self->signal->altstack = self->signal->altstack_size = 0;
	self->signal->altstack_flags = SS_DISABLE;
	if (secure) {
		extra->personality &= ~PERSONALITY_CLEAR_ON_SETID;
		extra->parent_death_signal = 0;
	}
}

static NOINLINE int commit(struct exec *exec)
{
	struct thread *self = current_thread();
	struct process *process = self->process;
	struct address_space *old = self->space;
	int error = exec_alone();

	if (error)
		return error;
	error = thread_unshare_files(self);
	if (!error)
		error = reset_actions(process);
	if (error)
		return error;
	if (old && (old->resident_peak > process->resident_peak))
		process->resident_peak = old->resident_peak;
	if (self->extra->clear_child_tid && old && old->users > 1) {
		put_user_32(self->extra->clear_child_tid, 0);
		futex_wake_address(self->extra->clear_child_tid, true, 1);
	}
	robust_exit(self);
	exec->space->dumpable = !exec->secure;
	file_get(exec->file);
	exec->space->exe = exec->file;
	space_switch(exec->space);
	exec->space = NULL;
	vfork_release(self->extra);
	/* Whoever found the old space under the lock has its reference now. */
	spin_unlock_irqrestore(&process_lock, spin_lock_irqsave(&process_lock));
	if (old)
		space_unuse(old);
	timers_exec(process);
	forget_thread_state(self, exec->secure);
	credentials_set(exec->cred);
	exec->cred = NULL;
	process->uid = self->cred->uid;
	fd_table_close_on_exec(self->files);
	set_name(self, exec->name);
	set_frame(exec, self);
	signal_recalculate();
	return 0;
}

static NOINLINE int build(struct exec *exec)
{
	struct strings_at at;
	int64_t vdso;
	int error;

	exec->space = space_create();
	if (!exec->space)
		return -ENOMEM;
	lay_out(exec);
	error = elf_load(exec->space, exec->file, exec->randomize,
			 &exec->image);
	if (!error)
		error = map_stack(exec);
	if (!error) {
		vdso = vdso_map(exec->space);
		if (vdso > 0)
			exec->space->vdso = vdso;
	}
	if (!error)
		error = put_strings(exec, &at);
	if (!error)
		error = put_vectors(exec, &at);
	return error;
}

int exec_run(struct file *file, const char *name, struct exec_strings *strings)
{
	struct exec exec = { .file = file, .name = name, .strings = strings };
	unsigned personality = current_thread()->extra->personality;
	int error;

	file_get(file);
	error = resolve_scripts(&exec);
	if (!error) {
		exec.cred = credentials_for_exec(exec.file, &exec.secure);
		if (!exec.cred)
			error = -ENOMEM;
	}
	exec.randomize = !(personality & ADDR_NO_RANDOMIZE) || exec.secure;
	if (!error)
		error = build(&exec);
	if (!error)
		error = commit(&exec);
	if (exec.space)
		space_unuse(exec.space);
	if (exec.cred)
		credentials_put(exec.cred);
	for (unsigned i = 0; i < exec.prefix_count; i++)
		kfree(exec.prefix[i]);
	file_put(exec.file);
	return error;
}

int process_exec(struct file *file, const char *path, char **argv, char **envp)
{
	struct exec_strings strings;
	int error = exec_strings_init(&strings);

	for (; !error && *argv; argv++, strings.argc++)
		error = exec_strings_add(&strings, *argv);
	for (; !error && *envp; envp++, strings.envc++)
		error = exec_strings_add(&strings, *envp);
	if (!error)
		error = exec_run(file, path, &strings);
	exec_strings_free(&strings);
	return error;
}
