// SPDX-License-Identifier: MIT
/*
 * ELF64 for x86-64: ET_EXEC and ET_DYN (PIE, static or with an interpreter).
 *
 * Each PT_LOAD becomes a private mapping of the file, start rounded down and
 * end rounded up to pages; what lies behind p_filesz is zeroed in the last
 * page and anonymous beyond. Everything in the headers is believed only as far
 * as it was checked. The layout follows Linux's fs/binfmt_elf.c.
 */
#include "kernel/proc/elf.h"

#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/file/file.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/random.h"
#include "kernel/vm/space.h"
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"

#define PT_LOAD 1
#define PT_INTERP 3
#define PT_GNU_STACK 0x6474e551
#define ET_EXEC 2
#define ET_DYN 3
#define PF_X 1
#define PF_W 2
#define PF_R 4
#define HEADERS_MAX 65536
/* Two thirds of the user half, as Linux: away from brk, stack and mmap. */
#define PIE_BASE 0x555555554000ull

struct elf_header {
	uint8_t ident[16];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, phoff, shoff;
	uint32_t flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct program_header {
	uint32_t type, flags;
	uint64_t offset, vaddr, paddr, filesz, memsz, align;
};
STATIC_ASSERT(sizeof(struct elf_header) == 64);
STATIC_ASSERT(sizeof(struct program_header) == 56);

struct elf_file {
	struct file *file;
	struct elf_header header;
	struct program_header *segments; /* kmalloc'ed */
	uaddr_t low, high; /* of PT_LOADs, page-rounded */
	uint64_t align;
};

/* Bytes exactly, or `error`. */
static int read_exact(struct file *file, void *to, size_t size, uint64_t at,
		      int error)
{
	ssize_t got;

	if ((int64_t)at < 0)
		return error;
	got = file_read_kernel(file, to, size, at);
	if (got < 0)
		return got;
	return (size_t)got == size ? 0 : error;
}

static int check_header(const struct elf_header *header)
{
	static const uint8_t magic[7] = { 0x7f, 'E', 'L', 'F', 2, 1, 1 };

	if (memcmp(header->ident, magic, sizeof magic) ||
	    header->machine != 62 ||
	    (header->type != ET_EXEC && header->type != ET_DYN) ||
	    header->phentsize != sizeof(struct program_header) ||
	    !header->phnum ||
	    header->phnum * sizeof(struct program_header) > HEADERS_MAX)
		return -ENOEXEC;
	return 0;
}

/* The bounds of all that is loaded; every PT_LOAD is plausible after this. */
static int check_segments(struct elf_file *elf)
{
	bool any = false;

	elf->low = ~0ull;
	elf->high = 0;
	elf->align = PAGE_SIZE;
	for (unsigned i = 0; i < elf->header.phnum; i++) {
		const struct program_header *ph = &elf->segments[i];

		if (ph->type != PT_LOAD)
			continue;
		if (ph->filesz > ph->memsz || ph->vaddr >= USER_TOP ||
		    ph->memsz > USER_TOP || ph->vaddr > USER_TOP - ph->memsz ||
		    ph->offset + ph->filesz < ph->offset ||
		    (ph->vaddr - ph->offset) & PAGE_MASK)
			return -EINVAL;
		if (!ph->memsz)
			continue;
		any = true;
		elf->low = MIN(elf->low, ALIGN_DOWN(ph->vaddr, PAGE_SIZE));
		elf->high = MAX(elf->high,
				ALIGN_UP(ph->vaddr + ph->memsz, PAGE_SIZE));
		if (IS_POWER_OF_TWO(ph->align) && ph->align <= GIB(1))
			elf->align = MAX(elf->align, ph->align);
	}
	return any ? 0 : -ENOEXEC;
}

static void elf_close(struct elf_file *elf)
{
	kfree(elf->segments);
	elf->segments = NULL;
}

static int elf_open(struct elf_file *elf, struct file *file)
{
	size_t size;
	int error;

	elf->file = file;
	elf->segments = NULL;
	error = read_exact(file, &elf->header, sizeof elf->header, 0, -ENOEXEC);
	if (!error)
		error = check_header(&elf->header);
	if (error)
		return error;
	size = elf->header.phnum * sizeof(struct program_header);
	elf->segments = kmalloc(size);
	if (!elf->segments)
		return -ENOMEM;
	error = read_exact(file, elf->segments, size, elf->header.phoff,
			   -ENOEXEC);
	if (!error)
		error = check_segments(elf);
	if (error)
		elf_close(elf);
	return error;
}

static unsigned protection(const struct program_header *ph)
{
	return (ph->flags & PF_R ? PROT_READ : 0) |
	       (ph->flags & PF_W ? PROT_WRITE : 0) |
	       (ph->flags & PF_X ? PROT_EXEC : 0);
}

/* The file's last page goes on with zeros. */
static int zero_rest(struct address_space *space, uaddr_t from)
{
	static const char zeros[256];
	uaddr_t end = ALIGN_UP(from, PAGE_SIZE);

	while (from < end) {
		size_t n = MIN(end - from, sizeof zeros);

		if (space_write(space, from, zeros, n) != n)
			return -EFAULT;
		from += n;
	}
	return 0;
}

static int map_segment(struct address_space *space, struct elf_file *elf,
		       const struct program_header *ph, uaddr_t bias)
{
	uaddr_t start = ph->vaddr + bias;
	uaddr_t page = ALIGN_DOWN(start, PAGE_SIZE);
	uaddr_t file_end = start + ph->filesz;
	uaddr_t end = ALIGN_UP(start + ph->memsz, PAGE_SIZE);
	unsigned prot = protection(ph);
	int64_t at = page;

	if (ph->filesz) {
		at = space_map(space, page, file_end - page, prot,
			       MAP_PRIVATE | MAP_FIXED, elf->file,
			       ph->offset - (start - page));
		if (at < 0)
			return at;
		page = ALIGN_UP(file_end, PAGE_SIZE);
		/* Read-only and yet a rest: Linux does not mind either. */
		if (ph->memsz > ph->filesz && prot & PROT_WRITE &&
		    zero_rest(space, file_end))
			return -EFAULT;
	}
	if (end > page)
		at = space_map(space, page, end - page, prot,
			       MAP_PRIVATE | MAP_FIXED, NULL, 0);
	return at < 0 ? (int)at : 0;
}

static void note_figures(struct address_space *space,
			 const struct program_header *ph, uaddr_t bias)
{
	uaddr_t start = ph->vaddr + bias, end = start + ph->filesz;

	if (ph->flags & PF_X) {
		if (!space->code_start || start < space->code_start)
			space->code_start = start;
		space->code_end = MAX(space->code_end, end);
	}
	if (!space->data_start || start > space->data_start)
		space->data_start = start;
	space->data_end = MAX(space->data_end, end);
	space->brk_start = MAX(space->brk_start, start + ph->memsz);
}

/* A free range for the whole of it, aligned: its bias. */
static int place(struct address_space *space, struct elf_file *elf,
		 uaddr_t hint, uaddr_t *bias)
{
	uint64_t size = elf->high - elf->low;
	int64_t at;

	*bias = 0;
	if (elf->header.type == ET_EXEC)
		return 0;
	if (hint) {
		*bias = ALIGN_DOWN(hint, elf->align) - elf->low;
		if (*bias + elf->high <= USER_TOP)
			return 0;
	}
	at = space_map(space, 0, size + elf->align - PAGE_SIZE, PROT_NONE,
		       MAP_PRIVATE | MAP_NORESERVE, NULL, 0);
	if (at < 0)
		return at;
	space_unmap(space, at, size + elf->align - PAGE_SIZE);
	*bias = ALIGN_UP((uaddr_t)at, elf->align) - elf->low;
	return 0;
}

static int map_all(struct address_space *space, struct elf_file *elf,
		   uaddr_t bias, bool program)
{
	for (unsigned i = 0; i < elf->header.phnum; i++) {
		const struct program_header *ph = &elf->segments[i];
		int error;

		if (ph->type != PT_LOAD || !ph->memsz)
			continue;
		error = map_segment(space, elf, ph, bias);
		if (error)
			return error;
		if (program)
			note_figures(space, ph, bias);
	}
	return 0;
}

static uaddr_t headers_address(const struct elf_file *elf, uaddr_t bias)
{
	uint64_t at = elf->header.phoff;

	for (unsigned i = 0; i < elf->header.phnum; i++) {
		const struct program_header *ph = &elf->segments[i];

		if (ph->type == PT_LOAD && at >= ph->offset &&
		    at < ph->offset + ph->filesz)
			return at - ph->offset + ph->vaddr + bias;
	}
	return 0;
}

/* The interpreter's name (kmalloc'ed, even on errors), if there is one. */
static int interpreter_name(struct elf_file *elf, char **name)
{
	for (unsigned i = 0; i < elf->header.phnum; i++) {
		const struct program_header *ph = &elf->segments[i];
		int error;

		if (ph->type != PT_INTERP)
			continue;
		if (ph->filesz < 2 || ph->filesz > 4096)
			return -ENOEXEC;
		*name = kmalloc(ph->filesz);
		if (!*name)
			return -ENOMEM;
		error = read_exact(elf->file, *name, ph->filesz, ph->offset,
				   -EIO);
		if (!error && (*name)[ph->filesz - 1])
			error = -ENOEXEC;
		return error;
	}
	return 0;
}

static NOINLINE int map_interpreter(struct address_space *space,
				    struct file *file, struct elf_image *image)
{
	struct elf_file elf;
	uaddr_t bias;
	int error = elf_open(&elf, file);

