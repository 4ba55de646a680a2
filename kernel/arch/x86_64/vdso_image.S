// SPDX-License-Identifier: MIT
/* The vDSO's shared object as bytes; see vdso/vdso.c. */
	.section .rodata
	.globl vdso_image, vdso_image_end
	.balign 16
vdso_image:
	.incbin "vdso.so"
vdso_image_end:
	.section .note.GNU-stack, "", @progbits
