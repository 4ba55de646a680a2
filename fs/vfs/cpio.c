// SPDX-License-Identifier: MIT
/*
 * The initramfs: a cpio archive in "newc" form (Linux's
 * driver-api/early-userspace/buffer-format): headers of 110 ASCII bytes, names
 * and data padded to 4 bytes, "TRAILER!!!" at the end; archives may follow each
 * other with zeros between them. Files with several links carry their data in
 * the last entry of their inode number.
 *
 * Every length is checked against what is left before it is used.
 */
#include "fs/vfs/cpio.h"

#include "fs/vfs/internal.h"
#include "kernel/arch/x86_64/log.h"
#include "kernel/mm/slab.h"
#include "lib/parse.h"

#define HEADER 110
#define TRAILER "TRAILER!!!"

enum field {
	INODE,
	MODE,
	UID,
	GID,
	LINKS,
	MTIME,
	SIZE,
	MAJOR,
	MINOR,
	RMAJOR,
	RMINOR,
	NAME_SIZE,
	CHECK,
	FIELDS
};

/* Hard links met so far, by (device, inode) of the archive. */
struct link {
	struct list list;
	uint64_t inode, device;
	char name[];
};

struct unpacking {
	const char *archive;
	size_t size, at;
	uint64_t field[FIELDS];
	const char *name;
	const char *data;
	struct list links;
	unsigned files;
};

static int refuse(const struct unpacking *u, const char *why)
{
	log_error("initramfs: %s at byte %lu", why, u->at);
	return -EINVAL;
}

static bool padded_end(size_t start, uint64_t length, size_t size, size_t *end)
{
	if (length > size - start)
		return false;
	*end = ALIGN_UP(start + (size_t)length, 4);
	return true;
}

static int read_header(struct unpacking *u, size_t *next)
{
	const char *header = u->archive + u->at;
	size_t data;

	if (u->size - u->at < HEADER)
		return refuse(u, "header cut short");
	if (memcmp(header, "070701", 6) && memcmp(header, "070702", 6)) {
		if (!memcmp(header, "\x1f\x8b", 2) ||
		    !memcmp(header, "\x28\xb5\x2f\xfd", 4) ||
		    !memcmp(header,
			    "\xfd"
			    "7zXZ",
			    5))
			return refuse(u, "compressed archive (give it "
					 "uncompressed)");
		return refuse(u, "no newc header");
	}
	for (int i = 0; i < FIELDS; i++) {
		if (!parse_u64_n(header + 6 + 8 * i, 8, 16, &u->field[i]))
			return refuse(u, "bad number in a header");
	}
	u->name = header + HEADER;
	if (!u->field[NAME_SIZE] || u->field[NAME_SIZE] > PATH_MAX ||
	    !padded_end(u->at + HEADER, u->field[NAME_SIZE], u->size, &data) ||
	    u->name[u->field[NAME_SIZE] - 1])
		return refuse(u, "bad name");
	if (data > u->size || !padded_end(data, u->field[SIZE], u->size, next))
		return refuse(u, "file cut short");
	u->data = u->archive + data;
	return 0;
}

static uint64_t device_of(const struct unpacking *u)
{
	return u->field[MAJOR] << 32 | u->field[MINOR];
}

static const char *earlier_link(struct unpacking *u)
{
	struct link *link;

	LIST_FOR_EACH(link, &u->links, list) {
		if (link->inode == u->field[INODE] &&
		    link->device == device_of(u))
			return link->name;
	}
	return NULL;
}

static int remember_link(struct unpacking *u)
{
	struct link *link = kmalloc(sizeof *link + u->field[NAME_SIZE]);

	if (!link)
		return -ENOMEM;
	link->inode = u->field[INODE];
	link->device = device_of(u);
	memcpy(link->name, u->name, u->field[NAME_SIZE]);
	list_push_back(&u->links, &link->list);
	return 0;
}

static void forget_links(struct unpacking *u)
{
	struct link *link;

	while ((link = LIST_POP(&u->links, struct link, list)))
		kfree(link);
}

