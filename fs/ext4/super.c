// SPDX-License-Identifier: MIT
/*
 * Mounting ext4: which features are understood, what the super block says, and
 * keeping it true. A file system that is mounted for writing is marked "not
 * clean" on disk until it is unmounted; there is no journaled writing yet, so
 * a crash in between is e2fsck's business.
 */
#include "fs/ext4/ext4.h"

#include "kernel/arch/x86_64/log.h"
#include "kernel/mm/slab.h"
#include "lib/crc.h"
#include "lib/format.h"
#include "lib/string.h"

#define MAGIC_STATFS 0xef53

struct feature {
	uint32_t bit;
	const char *name;
};

/* e2fsprogs' names, for the ones that are refused. */
static const struct feature incompat_names[] = {
	{ 0x0001, "compression" }, { 0x0008, "journal_dev" },
	{ 0x0010, "meta_bg" },	   { 0x0100, "mmp" },
	{ 0x0400, "ea_inode" },	   { 0x1000, "dirdata" },
	{ 0x4000, "large_dir" },   { 0x8000, "inline_data" },
	{ 0x10000, "encrypt" },	   { 0x20000, "casefold" },
};
static const struct feature ro_names[] = {
	{ 0x0010, "uninit_bg" }, { 0x0100, "quota" },
	{ 0x0200, "bigalloc" },	 { 0x0800, "replica" },
	{ 0x2000, "project" },	 { 0x4000, "shared_blocks" },
	{ 0x8000, "verity" },	 { 0x10000, "orphan_present" },
};

#define INCOMPAT_KNOWN                                             \
	(INCOMPAT_FILETYPE | INCOMPAT_RECOVER | INCOMPAT_EXTENTS | \
	 INCOMPAT_64BIT | INCOMPAT_FLEX_BG | INCOMPAT_CSUM_SEED)
#define RO_COMPAT_KNOWN                                                        \
	(RO_COMPAT_SPARSE_SUPER | RO_COMPAT_LARGE_FILE | RO_COMPAT_HUGE_FILE | \
	 RO_COMPAT_DIR_NLINK | RO_COMPAT_EXTRA_ISIZE |                         \
	 RO_COMPAT_METADATA_CSUM)

static const char *name_of(const struct feature *table, size_t count,
			   uint32_t bits)
{
	for (size_t i = 0; i < count; i++)
		if (bits & table[i].bit)
			return table[i].name;
	return "one without a name here";
}

static int check_features(struct ext4_fs *fs)
{
	uint32_t strange = fs->incompat & ~(uint32_t)INCOMPAT_KNOWN;

	if (strange) {
		log_error("ext4 (%s): feature '%s' (0x%x) is not supported",
			  fs->device->name,
			  name_of(incompat_names, ARRAY_LEN(incompat_names),
				  strange),
			  strange);
		return -EINVAL;
	}
	if (!(fs->incompat & INCOMPAT_EXTENTS)) {
		log_error("ext4 (%s): without 'extent' it is ext2 or ext3",
			  fs->device->name);
		return -EINVAL;
	}
	strange = fs->ro_compat & ~(uint32_t)RO_COMPAT_KNOWN;
	if (strange && !fs->read_only) {
		log_error("ext4 (%s): feature '%s' (0x%x): read-only only",
			  fs->device->name,
			  name_of(ro_names, ARRAY_LEN(ro_names), strange),
			  strange);
		return -EROFS;
	}
	return 0;
}

static void read_numbers(struct ext4_fs *fs)
{
	const uint8_t *raw = fs->raw;

	fs->compat = get_le32(raw + SB_COMPAT);
	fs->incompat = get_le32(raw + SB_INCOMPAT);
	fs->ro_compat = get_le32(raw + SB_RO_COMPAT);
	fs->checksums = fs->ro_compat & RO_COMPAT_METADATA_CSUM;
	fs->blocks = get_le32(raw + SB_BLOCKS_LO);
	if (fs->incompat & INCOMPAT_64BIT)
		fs->blocks |= (uint64_t)get_le32(raw + SB_BLOCKS_HI) << 32;
	fs->inodes = get_le32(raw + SB_INODES);
	fs->blocks_per_group = get_le32(raw + SB_BLOCKS_PER_GROUP);
	fs->inodes_per_group = get_le32(raw + SB_INODES_PER_GROUP);
	fs->first_data_block = get_le32(raw + SB_FIRST_DATA_BLOCK);
	fs->first_inode = get_le32(raw + SB_FIRST_INODE);
	fs->inode_size = get_le16(raw + SB_INODE_SIZE);
	fs->want_extra_isize = get_le16(raw + SB_WANT_EXTRA_ISIZE);
	fs->desc_size = fs->incompat & INCOMPAT_64BIT ?
				get_le16(raw + SB_DESC_SIZE) :
				32;
	for (unsigned i = 0; i < 4; i++)
		fs->hash_seed[i] = get_le32(raw + SB_HASH_SEED + i * 4);
	fs->hash_version = raw[SB_HASH_VERSION];
	fs->csum_seed = fs->incompat & INCOMPAT_CSUM_SEED ?
				get_le32(raw + SB_CHECKSUM_SEED) :
				crc32c(~0u, raw + SB_UUID, 16);
}

