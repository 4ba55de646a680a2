// SPDX-License-Identifier: MIT
/*
 * Inodes on disk: reading and writing the fixed fields (what lies behind them,
 * attributes in the inode for instance, is kept), making new ones and freeing
 * them. Times have nanoseconds and an epoch beyond 2038 in the extra fields.
 */
#include "fs/ext4/ext4.h"

#include "kernel/mm/slab.h"
#include "kernel/sched/random.h"
#include "lib/string.h"

int ext4_inode_raw(struct ext4_fs *fs, uint32_t number,
		   struct ext4_block *block, uint8_t **raw)
{
	uint32_t group = (number - 1) / fs->inodes_per_group;
	uint64_t at = (uint64_t)((number - 1) % fs->inodes_per_group) *
		      fs->inode_size;
	int error;

	if (!number || number > fs->inodes)
		return ext4_corrupt(fs, "an inode number", number);
	error = ext4_block_read(
		fs, fs->group[group].inode_table + (at >> fs->block_shift),
		block);
	if (!error)
		*raw = block->data + (at & (fs->block_size - 1));
	return error;
}

static bool has_extra(const struct ext4_inode *self, unsigned offset)
{
	return IN_OLD_SIZE + (unsigned)self->extra_isize >= offset + 4u;
}

static struct timespec64 read_time(const struct ext4_inode *self,
				   const uint8_t *raw, unsigned at,
				   unsigned extra_at)
{
	struct timespec64 time = { .seconds = (int32_t)get_le32(raw + at) };

	if (has_extra(self, extra_at)) {
		uint32_t extra = get_le32(raw + extra_at);

		time.seconds += (int64_t)(extra & 3) << 32;
		time.nanoseconds = extra >> 2;
	}
	return time;
}

static void write_time(const struct ext4_inode *self, uint8_t *raw, unsigned at,
		       unsigned extra_at, struct timespec64 time)
{
	uint64_t epoch =
		((uint64_t)(time.seconds - (int32_t)(uint32_t)time.seconds) >>
		 32) &
		3;

	put_le32(raw + at, (uint32_t)time.seconds);
	if (has_extra(self, extra_at))
		put_le32(raw + extra_at,
			 (uint32_t)((uint64_t)time.nanoseconds << 2 | epoch));
}

static void read_fields(struct inode *inode, const uint8_t *raw)
{
	struct ext4_inode *self = ext4_inode(inode);

	inode->mode = get_le16(raw + IN_MODE);
	inode->uid = get_le16(raw + IN_UID_LO) |
		     (uint32_t)get_le16(raw + IN_UID_HI) << 16;
	inode->gid = get_le16(raw + IN_GID_LO) |
		     (uint32_t)get_le16(raw + IN_GID_HI) << 16;
	inode->links = get_le16(raw + IN_LINKS);
	inode->size = get_le32(raw + IN_SIZE_LO) |
		      (uint64_t)get_le32(raw + IN_SIZE_HI) << 32;
	inode->blocks = get_le32(raw + IN_BLOCKS_LO) |
			(uint64_t)get_le16(raw + IN_BLOCKS_HI) << 32;
	inode->generation = get_le32(raw + IN_GENERATION);
	inode->atime = read_time(self, raw, IN_ATIME, IN_ATIME_EXTRA);
	inode->ctime = read_time(self, raw, IN_CTIME, IN_CTIME_EXTRA);
	inode->mtime = read_time(self, raw, IN_MTIME, IN_MTIME_EXTRA);
	if (has_extra(self, IN_BTIME))
		inode->btime = read_time(self, raw, IN_BTIME, IN_BTIME_EXTRA);
	self->flags = get_le32(raw + IN_FLAGS);
	self->xattr_block = get_le32(raw + IN_XATTR_BLOCK_LO) |
			    (uint64_t)get_le16(raw + IN_XATTR_BLOCK_HI) << 32;
	memcpy(self->block, raw + IN_BLOCK, IN_BLOCK_BYTES);
}

/* Linux's encodings of a device number: 8:8 in the first word, else 12:20. */
static uint64_t read_device(const uint8_t *block)
{
	uint32_t old = get_le32(block), wide = get_le32(block + 4);

	if (old)
		return device_number(old >> 8 & 0xff, old & 0xff);
	return device_number(wide >> 8 & 0xfff,
			     (wide & 0xff) | (wide >> 12 & 0xfff00));
}

static bool is_device(const struct inode *inode)
{
	return (inode->mode & S_IFMT) == S_IFCHR ||
	       (inode->mode & S_IFMT) == S_IFBLK;
}

