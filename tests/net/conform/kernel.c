// SPDX-License-Identifier: MIT
/*
 * What kernel/socket, kernel/file and the system calls ask of the floors below
 * and beside them, on the host: memory is malloc's, user memory is ours, and
 * there are no signals, no record locks and no other processes.
 */
#include "tests/net/conform/libc.h"

#include "fs/vfs/inode.h"
#include "kernel/arch/x86_64/panic.h"
#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/file/eventfd.h"
#include "kernel/file/fdtable.h"
#include "kernel/file/locks.h"
#include "kernel/file/signalfd.h"
#include "kernel/file/timerfd.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "kernel/proc/process.h"
#include "kernel/socket/socket.h"
#include "kernel/socket/unix.h"
#include "kernel/syscall/syscall.h"
#include "kernel/vm/mapping.h"
#include "tests/net/conform/machine.h"

/* ---- Memory ---- */

static long objects; /* in existence */

long kernel_objects(void)
{
	return objects;
}

static void *counted(void *object)
{
	objects += object != NULL;
	return object;
}

void *kmalloc(size_t size)
{
	return counted(malloc(size));
}

void *kzalloc(size_t size)
{
	return counted(calloc(1, size));
}

void *kcalloc(size_t count, size_t size)
{
	return counted(calloc(count, size));
}

void kfree(const void *object)
{
	objects -= object != NULL;
	free((void *)(uintptr_t)object);
}

void *kmemdup(const void *data, size_t size)
{
	void *copy = kmalloc(size);

	return memcpy(copy, data, size);
}

struct cache {
	size_t size;
};

struct cache *cache_create(const char *name, size_t size, size_t align)
{
	struct cache *cache = malloc(sizeof(*cache));

	cache->size = size;
	return cache;
}

void *cache_alloc(struct cache *cache)
{
	return kmalloc(cache->size);
}

void *cache_zalloc(struct cache *cache)
{
	return kzalloc(cache->size);
}

void cache_free(struct cache *cache, void *object)
{
	kfree(object);
}

struct page *page_alloc_reclaim(unsigned order, unsigned flags)
{
	struct page *page = calloc(1, sizeof(*page));

	page->refs = 1;
	page->owner = calloc(1, PAGE_SIZE << order);
	return page;
}

void page_get(struct page *page)
{
	page->refs++;
}

void page_put(struct page *page)
{
	if (--page->refs)
		return;
	free(page->owner);
	free(page);
}

void *page_address(const struct page *page)
{
	return page->owner;
}

int mapping_read(struct mapping *mapping, uint64_t index, struct page **page)
{
	return -EIO;
}

/* ---- User memory: all of ours but the first pages ---- */

static bool bad(uaddr_t at)
{
	return at < PAGE_SIZE || at >= USER_TOP;
}

size_t copy_from_user_part(void *to, uaddr_t from, size_t size)
{
	if (bad(from))
		return size;
	memcpy(to, (const void *)from, size);
	return 0;
}

size_t copy_to_user_part(uaddr_t to, const void *from, size_t size)
{
	if (bad(to))
		return size;
	memcpy((void *)to, from, size);
	return 0;
}

int copy_from_user(void *to, uaddr_t from, size_t size)
{
	return size && copy_from_user_part(to, from, size) ? -EFAULT : 0;
}

int copy_to_user(uaddr_t to, const void *from, size_t size)
{
	return size && copy_to_user_part(to, from, size) ? -EFAULT : 0;
}

int clear_user(uaddr_t to, size_t size)
{
	if (bad(to))
		return -EFAULT;
	memset((void *)to, 0, size);
	return 0;
}

int get_user_32(uint32_t *value, uaddr_t from)
{
	return copy_from_user(value, from, 4);
}

int get_user_64(uint64_t *value, uaddr_t from)
{
	return copy_from_user(value, from, 8);
}

int put_user_32(uaddr_t to, uint32_t value)
{
	return copy_to_user(to, &value, 4);
}

int put_user_64(uaddr_t to, uint64_t value)
{
	return copy_to_user(to, &value, 8);
}

