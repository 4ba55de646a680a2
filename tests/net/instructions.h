// SPDX-License-Identifier: MIT
/*
 * What a piece of work costs, in instructions: a number that a loaded machine
 * does not change.
 */
#pragma once

#include <stdint.h>

/* Runs work(arg) in a child process, one instruction at a time, and counts
 * them. What it changes stays in the child. Fails the test where no program may
 * trace its child. */
uint64_t instructions_of(void (*work)(void *arg), void *arg);
