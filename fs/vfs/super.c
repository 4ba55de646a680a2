// SPDX-License-Identifier: MIT
/*
 * File systems by name, and super blocks: one for each mounted device or
 * instance, shared by all mounts of it. The last mount that goes away writes
 * everything back, drops names and inodes, and unmounts.
 */
#include "fs/vfs/internal.h"
#include "fs/vfs/notify.h"

#include "kernel/arch/x86_64/log.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/clock.h"
#include "kernel/vm/block.h"
#include "lib/format.h"

static struct file_system *systems;
static struct list supers = LIST_INIT(supers);
static struct mutex super_mutex; /* guards `supers`, opening and unmounting */
static unsigned next_minor = 1;

void file_system_register(struct file_system *system)
{
	struct file_system **at = &systems;

	while (*at)
		at = &(*at)->next;
	*at = system;
}

struct file_system *file_system_find(const char *name, size_t length)
{
	for (struct file_system *at = systems; at; at = at->next) {
		if (strlen(at->name) == length &&
		    !memcmp(at->name, name, length))
			return at;
	}
	return NULL;
}

void file_systems_print(struct text *text)
{
	for (struct file_system *at = systems; at; at = at->next) {
		if (!at->hidden)
			text_add(text, "%s\t%s\n",
				 at->needs_device ? "" : "nodev", at->name);
	}
}

struct file_system *file_system_next(struct file_system *after)
{
	return after ? after->next : systems;
}

struct super_block *super_ref(struct super_block *super)
{
	atomic_fetch_add(&super->refs, 1);
	return super;
}

static struct super_block *create(struct file_system *system,
				  struct block_device *device, unsigned flags)
{
	struct super_block *super = kzalloc(sizeof *super);

	if (!super)
		return NULL;
	super->system = system;
	super->block = device;
	super->device = device ? device->device :
				 device_number(0, next_minor++);
	super->flags = flags & (MS_RDONLY | MS_SYNCHRONOUS | MS_SILENT);
	super->refs = 1;
	super->block_size = PAGE_SIZE;
	spin_init(&super->dirty_lock);
	list_init(&super->dirty_inodes);
	list_init(&super->watches);
	string_copy(super->id, device ? device->name : system->name,
		    sizeof super->id);
	return super;
}

static int make_root(struct super_block *super)
{
	struct dentry *root = dentry_alone(super->root, "/", false);

	if (!root)
		return -ENOMEM;
	root->super = super;
	super->root_dentry = root;
	return 0;
}

/* With super_mutex held and no references left. */
static void tear_down(struct super_block *super)
{
	list_remove(&super->link);
	if (super->ops) {
		notify_unmount(super);
		super_sync(super, true);
		dentry_prune_super(super);
		dentry_put(super->root_dentry);
		dentry_prune_super(super);
		inode_drop_super(super);
		if (super->ops->unmount)
			super->ops->unmount(super);
	}
	kfree(super);
}

void super_put(struct super_block *super)
{
	int32_t refs = atomic_load(&super->refs);

	while (refs > 1) {
		if (__atomic_compare_exchange_n(&super->refs, &refs, refs - 1,
						true, __ATOMIC_ACQ_REL,
						__ATOMIC_RELAXED))
			return;
	}
	mutex_lock(&super_mutex);
	if (atomic_fetch_sub(&super->refs, 1) == 1)
		tear_down(super);
	mutex_unlock(&super_mutex);
}

static struct super_block *find_device(struct file_system *system,
				       struct block_device *device)
{
	struct super_block *super;

	LIST_FOR_EACH(super, &supers, link) {
		if (super->block == device && super->system == system)
			return super;
	}
	return NULL;
}

static struct super_block *find_callers(struct file_system *system)
{
	struct super_block *super;

	LIST_FOR_EACH(super, &supers, link) {
		if (super->system == system && system->is_callers(super))
			return super;
	}
	return NULL;
}

static struct super_block *find_shared(struct file_system *system,
				       struct block_device *device)
{
	if (system->single)
		return system->instance;
	if (system->is_callers)
		return find_callers(system);
	return device ? find_device(system, device) : NULL;
}

static int open_new(struct file_system *system, struct block_device *device,
		    unsigned flags, const char *options,
		    struct super_block **result)
{
	struct super_block *super = create(system, device, flags);
	int error;

