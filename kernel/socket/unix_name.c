// SPDX-License-Identifier: MIT
/*
 * Names of UNIX sockets, and the list of all of them. A bound name is in one
 * hash, keyed by inode for path names and by the bytes for abstract ones, of
 * which each network namespace has its own, so that connecting resolves a path
 * to its inode once, and hard links and renames behave.
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
static struct rb_tree all; /* by order */
static uint64_t last_order;
/* Guards names, all and their links; taken before a socket's lock. */
static struct spinlock names_lock;
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
	rb_erase(&all, &at->all_node);
	spin_unlock(&names_lock);
	if (at->inode)
		path_ops.inode_put(at->inode);
	kfree(at);
}

static struct unix_socket *of_node(const struct rb_node *node)
{
	return RB_ENTRY(node, struct unix_socket, all_node);
}

static bool is_older(const struct rb_node *a, const struct rb_node *b)
{
	return of_node(a)->order < of_node(b)->order;
}

void unix_enlist(struct unix_socket *at)
{
	spin_lock(&names_lock);
	at->order = ++last_order;
	rb_insert(&all, &at->all_node, is_older);
	spin_unlock(&names_lock);
}

bool unix_look_after(uint64_t after,
		     bool (*look)(struct unix_socket *at, void *arg), void *arg)
{
	struct rb_node *node, *best = NULL;
	bool found = false;

	spin_lock(&names_lock);
	for (node = all.root; node;) {
		bool right = of_node(node)->order <= after;

		if (!right)
			best = node;
		node = node->child[right];
	}
	for (; best && !found; best = rb_next(best))
		found = look(of_node(best), arg);
	spin_unlock(&names_lock);
	return found;
}

static struct hlist *bucket(const struct inode *inode, const uint8_t *name,
			    int length)
{
	uint64_t hash = inode ? hash_u64((uintptr_t)inode) :
				hash_bytes(name, (size_t)length);

	return &names[hash % HASH_SIZE];
}

/* Under names_lock. */
static struct unix_socket *find_name(const struct net_namespace *network,
				     const struct inode *inode,
				     const uint8_t *name, int length)
{
	struct hlist *list = bucket(inode, name, length);

	for (struct hnode *node = list->first; node; node = node->next) {
		struct unix_socket *at =
			container_of(node, struct unix_socket, name_link);

		if (inode ? at->inode == inode :
			    !at->inode && at->network == network &&
				    at->name_length == length &&
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
	} else if (inode || !find_name(at->network, NULL, name, length)) {
		at->inode = inode;
		if (inode)
			path_ops.inode_identity(inode, &at->file_number,
						&at->file_device);
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

int unix_find(const struct net_namespace *network, const uint8_t *name,
	      int length, int type, struct unix_socket **found)
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
	at = find_name(network, inode, name, length);
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
