// SPDX-License-Identifier: MIT
/*
 * Copies between kernel and user memory: range checks around the loops of
 * usercopy.S, the table of fix-ups, and the patching of stac/clac at boot.
 * A fault that the floor above can satisfy (demand paging, copy on write) is
 * invisible here; one that it cannot ends the copy with what is left.
 */
#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/arch/x86_64/arch.h"
#include "lib/errno.h"
#include "lib/string.h"

struct fixup {
	uint64_t at, to;
};
struct smap_site {
	uint64_t at;
	uint8_t code[8];
};
extern struct fixup extable_start[], extable_end[];
extern const struct smap_site smap_sites_start[], smap_sites_end[];

bool user_copy_rep; /* `rep movsb` is the fast way on this CPU */

size_t user_copy(void *to, const void *from, size_t n);
size_t user_clear(void *to, size_t n);
ssize_t user_string(char *to, const char *from, size_t n);
int user_load_32(uint32_t *value, const uint32_t *from);
int user_load_64(uint64_t *value, const uint64_t *from);
int user_store_32(uint32_t *to, uint32_t value);
int user_store_64(uint64_t *to, uint64_t value);
int user_exchange_32(uint32_t *at, uint32_t expect, uint32_t desired,
		     uint32_t *old);
int user_touch(void *at);
int user_touch_write(void *at);

/* Sorted once, searched by halves. */
void extable_init(void)
{
	for (struct fixup *i = extable_start + 1; i < extable_end; i++) {
		struct fixup moved = *i, *j = i;

		for (; j > extable_start && j[-1].at > moved.at; j--)
			*j = j[-1];
		*j = moved;
	}
	user_copy_rep = cpu_features.erms && !cpu_features.tcg;
	if (!cpu_features.smap)
		return;
	for (const struct smap_site *s = smap_sites_start; s < smap_sites_end;
	     s++)
		memcpy((void *)s->at, s->code, 3);
}

uint64_t extable_find(uint64_t rip)
{
	struct fixup *low = extable_start, *high = extable_end;

	while (low < high) {
		struct fixup *middle = low + (high - low) / 2;

		if (middle->at == rip)
			return middle->to;
		if (middle->at < rip)
			low = middle + 1;
		else
			high = middle;
	}
	return 0;
}

size_t copy_from_user_part(void *to, uaddr_t from, size_t size)
{
	if (!user_range_ok(from, size))
		return size;
	return user_copy(to, (const void *)from, size);
}

size_t copy_to_user_part(uaddr_t to, const void *from, size_t size)
{
	if (!user_range_ok(to, size))
		return size;
	return user_copy((void *)to, from, size);
}

int copy_from_user(void *to, uaddr_t from, size_t size)
{
	return copy_from_user_part(to, from, size) ? -EFAULT : 0;
}

int copy_to_user(uaddr_t to, const void *from, size_t size)
{
	return copy_to_user_part(to, from, size) ? -EFAULT : 0;
}

int clear_user(uaddr_t to, size_t size)
{
	if (!user_range_ok(to, size) || user_clear((void *)to, size))
		return -EFAULT;
	return 0;
}

int copy_from_user_nofault(void *to, uaddr_t from, size_t size)
{
	struct cpu *cpu = this_cpu();
	int err;

	cpu->nofault++;
	err = copy_from_user(to, from, size);
	cpu->nofault--;
	return err;
}

ssize_t copy_string_from_user(char *to, uaddr_t from, size_t size)
{
	size_t room;
	ssize_t n;

	if (from >= USER_TOP)
		return -EFAULT;
	room = MIN((uint64_t)size, USER_TOP - from);
	n = user_string(to, (const char *)from, room);
	if (n == (ssize_t)room)
		return room < size ? -EFAULT : -ENAMETOOLONG;
	return n;
}

int get_user_32(uint32_t *value, uaddr_t from)
{
	if (!user_range_ok(from, 4))
		return -EFAULT;
	return user_load_32(value, (const uint32_t *)from);
}

int get_user_64(uint64_t *value, uaddr_t from)
{
	if (!user_range_ok(from, 8))
		return -EFAULT;
	return user_load_64(value, (const uint64_t *)from);
}

int put_user_32(uaddr_t to, uint32_t value)
{
	if (!user_range_ok(to, 4))
		return -EFAULT;
	return user_store_32((uint32_t *)to, value);
}

int put_user_64(uaddr_t to, uint64_t value)
{
	if (!user_range_ok(to, 8))
		return -EFAULT;
	return user_store_64((uint64_t *)to, value);
}

int user_load_32_nofault(uint32_t *value, uaddr_t from)
{
	struct cpu *cpu = this_cpu();
	int err;

	cpu->nofault++;
	err = get_user_32(value, from);
	cpu->nofault--;
	return err;
}

int user_compare_exchange_32_nofault(uaddr_t at, uint32_t expect,
				     uint32_t desired, uint32_t *old)
{
	struct cpu *cpu = this_cpu();
	int err;

	if (!user_range_ok(at, 4))
		return -EFAULT;
	cpu->nofault++;
	err = user_exchange_32((uint32_t *)at, expect, desired, old);
	cpu->nofault--;
	return err;
}

int user_fault_in(uaddr_t at, bool write)
{
	if (!user_range_ok(at, 1))
		return -EFAULT;
	return write ? user_touch_write((void *)at) : user_touch((void *)at);
}
