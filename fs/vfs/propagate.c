// SPDX-License-Identifier: MIT
/*
 * Shared mounts (mount_namespaces(7)): what is mounted on or unmounted from a
 * mount of a peer group happens to all its members, and to those mounts that
 * are slaves of it, in whatever namespace they are. A mount's own group is
 * `group`, the one that it follows `master`; 0: none. All under mount_mutex.
 *
 * Mounts with either number are on one list, which is short: few are shared.
 */
#include "fs/vfs/mount_tree.h"

#include "lib/format.h"

static struct list receivers = LIST_INIT(receivers);
static uint32_t last_group;

static void set_groups(struct mount *mount, uint32_t group, uint32_t master)
{
	bool was = mount->group || mount->master;

	mount->group = group;
	mount->master = master;
	if (was && !group && !master)
		list_remove(&mount->group_link);
	else if (!was && (group || master))
		list_push_back(&receivers, &mount->group_link);
}

void mount_copy_groups(struct mount *copy, const struct mount *from)
{
	set_groups(copy, from->group, from->master);
}

void mount_leave_groups(struct mount *mount)
{
	set_groups(mount, 0, 0);
}

static bool has_peers(const struct mount *mount)
{
	struct mount *other;

	LIST_FOR_EACH(other, &receivers, group_link)
		if (other != mount && other->group == mount->group)
			return true;
	return false;
}

static void set_type(struct mount *mount, unsigned type)
{
	uint32_t group = mount->group, master = mount->master;

	mount->unbindable = type == MS_UNBINDABLE;
	if (type == MS_SHARED)
		group = group ? group : ++last_group;
	else if (type == MS_SLAVE && group && has_peers(mount))
		master = group, group = 0;
	else if (type == MS_SLAVE)
		group = 0;
	else
		group = master = 0;
	set_groups(mount, group, master);
}

int mount_set_type(const struct path *where, unsigned flags)
{
	unsigned type = flags & ~(MS_REC | MS_SILENT);
	struct mount *top = where->mount, *mount;

	if (type & (type - 1) || where->dentry != top->root || !top->space)
		return -EINVAL;
	mutex_lock(&mount_mutex);
	if (!(flags & MS_REC))
		set_type(top, type);
	else if (top->space)
		LIST_FOR_EACH(mount, &top->space->mounts, link)
			if (mount_is_below(mount, top))
				set_type(mount, type);
	mutex_unlock(&mount_mutex);
	return 0;
}

/* Whether what happens at `where` happens on this one, too. */
static bool receives(const struct mount *mount, const struct path *where)
{
	uint32_t group = where->mount->group;

	return mount != where->mount && mount->space &&
	       (mount->group == group || mount->master == group) &&
	       dentry_is_ancestor(mount->root, where->dentry);
}

static int attach_copy(struct mount *mount, struct mount *on,
		       struct dentry *mountpoint)
{
	struct path where = { on, mountpoint };
	struct mount *copy = mount_create(mount->super, mount->root,
					  mount->device_name, mount->flags);

	if (!copy)
		return -ENOMEM;
	if (on->group)
		set_groups(copy, mount->group, 0);
	else
		set_groups(copy, 0, mount->group);
	mount_attach(copy, &where, on->space);
	return 0;
}

int mount_propagate(struct mount *mount)
{
	struct path where = { mount->parent, mount->mountpoint };
	struct mount *on;
	size_t left = list_length(&receivers);
	int error = 0;

	if (!where.mount->group)
		return 0;
	if (!mount->group)
		set_groups(mount, ++last_group, mount->master);
	/* Copies are appended: look only at what was there. */
	LIST_FOR_EACH(on, &receivers, group_link) {
		if (!left-- || error)
			break;
		if (on != mount && receives(on, &where))
			error = attach_copy(mount, on, where.dentry);
	}
	return error;
}

/* What was mounted on `on` when `mount` was mounted on its peer. */
static struct mount *twin_on(const struct mount *mount, const struct mount *on)
{
	struct mount *child;

	LIST_FOR_EACH(child, &on->space->mounts, link)
		if (child->parent == on && child->root == mount->root &&
		    child->mountpoint->inode == mount->mountpoint->inode)
			return child;
	return NULL;
}

static struct mount *next_twin(const struct mount *mount)
{
	struct path where = { mount->parent, mount->mountpoint };
	struct mount *on, *twin;

	if (!where.mount || !where.mount->group)
		return NULL;
	LIST_FOR_EACH(on, &receivers, group_link)
		if (receives(on, &where) && (twin = twin_on(mount, on)))
			return twin;
	return NULL;
}

bool mount_twins_busy(const struct mount *mount)
{
	struct path where = { mount->parent, mount->mountpoint };
	struct mount *on, *twin;

	if (!where.mount || !where.mount->group)
		return false;
	LIST_FOR_EACH(on, &receivers, group_link)
		if (receives(on, &where) && (twin = twin_on(mount, on)) &&
		    (mount_has_children(twin) || atomic_load(&twin->refs) > 1))
			return true;
	return false;
}

void mount_detach_twins(struct mount *mount)
{
	struct mount *twin;

	while ((twin = next_twin(mount)))
		mount_detach_tree(twin);
}

void mount_groups_print(const struct mount *mount, struct text *text)
{
	if (mount->group)
		text_add(text, " shared:%u", mount->group);
	if (mount->master)
		text_add(text, " master:%u", mount->master);
	if (mount->unbindable)
		text_str(text, " unbindable");
}
