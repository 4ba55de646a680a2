// SPDX-License-Identifier: MIT
/*
 * The host's side of net/core/port.h, with what tests want of it: how much
 * memory is in use, allocations that fail on demand, random numbers that repeat.
 */
#pragma once

#include "lib/types.h"

/* Objects and buffers that were allocated and not freed. */
long port_host_in_use(void);
/* Bytes of buffers in use. */
long port_host_buffer_bytes(void);
/* After `n` more allocations, the next ones fail; -1: none fails. */
void port_host_fail_after(long n);
/* Restarts the random numbers. */
void port_host_seed(uint64_t seed);
/* Random numbers go into this record, too; NULL: into none. */
struct recorder;
void port_host_record(struct recorder *to);
/* Random numbers come from here; NULL: from the seed. */
void port_host_random_from(void (*source)(void *to, size_t len));
/* Buffers are as large as the kernel makes them, for replays of its records. */
void port_host_kernel_sizes(bool on);
/* How often the doorbell rang. */
unsigned long port_host_doorbells(void);
/* How often port_log() was called; whether it prints (not by default). */
unsigned long port_host_logged(void);
void port_host_verbose(bool on);
