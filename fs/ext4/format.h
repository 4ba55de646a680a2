// SPDX-License-Identifier: MIT
/*
 * ext4's layout on disk: offsets into little-endian structures, as the kernel's
 * documentation (filesystems/ext4) and e2fsprogs' headers give them. No packed
 * structs: fields are read with get_le16 and friends at these offsets.
 */
#pragma once

#define EXT4_MAGIC 0xef53
#define EXT4_ROOT_INODE 2
#define EXT4_JOURNAL_INODE 8

/* Super block, at byte 1024. */
#define SB_INODES 0x00
#define SB_BLOCKS_LO 0x04
#define SB_FREE_BLOCKS_LO 0x0c
#define SB_FREE_INODES 0x10
#define SB_FIRST_DATA_BLOCK 0x14
#define SB_LOG_BLOCK_SIZE 0x18
#define SB_BLOCKS_PER_GROUP 0x20
#define SB_INODES_PER_GROUP 0x28
#define SB_MOUNT_TIME 0x2c
#define SB_WRITE_TIME 0x30
#define SB_MOUNT_COUNT 0x34
#define SB_MAGIC 0x38
#define SB_STATE 0x3a
#define SB_REVISION 0x4c
#define SB_FIRST_INODE 0x54
#define SB_INODE_SIZE 0x58
#define SB_COMPAT 0x5c
#define SB_INCOMPAT 0x60
#define SB_RO_COMPAT 0x64
#define SB_UUID 0x68
#define SB_LABEL 0x78
#define SB_RESERVED_GDT 0xce
#define SB_HASH_SEED 0xec
#define SB_HASH_VERSION 0xfc
#define SB_DESC_SIZE 0xfe
#define SB_FIRST_META_BG 0x104
#define SB_LAST_ORPHAN 0xe8
#define SB_BLOCKS_HI 0x150
#define SB_FREE_BLOCKS_HI 0x158
#define SB_WANT_EXTRA_ISIZE 0x15e
#define SB_FLAGS 0x160
#define SB_LOG_GROUPS_PER_FLEX 0x174
#define SB_CHECKSUM_TYPE 0x175
#define SB_CHECKSUM_SEED 0x270
#define SB_CHECKSUM 0x3fc
#define SB_SIZE 1024

#define STATE_CLEAN 1
#define STATE_ERRORS 2
#define FLAG_UNSIGNED_HASH 2

#define COMPAT_HAS_JOURNAL 0x0004
#define COMPAT_DIR_INDEX 0x0020
#define COMPAT_SPARSE_SUPER2 0x0200

#define INCOMPAT_FILETYPE 0x0002
#define INCOMPAT_RECOVER 0x0004
#define INCOMPAT_META_BG 0x0010
#define INCOMPAT_EXTENTS 0x0040
#define INCOMPAT_64BIT 0x0080
#define INCOMPAT_FLEX_BG 0x0200
#define INCOMPAT_CSUM_SEED 0x2000

#define RO_COMPAT_SPARSE_SUPER 0x0001
#define RO_COMPAT_LARGE_FILE 0x0002
#define RO_COMPAT_HUGE_FILE 0x0008
#define RO_COMPAT_GDT_CSUM 0x0010
#define RO_COMPAT_DIR_NLINK 0x0020
#define RO_COMPAT_EXTRA_ISIZE 0x0040
#define RO_COMPAT_METADATA_CSUM 0x0400
#define RO_COMPAT_ORPHAN_FILE 0x10000

/* Group descriptor; the second half only with 64-byte descriptors. */
#define GD_BLOCK_BITMAP_LO 0x00
#define GD_INODE_BITMAP_LO 0x04
#define GD_INODE_TABLE_LO 0x08
#define GD_FREE_BLOCKS_LO 0x0c
#define GD_FREE_INODES_LO 0x0e
#define GD_DIRECTORIES_LO 0x10
#define GD_FLAGS 0x12
#define GD_BLOCK_CSUM_LO 0x18
#define GD_INODE_CSUM_LO 0x1a
#define GD_UNUSED_INODES_LO 0x1c
#define GD_CHECKSUM 0x1e
#define GD_BLOCK_BITMAP_HI 0x20
#define GD_INODE_BITMAP_HI 0x24
#define GD_INODE_TABLE_HI 0x28
#define GD_FREE_BLOCKS_HI 0x2c
#define GD_FREE_INODES_HI 0x2e
#define GD_DIRECTORIES_HI 0x30
#define GD_UNUSED_INODES_HI 0x32
#define GD_BLOCK_CSUM_HI 0x38
#define GD_INODE_CSUM_HI 0x3a

#define GROUP_INODE_UNINIT 1
#define GROUP_BLOCK_UNINIT 2

/* Inode. */
#define IN_MODE 0x00
#define IN_UID_LO 0x02
#define IN_SIZE_LO 0x04
#define IN_ATIME 0x08
#define IN_CTIME 0x0c
#define IN_MTIME 0x10
#define IN_DTIME 0x14
#define IN_GID_LO 0x18
#define IN_LINKS 0x1a
#define IN_BLOCKS_LO 0x1c
#define IN_FLAGS 0x20
#define IN_BLOCK 0x28
#define IN_GENERATION 0x64
#define IN_XATTR_BLOCK_LO 0x68
#define IN_SIZE_HI 0x6c
#define IN_BLOCKS_HI 0x74
#define IN_XATTR_BLOCK_HI 0x76
#define IN_UID_HI 0x78
#define IN_GID_HI 0x7a
#define IN_CSUM_LO 0x7c
#define IN_EXTRA_ISIZE 0x80
#define IN_CSUM_HI 0x82
#define IN_CTIME_EXTRA 0x84
#define IN_MTIME_EXTRA 0x88
#define IN_ATIME_EXTRA 0x8c
#define IN_BTIME 0x90
#define IN_BTIME_EXTRA 0x94
#define IN_OLD_SIZE 128
#define IN_BLOCK_BYTES 60

#define INODE_FLAG_INDEX 0x00001000
#define INODE_FLAG_HUGE_FILE 0x00040000
#define INODE_FLAG_EXTENTS 0x00080000
#define INODE_FLAG_INLINE_DATA 0x10000000

/* Extent tree: a 12-byte header, then 12-byte entries. */
#define EXTENT_MAGIC 0xf30a
#define EH_MAGIC 0
#define EH_ENTRIES 2
#define EH_MAX 4
#define EH_DEPTH 6
#define EH_GENERATION 8
#define EXTENT_SIZE 12
#define EE_BLOCK 0
#define EE_LENGTH 4
#define EE_START_HI 6
#define EE_START_LO 8
#define EI_BLOCK 0
#define EI_LEAF_LO 4
#define EI_LEAF_HI 8
#define EXTENT_LENGTH_MAX 32768 /* above: unwritten */
#define EXTENT_DEPTH_MAX 5

/* Directory entry. */
#define DE_INODE 0
#define DE_LENGTH 4
#define DE_NAME_LENGTH 6
#define DE_TYPE 7
#define DE_NAME 8
#define DE_TAIL_SIZE 12
#define DE_TAIL_TYPE 0xde

/* Extended attributes. */
#define XATTR_MAGIC 0xea020000u
#define XATTR_HEADER 32 /* of a block */
#define XATTR_ENTRY 16 /* before the name */
