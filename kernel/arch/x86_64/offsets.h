// SPDX-License-Identifier: MIT
/*
 * Where entry.S and switch.S find fields of C structures. kernel/sched/sched.c
 * and trap.c assert that they are right.
 */
#pragma once

#define CPU_CURRENT 8
#define CPU_KERNEL_STACK 16
#define CPU_USER_STACK 24
#define THREAD_USER_WORK 152

#define FRAME_R11 48
#define FRAME_RCX 88
#define FRAME_VECTOR 128
#define FRAME_RIP 144
#define FRAME_CS 152
#define FRAME_RFLAGS 160
#define FRAME_RSP 168
#define FRAME_SS 176
#define FRAME_SIZE 184
