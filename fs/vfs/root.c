// SPDX-License-Identifier: MIT
/*
 * Where "/" comes from. An empty tmpfs is the first root; an initramfs is
 * unpacked into it. If that has an /init (or the one that rdinit= names) it
 * stays; otherwise root= is mounted in its place: /dev/NAME, a number
 * MAJOR:MINOR or 0xNNNN, UUID=, LABEL=. Words: root, rootfstype, rootflags,
 * rootwait, rootdelay, ro, rw, rdinit, noinitrd.
 */
#include "fs/vfs/cpio.h"
#include "fs/vfs/internal.h"
#include "fs/vfs/notify.h"

#include "kernel/arch/x86_64/boot.h"
#include "kernel/arch/x86_64/cmdline.h"
#include "kernel/arch/x86_64/log.h"
#include "kernel/arch/x86_64/panic.h"
#include "kernel/sched/clock.h"
#include "kernel/vm/block.h"
#include "lib/bytes.h"
#include "lib/format.h"
#include "lib/parse.h"

CMDLINE_WORD("root", NULL);
CMDLINE_WORD("rootfstype", NULL);
CMDLINE_WORD("rootflags", NULL);
CMDLINE_WORD("rootwait", NULL);
CMDLINE_WORD("rootdelay", NULL);
CMDLINE_WORD("ro", NULL);
CMDLINE_WORD("rw", NULL);
CMDLINE_WORD("rdinit", NULL);
CMDLINE_WORD("noinitrd", NULL);

static size_t shrink(size_t objects)
{
	size_t freed = dentry_shrink(objects);

	return freed + inode_shrink(objects);
}

void vfs_init(void)
{
	inode_init();
	dentry_init();
	super_init();
	mount_init();
	rename_init();
	notify_init();
	open_init();
	reclaim_register(shrink);
}

/* The calling thread (and those that it makes) starts in the new root. */
static int enter_root(void)
{
	struct thread *self = current_thread();
	struct path root = { initial_mounts->root, initial_mounts->root->root };

	if (self->fs)
		return 0;
	self->fs = fs_context_create(&root);
	if (!self->fs)
		return -ENOMEM;
	self->fs->umask = 022;
	if (!self->mounts) {
		self->mounts = initial_mounts;
		mounts_get(initial_mounts);
	}
	return 0;
}

static int mount_first_root(void)
{
	struct super_block *super;
	int error = super_open("tmpfs", "none", 0, "mode=0755", &super);

	if (error)
		return error;
	error = mount_set_root(super, "rootfs", 0);
	super_put(super);
	return error ? error : enter_root();
}

static const char *init_name(void)
{
	const char *name = cmdline_value("rdinit");

	return name && *name ? name : "/init";
}

static bool unpack_initramfs(void)
{
	size_t size;
	const void *archive = boot_initrd(&size);
	struct path path;
	uint32_t umask = current_thread()->fs->umask;
	int error;

	if (!archive || cmdline_flag("noinitrd", false))
		return false;
	current_thread()->fs->umask = 0;
	error = cpio_unpack(archive, size);
	current_thread()->fs->umask = umask;
	boot_free_initrd();
	if (error) {
		log_error("initramfs: not used (error %d)", -error);
		return false;
	}
	if (path_lookup(AT_FDCWD, init_name(), LOOKUP_FOLLOW, &path))
		return false;
	path_put(&path);
	return true;
}

/* ---- root= -------------------------------------------------------------- */

static bool hex_byte(const char *at, uint8_t *byte)
{
	uint64_t value;

	if (!parse_u64_n(at, 2, 16, &value))
		return false;
	*byte = (uint8_t)value;
	return true;
}

static bool parse_uuid(const char *text, uint8_t uuid[16])
{
	for (int i = 0; i < 16; i++) {
		if (*text == '-')
			text++;
		if (!hex_byte(text, &uuid[i]))
			return false;
		text += 2;
	}
	return !*text;
}

/* An ext file system with this UUID or label (super block at byte 1024). */
static bool matches(struct block_device *device, const uint8_t *uuid,
		    const char *label)
{
	struct page *page;
	const char *super;
	bool found = false;

	if (device->sectors < 4 || mapping_read(&device->mapping, 0, &page))
		return false;
	super = (const char *)page_address(page) + 1024;
	if (get_le16(super + 0x38) == 0xef53)
		found = uuid ? !memcmp(super + 0x68, uuid, 16) :
			       strnlen(super + 0x78, 16) == strlen(label) &&
					!memcmp(super + 0x78, label,
						strlen(label));
	page_put(page);
	return found;
}

