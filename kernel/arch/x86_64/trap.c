// SPDX-License-Identifier: MIT
/*
 * What happens after entry.S: exceptions go to the floors above when user code
 * (or a copy of user memory) caused them, and to panic() when the kernel did;
 * interrupts go to interrupt.c. Interrupts are on while an exception is
 * handled if they were on where it happened.
 */
#include "kernel/arch/x86_64/trap.h"
#include "kernel/arch/x86_64/arch.h"
#include "kernel/arch/x86_64/io.h"
#include "kernel/arch/x86_64/log.h"
#include "kernel/arch/x86_64/offsets.h"
#include "kernel/arch/x86_64/panic.h"
#include "kernel/arch/x86_64/power.h"
#include "kernel/arch/x86_64/usercopy.h"
#include "lib/string.h"

STATIC_ASSERT(sizeof(struct trap_frame) == FRAME_SIZE);
STATIC_ASSERT(offsetof(struct trap_frame, r11) == FRAME_R11);
STATIC_ASSERT(offsetof(struct trap_frame, rcx) == FRAME_RCX);
STATIC_ASSERT(offsetof(struct trap_frame, vector) == FRAME_VECTOR);
STATIC_ASSERT(offsetof(struct trap_frame, rip) == FRAME_RIP);
STATIC_ASSERT(offsetof(struct trap_frame, rsp) == FRAME_RSP);
STATIC_ASSERT(offsetof(struct cpu, current) == CPU_CURRENT);
STATIC_ASSERT(offsetof(struct cpu, kernel_stack) == CPU_KERNEL_STACK);
STATIC_ASSERT(offsetof(struct cpu, user_stack) == CPU_USER_STACK);
STATIC_ASSERT(offsetof(struct trap_handlers, syscall) == 0);

static const char *const exception_names[32] = {
	"divide error",
	"debug",
	"NMI",
	"breakpoint",
	"overflow",
	"bound range",
	"invalid opcode",
	"device not available",
	"double fault",
	"coprocessor overrun",
	"invalid TSS",
	"segment not present",
	"stack fault",
	"general protection",
	"page fault",
	"reserved 15",
	"x87 error",
	"alignment check",
	"machine check",
	"SIMD error",
	"virtualization",
	"control protection",
	[28] = "hypervisor injection",
	[29] = "VMM communication",
	[30] = "security",
};

struct idt_entry {
	uint16_t low, selector;
	uint8_t ist, type;
	uint16_t middle;
	uint32_t high, reserved;
};
static struct idt_entry idt[256] ALIGNED(64);

extern char trap_stubs[], iret_to_user[];
extern char kernel_peek_read[], kernel_peek_bad[];

/* A look at memory that may not be there (backtraces): the one place where a
 * fault at a kernel address is expected. */
static bool kernel_peek_failed(struct trap_frame *frame)
{
	if (frame->rip != (uint64_t)kernel_peek_read)
		return false;
	frame->rip = (uint64_t)kernel_peek_bad;
	return true;
}

/* Until the floor above is there, what its hooks are called for is a bug. */
static void no_syscall(struct trap_frame *frame)
{
	panic_frame(frame, "system call before there are any");
}

static int no_page_fault(struct trap_frame *frame, uaddr_t address)
{
	return -14;
}

static void no_user_exception(struct trap_frame *frame, uaddr_t address)
{
	panic_frame(frame, "exception in user mode: nobody handles it");
}

static void no_return(struct trap_frame *frame)
{
}

static void no_reschedule(void)
{
}

struct trap_handlers trap_handlers = {
	.syscall = no_syscall,
	.page_fault = no_page_fault,
	.user_exception = no_user_exception,
	.return_to_user = no_return,
	.reschedule = no_reschedule,
};

void trap_init(void)
{
	for (unsigned i = 0; i < 256; i++) {
		uint64_t at = (uint64_t)trap_stubs + 16 * i;
		/* int3 and into may be used by programs. */
		uint8_t dpl = i == 3 || i == 4 ? 0x60 : 0;
		uint8_t ist = i == 8 ? 1 : i == 2 ? 2 : i == 18 ? 3 : 0;

		idt[i] = (struct idt_entry){
			.low = (uint16_t)at,
			.selector = KERNEL_CS,
			.ist = ist,
			.type = 0x8e | dpl,
			.middle = (uint16_t)(at >> 16),
			.high = (uint32_t)(at >> 32),
		};
	}
	extable_init();
}

