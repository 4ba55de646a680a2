// SPDX-License-Identifier: MIT
/*
 * The report of a kernel bug. It trusts as little as it can: no locks, no
 * allocation, memory read through kernel_peek(). The first CPU that comes here
 * reports; the others are stopped by NMI.
 */
#include "kernel/arch/x86_64/panic.h"
#include "kernel/arch/x86_64/arch.h"
#include "kernel/arch/x86_64/cmdline.h"
#include "kernel/arch/x86_64/io.h"
#include "kernel/arch/x86_64/log.h"
#include "kernel/arch/x86_64/power.h"
#include "kernel/arch/x86_64/symbols.h"
#include "kernel/arch/x86_64/timer.h"
#include "kernel/arch/x86_64/trap.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/parse.h"
#include "lib/string.h"

#define EXIT_PORT 0xf4
#define EXIT_VALUE 0x31 /* QEMU's status: 2 * 0x31 + 1 = 99 */
#define MAX_CALLERS 24

extern bool log_panicking;
bool kernel_peek(uint64_t at, uint64_t *value);

void (*panic_hook)(void);
const char *(*panic_thread_name)(void);
static int64_t reboot_after;
static uint32_t panicking; /* CPU number + 1 of the one that reports */

static int set_panic(const char *value)
{
	if (!value || !parse_i64(&value, 10, &reboot_after) || *value)
		return -EINVAL;
	return 0;
}
CMDLINE_WORD("panic", set_panic);

static void print_place(uint64_t at)
{
	uintptr_t offset = 0;
	const char *name = symbol_name(at, &offset);

	if (name)
		log_raw("  %016lx %s+0x%lx\n", at, name, offset);
	else
		log_raw("  %016lx\n", at);
}

static bool in_kernel_text(uint64_t at)
{
	return at >= (uint64_t)kernel_start && at < (uint64_t)text_end;
}

void backtrace_print(uint64_t frame_pointer)
{
	uint64_t at = frame_pointer, next, caller;

	for (unsigned i = 0; i < MAX_CALLERS && at >= DIRECT_MAP; i++) {
		if ((at & 7) || !kernel_peek(at, &next) ||
		    !kernel_peek(at + 8, &caller))
			return;
		if (!in_kernel_text(caller))
			return;
		print_place(caller);
		if (next <= at)
			return;
		at = next;
	}
}

static void print_registers(const struct trap_frame *f)
{
	log_raw("rip %04lx:%016lx rsp %04lx:%016lx rflags %08lx\n", f->cs,
		f->rip, f->ss, f->rsp, f->rflags);
	log_raw("rax %016lx rbx %016lx rcx %016lx rdx %016lx\n", f->rax, f->rbx,
		f->rcx, f->rdx);
	log_raw("rsi %016lx rdi %016lx rbp %016lx r8  %016lx\n", f->rsi, f->rdi,
		f->rbp, f->r8);
	log_raw("r9  %016lx r10 %016lx r11 %016lx r12 %016lx\n", f->r9, f->r10,
		f->r11, f->r12);
	log_raw("r13 %016lx r14 %016lx r15 %016lx\n", f->r13, f->r14, f->r15);
	log_raw("cr0 %lx cr2 %016lx cr3 %lx cr4 %lx gs %016lx\n", read_cr0(),
		read_cr2(), read_cr3(), read_cr4(), msr_read(MSR_GS_BASE));
}

static NORETURN void end(void)
{
	out8(EXIT_PORT, EXIT_VALUE);
	if (reboot_after < 0)
		power_reboot();
	if (reboot_after > 0) {
		log_raw("rebooting in %ld s\n", reboot_after);
		for (int64_t i = 0; i < reboot_after; i++)
			delay_usec(1000000);
		power_reboot();
	}
	for (;;)
		__asm__ volatile("cli; hlt");
}

static void begin(void)
{
	uint32_t me = this_cpu()->number + 1, nobody = 0;

	irq_disable();
	if (!__atomic_compare_exchange_n(&panicking, &nobody, me, false,
					 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
		if (nobody == me) /* a fault while reporting */
			end();
		for (;;)
			__asm__ volatile("cli; hlt");
	}
	log_panicking = true;
	power_stop_others();
}

static NORETURN void report(const struct trap_frame *frame, uint64_t rbp,
			    const char *format, va_list args)
{
	static char message[512];

	begin();
	vformat_to(message, sizeof message, format, args);
	log_write(LOG_EMERG, "Kernel panic - not syncing: %s", message);
	log_raw("cpu %u, thread %s\n", this_cpu()->number,
		panic_thread_name ? panic_thread_name() : "(start-up)");
	if (frame) {
		print_registers(frame);
		log_raw("at:\n");
		print_place(frame->rip);
		rbp = frame->rbp;
	} else {
		log_raw("called from:\n");
	}
	backtrace_print(rbp);
	if (panic_hook)
		panic_hook();
	log_raw("---[ end Kernel panic - not syncing: %s ]---\n", message);
	end();
}

void panic(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report(NULL, (uint64_t)__builtin_frame_address(0), format, args);
}

void panic_frame(const struct trap_frame *frame, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report(frame, 0, format, args);
}
