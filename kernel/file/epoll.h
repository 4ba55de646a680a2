// SPDX-License-Identifier: MIT
/* Epoll: a set of files and a list of those that may be ready. */
#pragma once

#include "kernel/file/file.h"

#define EPOLLIN 0x001u
#define EPOLLERR 0x008u
#define EPOLLHUP 0x010u
#define EPOLLRDHUP 0x2000u
#define EPOLLEXCLUSIVE (1u << 28)
#define EPOLLWAKEUP (1u << 29)
#define EPOLLONESHOT (1u << 30)
#define EPOLLET (1u << 31)

/* As user space has it: 12 bytes. */
struct epoll_event {
	uint32_t events;
	uint32_t data[2];
};

int epoll_create_file(struct file **file);
/* -EINVAL: not an epoll file, or exclusive rules; -EEXIST, -ELOOP, -EPERM (a
 * file without readiness), -ENOMEM. */
int epoll_add(struct file *epoll, struct file *target, int fd,
	      const struct epoll_event *event);
int epoll_modify(struct file *epoll, struct file *target, int fd,
		 const struct epoll_event *event);
int epoll_delete(struct file *epoll, struct file *target, int fd);
/* Up to `max` events into user memory. Their number, -EINTR, -EFAULT. */
int epoll_wait_user(struct file *epoll, uaddr_t events, int max,
		    nsec_t deadline);
/* kernel/file only: the last reference of a watched file is going. */
void epoll_forget_file(struct file *file);
void epoll_init(void);
