// SPDX-License-Identifier: MIT
/*
 * Memory: mmap and its kin. The checks of arguments are here, in Linux's order
 * of errors; the work is kernel/vm.
 */
#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/file/credentials.h"
#include "kernel/file/fdtable.h"
#include "kernel/mm/slab.h"
#include "kernel/proc/process.h"
#include "kernel/syscall/syscall.h"
#include "kernel/vm/space.h"
#include "lib/errno.h"

#define PROT_SEM 8
#define PROT_GROWSDOWN 0x01000000
#define PROT_KNOWN (PROT_READ | PROT_WRITE | PROT_EXEC)
#define MAP_TYPE 0x0f
#define MAP_SHARED_VALIDATE 0x03
#define MCL_CURRENT 1
#define MCL_FUTURE 2
#define MCL_ONFAULT 4
#define MS_ASYNC 1
#define MS_INVALIDATE 2
#define MS_SYNC 4

static struct address_space *space(void)
{
	return current_thread()->space;
}

/* RLIMIT_MEMLOCK for `size` more bytes: 0, -EPERM, -ENOMEM. */
static int check_lock(uint64_t size)
{
	uint64_t limit = process_limit(RLIM_MEMLOCK);

	if (capable(CAP_IPC_LOCK))
		return 0;
	if (!limit)
		return -EPERM;
	return (space()->locked << PAGE_SHIFT) + size > limit ? -ENOMEM : 0;
}

static long map(uaddr_t addr, size_t len, int prot, int flags,
		struct file *file, uint64_t offset)
{
	unsigned kept = flags & ~MAP_TYPE;

	switch (flags & MAP_TYPE) {
	case MAP_SHARED:
	case MAP_SHARED_VALIDATE:
		kept |= MAP_SHARED;
		break;
	case MAP_PRIVATE:
		kept |= MAP_PRIVATE;
		break;
	default:
		return -EINVAL;
	}
	if (flags & MAP_LOCKED && check_lock(len))
		return -EAGAIN;
	if (kept & MAP_GROWSDOWN && kept & MAP_SHARED)
		return -EINVAL;
	return space_map(space(), addr, len, prot & PROT_KNOWN, kept, file,
			 offset);
}

long sys_mmap(uaddr_t addr, size_t len, int prot, int flags, int fd,
	      uint64_t offset)
{
	struct file *file;
	long result;

	if (offset & PAGE_MASK)
		return -EINVAL;
	if (flags & MAP_ANONYMOUS)
		return map(addr, len, prot, flags, NULL, 0);
	file = fd_get(fd);
	if (!file)
		return -EBADF;
	if (offset + len < offset || (int64_t)(offset + len) < 0)
		result = -EOVERFLOW;
	else
		result = map(addr, len, prot, flags, file, offset);
	file_put(file);
	return result;
}

long sys_munmap(uaddr_t addr, size_t len)
{
	return space_unmap(space(), addr, len);
}

long sys_mprotect(uaddr_t addr, size_t len, int prot)
{
	if (prot & ~(PROT_KNOWN | PROT_SEM | PROT_GROWSDOWN))
		return -EINVAL;
	return space_protect(space(), addr, len, prot & PROT_KNOWN);
}

long sys_pkey_mprotect(uaddr_t addr, size_t len, int prot, int pkey)
{
	if (pkey != -1 && pkey != 0)
		return -EINVAL;
	return sys_mprotect(addr, len, prot);
}

long sys_pkey_alloc(unsigned flags, unsigned access_rights)
{
	return flags || access_rights & ~3u ? -EINVAL : -ENOSPC;
}

long sys_pkey_free(int pkey)
{
	return -EINVAL;
}

long sys_brk(uaddr_t addr)
{
	return (long)space_set_brk(space(), addr);
}

long sys_mremap(uaddr_t addr, size_t old_len, size_t new_len, int flags,
		uaddr_t new_addr)
{
	uint64_t old_size = ALIGN_UP(old_len, PAGE_SIZE);
	uint64_t new_size = ALIGN_UP(new_len, PAGE_SIZE);

	if (flags & ~7 || addr & PAGE_MASK || !new_size ||
	    (flags & MREMAP_FIXED && !(flags & MREMAP_MAYMOVE)) ||
	    (flags & MREMAP_DONTUNMAP &&
	     (!(flags & MREMAP_MAYMOVE) || old_size != new_size)))
		return -EINVAL;
	if (!user_range_ok(addr, old_size))
		return -EFAULT;
	if (new_size > USER_TOP)
		return -ENOMEM;
	if (flags & MREMAP_FIXED &&
	    (new_addr & PAGE_MASK || !user_range_ok(new_addr, new_size) ||
	     (new_addr < addr + old_size && addr < new_addr + new_size)))
		return -EINVAL;
	return space_remap(space(), addr, old_size, new_size, flags, new_addr);
}

