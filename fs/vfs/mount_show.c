// SPDX-License-Identifier: MIT
/*
 * The tree of mounts as text: /proc/PID/mounts, mountinfo and mountstats, with
 * the columns of proc(5). A mount that the reader's root cannot reach is left
 * out. Blanks in names are written as octal escapes.
 */
#include "fs/vfs/mount_tree.h"

#include "kernel/mm/slab.h"
#include "lib/format.h"

static void add_name(struct text *text, const char *name)
{
	for (; *name; name++) {
		if (strchr(" \t\n\\", *name))
			text_add(text, "\\%03o", (unsigned char)*name);
		else
			text_char(text, *name);
	}
}

static const struct {
	unsigned flag;
	const char *word;
} words[] = {
	{ MS_NOSUID, ",nosuid" },	    { MS_NODEV, ",nodev" },
	{ MS_NOEXEC, ",noexec" },	    { MS_NOATIME, ",noatime" },
	{ MS_NODIRATIME, ",nodiratime" },   { MS_RELATIME, ",relatime" },
	{ MS_NOSYMFOLLOW, ",nosymfollow" },
};

static void add_mount_options(struct text *text, unsigned flags, bool read_only)
{
	text_str(text, read_only ? "ro" : "rw");
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (flags & words[i].flag)
			text_str(text, words[i].word);
	}
}

static void add_super_options(struct text *text, struct super_block *super)
{
	if (super->ops->show_options)
		super->ops->show_options(super, text);
}

/* Where the mount's root is; false: not below the reader's root. */
static bool mount_place(struct mount *mount, const struct path *root,
			char *buffer)
{
	struct path path = { mount, mount->root };
	ssize_t length = path_print_below(root, &path, buffer, PATH_MAX, NULL);

	return length > 0 && buffer[0] == '/';
}

static void mounts_row(struct mount *mount, const char *place,
		       struct text *text)
{
	add_name(text, mount->device_name);
	text_char(text, ' ');
	add_name(text, place);
	text_add(text, " %s ", mount->super->system->name);
	add_mount_options(text, mount->flags,
			  (mount->flags | mount->super->flags) & MS_RDONLY);
	add_super_options(text, mount->super);
	text_str(text, " 0 0\n");
}

/* The mount's root inside its own file system. */
static void add_root(struct text *text, struct mount *mount, char *buffer)
{
	struct mount plain = { .super = mount->super,
			       .root = mount->super->root_dentry };
	struct path root = { &plain, plain.root };
	struct path path = { &plain, mount->root };

	if (path_print_below(&root, &path, buffer, PATH_MAX, NULL) < 0)
		string_copy(buffer, "/", PATH_MAX);
	add_name(text, buffer);
}

static void info_row(struct mount *mount, const char *place, struct text *text,
		     char *buffer)
{
	uint64_t device = mount->super->device;
	unsigned major = (unsigned)(device >> 8 & 0xfff);
	unsigned minor = (unsigned)((device & 0xff) | (device >> 12 & ~0xffu));

	text_add(text, "%d %d %u:%u ", mount->id,
		 mount->parent ? mount->parent->id : 1, major, minor);
	add_root(text, mount, buffer);
	text_char(text, ' ');
	add_name(text, place);
	text_char(text, ' ');
	add_mount_options(text, mount->flags, mount->flags & MS_RDONLY);
	mount_groups_print(mount, text);
	text_add(text, " - %s ", mount->super->system->name);
	add_name(text, mount->device_name);
	text_str(text, mount->super->flags & MS_RDONLY ? " ro" : " rw");
	add_super_options(text, mount->super);
	text_char(text, '\n');
}

enum form { MOUNTS, INFO, STATS };

static void print(struct mount_namespace *mounts, const struct path *root,
		  struct text *text, enum form form)
{
	char *place = kmalloc(PATH_MAX), *buffer = kmalloc(PATH_MAX);
	struct mount *mount;

	if (!place || !buffer)
		goto out;
	mutex_lock(&mount_mutex);
	LIST_FOR_EACH(mount, &mounts->mounts, link) {
		if (!mount_place(mount, root, place))
			continue;
		if (form == MOUNTS) {
			mounts_row(mount, place, text);
		} else if (form == INFO) {
			info_row(mount, place, text, buffer);
		} else {
			text_str(text, "device ");
			add_name(text, mount->device_name);
			text_str(text, " mounted on ");
			add_name(text, place);
			text_add(text, " with fstype %s\n",
				 mount->super->system->name);
		}
	}
	mutex_unlock(&mount_mutex);
out:
	kfree(place);
	kfree(buffer);
}

void mounts_print(struct mount_namespace *mounts, const struct path *root,
		  struct text *text)
{
	print(mounts, root, text, MOUNTS);
}

void mounts_print_info(struct mount_namespace *mounts, const struct path *root,
		       struct text *text)
{
	print(mounts, root, text, INFO);
}

void mounts_print_stats(struct mount_namespace *mounts, const struct path *root,
			struct text *text)
{
	print(mounts, root, text, STATS);
}
