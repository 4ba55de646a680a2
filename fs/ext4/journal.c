// SPDX-License-Identifier: MIT
/*
 * Recovery of the journal (jbd2) at mount: after a crash under a system that
 * journals, committed transactions wait there. Three passes, as in the layout's
 * documentation (filesystems/ext4/journal): find where the last complete
 * transaction ends, collect what was revoked, and copy the rest to its place.
 * Afterwards the journal is empty. All of its numbers are big-endian.
 */
#include "fs/ext4/ext4.h"

#include "kernel/arch/x86_64/log.h"
#include "kernel/mm/slab.h"
#include "lib/crc.h"
#include "lib/string.h"

#define MAGIC 0xc03b3998u
enum { DESCRIPTOR = 1, COMMIT, SUPER_1, SUPER_2, REVOKE };

#define HEADER 12
#define JS_BLOCK_SIZE 12
#define JS_LENGTH 16
#define JS_FIRST 20
#define JS_SEQUENCE 24
#define JS_START 28
#define JS_INCOMPAT 40
#define JS_UUID 48
#define JS_CHECKSUM 0xfc

#define JI_REVOKE 1u
#define JI_64BIT 2u
#define JI_ASYNC 4u
#define JI_CSUM_2 8u
#define JI_CSUM_3 16u

#define TAG_ESCAPED 1
#define TAG_SAME_UUID 2
#define TAG_LAST 8

enum pass { SCAN, COLLECT, REPLAY };

struct revoked {
	uint64_t block;
	uint32_t sequence;
};

struct journal {
	struct ext4_fs *fs;
	struct inode *inode;
	uint32_t length, first, start, incompat, seed;
	uint32_t sequence; /* of the first transaction to look at */
	uint32_t end; /* one after the last complete one */
	struct revoked *revoked;
	size_t revoked_count, revoked_room;
	uint32_t copied;
};

static bool checksummed(const struct journal *journal)
{
	return journal->incompat & (JI_CSUM_2 | JI_CSUM_3);
}

static int read_block(struct journal *journal, uint32_t logical,
		      struct ext4_block *block)
{
	struct ext4_run run;
	int error = ext4_map(journal->inode, logical, &run);

	if (!error && !run.physical)
		error = ext4_corrupt(journal->fs, "a hole in the journal at",
				     logical);
	return error ? error :
		       ext4_block_read(journal->fs, run.physical, block);
}

static uint32_t next(const struct journal *journal, uint32_t at)
{
	return at + 1 >= journal->length ? journal->first : at + 1;
}

static uint32_t sum_with_hole(const struct journal *journal,
			      const uint8_t *data, size_t hole)
{
	static const uint8_t zeros[4];
	uint32_t crc = crc32c(journal->seed, data, hole);

	crc = crc32c(crc, zeros, 4);
	return crc32c(crc, data + hole + 4, journal->fs->block_size - hole - 4);
}

/* Descriptor and revoke blocks end with their sum; a commit has it at 16. */
static bool sum_ok(const struct journal *journal, const uint8_t *data,
		   uint32_t type)
{
	size_t at = type == COMMIT ? 16 : journal->fs->block_size - 4;

	return !checksummed(journal) ||
	       get_be32(data + at) == sum_with_hole(journal, data, at);
}

struct tag {
	uint64_t block;
	uint32_t flags;
	size_t size;
};

static void read_tag(const struct journal *journal, const uint8_t *at,
		     struct tag *tag)
{
	bool wide = journal->incompat & JI_64BIT;

	tag->block = get_be32(at);
	if (journal->incompat & JI_CSUM_3) {
		tag->flags = get_be32(at + 4);
		tag->size = 16;
	} else {
		tag->flags = get_be16(at + 6);
		tag->size = wide ? 12 : 8;
	}
	if (wide)
		tag->block |= (uint64_t)get_be32(at + 8) << 32;
	if (!(tag->flags & TAG_SAME_UUID))
		tag->size += 16;
}

static bool is_revoked(const struct journal *journal, uint64_t block,
		       uint32_t sequence)
{
	for (size_t i = 0; i < journal->revoked_count; i++)
		if (journal->revoked[i].block == block &&
		    (int32_t)(journal->revoked[i].sequence - sequence) >= 0)
			return true;
	return false;
}

