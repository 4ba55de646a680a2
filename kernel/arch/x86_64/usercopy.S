// SPDX-License-Identifier: MIT
/*
 * The loops of usercopy.c. Every instruction that touches user memory has an
 * entry in the table of fix-ups, which sends it to the byte loop (so that the
 * count is exact) or, from there, to the end. SMAP is opened for the copy
 * alone; the stac/clac places are patched in at boot where the CPU has them.
 */

#include "kernel/arch/x86_64/smap.inc"

.macro fixup at, to
	.pushsection .extable, "aw"
	.quad \at, \to
	.popsection
.endm

/* USER fix-up, instruction ... */
#define USER(to, ...) 8: __VA_ARGS__; fixup 8b, to

	.text
/* size_t user_copy(void *to, const void *from, size_t n): bytes not copied. */
	.globl user_copy
user_copy:
	cld
	smap_open
	cmpb $0, user_copy_rep(%rip)
	jne copy_rep
	subq $128, %rdx
	jb 1f
0:
	USER(copy_block, movq (%rsi), %rax)
	USER(copy_block, movq 8(%rsi), %r8)
	USER(copy_block, movq 16(%rsi), %r9)
	USER(copy_block, movq 24(%rsi), %r10)
	USER(copy_block, movq %rax, (%rdi))
	USER(copy_block, movq %r8, 8(%rdi))
	USER(copy_block, movq %r9, 16(%rdi))
	USER(copy_block, movq %r10, 24(%rdi))
	USER(copy_block, movq 32(%rsi), %rax)
	USER(copy_block, movq 40(%rsi), %r8)
	USER(copy_block, movq 48(%rsi), %r9)
	USER(copy_block, movq 56(%rsi), %r10)
	USER(copy_block, movq %rax, 32(%rdi))
	USER(copy_block, movq %r8, 40(%rdi))
	USER(copy_block, movq %r9, 48(%rdi))
	USER(copy_block, movq %r10, 56(%rdi))
	USER(copy_block, movq 64(%rsi), %rax)
	USER(copy_block, movq 72(%rsi), %r8)
	USER(copy_block, movq 80(%rsi), %r9)
	USER(copy_block, movq 88(%rsi), %r10)
	USER(copy_block, movq %rax, 64(%rdi))
	USER(copy_block, movq %r8, 72(%rdi))
	USER(copy_block, movq %r9, 80(%rdi))
	USER(copy_block, movq %r10, 88(%rdi))
	USER(copy_block, movq 96(%rsi), %rax)
	USER(copy_block, movq 104(%rsi), %r8)
	USER(copy_block, movq 112(%rsi), %r9)
	USER(copy_block, movq 120(%rsi), %r10)
	USER(copy_block, movq %rax, 96(%rdi))
	USER(copy_block, movq %r8, 104(%rdi))
	USER(copy_block, movq %r9, 112(%rdi))
	USER(copy_block, movq %r10, 120(%rdi))
	addq $128, %rsi
	addq $128, %rdi
	subq $128, %rdx
	jae 0b
1:	addq $128, %rdx
2:	cmpq $8, %rdx
	jb 4f
3:	USER(copy_bytes, movq (%rsi), %rax)
	USER(copy_bytes, movq %rax, (%rdi))
	addq $8, %rsi
	addq $8, %rdi
	subq $8, %rdx
	cmpq $8, %rdx
	jae 3b
4:	testb $4, %dl
	jz 5f
	USER(copy_bytes, movl (%rsi), %eax)
	USER(copy_bytes, movl %eax, (%rdi))
	addq $4, %rsi
	addq $4, %rdi
	subq $4, %rdx
5:	testb $2, %dl
	jz 6f
	USER(copy_bytes, movzwl (%rsi), %eax)
	USER(copy_bytes, movw %ax, (%rdi))
	addq $2, %rsi
	addq $2, %rdi
	subq $2, %rdx
6:	testq %rdx, %rdx
	jz copy_end
	jmp copy_bytes
copy_block:			/* %rdx is 128 short in that loop */
	addq $128, %rdx
copy_bytes:
	USER(copy_end, movzbl (%rsi), %eax)
	USER(copy_end, movb %al, (%rdi))
	incq %rsi
	incq %rdi
	decq %rdx
	jnz copy_bytes
copy_end:
	smap_close
	movq %rdx, %rax
	ret
copy_rep:
	movq %rdx, %rcx
	USER(copy_rep_end, rep movsb)
copy_rep_end:
	movq %rcx, %rdx
	jmp copy_end

/* size_t user_clear(void *to, size_t n): bytes not cleared. */
	.globl user_clear
user_clear:
	smap_open
	xorl %eax, %eax
	movq %rsi, %rcx
	shrq $6, %rcx
	jz 2f
