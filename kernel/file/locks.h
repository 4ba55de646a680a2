// SPDX-License-Identifier: MIT
/*
 * Advisory locks: flock(2), POSIX record locks and open-file-description
 * locks (fcntl). The inode pointer is only a key here.
 */
#pragma once

#include "kernel/file/file.h"

struct text;

enum lock_kind { LOCK_POSIX, LOCK_DESCRIPTION, LOCK_FLOCK };
enum lock_type { LOCK_TYPE_READ, LOCK_TYPE_WRITE, LOCK_TYPE_NONE };

struct lock_request {
	enum lock_kind kind;
	enum lock_type type; /* NONE unlocks */
	int64_t start, end; /* bytes, end included; flock: all */
	void *owner; /* POSIX: the descriptor table; else the file */
	int pid; /* for F_GETLK */
	bool wait;
};

#define LOCK_TO_END INT64_MAX

/* 0, -EAGAIN (would have to wait), -EDEADLK, -ENOLCK, -EINTR. */
int locks_set(struct file *file, const struct lock_request *request);
/* The first lock that stands in the request's way, copied into *request; type
 * NONE when there is none. */
void locks_test(struct file *file, struct lock_request *request);
/* close(2) drops all record locks of the process on that file; the last close
 * of a description drops its flock and OFD locks. */
void locks_forget_owner(struct file *file, void *owner);
void locks_forget_file(struct file *file);
/* /proc/locks. `inode_name` adds "MAJOR:MINOR:INODE". */
void locks_print(struct text *text,
		 void (*inode_name)(struct text *text, void *inode));