static bool uses_extents(const struct inode *inode)
{
	uint32_t type = inode->mode & S_IFMT;

	return type == S_IFREG || type == S_IFDIR ||
	       (type == S_IFLNK && inode->size >= IN_BLOCK_BYTES);
}

static int check(struct inode *inode)
{
	struct ext4_inode *self = ext4_inode(inode);
	struct ext4_fs *fs = ext4_of(inode);

	/* A file handle's leftover, or a damaged directory. */
	if (!inode->links && !fs->cleaning)
		return -ESTALE;
	if (uses_extents(inode) && !(self->flags & INODE_FLAG_EXTENTS))
		return ext4_corrupt(fs, "no extents in inode", inode->number);
	if (inode->size > 1ull << 44)
		return ext4_corrupt(fs, "the size of inode", inode->number);
	return 0;
}

void ext4_set_ops(struct inode *inode)
{
	switch (inode->mode & S_IFMT) {
	case S_IFREG:
		inode->ops = &ext4_file_inode_ops;
		inode->file_ops = &ext4_file_ops;
		break;
	case S_IFDIR:
		inode->ops = &ext4_directory_ops;
		inode->file_ops = &ext4_directory_file_ops;
		break;
	case S_IFLNK:
		inode->ops = &ext4_symlink_ops;
		break;
	default:
		inode->ops = &ext4_special_ops;
		break;
	}
	mapping_init(&inode->mapping, &ext4_mapping_ops, inode);
	inode->mapping.size_hint = inode->size;
}

static struct ext4_inode *make_private(struct inode *inode)
{
	struct ext4_inode *self = kzalloc(sizeof(*self));

	if (self) {
		rwmutex_init(&self->map_lock);
		mutex_init(&self->xattr_lock);
		inode->private = self;
	}
	return self;
}

int ext4_read_inode(struct inode *inode)
{
	struct ext4_fs *fs = ext4_of(inode);
	struct ext4_inode *self = make_private(inode);
	struct ext4_block block;
	uint8_t *raw;
	int error;

	if (!self)
		return -ENOMEM;
	error = ext4_inode_raw(fs, (uint32_t)inode->number, &block, &raw);
	if (!error) {
		if (fs->inode_size > IN_OLD_SIZE)
			self->extra_isize = get_le16(raw + IN_EXTRA_ISIZE);
		if (IN_OLD_SIZE + (uint32_t)self->extra_isize >
			    fs->inode_size ||
		    !ext4_inode_csum_ok(fs, (uint32_t)inode->number, raw))
			error = ext4_corrupt(fs, "inode", inode->number);
		else
			read_fields(inode, raw);
		ext4_block_put(&block);
	}
	if (!error)
		error = check(inode);
	if (error) {
		kfree(self);
		inode->private = NULL;
		return error;
	}
	if (is_device(inode))
		inode->rdevice = read_device(self->block);
	ext4_set_ops(inode);
	return 0;
}

static void write_fields(const struct inode *inode, uint8_t *raw)
{
	const struct ext4_inode *self = ext4_inode(inode);

	put_le16(raw + IN_MODE, (uint16_t)inode->mode);
	put_le16(raw + IN_UID_LO, (uint16_t)inode->uid);
	put_le16(raw + IN_UID_HI, (uint16_t)(inode->uid >> 16));
	put_le16(raw + IN_GID_LO, (uint16_t)inode->gid);
	put_le16(raw + IN_GID_HI, (uint16_t)(inode->gid >> 16));
	put_le16(raw + IN_LINKS, (uint16_t)inode->links);
	put_le32(raw + IN_SIZE_LO, (uint32_t)inode->size);
	put_le32(raw + IN_SIZE_HI, (uint32_t)(inode->size >> 32));
	put_le32(raw + IN_BLOCKS_LO, (uint32_t)inode->blocks);
	put_le16(raw + IN_BLOCKS_HI, (uint16_t)(inode->blocks >> 32));
	put_le32(raw + IN_GENERATION, inode->generation);
	put_le32(raw + IN_FLAGS, self->flags);
	put_le32(raw + IN_XATTR_BLOCK_LO, (uint32_t)self->xattr_block);
	put_le16(raw + IN_XATTR_BLOCK_HI, (uint16_t)(self->xattr_block >> 32));
	if (ext4_of(inode)->inode_size > IN_OLD_SIZE)
		put_le16(raw + IN_EXTRA_ISIZE, self->extra_isize);
	write_time(self, raw, IN_ATIME, IN_ATIME_EXTRA, inode->atime);
	write_time(self, raw, IN_CTIME, IN_CTIME_EXTRA, inode->ctime);
	write_time(self, raw, IN_MTIME, IN_MTIME_EXTRA, inode->mtime);
	if (has_extra(self, IN_BTIME))
		write_time(self, raw, IN_BTIME, IN_BTIME_EXTRA, inode->btime);
	memcpy(raw + IN_BLOCK, self->block, IN_BLOCK_BYTES);
	/* Only a removed inode has a time of deletion. */
	if (inode->links)
		put_le32(raw + IN_DTIME, 0);
}

