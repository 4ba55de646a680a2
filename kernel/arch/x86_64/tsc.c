// SPDX-License-Identifier: MIT
/*
 * The time-stamp counter as the kernel's clock. Its frequency comes from the
 * CPU or the hypervisor if they say it, otherwise from measuring it against
 * whatever other clock the machine has: HPET, ACPI's PM timer, the PIT, and
 * as the last resort the RTC's seconds. No one of them is always there.
 */
#include "kernel/arch/x86_64/timer.h"
#include "kernel/arch/x86_64/acpi.h"
#include "kernel/arch/x86_64/arch.h"
#include "kernel/arch/x86_64/io.h"
#include "kernel/arch/x86_64/log.h"
#include "kernel/arch/x86_64/panic.h"

#define WINDOW_USEC 5000

struct tsc_scale tsc_scale = { .shift = 32 };

nsec_t tsc_now(void)
{
	uint64_t ticks = cpu_tsc() - tsc_scale.base;

	return (nsec_t)(((unsigned __int128)ticks * tsc_scale.mult) >> 32);
}

/* A clock to measure against. `mask`: where it wraps. */
struct reference {
	const char *name;
	bool (*start)(uint64_t *hz);
	uint64_t (*read)(void);
	uint64_t mask;
};

static volatile uint64_t *hpet;

static bool hpet_start(uint64_t *hz)
{
	uint32_t period;

	if (!acpi.hpet)
		return false;
	hpet = mmio_map(acpi.hpet, 1024);
	if (!hpet)
		return false;
	period = (uint32_t)(hpet[0] >> 32); /* femtoseconds */
	if (!period || period > 100000000)
		return false;
	hpet[2] |= 1;
	*hz = 1000000000000000ull / period;
	return true;
}

static uint64_t hpet_read(void)
{
	return (uint32_t)hpet[30];
}

static bool pm_start(uint64_t *hz)
{
	*hz = 3579545;
	return acpi.pm_timer != 0;
}

static uint64_t pm_read(void)
{
	return in32(acpi.pm_timer) & 0xffffff;
}

static uint64_t pit_read(void)
{
	unsigned low;

	out8(0x43, 0x80);
	low = in8(0x42);
	return 0xffff - (low | (unsigned)in8(0x42) << 8);
}

static bool pit_start(uint64_t *hz)
{
	uint64_t first;

	out8(0x61, (in8(0x61) & ~2) | 1); /* gate on, speaker off */
	out8(0x43, 0xb0); /* channel 2, mode 0 */
	out8(0x42, 0xff);
	out8(0x42, 0xff);
	*hz = 1193182;
	first = pit_read();
	for (unsigned i = 0; i < 1000; i++)
		if (pit_read() != first)
			return true;
	return false;
}

static const struct reference references[] = {
	{ "HPET", hpet_start, hpet_read, 0xffffffff },
	{ "PM timer", pm_start, pm_read, 0xffffff },
	{ "PIT", pit_start, pit_read, 0xffff },
};

/* One reading of both clocks: the tightest of a few tries. */
static uint64_t sample(const struct reference *ref, uint64_t *tsc)
{
	uint64_t best = UINT64_MAX, value = 0;

	for (unsigned i = 0; i < 5; i++) {
		uint64_t before = cpu_tsc();
		uint64_t now = ref->read();
		uint64_t after = cpu_tsc();

		if (after - before < best) {
			best = after - before;
			*tsc = before + (after - before) / 2;
			value = now;
		}
	}
	return value;
}

/* The TSC's frequency, or 0 when the reference does not move. */
static uint64_t measure(const struct reference *ref)
{
	uint64_t hz, first_tsc, last_tsc, first, ticks, wanted;
	unsigned tries = 0;

	if (!ref->start(&hz))
		return 0;
	wanted = hz * WINDOW_USEC / 1000000;
	first = sample(ref, &first_tsc);
	do {
		ticks = (ref->read() - first) & ref->mask;
		if (++tries == 10000000)
			return 0;
	} while (ticks < wanted);
	ticks = (sample(ref, &last_tsc) - first) & ref->mask;
	return multiply_divide(last_tsc - first_tsc, hz, ticks);
}

static unsigned rtc_second(void)
{
	do {
		out8(0x70, 10);
	} while (in8(0x71) & 0x80);
	out8(0x70, 0);
	return in8(0x71);
}

/* Two edges of the RTC's second: slow, but a clock that is nearly always
 * there. */
static uint64_t measure_rtc(void)
{
	uint64_t limit = cpu_tsc() + 20000000000ull, start;
	unsigned second = rtc_second();

	if (second == 0xff)
		return 0;
	while (rtc_second() == second)
		if (cpu_tsc() > limit)
			return 0;
	start = cpu_tsc();
	second = rtc_second();
	while (rtc_second() == second)
		if (cpu_tsc() > limit)
			return 0;
	return cpu_tsc() - start;
}

/* What the CPU or the hypervisor says about itself. */
static uint64_t declared(void)
{
	uint32_t max = cpuid(0, 0).a;
	struct cpuid r;

	if (cpu_features.hypervisor_leaf >= 0x40000010) {
		r = cpuid(0x40000010, 0);
		if (r.a) {
			tsc_scale.source = "hypervisor";
			return r.a * 1000ull;
		}
	}
	if (max >= 0x15) {
		r = cpuid(0x15, 0);
		if (r.a && r.b && r.c) {
			tsc_scale.source = "CPUID";
			return (uint64_t)r.c * r.b / r.a;
		}
	}
	return 0;
}

static uint64_t find_frequency(void)
{
	uint64_t hz = declared();

	for (unsigned i = 0; !hz && i < ARRAY_LEN(references); i++) {
		hz = measure(&references[i]);
		tsc_scale.source = references[i].name;
	}
	if (!hz) {
		hz = measure_rtc();
		tsc_scale.source = "RTC";
	}
	if (!hz && cpuid(0, 0).a >= 0x16) {
		hz = (cpuid(0x16, 0).a & 0xffff) * 1000000ull;
		tsc_scale.source = "CPUID base frequency";
	}
	return hz;
}

void tsc_init(void)
{
	uint64_t base = cpu_tsc(), hz = find_frequency();

	if (!hz)
		panic("tsc: no clock to measure its frequency against");
	tsc_scale.base = base;
	tsc_scale.khz = hz / 1000;
	tsc_scale.mult = ((uint64_t)NSEC_PER_SEC << 32) / hz;
	log_info("tsc: %lu.%03lu MHz (%s)", hz / 1000000, hz / 1000 % 1000,
		 tsc_scale.source);
	apic_calibrate();
}

void delay_usec(unsigned usec)
{
	nsec_t end = tsc_now() + usec * NSEC_PER_USEC;

	while (tsc_now() < end)
		cpu_relax();
}
