// SPDX-License-Identifier: MIT
/*
 * Private to kernel/sched: the run queue and what its files call in each
 * other, and the start-up functions for kernel/main.c.
 */
#pragma once

#include "kernel/sched/clock.h"
#include "kernel/sched/thread.h"

#define WEIGHT_NICE_0 1024
#define SLICE (4 * NSEC_PER_MSEC) /* shared by the runnable threads */
#define SLICE_LEAST (NSEC_PER_MSEC)
#define TICK (10 * NSEC_PER_MSEC)
#define SHORT_BURST (100 * NSEC_PER_USEC)
#define SLEEPER_BONUS (3 * NSEC_PER_MSEC)

/*
 * One for each CPU. The thread that runs is not in the tree. The lock is held
 * across a context switch: whoever holds it sees each thread either running or
 * wholly saved.
 */
struct run_queue {
	struct spinlock lock;
	/* Guarded by `lock`: */
	struct rb_tree tree; /* by vruntime */
	struct rb_node *leftmost;
	unsigned queued; /* in the tree */
	uint64_t load; /* weights in the tree */
	int64_t min_vruntime;
	struct thread *push; /* left here, runs elsewhere: affinity */
	struct thread *dead; /* its stack may be freed now */
	/* Written by the owning CPU only: */
	struct cpu *cpu;
	bool idle; /* current is the idle thread */
	nsec_t idle_since;
	nsec_t next_balance;
	struct cpu_times times;
	int64_t blocked; /* sum over CPUs: threads in BLOCKED */
} ALIGNED(64);

extern struct run_queue run_queues[MAX_CPUS];

/* sched.c */
void sched_init(void); /* boot CPU's idle thread becomes current */
void sched_init_cpus(void); /* idle threads of the others, before smp_start */
void sched_start(void); /* timers, load average, interrupts on */
NORETURN void sched_idle(void);
void sched_tick(void);
void sched_enqueue(struct run_queue *rq, struct thread *thread);
void sched_dequeue(struct run_queue *rq, struct thread *thread);
void sched_place(struct run_queue *rq, struct thread *thread);
void sched_kick(struct run_queue *rq, struct thread *woken);
void sched_want_switch(struct cpu *cpu);
void thread_begin(void);

/* balance.c: interrupts off. */
struct run_queue *balance_choose(struct thread *thread);
/* A thread of a busier CPU comes here; `lock` of rq held. */
bool balance_pull(struct run_queue *rq);
/* Threads wait here: let an idle CPU come and pull. `lock` of rq held. */
void balance_offer(struct run_queue *rq);

/* thread.c */
void thread_init(void);
void thread_start_reaper(void);
struct thread *thread_create_idle(struct cpu *cpu);
void stack_free(uint64_t stack);
void thread_free_dead(struct thread *thread);

/* timer.c */
void ktimers_init(void);
void ktimers_run(void);
void ktimers_tick_at(nsec_t when); /* the CPU's next sched_tick */
void ktimers_start_tick(nsec_t when); /* the same, if there is none yet */

/* fpu.c */
void fpu_init_cache(void);
void *fpu_alloc(void);
void fpu_free(void *area);
void fpu_switch(struct thread *prev, struct thread *next);

/* load.c */
void load_init(void);

/* entry.S */
void switch_context(uint64_t *save, uint64_t load);
void thread_first(void);
