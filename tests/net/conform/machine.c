// SPDX-License-Identifier: MIT
/*
 * Threads and time for the kernel's code on the host; see machine.h.
 *
 * Each task is a fiber with a stack of its own and a struct thread that the
 * kernel's wait queues know. schedule() goes back to the runner when the thread
 * sleeps; thread_wake() makes it eligible again, and run_tasks() goes on with
 * it. The sanitizer is told about each change of stacks.
 */
#include "tests/net/conform/machine.h"

#include <sanitizer/common_interface_defs.h>

#include "tests/net/conform/libc.h"

#include "kernel/file/credentials.h"
#include "kernel/file/fdtable.h"
#include "kernel/proc/process.h"
#include "kernel/sched/clock.h"
#include "kernel/sched/thread.h"
#include "kernel/socket/socket.h"
#include "net/core/instance.h"
#include "net/net.h"
#include "tests/net/port_host.h"

#define STACK_SIZE (256 << 10)
#define TASKS 16
#define START (1000 * NSEC_PER_SEC)
#define EPOCH (1700000000ll * NSEC_PER_SEC)

struct fiber {
	struct thread thread;
	struct task *task; /* NULL: free */
	void *sp; /* where it was left */
	char *stack;
	void *fake_stack;
};

struct thread *host_thread;
struct cpu host_cpu;
unsigned cpu_count = 1;
void (*thread_raise)(int signal);
void (*thread_release)(struct thread *thread);

nsec_t machine_now;

static struct fiber fibers[TASKS];
static void *runner_sp;
static void *runner_fake_stack;
static const void *runner_stack;
static size_t runner_stack_size;
static struct process process = { .refs = 1, .pid = 1, .pgid = 1 };
static struct credentials *credentials;
static struct fd_table *files;
static long objects_before; /* the table of descriptors not among them */
static bool task_ended;
static struct ktimer *timers[TASKS * 4];

/* ---- Fibers ---- */

/* Leaves the stack that it is called on in *from and goes on with `to`. */
void fiber_switch(void **from, void *to);
__asm__(".text\n"
	"fiber_switch:\n"
	"	push %rbp\n"
	"	push %rbx\n"
	"	push %r12\n"
	"	push %r13\n"
	"	push %r14\n"
	"	push %r15\n"
	"	mov %rsp, (%rdi)\n"
	"	mov %rsi, %rsp\n"
	"	pop %r15\n"
	"	pop %r14\n"
	"	pop %r13\n"
	"	pop %r12\n"
	"	pop %rbx\n"
	"	pop %rbp\n"
	"	ret\n");

static struct fiber *current_fiber(void)
{
	return container_of(host_thread, struct fiber, thread);
}

static void to_runner(struct fiber *fiber, bool for_good)
{
	__sanitizer_start_switch_fiber(for_good ? NULL : &fiber->fake_stack,
				       runner_stack, runner_stack_size);
	fiber_switch(&fiber->sp, runner_sp);
	__sanitizer_finish_switch_fiber(fiber->fake_stack, NULL, NULL);
}

static void fiber_main(void)
{
	struct fiber *fiber = current_fiber();

	__sanitizer_finish_switch_fiber(NULL, &runner_stack,
					&runner_stack_size);
	fiber->task->body(fiber->task->arg);
	fiber->task->done = true;
	fiber->task->ended = machine_now;
	fiber->task = NULL;
	task_ended = true;
	to_runner(fiber, true);
}

static void to_fiber(struct fiber *fiber)
{
	host_thread = &fiber->thread;
	__sanitizer_start_switch_fiber(&runner_fake_stack, fiber->stack,
				       STACK_SIZE);
	fiber_switch(&runner_sp, fiber->sp);
	__sanitizer_finish_switch_fiber(runner_fake_stack, NULL, NULL);
	host_thread = NULL;
}

static bool run_tasks(void)
{
	bool ran = false;

	for (int i = 0; i < TASKS; i++) {
		while (fibers[i].task &&
		       fibers[i].thread.state == THREAD_RUNNABLE) {
			to_fiber(&fibers[i]);
			ran = true;
		}
	}
	return ran;
}

static struct fiber *free_fiber(void)
{
	for (int i = 0; i < TASKS; i++)
		if (!fibers[i].task)
			return &fibers[i];
	abort();
}

/* Six registers and where to return to, as fiber_switch() leaves them. */
static void set_stack(struct fiber *fiber)
{
	uint64_t *top = (uint64_t *)(fiber->stack + STACK_SIZE - 64);

	top[6] = (uint64_t)(uintptr_t)fiber_main;
	fiber->sp = top;
}

void task_start(struct task *task, void (*body)(void *), void *arg)
{
	struct fiber *fiber = free_fiber();

	*task = (struct task){ .body = body,
			       .arg = arg,
			       .started = machine_now };
	if (!fiber->stack)
		fiber->stack = aligned_alloc(64, STACK_SIZE);
	fiber->thread = (struct thread){ .state = THREAD_RUNNABLE,
					 .tid = 1,
					 .refs = 1,
					 .process = &process,
					 .files = files,
					 .cred = credentials };
	fiber->task = task;
	fiber->fake_stack = NULL;
	set_stack(fiber);
	machine_settle();
}