static int copy_block(struct journal *journal, uint32_t at,
		      const struct tag *tag, uint32_t sequence)
{
	struct ext4_fs *fs = journal->fs;
	struct ext4_block from, to;
	int error;

	if (is_revoked(journal, tag->block, sequence))
		return 0;
	if (tag->block >= fs->blocks)
		return ext4_corrupt(fs, "a journaled block's number",
				    tag->block);
	error = read_block(journal, at, &from);
	if (error)
		return error;
	error = ext4_block_new(fs, tag->block, &to);
	if (!error) {
		memcpy(to.data, from.data, fs->block_size);
		if (tag->flags & TAG_ESCAPED)
			put_be32(to.data, MAGIC);
		ext4_block_dirty(&to);
		ext4_block_put(&to);
		journal->copied++;
	}
	ext4_block_put(&from);
	return error;
}

/* A descriptor's tags; *at moves over the blocks that follow it. */
static int walk_tags(struct journal *journal, enum pass pass,
		     const uint8_t *data, uint32_t sequence, uint32_t *at)
{
	size_t end = journal->fs->block_size - (checksummed(journal) ? 4 : 0);
	size_t offset = HEADER;
	int error = 0;

	while (!error && offset + 8 <= end) {
		struct tag tag;

		read_tag(journal, data + offset, &tag);
		*at = next(journal, *at);
		if (pass == REPLAY)
			error = copy_block(journal, *at, &tag, sequence);
		if (tag.flags & TAG_LAST)
			break;
		offset += tag.size;
	}
	return error;
}