/* Every number that is used as a divisor, size or bound is checked here. */
static int check_numbers(struct ext4_fs *fs)
{
	uint32_t log_size = get_le32(fs->raw + SB_LOG_BLOCK_SIZE);

	if (log_size > 2) {
		log_error("ext4 (%s): blocks above 4 KiB are not supported",
			  fs->device->name);
		return -EINVAL;
	}
	fs->block_shift = 10 + log_size;
	fs->block_size = 1u << fs->block_shift;
	fs->sectors_per_block = fs->block_size / SECTOR_SIZE;
	fs->blocks_per_page = (uint32_t)(PAGE_SIZE / fs->block_size);
	if (!fs->blocks_per_group || !fs->inodes_per_group ||
	    fs->blocks_per_group > fs->block_size * 8 ||
	    fs->inodes_per_group > fs->block_size * 8 ||
	    fs->blocks_per_group % 8 || fs->inodes_per_group % 8 ||
	    fs->first_data_block != (fs->block_size == 1024) ||
	    fs->blocks <= fs->first_data_block ||
	    fs->blocks > fs->device->sectors / fs->sectors_per_block ||
	    fs->inode_size < IN_OLD_SIZE || fs->inode_size > fs->block_size ||
	    (fs->inode_size & (fs->inode_size - 1)) ||
	    (fs->desc_size != 32 && fs->desc_size != 64) ||
	    fs->want_extra_isize > fs->inode_size - IN_OLD_SIZE ||
	    get_le32(fs->raw + SB_REVISION) < 1)
		return ext4_corrupt(fs, "the super block of size", fs->blocks);
	fs->groups = (uint32_t)((fs->blocks - fs->first_data_block +
				 fs->blocks_per_group - 1) /
				fs->blocks_per_group);
	if ((uint64_t)fs->groups * fs->inodes_per_group != fs->inodes)
		return ext4_corrupt(fs, "the super block's inode count",
				    fs->inodes);
	return 0;
}

static int read_super(struct ext4_fs *fs)
{
	struct page *page;
	int error = mapping_read(&fs->device->mapping, 0, &page);

	if (error)
		return error;
	memcpy(fs->raw, (uint8_t *)page_address(page) + 1024, SB_SIZE);
	page_put(page);
	if (get_le16(fs->raw + SB_MAGIC) != EXT4_MAGIC)
		return -EINVAL;
	read_numbers(fs);
	if (fs->checksums && !ext4_super_csum_ok(fs->raw))
		return ext4_corrupt(fs, "the super block's checksum at", 1024);
	error = check_features(fs);
	return error ? error : check_numbers(fs);
}

static int set_state(struct ext4_fs *fs, bool clean)
{
	uint16_t state = get_le16(fs->raw + SB_STATE);
	uint32_t now = (uint32_t)(clock_realtime() / NSEC_PER_SEC);

	state = clean ? state | STATE_CLEAN : state & (uint16_t)~STATE_CLEAN;
	put_le16(fs->raw + SB_STATE, state);
	put_le32(fs->raw + SB_WRITE_TIME, now);
	if (!clean) {
		put_le32(fs->raw + SB_MOUNT_TIME, now);
		put_le16(fs->raw + SB_MOUNT_COUNT,
			 (uint16_t)(get_le16(fs->raw + SB_MOUNT_COUNT) + 1));
	}
	return ext4_super_store(fs);
}

static int sync(struct super_block *super, bool wait)
{
	struct ext4_fs *fs = super->private;
	int error;

	if (fs->read_only)
		return 0;
	mutex_lock(&fs->alloc_lock);
	error = ext4_super_store(fs);
	mutex_unlock(&fs->alloc_lock);
	if (!error)
		error = mapping_write_range(fs->meta, 0, ~0ull, wait);
	if (!error && wait)
		error = block_flush(fs->device);
	return error;
}