1:	USER(clear_bytes, movq %rax, (%rdi))
	USER(clear_bytes, movq %rax, 8(%rdi))
	USER(clear_bytes, movq %rax, 16(%rdi))
	USER(clear_bytes, movq %rax, 24(%rdi))
	USER(clear_bytes, movq %rax, 32(%rdi))
	USER(clear_bytes, movq %rax, 40(%rdi))
	USER(clear_bytes, movq %rax, 48(%rdi))
	USER(clear_bytes, movq %rax, 56(%rdi))
	addq $64, %rdi
	subq $64, %rsi
	decq %rcx
	jnz 1b
2:	testq %rsi, %rsi
	jz clear_end
clear_bytes:
	USER(clear_end, movb %al, (%rdi))
	incq %rdi
	decq %rsi
	jnz clear_bytes
clear_end:
	smap_close
	movq %rsi, %rax
	ret

/*
 * ssize_t user_string(char *to, const char *from, size_t n): the length
 * without NUL; n when there is none in n bytes; -EFAULT.
 */
	.globl user_string
user_string:
	smap_open
	movq %rdi, %r11
	movabsq $0x0101010101010101, %r8
	movabsq $0x8080808080808080, %r9
1:	cmpq $8, %rdx
	jb string_bytes
	USER(string_bytes, movq (%rsi), %rax)
	movq %rax, %rcx
	movq %rax, %r10
	subq %r8, %rcx
	notq %r10
	andq %r10, %rcx
	testq %r9, %rcx
	jnz string_bytes		/* a NUL among these */
	movq %rax, (%rdi)
	addq $8, %rsi
	addq $8, %rdi
	subq $8, %rdx
	jmp 1b
string_bytes:
	testq %rdx, %rdx
	jz 2f
	USER(string_fault, movzbl (%rsi), %eax)
	movb %al, (%rdi)
	testb %al, %al
	jz 2f
	incq %rsi
	incq %rdi
	decq %rdx
	jmp string_bytes
2:	movq %rdi, %rax
	subq %r11, %rax
	jmp 3f
string_fault:
	movq $-14, %rax
3:	smap_close
	ret

/* int user_load_32(uint32_t *value, const uint32_t *from), _64: 0, -EFAULT */
	.globl user_load_32
user_load_32:
	smap_open
	USER(user_fault, movl (%rsi), %eax)
	smap_close
	movl %eax, (%rdi)
	xorl %eax, %eax
	ret
	.globl user_load_64
user_load_64:
	smap_open
	USER(user_fault, movq (%rsi), %rax)
	smap_close
	movq %rax, (%rdi)
	xorl %eax, %eax
	ret
/* int user_store_32(uint32_t *to, uint32_t value), _64 */
	.globl user_store_32
user_store_32:
	smap_open
	USER(user_fault, movl %esi, (%rdi))
	smap_close
	xorl %eax, %eax
	ret
	.globl user_store_64
user_store_64:
	smap_open
	USER(user_fault, movq %rsi, (%rdi))
	smap_close
	xorl %eax, %eax
	ret
/* int user_exchange_32(uint32_t *at, uint32_t expect, uint32_t desired,
 *			uint32_t *old) */
	.globl user_exchange_32
user_exchange_32:
	smap_open
	movl %esi, %eax
	USER(user_fault, lock cmpxchgl %edx, (%rdi))
	smap_close
	movl %eax, (%rcx)
	xorl %eax, %eax
	ret
/* int user_touch(void *at), user_touch_write(void *at) */
	.globl user_touch
user_touch:
	smap_open
	USER(user_fault, movzbl (%rdi), %eax)
	smap_close
	xorl %eax, %eax
	ret
	.globl user_touch_write
user_touch_write:
	smap_open
	USER(user_fault, lock orb $0, (%rdi))
	smap_close
	xorl %eax, %eax
	ret
user_fault:
	smap_close
	movl $-14, %eax
	ret

/* bool kernel_peek(uint64_t at, uint64_t *value): trap.c knows this place. */
	.globl kernel_peek, kernel_peek_read, kernel_peek_bad
kernel_peek:
kernel_peek_read:
	movq (%rdi), %rax
	movq %rax, (%rsi)
	movl $1, %eax
	ret
kernel_peek_bad:
	xorl %eax, %eax
	ret

/* int fpu_load_area(void *area, uint64_t mask, bool xsave): 0, -EINVAL when
 * the area is malformed (#GP). */
	.globl fpu_load_area
fpu_load_area:
	movl %edx, %ecx
	movl %esi, %eax
	movq %rsi, %rdx
	shrq $32, %rdx
	testb %cl, %cl
	jz 1f
	USER(fpu_bad, xrstor64 (%rdi))
	xorl %eax, %eax
	ret
1:	USER(fpu_bad, fxrstor64 (%rdi))
	xorl %eax, %eax
	ret
fpu_bad:
	movl $-22, %eax
	ret

	.section .note.GNU-stack, "", @progbits