static int add_revoked(struct journal *journal, uint64_t block,
		       uint32_t sequence)
{
	if (journal->revoked_count == journal->revoked_room) {
		size_t room =
			journal->revoked_room ? journal->revoked_room * 2 : 256;
		struct revoked *more = kcalloc(room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		if (journal->revoked)
			memcpy(more, journal->revoked,
			       journal->revoked_count * sizeof(*more));
		kfree(journal->revoked);
		journal->revoked = more;
		journal->revoked_room = room;
	}
	journal->revoked[journal->revoked_count++] =
		(struct revoked){ block, sequence };
	return 0;
}

static int walk_revoked(struct journal *journal, const uint8_t *data,
			uint32_t sequence)
{
	size_t width = journal->incompat & JI_64BIT ? 8 : 4;
	size_t used = get_be32(data + HEADER);
	int error = 0;

	if (used > journal->fs->block_size)
		return ext4_corrupt(journal->fs, "a revoke record of length",
				    used);
	for (size_t at = HEADER + 4; at + width <= used && !error; at += width)
		error = add_revoked(journal,
				    width == 8 ? get_be64(data + at) :
						 get_be32(data + at),
				    sequence);
	return error;
}

/* One block of the log: 1 to go on, 0 at the log's end, or -E. */
static int step(struct journal *journal, enum pass pass, uint32_t *at,
		uint32_t *sequence)
{
	struct ext4_block block;
	uint32_t type;
	int error = read_block(journal, *at, &block), more = 1;

	if (error)
		return error;
	type = get_be32(block.data + 4);
	if (get_be32(block.data) != MAGIC ||
	    get_be32(block.data + 8) != *sequence ||
	    !sum_ok(journal, block.data, type))
		more = 0;
	else if (type == DESCRIPTOR)
		error = walk_tags(journal, pass, block.data, *sequence, at);
	else if (type == REVOKE && pass == COLLECT)
		error = walk_revoked(journal, block.data, *sequence);
	else if (type == COMMIT)
		(*sequence)++;
	else if (type != REVOKE)
		more = 0;
	ext4_block_put(&block);
	*at = next(journal, *at);
	return error ? error : more;
}

static int walk(struct journal *journal, enum pass pass)
{
	uint32_t at = journal->start, sequence = journal->sequence;
	int more = 1;

	/* No walk is longer than the log. */
	for (uint32_t i = 0; more > 0 && i < journal->length; i++) {
		if (pass != SCAN && sequence == journal->end)
			break;
		more = step(journal, pass, &at, &sequence);
	}
	if (pass == SCAN)
		journal->end = sequence;
	return more < 0 ? more : 0;
}

static int read_super(struct journal *journal)
{
	const uint32_t known = JI_REVOKE | JI_64BIT | JI_ASYNC | JI_CSUM_2 |
			       JI_CSUM_3;
	struct ext4_block block;
	int error = read_block(journal, 0, &block);
	const uint8_t *raw = block.data;

	if (error)
		return error;
	journal->length = get_be32(raw + JS_LENGTH);
	journal->first = get_be32(raw + JS_FIRST);
	journal->start = get_be32(raw + JS_START);
	journal->sequence = get_be32(raw + JS_SEQUENCE);
	journal->incompat =
		get_be32(raw + 4) == SUPER_2 ? get_be32(raw + JS_INCOMPAT) : 0;
	journal->seed = crc32c(~0u, raw + JS_UUID, 16);
	if (get_be32(raw) != MAGIC ||
	    get_be32(raw + JS_BLOCK_SIZE) != journal->fs->block_size ||
	    journal->first >= journal->length ||
	    journal->start >= journal->length ||
	    journal->length > journal->inode->size >> journal->fs->block_shift)
		error = ext4_corrupt(journal->fs,
				     "the journal's super block of length",
				     journal->length);
	else if (journal->incompat & ~known) {
		log_error("ext4 (%s): journal feature 0x%x is not supported",
			  journal->fs->device->name,
			  journal->incompat & ~known);
		error = -EINVAL;
	}
	ext4_block_put(&block);
	return error;
}

/* Nothing is left to replay; then the super block may say so. */
static int empty(struct journal *journal)
{
	struct ext4_fs *fs = journal->fs;
	struct ext4_block block;
	uint64_t super_at = fs->block_size == 1024 ? 1 : 0;
	int error = mapping_write_range(fs->meta, 0, ~0ull, true);

	if (!error)
		error = block_flush(fs->device);
	if (!error)
		error = read_block(journal, 0, &block);
	if (error)
		return error;
	put_be32(block.data + JS_START, 0);
	put_be32(block.data + JS_SEQUENCE, journal->end + 1);
	if (checksummed(journal))
		put_be32(block.data + JS_CHECKSUM, 0);
	if (checksummed(journal))
		put_be32(block.data + JS_CHECKSUM,
			 crc32c(~0u, block.data, SB_SIZE));
	ext4_block_dirty(&block);
	ext4_block_put(&block);
	error = ext4_block_read(fs, super_at, &block);
	if (error)
		return error;
	memcpy(fs->raw, block.data + (super_at ? 0 : 1024), SB_SIZE);
	ext4_block_put(&block);
	put_le32(fs->raw + SB_INCOMPAT,
		 get_le32(fs->raw + SB_INCOMPAT) & ~(uint32_t)INCOMPAT_RECOVER);
	return 0;
}

static int store_super(struct ext4_fs *fs)
{
	uint64_t super_at = fs->block_size == 1024 ? 1 : 0;
	struct ext4_block block;
	int error = ext4_block_read(fs, super_at, &block);

	if (error)
		return error;
	ext4_super_csum_set(fs);
	memcpy(block.data + (super_at ? 0 : 1024), fs->raw, SB_SIZE);
	ext4_block_dirty(&block);
	ext4_block_put(&block);
	error = mapping_write_range(fs->meta, 0, ~0ull, true);
	/* Before anything newer: it would be replayed over it once more. */
	return error ? error : block_flush(fs->device);
}

static int replay(struct journal *journal)
{
	int error = read_super(journal);

	if (!error && journal->start) {
		error = walk(journal, SCAN);
		if (!error)
			error = walk(journal, COLLECT);
		if (!error)
			error = walk(journal, REPLAY);
	} else {
		journal->end = journal->sequence;
	}
	if (!error)
		error = empty(journal);
	if (!error)
		error = store_super(journal->fs);
	if (!error)
		log_info("ext4 (%s): journal replayed, %u blocks",
			 journal->fs->device->name, journal->copied);
	kfree(journal->revoked);
	return error;
}

int ext4_journal_recover(struct ext4_fs *fs)
{
	struct journal journal = { .fs = fs };
	int error;

	if (fs->device->read_only) {
		log_error("ext4 (%s): needs recovery, but is write-protected",
			  fs->device->name);
		return -EROFS;
	}
	error = inode_get(fs->super, EXT4_JOURNAL_INODE, &journal.inode);
	if (error)
		return error;
	error = replay(&journal);
	inode_put(journal.inode);
	return error;
}
