// SPDX-License-Identifier: MIT
/*
 * Tests of the floors that exist before programs do, run by the kernel itself
 * when the command line says `weir.selftest=NAME,...` (or `all`).
 */
#pragma once

/* Returns when the command line does not ask; otherwise ends the machine with
 * QEMU status 1 (passed) or 3 (failed) through isa-debug-exit. */
void selftest_run(void);
