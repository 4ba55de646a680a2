// SPDX-License-Identifier: MIT
/*
 * Names of UNIX sockets, and the list of all of them. A bound name is in one
 * hash, keyed by inode for path names and by the bytes for abstract ones, so
 * that connecting resolves a path to its inode once, and hard links and
 * renames behave.
 */
#include "kernel/socket/unix.h"

#include "kernel/mm/slab.h"
#include "lib/atomic.h"
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"

#define HASH_SIZE 256
#define PATH_OFFSET 2 /* of sun_path in struct sockaddr_un */

static struct hlist names[HASH_SIZE];
static struct list all = LIST_INIT(all);
static struct spinlock names_lock; /* guards names, all and their links */
static uint32_t next_autobind;

struct unix_socket *unix_get(struct unix_socket *at)
{
	__atomic_fetch_add(&at->refs, 1, __ATOMIC_RELAXED);
	return at;
}

void unix_put(struct unix_socket *at)
{
	if (__atomic_sub_fetch(&at->refs, 1, __ATOMIC_ACQ_REL))
		return;
	spin_lock(&names_lock);
	list_remove(&at->all_link);
	spin_unlock(&names_lock);
	if (at->inode)
		path_ops.inode_put(at->inode);
	kfree(at);
}

void unix_enlist(struct unix_socket *at)
{
	spin_lock(&names_lock);
	list_push_back(&all, &at->all_link);
	spin_unlock(&names_lock);
}

/* Linux's SS_ numbers: 1 unconnected, 3 connected; flag 0x10000: listening. */
void unix_each(void (*row)(const struct unix_info *info, void *arg), void *arg)
{
	struct unix_socket *at;

	spin_lock(&names_lock);
	LIST_FOR_EACH(at, &all, all_link) {
		struct unix_info info = {
			.refs = (uint32_t)at->refs,
			.flags = at->state == UNIX_LISTENING ? 0x10000 : 0,
			.type = (uint32_t)at->type,
			.state = at->state == UNIX_CONNECTED ? 3 : 1,
			.inode = at->number,
		};

		if (at->name_length > PATH_OFFSET) {
			info.name_length = at->name_length - PATH_OFFSET;
			memcpy(info.name, at->name + PATH_OFFSET,
			       (size_t)info.name_length);
		}
		row(&info, arg);
	}
	spin_unlock(&names_lock);
}

static struct hlist *bucket(const struct inode *inode, const uint8_t *name,
			    int length)
{
	uint64_t hash = inode ? hash_u64((uintptr_t)inode) :
				hash_bytes(name, (size_t)length);

	return &names[hash % HASH_SIZE];
}

/* Under names_lock. */
static struct unix_socket *find_name(const struct inode *inode,
				     const uint8_t *name, int length)
{
	struct hlist *list = bucket(inode, name, length);

	for (struct hnode *node = list->first; node; node = node->next) {
		struct unix_socket *at =
			container_of(node, struct unix_socket, name_link);

		if (inode ? at->inode == inode :
			    !at->inode && at->name_length == length &&
				    !memcmp(at->name, name, (size_t)length))
			return at;
	}
	return NULL;
}

static int insert_name(struct unix_socket *at, struct inode *inode,
		       const uint8_t *name, int length)
{
	int error = -EADDRINUSE;

	spin_lock(&names_lock);
	if (at->name_length) {
		error = -EINVAL;
	} else if (inode || !find_name(NULL, name, length)) {
		at->inode = inode;
		memcpy(at->name, name, (size_t)length);
		hlist_add(bucket(inode, name, length), &at->name_link);
		atomic_store(&at->name_length, (uint8_t)length);
		error = 0;
	}
	spin_unlock(&names_lock);
	return error;
}

/* Linux's form: five hexadecimal digits in the abstract name space. */
static int autobind(struct unix_socket *at)
{
	uint8_t name[PATH_OFFSET + 7];
	int error = -EADDRINUSE;

	put_le16(name, AF_UNIX);
	name[PATH_OFFSET] = 0;
	for (unsigned tries = 0; error == -EADDRINUSE && tries < 1u << 20;
	     tries++) {
		uint32_t number = atomic_fetch_add(&next_autobind, 1);

		format_to((char *)name + PATH_OFFSET + 1, 6, "%05x",
			  number & 0xfffff);
		error = insert_name(at, NULL, name, PATH_OFFSET + 6);
	}
	return error;
}

/* A NUL-terminated copy of a path name; false: it is abstract or unnamed. */
static bool path_of(const uint8_t *name, int length,
		    char path[UNIX_PATH_MAX + 1])
{
	int n = length - PATH_OFFSET;

	if (n <= 0 || !name[PATH_OFFSET])
		return false;
	memcpy(path, name + PATH_OFFSET, (size_t)n);
	path[n] = 0;
	return true;
}

static int check_name(const uint8_t *name, int length)
{
	if (length < PATH_OFFSET || length > PATH_OFFSET + UNIX_PATH_MAX ||
	    get_le16(name) != AF_UNIX)
		return -EINVAL;
	return 0;
}

int unix_bind(struct socket *socket, const uint8_t *name, int length)
{
	struct unix_socket *at = socket->unix_socket;
	uint8_t stored[ADDRESS_MAX];
	char path[UNIX_PATH_MAX + 1];
	struct inode *inode;
	int error = check_name(name, length);

	if (error)
		return error;
	if (at->name_length)
		return -EINVAL;
	if (length == PATH_OFFSET)
		return autobind(at);
	memcpy(stored, name, (size_t)length);
	if (!path_of(name, length, path))
		return insert_name(at, NULL, stored, length);
	error = path_ops.make_socket(path, 0777, &inode);
	if (error)
		return error == -EEXIST ? -EADDRINUSE : error;
	/* The name that others see ends with the NUL. */
	length = PATH_OFFSET + (int)strlen(path) + 1;
	memcpy(stored + PATH_OFFSET, path, strlen(path) + 1);
	error = insert_name(at, inode, stored, length);
	if (error)
		path_ops.inode_put(inode);
	return error;
}

int unix_find(const uint8_t *name, int length, int type,
	      struct unix_socket **found)
{
	char path[UNIX_PATH_MAX + 1];
	struct inode *inode = NULL;
	struct unix_socket *at;
	int error = check_name(name, length);

	if (!error && length == PATH_OFFSET)
		error = -EINVAL;
	if (!error && path_of(name, length, path))
		error = path_ops.find_socket(path, &inode);
	if (error)
		return error;
	spin_lock(&names_lock);
	at = find_name(inode, name, length);
	if (at)
		unix_get(at);
	spin_unlock(&names_lock);
	if (inode)
		path_ops.inode_put(inode);
	if (!at)
		return -ECONNREFUSED;
	if (at->type != type) {
		unix_put(at);
		return -EPROTOTYPE;
	}
	*found = at;
	return 0;
}

void unix_forget_name(struct unix_socket *at)
{
	spin_lock(&names_lock);
	if (hnode_linked(&at->name_link))
		hlist_remove(&at->name_link);
	spin_unlock(&names_lock);
}
