// SPDX-License-Identifier: MIT
/*
 * /proc, driven by tables. Who has something to say registers files: a path
 * below /proc and a function that writes the text ("procfs_register"), or a
 * variable below /proc/sys ("sysctl_register"). What concerns processes comes
 * through two tables that kernel/report fills in, since this floor does not
 * know processes.
 *
 * The text of a file is made when it is read from its start, whole, and kept
 * for the reads that follow, so that what a reader sees fits together.
 */
#pragma once

#include "kernel/file/file.h"
#include "lib/format.h"
#include "lib/types.h"

struct path;
struct process;
struct thread;

void procfs_init(void);

/* ---- files of the system --------------------------------------------------- */

struct proc_file {
	/* "meminfo", "sys/x": directories are made. Below "net/" are each
	 * process's own: /proc/PID/net shows its network namespace, and
	 * /proc/net is a link to self/net. */
	const char *path;
	uint32_t mode; /* 0444 ...; 0: 0444, and 0644 with a store */
	void (*show)(struct text *text, void *arg);
	/* A write of `length` bytes (NUL added): 0 or -E. NULL: -EIO. */
	int (*store)(const char *value, size_t length, void *arg);
	void *arg;
	/* Below a directory with names: the same about one of them. */
	void (*show_of)(struct text *text, void *arg, uint32_t which);
	int (*store_of)(const char *value, size_t length, void *arg,
			uint32_t which);
};

/*
 * A directory whose subdirectories come and go, one for each of some things that
 * have a number and a name (network interfaces). What all of them hold is
 * registered below the name "*". Numbers are not 0 and below 1 << 31.
 */
struct proc_names {
	uint32_t (*find)(const char *name, size_t length); /* 0: none */
	/* The next number after this one (0 at first) and its name, at most
	 * PROC_NAME_MAX bytes with its NUL; 0: no more. */
	uint32_t (*next)(uint32_t after, char *name);
};
#define PROC_NAME_MAX 64
void procfs_register_names(const char *directory,
			   const struct proc_names *names);

/* The table must stay. Later registrations of a path replace earlier ones. */
void procfs_register(const struct proc_file *files, size_t count);
/* One of them, as others know it: read only. */
void procfs_register_file(const char *path,
			  void (*show)(struct text *text, void *arg),
			  void *arg);
void procfs_make_directory(const char *path);
void procfs_make_link(const char *path, const char *target);

/* ---- /proc/sys ---------------------------------------------------------------- */

enum sysctl_kind {
	SYSCTL_INT, /* int32_t */
	SYSCTL_LONG, /* uint64_t */
	SYSCTL_INTS, /* int32_t[size / 4], separated by tabs */
	SYSCTL_TEXT, /* char[size] */
	SYSCTL_CONSTANT, /* const char *: data is the text itself */
};

struct sysctl {
	const char *path; /* below /proc/sys: "kernel/ostype" */
	uint32_t mode;
	enum sysctl_kind kind;
	void *data;
	size_t size;
	int64_t least, most; /* numbers; both 0: any */
	void (*changed)(void); /* after a write; may be NULL */
};
void sysctl_register(const struct sysctl *table, size_t count);

/* ---- processes ------------------------------------------------------------------ */

/* One process or thread that a file of /proc/PID is about. */
struct proc_subject {
	int id; /* tid; the pid for a whole process */
	bool whole; /* the process, not one thread */
	struct process *process; /* referenced */
	struct thread *thread; /* referenced, or NULL: a zombie */
};

struct process_source {
	/* false: there is none. `whole`: id is a process's. */
	bool (*find)(int id, bool whole, struct proc_subject *subject);
	void (*release)(struct proc_subject *subject);
	int (*next)(int after); /* the next pid, or -1 */
	int (*next_thread)(struct proc_subject *subject, int after);
	void (*owner)(struct proc_subject *subject, uint32_t *uid,
		      uint32_t *gid);
	unsigned (*links)(struct proc_subject *subject); /* of task/ */
	/* May the current thread look into it (ptrace rule)? */
	bool (*may_inspect)(struct proc_subject *subject);
	int (*next_fd)(struct proc_subject *subject, int from); /* or -1 */
	struct file *(*fd)(struct proc_subject *subject, int fd);
	int (*self)(bool thread); /* the caller's pid, tid */
	/* When it was made: tells those apart who had one number in turn. */
	uint64_t (*made)(struct proc_subject *subject);
	struct process *(*get)(struct proc_subject *subject); /* referenced */
	/* From here to leave_network, what shows the network shows the
	 * process's; false: it has ended. */
	bool (*enter_network)(struct proc_subject *subject);
	void (*leave_network)(void);
};

struct process_file {
	const char *name;
	uint32_t mode;
	/* Exactly one kind; a place may have a text of its own: */
	void (*show)(struct text *text, struct proc_subject *subject);
	int (*place)(struct proc_subject *subject, struct path *path);
	/* A link's text ("mnt:[4026531840]"). */
	void (*link)(struct text *text, struct proc_subject *subject);
	/* Raw reading (environ, mem): bytes at position, or -E. */
	ssize_t (*read)(struct proc_subject *subject, struct io *io,
			int64_t *position);
	int (*store)(const char *value, size_t length,
		     struct proc_subject *subject);
	bool inspect; /* only for who may_inspect */
	bool process_only; /* not in task/TID */
};
/* `files`: of /proc/PID; `spaces`: of /proc/PID/ns. The tables must stay. */
void procfs_register_processes(const struct process_source *source,
			       const struct process_file *files, size_t count,
			       const struct process_file *spaces,
			       size_t space_count);
/* The process whose directory (/proc/PID) this file is, referenced. -EBADF: it
 * is no such file; -ESRCH: the process is gone. */
int procfs_process_of(struct file *file, struct process **process);