	if (error)
		return error == -ENOEXEC ? -ELIBBAD : error;
	error = place(space, &elf, 0, &bias);
	if (!error)
		error = map_all(space, &elf, bias, false);
	image->base = elf.low + bias;
	image->entry = elf.header.entry + bias;
	elf_close(&elf);
	return error;
}

static int load_interpreter(struct address_space *space, const char *name,
			    struct elf_image *image)
{
	struct file *file;
	int error = path_ops.open(name, O_EXECUTE, 0, &file);

	if (error)
		return error;
	error = map_interpreter(space, file, image);
	file_put(file);
	return error;
}

static void set_brk(struct address_space *space, bool randomize, bool moved)
{
	space->brk_start = ALIGN_UP(space->brk_start, PAGE_SIZE);
	/* A static PIE lies among the mappings: its heap goes elsewhere. */
	if (moved)
		space->brk_start = PIE_BASE;
	if (randomize)
		space->brk_start += (random_64() & 0x1fff) << PAGE_SHIFT;
	space->brk = space->brk_start;
}

static NOINLINE int map_program(struct address_space *space, struct file *file,
				bool randomize, struct elf_image *image,
				char **interpreter)
{
	struct elf_file elf;
	uaddr_t bias, hint = 0;
	int error = elf_open(&elf, file);

	if (error)
		return error;
	error = interpreter_name(&elf, interpreter);
	if (error)
		goto out;
	if (*interpreter) {
		hint = PIE_BASE;
		if (randomize)
			hint += (random_64() & 0xfffffff) << PAGE_SHIFT;
	}
	error = place(space, &elf, hint, &bias);
	if (!error)
		error = map_all(space, &elf, bias, true);
	if (error)
		goto out;
	set_brk(space, randomize, elf.header.type == ET_DYN && !*interpreter);
	image->program_entry = image->entry = elf.header.entry + bias;
	image->headers = headers_address(&elf, bias);
	image->header_count = elf.header.phnum;
	for (unsigned i = 0; i < elf.header.phnum; i++) {
		if (elf.segments[i].type == PT_GNU_STACK)
			image->executable_stack = elf.segments[i].flags & PF_X;
	}
out:
	elf_close(&elf);
	return error;
}

/* A path's lookup needs much of the stack: neither header lies there then. */
int elf_load(struct address_space *space, struct file *file, bool randomize,
	     struct elf_image *image)
{
	char *interpreter = NULL;
	int error;

	memset(image, 0, sizeof *image);
	error = map_program(space, file, randomize, image, &interpreter);
	if (!error && interpreter)
		error = load_interpreter(space, interpreter, image);
	kfree(interpreter);
	return error;
}