void task_run(struct task *task, void (*body)(void *), void *arg)
{
	nsec_t end = machine_now + 3600 * NSEC_PER_SEC;

	task_start(task, body, arg);
	while (!task->done && machine_now < end)
		machine_run(end, false);
}

void schedule(void)
{
	if (host_thread->state != THREAD_RUNNABLE)
		to_runner(current_fiber(), false);
}

void schedule_if_needed(void)
{
}

void thread_yield(void)
{
}

void thread_get(struct thread *thread)
{
	thread->refs++;
}

void thread_put(struct thread *thread)
{
	thread->refs--;
}

bool thread_wake(struct thread *thread, unsigned state_mask)
{
	if (!(state_mask & 1u << thread->state))
		return false;
	thread->state = THREAD_RUNNABLE;
	return true;
}

/* ---- Time ---- */

nsec_t clock_monotonic(void)
{
	return machine_now;
}

nsec_t clock_realtime(void)
{
	return machine_now + EPOCH;
}

nsec_t clock_realtime_offset(void)
{
	return EPOCH;
}

void ktimer_init(struct ktimer *timer, void (*callback)(struct ktimer *))
{
	*timer = (struct ktimer){ .callback = callback };
}

void ktimer_arm(struct ktimer *timer, nsec_t deadline)
{
	size_t i = 0;

	ktimer_cancel(timer);
	while (timers[i])
		if (++i == ARRAY_LEN(timers))
			abort();
	timer->deadline = deadline;
	timer->armed = true;
	timers[i] = timer;
}

bool ktimer_cancel(struct ktimer *timer)
{
	if (!timer->armed)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(timers); i++)
		if (timers[i] == timer)
			timers[i] = NULL;
	timer->armed = false;
	return true;
}

static bool run_timers(void)
{
	bool ran = false;

	for (size_t i = 0; i < ARRAY_LEN(timers); i++) {
		struct ktimer *timer = timers[i];

		if (!timer || timer->deadline > machine_now)
			continue;
		ktimer_cancel(timer);
		timer->callback(timer);
		ran = true;
	}
	return ran;
}

static nsec_t next_timer(void)
{
	nsec_t next = NSEC_NEVER;

	for (size_t i = 0; i < ARRAY_LEN(timers); i++)
		if (timers[i])
			next = MIN(next, timers[i]->deadline);
	return next;
}

/* ---- The loop ---- */

static nsec_t settle(void)
{
	nsec_t next;
	bool again;

	do {
		next = net_run(machine_net, machine_now);
		again = run_timers();
		again |= run_tasks();
	} while (again || next <= machine_now);
	return MIN(next, next_timer());
}

void machine_settle(void)
{
	settle();
}

void machine_run(nsec_t end, bool watch)
{
	for (;;) {
		nsec_t next;

		task_ended = false;
		next = settle();
		if (task_ended || (watch && machine_sent()) || next > end)
			break;
		machine_now = next;
	}
	if (!task_ended && !(watch && machine_sent()))
		machine_now = MAX(machine_now, end);
}

void machine_advance(nsec_t end)
{
	while (machine_now < end)
		machine_run(end, false);
	machine_settle();
}

static void answered(struct request *request)
{
	*(bool *)request->context = true;
}

int machine_configure(struct config_request *request)
{
	bool done = false;

	request->request.done = answered;
	request->request.context = &done;
	net_configure(machine_net, request);
	while (!done)
		machine_settle();
	return request->request.result;
}

/* ---- Life ---- */

struct net *machine_net;
void wire_attach(const struct machine_config *config);

static uint64_t files_at_most(void)
{
	return 1024;
}

static int pid_one(void)
{
	return 1;
}

static void configure(const struct machine_config *config)
{
	struct config_request request = { .op = CONFIG_ADD_ADDRESS,
					  .name = "tun0",
					  .addr = config->address,
					  .bits = config->bits };

	if (machine_configure(&request))
		abort();
	request = (struct config_request){ .op = CONFIG_ADD_ROUTE,
					   .name = "tun0" };
	request.addr = config->six ? addr_any6() : addr_ip4(0);
	request.gateway = request.addr;
	if (machine_configure(&request))
		abort();
}

void machine_capabilities(uint64_t effective)
{
	credentials->cap_effective = effective;
}

void machine_start(const struct machine_config *config)
{
	static struct net_config net_config = { .now = START, .epoch = EPOCH };

	machine_now = START;
	credentials = calloc(1, sizeof(*credentials));
	credentials->refs = 1;
	credentials->cap_effective = ~0ull;
	list_init(&process.threads);
	file_init();
	fd_limit = files_at_most;
	objects_before = kernel_objects();
	files = fd_table_create();
	port_host_seed(7);
	machine_net = net_create(&net_config);
	machine_net->tunables.ip.fresh6.addr_gen_mode = GENERATE_NONE;
	if (!machine_net)
		abort();
	socket_init(machine_net, pid_one);
	wire_attach(config);
	configure(config);
}

static void close_all(void *arg)
{
	fd_table_put(files);
}

long machine_end(void)
{
	static struct task task;

	task_start(&task, close_all, NULL);
	machine_advance(machine_now + NSEC_PER_SEC);
	if (!task.done)
		return -1;
	net_destroy(machine_net);
	while (machine_sent())
		machine_take();
	return port_host_in_use() + kernel_objects() - objects_before;
}
