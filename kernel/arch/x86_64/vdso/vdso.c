// SPDX-License-Identifier: MIT
/*
 * The vDSO: code that runs in user mode in every process and answers the
 * questions about time and the CPU's number without entering the kernel. What
 * it does not know (other clocks) it asks the kernel.
 * Built as a shared object of its own, embedded in the kernel's image by
 * vdso_image.S and mapped by kernel/vm/vdso.c right behind its data page.
 */
#include "kernel/arch/x86_64/vdso/data.h"

#define NSEC 1000000000
#define EXPORT __attribute__((visibility("default")))

enum {
	REALTIME,
	MONOTONIC,
	RAW = 4,
	REALTIME_COARSE,
	MONOTONIC_COARSE,
	BOOTTIME
};

struct timespec64 {
	int64_t seconds, nanoseconds;
};
struct timeval64 {
	int64_t seconds, microseconds;
};
struct zone {
	int32_t minutes_west, dst;
};

extern const volatile struct vdso_data vdso_data
	__attribute__((visibility("hidden")));

static inline long system_call(long number, long a, long b)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"(number), "D"(a), "S"(b)
			 : "rcx", "r11", "memory");
	return result;
}

static inline uint64_t tsc(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

/* Nanoseconds of the monotonic clock; of the real one if `real`. */
static inline int64_t now(int real)
{
	uint32_t sequence;
	int64_t time;

	do {
		while ((sequence = vdso_data.sequence) & 1)
			__asm__ volatile("pause");
		__asm__ volatile("" : : : "memory");
		time = (int64_t)(((unsigned __int128)(tsc() - vdso_data.base) *
				  vdso_data.mult) >>
				 32);
		if (real)
			time += vdso_data.realtime_offset;
		__asm__ volatile("" : : : "memory");
	} while (vdso_data.sequence != sequence);
	return time;
}

EXPORT int __vdso_clock_gettime(int clock, struct timespec64 *out);
int __vdso_clock_gettime(int clock, struct timespec64 *out)
{
	int64_t time;

	if (clock == MONOTONIC || clock == RAW || clock == BOOTTIME ||
	    clock == MONOTONIC_COARSE)
		time = now(0);
	else if (clock == REALTIME || clock == REALTIME_COARSE)
		time = now(1);
	else
		return (int)system_call(228, clock, (long)out);
	out->seconds = time / NSEC;
	out->nanoseconds = time % NSEC;
	return 0;
}

EXPORT int __vdso_clock_getres(int clock, struct timespec64 *out);
int __vdso_clock_getres(int clock, struct timespec64 *out)
{
	return (int)system_call(229, clock, (long)out);
}

EXPORT int __vdso_gettimeofday(struct timeval64 *out, struct zone *zone);
int __vdso_gettimeofday(struct timeval64 *out, struct zone *zone)
{
	int64_t time = now(1);

	if (out) {
		out->seconds = time / NSEC;
		out->microseconds = time % NSEC / 1000;
	}
	if (zone)
		zone->minutes_west = zone->dst = 0;
	return 0;
}

EXPORT long __vdso_time(int64_t *out);
long __vdso_time(int64_t *out)
{
	int64_t seconds = now(1) / NSEC;

	if (out)
		*out = seconds;
	return seconds;
}

EXPORT long __vdso_getcpu(unsigned *cpu, unsigned *node, void *unused);
long __vdso_getcpu(unsigned *cpu, unsigned *node, void *unused)
{
	uint32_t low, high, number;

	if (!vdso_data.has_rdtscp)
		return system_call(309, (long)cpu, (long)node);
	__asm__ volatile("rdtscp" : "=a"(low), "=d"(high), "=c"(number));
	if (cpu)
		*cpu = number;
	if (node)
		*node = 0;
	return 0;
}

/* The names without the prefix are the ones that debuggers look for. */
int clock_gettime(int clock, struct timespec64 *out)
	__attribute__((weak, alias("__vdso_clock_gettime"),
		       visibility("default")));
int clock_getres(int clock, struct timespec64 *out)
	__attribute__((weak, alias("__vdso_clock_getres"),
		       visibility("default")));
int gettimeofday(struct timeval64 *out, struct zone *zone)
	__attribute__((weak, alias("__vdso_gettimeofday"),
		       visibility("default")));
long time(int64_t *out)
	__attribute__((weak, alias("__vdso_time"), visibility("default")));
long getcpu(unsigned *cpu, unsigned *node, void *unused)
	__attribute__((weak, alias("__vdso_getcpu"), visibility("default")));
