// SPDX-License-Identifier: MIT
/*
 * The first instructions. PVH enters in 32-bit protected mode without paging,
 * %ebx pointing to the start info; other CPUs enter in real mode through the
 * trampoline that smp.c copies below 1 MiB. Both come to 64-bit mode on page
 * tables that map the first GiB at 0, in the direct map and at KERNEL_BASE,
 * and go on in C: boot_start() and smp_entry().
 */

#define KERNEL_BASE 0xffffffff80000000
#define PHYS(symbol) ((symbol) - KERNEL_BASE)
#define EFER 0xc0000080

	.section .note.pvh, "a", @note
	.balign 4
	.long 4, 8, 18			/* name size, value size, type */
	.asciz "Xen"
	.quad PHYS(pvh_entry)

	.section .text.boot, "ax"
	.code32
	.globl pvh_entry
pvh_entry:
	cli
	cld
	movl %ebx, %ebp
	/* .bss: the loader cleared it (file size < memory size), but a restart
	 * by another boot loader may not have. */
	movl $PHYS(bss_start), %edi
	movl $PHYS(bss_end), %ecx
	subl %edi, %ecx
	shrl $2, %ecx
	xorl %eax, %eax
	rep stosl

	/* Page tables: top level 0, 273 (direct map) and 511 (kernel). */
	movl $PHYS(boot_pdpt) + 3, %eax
	movl %eax, PHYS(boot_pml4)
	movl %eax, PHYS(boot_pml4) + 273 * 8
	movl $PHYS(boot_pdpt_high) + 3, %eax
	movl %eax, PHYS(boot_pml4) + 511 * 8
	movl $PHYS(boot_pd) + 3, %eax
	movl %eax, PHYS(boot_pdpt)
	movl %eax, PHYS(boot_pdpt_high) + 510 * 8
	movl $PHYS(boot_pd), %edi
	movl $0x83, %eax
	movl $512, %ecx
1:	movl %eax, (%edi)
	addl $8, %edi
	addl $0x200000, %eax
	loop 1b

	movl $PHYS(boot_stack_end), %esp
	call enter_long_mode
	ljmp $8, $PHYS(start64)

/* Paging and long mode on; still 32-bit code, but under a 64-bit GDT. */
enter_long_mode:
	movl %cr4, %eax
	orl $0x20, %eax			/* PAE */
	movl %eax, %cr4
	movl $PHYS(boot_pml4), %eax
	movl %eax, %cr3
	movl $0x80000001, %eax
	cpuid
	movl %edx, %esi
	movl $EFER, %ecx
	rdmsr
	orl $0x100, %eax		/* LME */
	btl $20, %esi
	jnc 1f
	orl $0x800, %eax		/* NXE */
1:	wrmsr
	movl %cr0, %eax
	andl $0x9fffffff, %eax		/* caches on */
	orl $0x80010001, %eax		/* PG, WP, PE */
	movl %eax, %cr0
	lgdt PHYS(boot_gdtr)
	ret

	.balign 8
boot_gdt:
	.quad 0
	.quad 0x00af9a000000ffff	/* 8: 64-bit code */
	.quad 0x00cf92000000ffff	/* 16: data */
boot_gdt_end:
boot_gdtr:
	.word boot_gdt_end - boot_gdt - 1
	.quad PHYS(boot_gdt)

	.code64
start64:
	movabsq $start64_high, %rax
	jmp *%rax
start64_high:
	movl $16, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	xorl %eax, %eax
	movl %eax, %fs
	movl %eax, %gs
	movq $boot_stack_end, %rsp
	movl %ebp, %edi			/* start info */
	xorl %ebp, %ebp
	call boot_start
	ud2

/*
 * The trampoline: copied to a page below 1 MiB, entered in real mode with
 * %cs = page >> 4. All its addresses are offsets from its start.
 */
	.globl trampoline_start, trampoline_end
	.code16
trampoline_start:
	cli
	cld
	movw %cs, %ax
	movw %ax, %ds
	movzwl %ax, %ebx
	shll $4, %ebx			/* linear address of the page */
	leal trampoline_gdt - trampoline_start(%ebx), %eax
	movl %eax, trampoline_gdtr + 2 - trampoline_start
	leal trampoline_32 - trampoline_start(%ebx), %eax
	movl %eax, trampoline_jump - trampoline_start
	lgdtl trampoline_gdtr - trampoline_start
	movl %cr0, %eax
	orl $1, %eax
	movl %eax, %cr0
	ljmpl *trampoline_jump - trampoline_start
	.balign 8
trampoline_jump:
	.long 0
	.word 8
trampoline_gdtr:
	.word 23
	.long 0
	.balign 8
trampoline_gdt:
	.quad 0
	.quad 0x00cf9a000000ffff	/* 8: 32-bit code */
	.quad 0x00cf92000000ffff	/* 16: data */
	.code32
trampoline_32:
	movl $16, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	movl $PHYS(boot_stack_end), %esp	/* one CPU starts at a time */
	movl $PHYS(enter_long_mode), %eax
	call *%eax
	ljmp $8, $PHYS(ap64)
trampoline_end:

	.code64
ap64:
	movabsq $ap64_high, %rax
	jmp *%rax
ap64_high:
	movl $16, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	xorl %eax, %eax
	movl %eax, %fs
	movl %eax, %gs
	movq kernel_pagetable(%rip), %rax	/* the stack is mapped there */
	movq %rax, %cr3
	movq smp_stack(%rip), %rsp
	xorl %ebp, %ebp
	call smp_entry
	ud2

	.section .bss.page_aligned, "aw", @nobits
	.balign 4096
	.globl boot_pml4
boot_pml4:
	.skip 4096
boot_pdpt:
	.skip 4096
boot_pdpt_high:
	.skip 4096
boot_pd:
	.skip 4096
boot_stack:
	.skip 16384
	.globl boot_stack_end
boot_stack_end:

	.section .note.GNU-stack, "", @progbits
