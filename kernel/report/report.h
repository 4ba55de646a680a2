// SPDX-License-Identifier: MIT
/*
 * What /proc says of processes and of the kernel as a whole: the glue between
 * the tables of fs/procfs and the floors that it may not know. Called once,
 * after procfs_init and proc_init.
 */
#pragma once

void report_init(void);
void report_sysrq_init(void);
