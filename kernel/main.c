// SPDX-License-Identifier: MIT
/*
 * From power-on to the first program, step by step. The loader has put the
 * machine into 64-bit mode through arch/x86_64/boot.S; boot.c has copied what
 * the loader said about memory.
 */
#include "kernel/arch/x86_64/acpi.h"
#include "kernel/arch/x86_64/arch.h"
#include "kernel/arch/x86_64/boot.h"
#include "kernel/arch/x86_64/cmdline.h"
#include "kernel/arch/x86_64/log.h"
#include "kernel/arch/x86_64/power.h"
#include "kernel/drivers/rtc.h"
#include "kernel/drivers/uart.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/clock.h"
#include "kernel/sched/random.h"
#include "kernel/sched/sched.h"
#include "kernel/selftest.h"

/* In a thread of its own, so that it may sleep. */
static void start(void *arg)
{
	selftest_run();			/* weir.selftest=: does not return */
	log_error("no init");
	power_off();
}

NORETURN void kernel_main(const char *command_line)
{
	cmdline_parse(command_line);	/* words set what they set */
	uart_init_early();		/* console output from here on */
	pagetable_init();		/* direct map, read-only text */
	acpi_init(boot_info.rsdp);	/* CPUs, I/O APICs, power, clocks */
	apic_init();			/* this CPU's interrupts */
	smp_init();			/* how many CPUs there will be */
	page_init();			/* all memory */
	slab_init();			/* kmalloc */
	power_init();			/* registers for the end */
	interrupt_init();		/* I/O APICs, all lines masked */
	tsc_init();			/* what time it is since start */
	clock_set_realtime(rtc_read() * NSEC_PER_SEC);
	random_init();			/* seeded before anyone asks */
	sched_init();			/* this is the idle thread now */
	sched_init_cpus();		/* idle threads for the others */
	smp_start();			/* all CPUs run */
	sched_start();			/* timers, interrupts on */
	uart_init();			/* console input */
	if (!thread_start_kernel("start", start, NULL))
		power_halt();
	sched_idle();
}