void trap_load_idt(void)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) idtr = { sizeof idt - 1, (uint64_t)idt };

	__asm__ volatile("lidt %0" : : "m"(idtr));
}

/* The part of struct thread that this floor knows. */
static uint32_t user_work(void)
{
	return __atomic_load_n(
		(uint32_t *)((char *)current_thread() + THREAD_USER_WORK),
		__ATOMIC_RELAXED);
}

/* From entry.S, interrupts on: something is to be done before user mode. */
void trap_user_work(struct trap_frame *frame)
{
	if (user_work() & 1) /* WORK_RESCHED */
		trap_handlers.reschedule();
	if (user_work() & ~1u)
		trap_handlers.return_to_user(frame);
}

static NORETURN void kernel_fault(struct trap_frame *frame, uint64_t address)
{
	const char *name = exception_names[frame->vector];

	if (frame->vector == 14)
		panic_frame(frame, "%s at %#lx (%s, %s)", name, address,
			    frame->error & FAULT_FETCH ? "execution" :
			    frame->error & FAULT_WRITE ? "write" :
							 "read",
			    frame->error & FAULT_PRESENT ? "forbidden" :
							   "nothing there");
	panic_frame(frame, "%s, error code %#lx", name, frame->error);
}

/* True: the instruction had a fix-up, and frame->rip is there now. */
static bool fix_up(struct trap_frame *frame)
{
	uint64_t at = extable_find(frame->rip);

	if (!at)
		return false;
	frame->rip = at;
	return true;
}

static void page_fault(struct trap_frame *frame)
{
	uint64_t address = read_cr2();
	bool user = trap_from_user(frame);

	if (!user && address >= USER_TOP && kernel_peek_failed(frame))
		return;
	if (!user && (address >= USER_TOP || !extable_find(frame->rip)))
		kernel_fault(frame, address);
	if (!(frame->rflags & 0x200) || in_interrupt() || this_cpu()->nofault) {
		if (!fix_up(frame))
			kernel_fault(frame, address);
		return;
	}
	irq_enable();
	if (trap_handlers.page_fault(frame, address) && !user)
		fix_up(frame);
}

/* iretq refused the frame (a selector or rip that sigreturn let through): it
 * is as if the instruction at that rip had faulted. */
static void bad_iret(struct trap_frame *frame)
{
	struct trap_frame *user;

	__asm__ volatile("swapgs"
			 :
			 :
			 : "memory"); /* entry.S took us for kernel */
	/* The five words that iretq could not load still lie where they were:
	 * at the end of the frame at the top of the stack. */
	user = (struct trap_frame *)(this_cpu()->kernel_stack - sizeof *user);
	memmove(user, frame, offsetof(struct trap_frame, rip));
	user->cs = USER_CS;
	user->ss = USER_DS;
	if (user->rip >= USER_TOP)
		user->rip = 0;
	irq_enable();
	trap_handlers.user_exception(user, 0);
	__asm__ volatile("movq %0, %%rsp\n\tjmp return_user"
			 :
			 : "r"(user)
			 : "memory");
	__builtin_unreachable();
}

static void exception(struct trap_frame *frame)
{
	if (!trap_from_user(frame)) {
		if (frame->rip == (uint64_t)iret_to_user)
			bad_iret(frame);
		if (frame->vector == 13 && fix_up(frame))
			return;
		kernel_fault(frame, 0);
	}
	irq_enable();
	trap_handlers.user_exception(frame, frame->rip);
}

static NORETURN void double_fault(struct trap_frame *frame)
{
	uint64_t address = read_cr2();

	/* Stacks lie in the upper half of 32 KiB slots (vmap.c). */
	if (address >= STACK_AREA && address < STACK_AREA_END &&
	    (address - STACK_AREA) % STACK_SLOT < STACK_GUARD)
		panic_frame(frame, "kernel stack overflow (at %#lx)", address);
	panic_frame(frame, "double fault (last page fault at %#lx)", address);
}

void trap_dispatch(struct trap_frame *frame)
{
	if (frame->vector == 14)
		page_fault(frame);
	else if (frame->vector >= 32)
		interrupt_dispatch(frame);
	else if (frame->vector == 8)
		double_fault(frame);
	else if (frame->vector == 2)
		power_nmi();
	else if (frame->vector == 18)
		panic_frame(frame, "machine check");
	else
		exception(frame);
}