/* MADV_POPULATE_READ and _WRITE: errors are told, unlike MAP_POPULATE's. */
static long populate(uaddr_t addr, uint64_t size, bool write)
{
	for (uaddr_t at = addr; at < addr + size; at += PAGE_SIZE) {
		bool map_error;
		int error = space_fault(space(), at, write ? 2 : 0, &map_error);

		if (error == -EFAULT)
			return map_error ? -ENOMEM : -EINVAL;
		if (error)
			return error == -EIO ? -EFAULT : error;
		if (signal_pending())
			return -EINTR;
	}
	return 0;
}

long sys_madvise(uaddr_t addr, size_t len, int advice)
{
	uint64_t size = ALIGN_UP(len, PAGE_SIZE);

	if (addr & PAGE_MASK || (len && !size) || addr + size < addr)
		return -EINVAL;
	switch (advice) {
	case 0: /* NORMAL */
	case 1: /* RANDOM */
	case 2: /* SEQUENTIAL */
	case 3: /* WILLNEED */
	case 12: /* MERGEABLE */
	case 13: /* UNMERGEABLE */
	case 14: /* HUGEPAGE */
	case 15: /* NOHUGEPAGE */
	case 20: /* COLD */
	case 21: /* PAGEOUT */
		return 0;
	case 4: /* DONTNEED */
	case 8: /* FREE: sooner than it need be */
		return size ? space_discard(space(), addr, size) : 0;
	case 10: /* DONTFORK */
	case 11:
	case 16: /* DONTDUMP */
	case 17:
	case 18: /* WIPEONFORK */
	case 19:
		return space_advise_fork(space(), addr, size, advice);
	case 22:
		return populate(addr, size, false);
	case 23:
		return populate(addr, size, true);
	}
	return -EINVAL;
}

long sys_msync(uaddr_t addr, size_t len, int flags)
{
	uint64_t size = ALIGN_UP(len, PAGE_SIZE);

	if (addr & PAGE_MASK || flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC) ||
	    (flags & MS_ASYNC && flags & MS_SYNC))
		return -EINVAL;
	if (addr + size < addr)
		return -ENOMEM;
	return size ? space_sync(space(), addr, size, flags & MS_SYNC) : 0;
}

long sys_mincore(uaddr_t addr, size_t len, uaddr_t vec)
{
	uint64_t pages = (len + PAGE_MASK) >> PAGE_SHIFT;
	uint8_t vector[256];
	int error = 0;

	if (addr & PAGE_MASK)
		return -EINVAL;
	if (!user_range_ok(addr, len))
		return -ENOMEM;
	if (!user_range_ok(vec, pages))
		return -EFAULT;
	while (pages && !error) {
		uint64_t n = MIN(pages, sizeof vector);

		error = space_resident(space(), addr, n, vector);
		if (!error && copy_to_user(vec, vector, n))
			error = -EFAULT;
		addr += n << PAGE_SHIFT;
		vec += n;
		pages -= n;
	}
	return error;
}

long sys_mlock2(uaddr_t addr, size_t len, int flags)
{
	uint64_t size = ALIGN_UP(len + (addr & PAGE_MASK), PAGE_SIZE);
	int error;

	if (flags & ~1)
		return -EINVAL;
	error = check_lock(size);
	if (error)
		return error;
	addr = ALIGN_DOWN(addr, PAGE_SIZE);
	if (!user_range_ok(addr, size))
		return -ENOMEM;
	return space_lock_pages(space(), addr, size, true);
}

long sys_mlock(uaddr_t addr, size_t len)
{
	return sys_mlock2(addr, len, 0);
}

long sys_munlock(uaddr_t addr, size_t len)
{
	uint64_t size = ALIGN_UP(len + (addr & PAGE_MASK), PAGE_SIZE);

	addr = ALIGN_DOWN(addr, PAGE_SIZE);
	if (!user_range_ok(addr, size))
		return -ENOMEM;
	return space_lock_pages(space(), addr, size, false);
}

long sys_mlockall(int flags)
{
	int error;

	if (!flags || flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) ||
	    flags == MCL_ONFAULT)
		return -EINVAL;
	error = check_lock(flags & MCL_CURRENT ? space()->mapped << PAGE_SHIFT :
						 0);
	if (error)
		return error;
	space()->lock_future = flags & MCL_FUTURE;
	if (flags & MCL_CURRENT)
		space_lock_all(space(), true);
	return 0;
}

long sys_munlockall(void)
{
	space()->lock_future = 0;
	space_lock_all(space(), false);
	return 0;
}