static int write_data(struct unpacking *u, struct file *file)
{
	size_t done = 0;

	while (done < u->field[SIZE]) {
		ssize_t n = file_write_kernel(file, u->data + done,
					      u->field[SIZE] - done,
					      (int64_t)done);

		if (n <= 0)
			return n ? (int)n : -EIO;
		done += (size_t)n;
	}
	return 0;
}

static int unpack_file(struct unpacking *u)
{
	const char *earlier = u->field[LINKS] > 1 ? earlier_link(u) : NULL;
	struct file *file;
	int error;

	if (earlier) {
		error = path_link(AT_FDCWD, earlier, AT_FDCWD, u->name, 0);
		if (error || !u->field[SIZE])
			return error;
	} else if (u->field[LINKS] > 1) {
		error = remember_link(u);
		if (error)
			return error;
	}
	error = path_open(AT_FDCWD, u->name, O_WRONLY | O_CREAT | O_TRUNC, 0600,
			  &file);
	if (error)
		return error;
	error = write_data(u, file);
	file_put(file);
	return error;
}

static int unpack_symlink(struct unpacking *u)
{
	char *target;
	int error;

	if (!u->field[SIZE] || u->field[SIZE] >= PATH_MAX)
		return -EINVAL;
	target = kzalloc(u->field[SIZE] + 1);
	if (!target)
		return -ENOMEM;
	memcpy(target, u->data, u->field[SIZE]);
	error = path_symlink(target, AT_FDCWD, u->name);
	kfree(target);
	return error;
}

static int set_attributes(struct unpacking *u)
{
	struct timespec64 time = { (int64_t)u->field[MTIME], 0 };
	struct path path;
	int error = path_lookup(AT_FDCWD, u->name, 0, &path);

	if (error)
		return error;
	error = path_chown(&path, (uint32_t)u->field[UID],
			   (uint32_t)u->field[GID]);
	if (!error && !is_symlink(path.dentry->inode))
		error = path_chmod(&path, (uint32_t)u->field[MODE] & 07777);
	if (!error)
		error = path_set_times(&path, &time, &time, false);
	path_put(&path);
	return error;
}

static int unpack_entry(struct unpacking *u)
{
	uint32_t mode = (uint32_t)u->field[MODE];
	int error;

	while (*u->name == '/' || (u->name[0] == '.' && u->name[1] == '/'))
		u->name++;
	if (!*u->name || string_equal(u->name, "."))
		return 0;
	/* A later archive replaces what an earlier one brought. */
	path_unlink(AT_FDCWD, u->name);
	switch (mode & S_IFMT) {
	case S_IFREG:
		error = unpack_file(u);
		break;
	case S_IFLNK:
		error = unpack_symlink(u);
		break;
	case S_IFDIR:
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		error = path_make(AT_FDCWD, u->name, mode,
				  device_number((unsigned)u->field[RMAJOR],
						(unsigned)u->field[RMINOR]));
		if (error == -EEXIST && (mode & S_IFMT) == S_IFDIR)
			error = 0;
		break;
	default:
		return refuse(u, "unknown kind of file");
	}
	if (!error)
		error = set_attributes(u);
	if (error)
		log_error("initramfs: /%s: error %d", u->name, -error);
	u->files++;
	return error;
}

/* One archive, up to and with its trailer. */
static int unpack_archive(struct unpacking *u)
{
	size_t next;
	int error;

	for (;;) {
		error = read_header(u, &next);
		if (error)
			return error;
		if (string_equal(u->name, TRAILER)) {
			u->at = MIN(next, u->size);
			forget_links(u);
			return 0;
		}
		error = unpack_entry(u);
		if (error)
			return error;
		if (next >= u->size)
			return refuse(u, "no trailer: archive cut short");
		u->at = next;
	}
}

int cpio_unpack(const void *archive, size_t size)
{
	struct unpacking u = { .archive = archive, .size = size };
	int error = 0;

	list_init(&u.links);
	while (!error) {
		while (u.at < size && !u.archive[u.at])
			u.at++;
		if (u.at == size)
			break;
		error = unpack_archive(&u);
	}
	forget_links(&u);
	if (!error)
		log_info("initramfs: %u files, %lu KiB", u.files, size / 1024);
	return error;
}