static int statfs(struct super_block *super, struct statfs_result *result)
{
	struct ext4_fs *fs = super->private;
	uint64_t free = READ_ONCE(fs->free_blocks);
	uint64_t kept = get_le32(fs->raw + 0x08); /* for root */
	uint64_t reserved = READ_ONCE(fs->reserved);

	free = free > reserved ? free - reserved : 0;
	memset(result, 0, sizeof(*result));
	result->type = MAGIC_STATFS;
	result->block_size = result->fragment_size = fs->block_size;
	result->blocks = fs->blocks;
	result->free = free;
	result->available = free > kept ? free - kept : 0;
	result->files = fs->inodes;
	result->files_free = fs->free_inodes;
	result->id = get_le64(fs->raw + SB_UUID) ^
		     get_le64(fs->raw + SB_UUID + 8);
	result->name_max = 255;
	return 0;
}

/* From writing to read-only everything goes to disk first. */
static int remount(struct super_block *super, unsigned flags,
		   const char *options)
{
	struct ext4_fs *fs = super->private;
	bool read_only = flags & MS_RDONLY;
	int error = 0;

	(void)options;
	if (read_only == fs->read_only)
		return 0;
	if (read_only) {
		error = set_state(fs, true);
		if (!error)
			error = sync(super, true);
		fs->read_only = !error;
		return error;
	}
	if (fs->device->read_only || fs->ro_compat & ~(uint32_t)RO_COMPAT_KNOWN)
		return -EROFS;
	fs->read_only = false;
	ext4_orphans_clean(fs);
	return set_state(fs, false);
}

static void destroy(struct ext4_fs *fs)
{
	if (fs->meta == &fs->own_meta)
		mapping_destroy(&fs->own_meta);
	kfree(fs->group);
	kfree(fs);
}

static void unmount(struct super_block *super)
{
	struct ext4_fs *fs = super->private;

	if (!fs->read_only) {
		set_state(fs, true);
		sync(super, true);
	}
	destroy(fs);
	super->private = NULL;
}

static void show_options(struct super_block *super, struct text *text)
{
	(void)super;
	(void)text;
}

static const struct super_ops ops = {
	.name = "ext4",
	.read_inode = ext4_read_inode,
	.write_inode = ext4_write_inode,
	.evict_inode = ext4_evict_inode,
	.sync = sync,
	.statfs = statfs,
	.remount = remount,
	.unmount = unmount,
	.show_options = show_options,
};

static int load(struct ext4_fs *fs)
{
	int error = read_super(fs);

	if (error)
		return error;
	ext4_meta_init(fs);
	error = ext4_groups_load(fs);
	if (error || !(fs->incompat & INCOMPAT_RECOVER))
		return error;
	error = ext4_journal_recover(fs);
	if (error)
		return error;
	/* The journal may have held any of it: read it all again. */
	kfree(fs->group);
	fs->group = NULL;
	fs->free_blocks = fs->free_inodes = 0;
	read_numbers(fs);
	return ext4_groups_load(fs);
}

static int mount(struct super_block *super, struct block_device *device,
		 const char *options)
{
	struct ext4_fs *fs = kzalloc(sizeof(*fs));
	int error;

	(void)options;
	if (!fs)
		return -ENOMEM;
	fs->super = super;
	fs->device = device;
	fs->read_only = super->flags & MS_RDONLY;
	if (device->read_only && !fs->read_only) {
		kfree(fs);
		return -EROFS;
	}
	mutex_init(&fs->alloc_lock);
	super->private = fs;
	super->ops = &ops;
	super->magic = MAGIC_STATFS;
	error = load(fs);
	super->block_size = fs->block_size;
	if (!error)
		error = inode_get(super, EXT4_ROOT_INODE, &super->root);
	if (!error && (super->root->mode & S_IFMT) != S_IFDIR) {
		inode_put(super->root);
		error = ext4_corrupt(fs, "the root directory, inode",
				     EXT4_ROOT_INODE);
	}
	if (error) {
		super->private = NULL;
		destroy(fs);
		return error;
	}
	if (!fs->read_only) {
		ext4_orphans_clean(fs);
		error = set_state(fs, false);
	}
	return error;
}

static struct file_system system = {
	.name = "ext4",
	.needs_device = true,
	.mount = mount,
};

void ext4_init(void)
{
	file_system_register(&system);
}
