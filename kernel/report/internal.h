// SPDX-License-Identifier: MIT
/*
 * Private to kernel/report: the tables of its files, and safe ways to objects
 * that a running thread may let go of. All "take" functions give a reference or
 * NULL; a thread that is exiting has none.
 */
#pragma once

#include "fs/procfs/procfs.h"
#include "fs/vfs/mount.h"
#include "kernel/file/credentials.h"
#include "kernel/file/fdtable.h"
#include "kernel/file/namespace.h"
#include "kernel/mm/slab.h"
#include "kernel/proc/internal.h"
#include "kernel/vm/space.h"
#include "lib/errno.h"
#include "lib/string.h"

#define CLOCK_TICKS 100 /* USER_HZ: what utime and the like are in */
#define NSEC_PER_TICK (NSEC_PER_SEC / CLOCK_TICKS)

struct fd_table *take_files(struct proc_subject *subject);
struct fs_context *take_fs(struct proc_subject *subject);
struct mount_namespace *take_mounts(struct proc_subject *subject);
struct credentials *take_cred(struct proc_subject *subject);
struct net_namespace *take_network(struct proc_subject *subject);
/* NULL for zombies. */
struct address_space *take_space(struct proc_subject *subject);

/* status.c */
char subject_state(struct proc_subject *subject);
void show_stat(struct text *text, struct proc_subject *subject);
void show_statm(struct text *text, struct proc_subject *subject);
void show_status(struct text *text, struct proc_subject *subject);
/* maps.c */
void show_maps(struct text *text, struct proc_subject *subject);
void show_smaps(struct text *text, struct proc_subject *subject);
void show_smaps_rollup(struct text *text, struct proc_subject *subject);
/* files.c */
extern const struct process_file report_files[], report_spaces[];
extern const size_t report_file_count, report_space_count;
/* net_sysctl.c */
void report_net_sysctls(void);
/* source.c */
extern const struct process_source report_source;
