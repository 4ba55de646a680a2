// SPDX-License-Identifier: MIT
/*
 * Private to fs/procfs: the nodes that exist whether or not anybody looks, and
 * how inode numbers say what an inode is.
 */
#pragma once

#include "fs/procfs/procfs.h"
#include "fs/vfs/path.h"
#include "lib/atomic.h"
#include "lib/errno.h"
#include "lib/string.h"

#define PROC_MAGIC 0x9fa0
#define ROOT_NUMBER 1

/* A node of the fixed tree. Guarded by proc_lock while it is linked in;
 * never removed. */
struct proc_node {
	const char *name;
	size_t length;
	uint64_t number;
	uint32_t mode; /* with type */
	struct proc_node *parent;
	struct list children, sibling;
	unsigned child_count; /* directories in it */
	struct proc_node *next; /* in the list by number */
	void (*show)(struct text *text, void *arg);
	int (*store)(const char *value, size_t length, void *arg);
	void *arg;
	void (*show_of)(struct text *text, void *arg, uint32_t which);
	int (*store_of)(const char *value, size_t length, void *arg,
			uint32_t which);
	const struct proc_names *names; /* directories: of its child "*" */
	unsigned slot; /* below proc_net: its place in proc_net_names */
	const char *target; /* links with a constant text */
	void (*link)(struct text *text);
};

#define NET_NAMES_MAX 16
extern struct proc_node *proc_root, *proc_net, *proc_net_names[NET_NAMES_MAX];
extern struct mutex proc_lock;

/* It stands for all names of its directory. */
static inline bool node_is_pattern(const struct proc_node *node)
{
	return node->length == 1 && node->name[0] == '*';
}

void tree_init(void);
struct proc_node *node_by_number(uint64_t number);
struct proc_node *node_child(struct proc_node *directory, const char *name,
			     size_t length);
/* Makes the node and the directories on the way. NULL: out of memory. */
struct proc_node *node_make(const char *path, uint32_t mode);

/*
 * Inode numbers: a node's own below 1 << 20, and the same below a directory of
 * names, where bits 32..62 say which and bit 63 is set; otherwise bits 32.. are a tid,
 * bit 31 says "a thread under task/", bits 24..30 the kind, the rest an index.
 */
enum process_kind {
	KIND_DIRECTORY,
	KIND_FILE,
	KIND_TASKS,
	KIND_FDS,
	KIND_FD,
	KIND_FDINFOS,
	KIND_FDINFO,
	KIND_SPACES,
	KIND_SPACE,
	KIND_NET, /* the index is a node's number below proc_net */
	KIND_NET_NAME, /* ... a slot of proc_net_names, and which name */
};
#define INDEX_MAX 0xffffffu
#define NET_NAME_BITS 20 /* of the index: which */

static inline uint64_t process_number(int id, bool whole,
				      enum process_kind kind, unsigned index)
{
	return (uint64_t)id << 32 | (whole ? 0 : 1u << 31) |
	       (uint64_t)kind << 24 | (index & INDEX_MAX);
}
static inline bool number_is_process(uint64_t number)
{
	return number >> 32 && !(number >> 63);
}
/* Which of the names; 0: none. */
static inline uint32_t number_which(uint64_t number)
{
	return number >> 63 ? number >> 32 & 0x7fffffff : 0;
}
static inline uint64_t number_of_name(uint64_t node, uint32_t which)
{
	return which ? 1ull << 63 | (uint64_t)which << 32 | node : node;
}
static inline int number_id(uint64_t number)
{
	return (int)(number >> 32);
}
static inline bool number_whole(uint64_t number)
{
	return !(number >> 31 & 1);
}
static inline enum process_kind number_kind(uint64_t number)
{
	return number >> 24 & 0x7f;
}
static inline unsigned number_index(uint64_t number)
{
	return number & INDEX_MAX;
}

/* file.c */
extern const struct file_ops proc_file_ops;
/* tree.c */
extern const struct file_ops proc_directory_file_ops;
extern const struct inode_ops proc_directory_ops, proc_file_inode_ops,
	proc_link_ops;

/* process.c */
extern const struct process_source *process_source;
int process_read_inode(struct inode *inode);
int process_lookup_root(struct super_block *super, const char *name,
			size_t length, struct inode **found);
int process_list_root(struct file *file, struct directory_sink *sink);
/* What a file of a process does; NULL: the inode is not one. */
const struct process_file *process_file_of(const struct inode *inode);
bool process_subject(const struct inode *inode, struct proc_subject *subject);
void process_show_fdinfo(struct text *text, struct proc_subject *subject,
			 int fd);

/* system.c, cpuinfo.c, sysctl.c */
void system_init(void);
void sysctl_init(void);
void cpuinfo_show(struct text *text, void *arg);