static struct block_device *find_by_content(const uint8_t *uuid,
					    const char *label)
{
	struct block_device *device = NULL;

	while ((device = block_next(device))) {
		if (matches(device, uuid, label))
			return device;
	}
	return NULL;
}

static struct block_device *find_by_number(const char *text)
{
	uint64_t major, minor;

	if (!parse_u64(&text, 10, &major) || !parse_char(&text, ':') ||
	    !parse_u64(&text, 10, &minor) || *text)
		return NULL;
	return block_find(device_number((unsigned)major, (unsigned)minor));
}

static struct block_device *find_root(const char *root)
{
	uint8_t uuid[16];

	if (string_starts(root, "UUID="))
		return parse_uuid(root + 5, uuid) ?
			       find_by_content(uuid, NULL) :
			       NULL;
	if (string_starts(root, "LABEL="))
		return find_by_content(NULL, root + 6);
	if (is_digit(*root))
		return find_by_number(root);
	return block_find_name(root);
}

/* The device may still be on its way (rootwait, rootdelay=). */
static struct block_device *wait_root(const char *root)
{
	struct block_device *device = find_root(root);
	nsec_t until = clock_monotonic() +
		       cmdline_number("rootdelay", 0) * NSEC_PER_SEC;
	bool forever = cmdline_flag("rootwait", false);

	while (!device && (forever || clock_monotonic() < until)) {
		sleep_until(clock_monotonic() + 100 * NSEC_PER_MSEC);
		device = find_root(root);
	}
	return device;
}

static void describe_devices(struct text *text)
{
	struct block_device *device = NULL;

	while ((device = block_next(device)))
		text_add(text, " %s (%lu MiB)", device->name,
			 device->sectors >> 11);
}

static int try_system(struct file_system *system, struct block_device *device,
		      unsigned flags, const char *name)
{
	const char *options = cmdline_value("rootflags");
	struct super_block *super;
	int error = super_open_device(system, device, flags,
				      options ? options : "", &super);

	if (error)
		return error;
	error = mount_set_root(super, name, flags);
	super_put(super);
	return error;
}

static int try_all(struct block_device *device, unsigned flags,
		   const char *name)
{
	const char *type = cmdline_value("rootfstype");
	struct file_system *system = NULL;
	int error = -ENODEV, result;

	while ((system = file_system_next(system))) {
		if (!system->needs_device ||
		    (type && !string_equal(type, system->name)))
			continue;
		result = try_system(system, device, flags, name);
		if (!result)
			return 0;
		if (error == -ENODEV || result != -EINVAL)
			error = result;
	}
	return error;
}

static void mount_disk(const char *root)
{
	struct block_device *device = wait_root(root);
	unsigned flags = cmdline_flag("ro", false) &&
					 !cmdline_flag("rw", false) ?
				 MS_RDONLY :
				 0;
	struct text text;
	char devices[200], name[32];
	int error;

	if (!device) {
		text_init(&text, devices, sizeof devices);
		describe_devices(&text);
		panic("root=%s: no such disk; there are:%s", root,
		      *devices ? devices : " none");
	}
	if (device->read_only)
		flags |= MS_RDONLY;
	format_to(name, sizeof name, "/dev/%s", device->name);
	error = try_all(device, flags, name);
	if (error)
		panic("root=%s: cannot mount: error %d", root, -error);
	log_info("root: %s, %s, %s", name,
		 initial_mounts->root->super->system->name,
		 flags & MS_RDONLY ? "read only" : "read and write");
}

/* As Linux with DEVTMPFS_MOUNT: programs find /dev filled. */
static void mount_devices(void)
{
	int error = mount_make("devtmpfs", "/dev", "devtmpfs", MS_NOSUID,
			       "mode=0755");

	if (error)
		log_warn("/dev: devtmpfs not mounted: error %d", -error);
}

int vfs_mount_root(void)
{
	const char *root = cmdline_value("root");
	int error = mount_first_root();

	if (error)
		return error;
	device_create_block_nodes();
	vfs_start_threads();
	if (unpack_initramfs())
		return 0;
	if (root && *root) {
		mount_disk(root);
		mount_devices();
	} else if (boot_initrd(&(size_t){ 0 })) {
		panic("no root= and no %s in the initramfs", init_name());
	}
	return 0;
}
