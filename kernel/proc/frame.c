// SPDX-License-Identifier: MIT
/*
 * The signal frame: Linux's struct rt_sigframe for x86-64, byte for byte.
 *
 * From the lower address up: the return address (sa_restorer), ucontext,
 * siginfo; above them, 64-byte aligned, the XSAVE area with Linux's magic
 * words. The handler starts on a stack that is 16-byte aligned as after a
 * call, below the red zone. signal_return undoes it and believes nothing:
 * segments and flags are forced, the XSAVE header is checked.
 */
#include "kernel/arch/x86_64/fpu.h"
#include "kernel/arch/x86_64/trap.h"
#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/mm/slab.h"
#include "kernel/proc/internal.h"
#include "lib/atomic.h"
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"

#define RED_ZONE 128

#define FLAGS_DF 0x400ull
#define FLAGS_RF 0x10000ull
#define FLAGS_TF 0x100ull
/* What sigreturn may set: OF DF TF SF ZF AF PF CF AC RF. */
#define FLAGS_USER 0x50dd5ull

#define UC_FLAGS 7 /* FP_XSTATE | SIGCONTEXT_SS | STRICT_RESTORE_SS */
#define XSTATE_MAGIC1 0x46505853u
#define XSTATE_MAGIC2 0x46505845u
#define XSAVE_LEGACY 512
#define XSAVE_HEADER 64
#define SW_BYTES 464 /* in the legacy area: free for software */

struct sigcontext {
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, rflags;
	uint16_t cs, gs, fs, ss;
	uint64_t error, trap, old_mask, cr2;
	uint64_t fpstate;
	uint64_t reserved[8];
};

struct signal_frame {
	uint64_t restorer;
	uint64_t uc_flags, uc_link;
	uint64_t stack_base;
	int32_t stack_flags;
	uint32_t padding;
	uint64_t stack_size;
	struct sigcontext context;
	uint64_t mask;
	uint8_t info[128];
};
STATIC_ASSERT(sizeof(struct sigcontext) == 256);
STATIC_ASSERT(sizeof(struct signal_frame) == 440);

size_t frame_size(void)
{
	return sizeof(struct signal_frame) + 8 + fpu_size() + 4 + 64 + 16 +
	       RED_ZONE;
}

static bool on_altstack(const struct signal_state *signal, uaddr_t sp)
{
	return !(signal->altstack_flags & SS_DISABLE) &&
	       sp > signal->altstack &&
	       sp - signal->altstack <= signal->altstack_size;
}

static void save_registers(struct sigcontext *to, const struct trap_frame *from)
{
	const struct thread_extra *extra = current_thread()->extra;

	to->r8 = from->r8;
	to->r9 = from->r9;
	to->r10 = from->r10;
	to->r11 = from->r11;
	to->r12 = from->r12;
	to->r13 = from->r13;
	to->r14 = from->r14;
	to->r15 = from->r15;
	to->rdi = from->rdi;
	to->rsi = from->rsi;
	to->rbp = from->rbp;
	to->rbx = from->rbx;
	to->rdx = from->rdx;
	to->rax = from->rax;
	to->rcx = from->rcx;
	to->rsp = from->rsp;
	to->rip = from->rip;
	to->rflags = from->rflags;
	to->cs = from->cs;
	to->ss = from->ss;
	to->error = extra->trap_error;
	to->trap = extra->trap_number;
	to->cr2 = extra->trap_address;
}

/* The XSAVE area with Linux's words around it, at a 64-byte boundary. */
static int put_fpu(uaddr_t at)
{
	struct thread *self = current_thread();
	uint8_t words[48] = { 0 };
	size_t size = fpu_size();

	fpu_save(self);
	put_le32(words, XSTATE_MAGIC1);
	put_le32(words + 4, size + 4);
	put_le64(words + 8, fpu_area_mask());
	put_le32(words + 16, size);
	if (copy_to_user(at, self->fpu, SW_BYTES) ||
	    copy_to_user(at + SW_BYTES, words, sizeof words) ||
	    copy_to_user(at + XSAVE_LEGACY, (char *)self->fpu + XSAVE_LEGACY,
			 size - XSAVE_LEGACY))
		return -EFAULT;
	return put_user_32(at + size, XSTATE_MAGIC2);
}

/* Where the frame goes: the top of the stack that the handler runs on. */
static uaddr_t stack_for(const struct trap_frame *frame,
			 const struct signal_action *action)
{
	struct signal_state *signal = current_thread()->signal;
	uaddr_t sp = frame->rsp - RED_ZONE;

	if (action->flags & SA_ONSTACK && signal->altstack_size &&
	    !(signal->altstack_flags & SS_DISABLE) &&
	    !on_altstack(signal, frame->rsp))
		sp = signal->altstack + signal->altstack_size;
	return sp;
}

static int stack_flags(const struct signal_state *signal, uaddr_t sp)
{
	int flags = signal->altstack_flags & (int)SS_AUTODISARM;

	if (!signal->altstack_size)
		return SS_DISABLE;
	if (flags)
		return flags;
	return on_altstack(signal, sp) ? SS_ONSTACK : 0;
}