int user_fault_in(uaddr_t at, bool write)
{
	return bad(at) ? -EFAULT : 0;
}

/* ---- Neighbours that are not there ---- */

static int no_family(struct socket *socket)
{
	return -EAFNOSUPPORT;
}

const struct socket_family unix_family = { AF_UNIX, no_family, NULL };

void unix_garbage_init(void)
{
}

/* Nobody is here to be sent SIGIO. */
struct thread *thread_start_kernel(const char *name, void (*entry)(void *),
				   void *arg)
{
	return NULL;
}

void locks_forget_file(struct file *file)
{
}

int locks_set(struct file *file, const struct lock_request *request)
{
	return -ENOLCK;
}

void locks_test(struct file *file, struct lock_request *request)
{
}

void locks_forget_owner(struct file *file, void *owner)
{
}

void actions_put(struct signal_actions *actions)
{
}

bool signal_take(sigset_bits set, struct signal_info *info)
{
	return false;
}

sigset_bits signal_pending_set(void)
{
	return 0;
}

int signal_use_mask_from_user(uaddr_t mask, size_t size)
{
	return 0;
}

long signal_restart_with(long (*restart)(uint64_t *arguments),
			 const uint64_t arguments[5])
{
	return -EINTR;
}

int process_signal(struct process *process, const struct signal_info *info)
{
	return -ESRCH;
}

int thread_unshare_files(struct thread *self)
{
	struct fd_table *old = self->files;

	self->files = fd_table_copy(old);
	if (!self->files) {
		self->files = old;
		return -ENOMEM;
	}
	fd_table_put(old);
	return 0;
}

struct process *process_find(int pid)
{
	return NULL;
}

struct process *process_next(int after)
{
	return NULL;
}

void process_put(struct process *process)
{
}

void syscall_count_unimplemented(const char *what, uint64_t value)
{
}

NORETURN void panic(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	abort();
}

/* ---- Files of this host, whole in memory: for sendfile() ---- */

#define FILE_MOST (64l << 20)

struct host_file {
	struct inode inode;
	char *bytes;
	size_t size;
};

static ssize_t read_file(struct file *file, struct io *io, int64_t *position)
{
	struct host_file *host = file->private;
	size_t at = MIN((size_t)*position, host->size);
	size_t n = io_copy_to(io, host->bytes + at,
			      MIN(io->left, host->size - at));

	*position += (int64_t)n;
	return (ssize_t)n;
}

static ssize_t write_file(struct file *file, struct io *io, int64_t *position)
{
	struct host_file *host = file->private;
	size_t end = (size_t)*position + io->left;

	if (end > host->size) {
		host->bytes = realloc(host->bytes, end);
		memset(host->bytes + host->size, 0, end - host->size);
		host->size = host->inode.size = end;
	}
	end = io_copy_from(io, host->bytes + *position, io->left);
	*position += (int64_t)end;
	return (ssize_t)end;
}

static void release_file(struct file *file)
{
	struct host_file *host = file->private;

	file->inode = NULL;
	free(host->bytes);
	free(host);
}

static const struct file_ops host_file_ops = {
	.name = "file",
	.read = read_file,
	.write = write_file,
	.release = release_file,
};

static void load(struct host_file *host, FILE *from)
{
	fseek(from, 0, SEEK_END);
	host->size = (size_t)MIN(MAX(ftell(from), 0l), FILE_MOST);
	rewind(from);
	host->bytes = malloc(host->size + 1);
	host->size = fread(host->bytes, 1, host->size, from);
	host->inode.size = host->size;
	fclose(from);
}

int machine_open(const char *path, int flags)
{
	struct host_file *host;
	struct file *file;
	FILE *from = fopen(path, "r");

	if (!from && !(flags & O_CREAT))
		return -ENOENT;
	host = calloc(1, sizeof(*host));
	if (from)
		load(host, from);
	host->inode.mode = S_IFREG | 0600;
	file = file_create(&host_file_ops, (unsigned)flags, host);
	file->mode = FILE_READ | FILE_WRITE;
	file->inode = &host->inode;
	return fd_add(file, flags & O_CLOEXEC);
}
