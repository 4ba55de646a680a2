// SPDX-License-Identifier: MIT
/*
 * The ways into the kernel and out of it. Every entry leaves a struct
 * trap_frame at the top of the thread's kernel stack, clears DF, and runs with
 * the kernel's GS. System calls run with interrupts on from the stack switch.
 *
 * The way back to user mode is one piece of code (return_user): interrupts
 * off, look at the thread's user_work, leave by sysret when the frame is as
 * the system call left it (sysret with a non-canonical rip faults in kernel
 * mode on Intel, so that goes by iret), otherwise by iret.
 */
#include "kernel/arch/x86_64/offsets.h"
#include "kernel/arch/x86_64/smap.inc"

#define SYSCALL_VECTOR 0x100

.macro push_registers
	pushq %rdi
	pushq %rsi
	pushq %rdx
	pushq %rcx
	pushq %rax
	pushq %r8
	pushq %r9
	pushq %r10
	pushq %r11
	pushq %rbx
	pushq %rbp
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
.endm

.macro pop_registers
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbp
	popq %rbx
	popq %r11
	popq %r10
	popq %r9
	popq %r8
	popq %rax
	popq %rcx
	popq %rdx
	popq %rsi
	popq %rdi
.endm

	.text
	.globl syscall_entry
syscall_entry:
	swapgs
	movq %rsp, %gs:CPU_USER_STACK
	movq %gs:CPU_KERNEL_STACK, %rsp
	pushq $0x2b			/* USER_DS */
	pushq %gs:CPU_USER_STACK
	sti				/* FMASK had cleared it, and DF, AC, TF */
	pushq %r11
	pushq $0x33			/* USER_CS */
	pushq %rcx
	pushq $0
	pushq $SYSCALL_VECTOR
	pushq %rax
	push_registers
	xorl %ebp, %ebp
	movq %rsp, %rdi
	call *trap_handlers(%rip)	/* .syscall */
	cli
	movq %gs:CPU_CURRENT, %rax
	cmpl $0, THREAD_USER_WORK(%rax)
	jne work
sysret_check:
	movq FRAME_RIP(%rsp), %rcx
	movq FRAME_RFLAGS(%rsp), %r11
	cmpq %rcx, FRAME_RCX(%rsp)
	jne iret_user
	cmpq %r11, FRAME_R11(%rsp)
	jne iret_user
	shrq $47, %rcx
	jnz iret_user
	testl $0x10100, %r11d		/* RF, TF */
	jnz iret_user
	cmpl $0x33, FRAME_CS(%rsp)
	jne iret_user
	pop_registers
	movq FRAME_RSP - 120(%rsp), %rsp
	swapgs
	sysretq

work:
	sti
	movq %rsp, %rdi
	call trap_user_work
	/* fall through */

	.globl return_user
return_user:
	cli
	movq %gs:CPU_CURRENT, %rax
	cmpl $0, THREAD_USER_WORK(%rax)
	jne work
	cmpl $SYSCALL_VECTOR, FRAME_VECTOR(%rsp)
	je sysret_check
iret_user:
	pop_registers
	addq $24, %rsp			/* orig_rax, vector, error */
	swapgs
	.globl iret_to_user
iret_to_user:
	iretq

/* For frames with a bad selector or rip: the fault comes from iretq itself in
 * kernel mode; trap.c turns it into a fault of the thread. */

common_entry:
	cld
	smap_close			/* it may come out of a user copy */
	testb $3, 24(%rsp)
	jz 1f
	swapgs
	pushq $-1
	push_registers
	xorl %ebp, %ebp
	movq %rsp, %rdi
	call trap_dispatch
	jmp return_user
1:	pushq $-1
	push_registers
	movq %rsp, %rdi
	call trap_dispatch
	pop_registers
	addq $24, %rsp
	iretq

/* #DF, NMI, #MC: may come before swapgs; the sign of GS's base tells. */
paranoid_entry:
	cld
	smap_close
	pushq $-1
	push_registers
	xorl %ebx, %ebx
	movl $0xc0000101, %ecx
	rdmsr
	testl %edx, %edx
	js 1f
	swapgs
	incl %ebx
1:	movq %rsp, %rdi
	call trap_dispatch
	testl %ebx, %ebx
	jz 1f
	swapgs
1:	pop_registers
	addq $24, %rsp
	iretq

/* 256 stubs of 16 bytes. The CPU pushes an error code for 8, 10-14, 17, 21,
 * 29 and 30. */
	.balign 16
	.globl trap_stubs
trap_stubs:
	.set vector, 0
	.rept 256
	.balign 16
	.if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || vector == 29 || vector == 30)
	pushq $0
	.endif
	pushq $vector
	.if vector == 2 || vector == 8 || vector == 18
	jmp paranoid_entry
	.else
	jmp common_entry
	.endif
	.set vector, vector + 1
	.endr

/*
 * switch_context(uint64_t *save, uint64_t load): %rdi, %rsi. Leaves the
 * callee-saved registers on the old stack and goes on on the new one.
 */
	.globl switch_context
switch_context:
	pushq %rbp
	pushq %rbx
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	movq %rsp, (%rdi)
	movq %rsi, %rsp
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbx
	popq %rbp
	ret

/* Where a new thread comes out of its first switch; the user's frame (if it is
 * a user thread) lies just above. */
	.globl thread_first
thread_first:
	xorl %ebp, %ebp
	call thread_begin
	jmp return_user

	.section .note.GNU-stack, "", @progbits