int frame_build(struct trap_frame *frame, const struct signal_action *action,
		const struct signal_info *info, sigset_bits mask)
{
	struct thread *self = current_thread();
	struct signal_state *signal = self->signal;
	struct signal_frame out;
	uaddr_t sp = stack_for(frame, action), fpu;

	if (!(action->flags & SA_RESTORER))
		return -EFAULT;
	fpu = ALIGN_DOWN(sp - fpu_size() - 4, 64);
	sp = ALIGN_DOWN(fpu - sizeof out, 16) - 8;
	/* Below the alternate stack's end there is nothing: a fault. */
	if (on_altstack(signal, frame->rsp) && !on_altstack(signal, sp))
		return -EFAULT;
	memset(&out, 0, sizeof out);
	out.restorer = action->restorer;
	out.uc_flags = UC_FLAGS;
	out.stack_base = signal->altstack;
	out.stack_flags = stack_flags(signal, frame->rsp);
	out.stack_size = signal->altstack_size;
	save_registers(&out.context, frame);
	out.context.old_mask = mask;
	out.context.fpstate = fpu;
	out.mask = mask;
	signal_info_to_bytes(info, out.info);
	if (!user_range_ok(sp, sizeof out + 8) || put_fpu(fpu) ||
	    copy_to_user(sp, &out, sizeof out))
		return -EFAULT;
	if (signal->altstack_flags & (int)SS_AUTODISARM) {
		signal->altstack = signal->altstack_size = 0;
		signal->altstack_flags = SS_DISABLE;
	}
	fpu_reset(self);
	frame->rdi = info->number;
	frame->rsi = sp + offsetof(struct signal_frame, info);
	frame->rdx = sp + offsetof(struct signal_frame, uc_flags);
	frame->rax = 0;
	frame->rip = action->handler;
	frame->rsp = sp;
	frame->rflags &= ~(FLAGS_DF | FLAGS_RF | FLAGS_TF);
	frame->cs = USER_CS;
	frame->ss = USER_DS;
	return action->handler < USER_TOP ? 0 : -EFAULT;
}

static void load_registers(struct trap_frame *to, const struct sigcontext *from)
{
	to->r8 = from->r8;
	to->r9 = from->r9;
	to->r10 = from->r10;
	to->r11 = from->r11;
	to->r12 = from->r12;
	to->r13 = from->r13;
	to->r14 = from->r14;
	to->r15 = from->r15;
	to->rdi = from->rdi;
	to->rsi = from->rsi;
	to->rbp = from->rbp;
	to->rbx = from->rbx;
	to->rdx = from->rdx;
	to->rax = from->rax;
	to->rcx = from->rcx;
	to->rsp = from->rsp;
	to->rip = from->rip;
	to->rflags = (to->rflags & ~FLAGS_USER) | (from->rflags & FLAGS_USER);
	to->cs = USER_CS;
	to->ss = USER_DS;
	to->orig_rax = -1;
}

/* Copies as much as the user's own words say is there; the header must not
 * name what the CPU was not told to save. */
static int take_fpu(uaddr_t at)
{
	struct thread *self = current_thread();
	size_t size = fpu_size();
	uint8_t *area = self->fpu;
	uint32_t magic = 0, mxcsr;
	bool extended;

	if (!at) {
		fpu_reset(self);
		return 0;
	}
	fpu_save(self);
	if (copy_from_user(area, at, XSAVE_LEGACY))
		goto fail;
	extended = get_le32(area + SW_BYTES) == XSTATE_MAGIC1 &&
		   get_le32(area + SW_BYTES + 16) == size &&
		   !get_user_32(&magic, at + size) && magic == XSTATE_MAGIC2;
	if (size > XSAVE_LEGACY) {
		memset(area + XSAVE_LEGACY, 0, size - XSAVE_LEGACY);
		put_le64(area + XSAVE_LEGACY, 3);
		if (extended &&
		    copy_from_user(area + XSAVE_LEGACY, at + XSAVE_LEGACY,
				   size - XSAVE_LEGACY))
			goto fail;
		put_le64(area + XSAVE_LEGACY,
			 get_le64(area + XSAVE_LEGACY) & fpu_area_mask());
		memset(area + XSAVE_LEGACY + 8, 0, XSAVE_HEADER - 8);
	}
	mxcsr = get_le32(area + 24);
	put_le32(area + 24, mxcsr & 0xffff);
	memset(area + SW_BYTES, 0, 48);
	fpu_restore(self);
	return 0;
fail:
	fpu_reset(self);
	return -EFAULT;
}

static void restore_altstack(const struct signal_frame *in)
{
	struct signal_state *signal = current_thread()->signal;

	if (on_altstack(signal, current_thread()->frame->rsp) ||
	    in->stack_flags & ~(SS_ONSTACK | SS_DISABLE | (int)SS_AUTODISARM))
		return;
	if (in->stack_flags & SS_DISABLE) {
		signal->altstack = signal->altstack_size = 0;
		signal->altstack_flags = SS_DISABLE;
		return;
	}
	signal->altstack = in->stack_base;
	signal->altstack_size = in->stack_size;
	signal->altstack_flags = in->stack_flags & (int)SS_AUTODISARM;
}

long signal_return(void)
{
	struct thread *self = current_thread();
	struct trap_frame *frame = self->frame;
	struct signal_info fault = { .number = SIGSEGV,
				     .code = SI_KERNEL,
				     .from_kernel = true };
	struct signal_frame in;

	/* The handler's ret has taken the restorer's address. */
	if (copy_from_user(&in, frame->rsp - 8, sizeof in)) {
		signal_force(&fault);
		return 0;
	}
	signal_set_mask(in.mask);
	load_registers(frame, &in.context);
	restore_altstack(&in);
	if (take_fpu(in.context.fpstate) || frame->rip >= USER_TOP) {
		if (frame->rip >= USER_TOP)
			frame->rip = 0;
		signal_force(&fault);
	}
	return (long)frame->rax;
}