	if (!super)
		return -ENOMEM;
	error = system->mount(super, device, options ? options : "");
	if (error) {
		kfree(super);
		return error;
	}
	error = make_root(super);
	if (error) {
		list_init(&super->link);
		tear_down(super);
		return error;
	}
	list_push_back(&supers, &super->link);
	if (system->single)
		system->instance = super_ref(super);
	*result = super;
	return 0;
}

int super_open_device(struct file_system *system, struct block_device *device,
		      unsigned flags, const char *options,
		      struct super_block **super)
{
	struct super_block *found;
	int error = 0;

	if (device && device->read_only && !(flags & MS_RDONLY))
		return -EACCES;
	mutex_lock(&super_mutex);
	found = find_shared(system, device);
	if (!found)
		error = open_new(system, device, flags, options, super);
	else if (device && (found->flags ^ flags) & MS_RDONLY)
		error = -EBUSY;
	else if (system->single && options && *options && found->ops->remount)
		error = found->ops->remount(found, flags, options);
	if (!error && found)
		*super = super_ref(found);
	mutex_unlock(&super_mutex);
	return error;
}

int super_open_kernel(struct file_system *system, const char *options,
		      struct super_block **super)
{
	return super_open_device(system, NULL, 0, options, super);
}

static int find_source(const char *source, struct block_device **device)
{
	struct path path;
	struct inode *inode;
	int error;

	if (!source || !*source)
		return -EINVAL;
	error = path_lookup(AT_FDCWD, source, LOOKUP_FOLLOW, &path);
	if (error)
		return error;
	inode = path.dentry->inode;
	if ((inode->mode & S_IFMT) != S_IFBLK)
		error = -ENOTBLK;
	else if (path.mount->flags & MS_NODEV)
		error = -EACCES;
	else if (!(*device = block_find(inode->rdevice)))
		error = -ENXIO;
	path_put(&path);
	return error;
}

int super_open(const char *type, const char *source, unsigned flags,
	       const char *options, struct super_block **super)
{
	struct file_system *system = file_system_find(type, strlen(type));
	struct block_device *device = NULL;
	int error;

	if (!system)
		return -ENODEV;
	if (system->needs_device) {
		error = find_source(source, &device);
		if (error)
			return error;
	}
	return super_open_device(system, device, flags, options, super);
}

int super_sync(struct super_block *super, bool wait)
{
	int error = 0, result;

	if (super->flags & MS_RDONLY)
		return 0;
	if (super->ops->write_inode)
		error = inode_sync_super(super);
	if (super->ops->sync) {
		result = super->ops->sync(super, wait);
		if (!error)
			error = result;
	}
	return error;
}

/* Calls visit for each super block; it must not mount or unmount. */
void super_each(int (*visit)(struct super_block *super))
{
	struct super_block *super;

	mutex_lock(&super_mutex);
	LIST_FOR_EACH(super, &supers, link)
		visit(super);
	mutex_unlock(&super_mutex);
}

static int sync_one(struct super_block *super)
{
	return super_sync(super, true);
}

void vfs_sync(void)
{
	/* Data first: writing it may allocate blocks and change inodes. */
	mapping_write_all(true);
	super_each(sync_one);
	mapping_write_all(true);
}

#define FLUSH_INTERVAL (5 * NSEC_PER_SEC)

static int flush_one(struct super_block *super)
{
	if (!super->block || super->flags & MS_RDONLY ||
	    list_empty(&super->dirty_inodes))
		return 0;
	return inode_sync_super(super);
}

/* Attributes reach the disk's pages in time; kernel/vm writes those back. */
static void flush_loop(void *arg)
{
	for (;;) {
		sleep_until(clock_monotonic() + FLUSH_INTERVAL);
		super_each(flush_one);
	}
}

void vfs_start_threads(void)
{
	if (!thread_start_kernel("inode-flush", flush_loop, NULL))
		log_error("no memory for the inode-flush thread");
}

void super_forget_names(struct super_block *super)
{
	dentry_prune_super(super);
}

static int close_one(struct super_block *super)
{
	int error;

	if (!super->block || super->flags & MS_RDONLY)
		return 0;
	error = super_sync(super, true);
	if (!error && super->ops->remount)
		error = super->ops->remount(super, MS_RDONLY, "");
	if (error)
		log_error("%s: not written back: error %d", super->id, -error);
	else
		super->flags |= MS_RDONLY;
	block_flush(super->block);
	return error;
}

void vfs_shutdown(void)
{
	vfs_sync();
	super_each(close_one);
}

void super_init(void)
{
	mutex_init(&super_mutex);
}