static int store(struct inode *inode, bool fresh)
{
	struct ext4_fs *fs = ext4_of(inode);
	struct ext4_block block;
	uint8_t *raw;
	int error = ext4_inode_raw(fs, (uint32_t)inode->number, &block, &raw);

	if (error)
		return error;
	/* A table that mke2fs left uninitialised may hold anything. */
	if (fresh)
		memset(raw, 0, fs->inode_size);
	write_fields(inode, raw);
	if (!inode->links)
		put_le32(raw + IN_DTIME,
			 (uint32_t)(clock_realtime() / NSEC_PER_SEC));
	ext4_inode_csum_set(fs, (uint32_t)inode->number, raw);
	ext4_block_dirty(&block);
	ext4_block_put(&block);
	return 0;
}

int ext4_write_inode(struct inode *inode)
{
	struct ext4_inode *self = ext4_inode(inode);
	int error;

	if (ext4_of(inode)->read_only)
		return 0;
	/* Alone: the checksum belongs to the bytes that one caller wrote. */
	rwmutex_write_lock(&self->map_lock);
	error = store(inode, false);
	rwmutex_write_unlock(&self->map_lock);
	return error;
}

static void remove_inode(struct inode *inode)
{
	struct ext4_fs *fs = ext4_of(inode);
	bool directory = (inode->mode & S_IFMT) == S_IFDIR;

	if (uses_extents(inode))
		ext4_truncate(inode, 0);
	ext4_xattr_free(inode);
	inode->size = 0;
	store(inode, false);
	ext4_number_free(fs, (uint32_t)inode->number, directory);
}

void ext4_evict_inode(struct inode *inode)
{
	if (!inode->private)
		return;
	if (!inode->links && !ext4_of(inode)->read_only)
		remove_inode(inode);
	ext4_release_reserved(inode);
	kfree(inode->private);
	inode->private = NULL;
}

static void write_device(struct inode *inode, uint64_t number)
{
	uint32_t major = (uint32_t)(number >> 8 & 0xfff);
	uint32_t minor = (uint32_t)((number & 0xff) | (number >> 12 & 0xfff00));
	uint8_t *block = ext4_inode(inode)->block;

	memset(block, 0, IN_BLOCK_BYTES);
	if (major < 256 && minor < 256)
		put_le32(block, major << 8 | minor);
	else
		put_le32(block + 4,
			 (minor & 0xff) | major << 8 | (minor & ~0xffu) << 12);
}

static void fill_new(struct inode *inode, struct inode *directory,
		     uint32_t mode, uint64_t rdevice)
{
	struct ext4_fs *fs = ext4_of(inode);
	struct ext4_inode *self = ext4_inode(inode);

	inode_init_owner(inode, directory, mode);
	inode->generation = random_32();
	inode->rdevice = rdevice;
	self->extra_isize = fs->inode_size > IN_OLD_SIZE ?
				    MAX(fs->want_extra_isize, (uint16_t)32) :
				    0;
	self->goal = ext4_group_first(fs, (uint32_t)(inode->number - 1) /
						  fs->inodes_per_group);
	inode_touch(inode, ATTR_ATIME | ATTR_MTIME | ATTR_CTIME);
	inode->btime = inode->mtime;
	if (is_device(inode)) {
		write_device(inode, rdevice);
	} else if ((mode & S_IFMT) == S_IFREG || (mode & S_IFMT) == S_IFDIR) {
		self->flags = INODE_FLAG_EXTENTS;
		ext4_extent_init(self->block);
	}
}

int ext4_inode_create(struct inode *directory, uint32_t mode, uint64_t rdevice,
		      struct inode **made)
{
	struct ext4_fs *fs = ext4_of(directory);
	bool is_directory = (mode & S_IFMT) == S_IFDIR;
	struct inode *inode;
	uint32_t number;
	int error = ext4_number_alloc(fs, directory, is_directory, &number);

	if (error)
		return error;
	inode = inode_new(directory->super, number);
	if (!inode || !make_private(inode)) {
		if (inode)
			inode_put(inode);
		ext4_number_free(fs, number, is_directory);
		return -ENOMEM;
	}
	fill_new(inode, directory, mode, rdevice);
	ext4_set_ops(inode);
	inode->links = 1;
	error = store(inode, true);
	if (error) {
		inode->links = 0;
		inode_put(inode);
		return error;
	}
	inode_mark_dirty(inode);
	*made = inode;
	return 0;
}
