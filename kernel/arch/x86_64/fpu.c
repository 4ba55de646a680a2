// SPDX-License-Identifier: MIT
/*
 * XSAVE, sized by CPUID leaf 13; FXSAVE on CPUs without it. The kernel itself
 * never uses these registers.
 */
#include "kernel/arch/x86_64/fpu.h"
#include "kernel/arch/x86_64/arch.h"
#include "kernel/arch/x86_64/io.h"
#include "lib/bytes.h"
#include "lib/string.h"

/* x87, SSE, AVX, AVX-512. */
#define WANTED 0xe7ull

static size_t area_size = 512;
static uint64_t area_mask = 3;

int fpu_load_area(const void *area, uint64_t mask, bool xsave);

void fpu_init_this(void)
{
	__asm__ volatile("fninit");
	if (!cpu_features.xsave)
		return;
	area_mask = cpuid(13, 0).a & WANTED;
	if ((area_mask & 0xe0) != 0xe0)
		area_mask &= 7;
	if (!(area_mask & 4))
		area_mask &= 3;
	__asm__ volatile("xsetbv" : : "c"(0), "a"((uint32_t)area_mask), "d"(0));
	area_size = cpuid(13, 0).b;
}

size_t fpu_area_size(void)
{
	return area_size;
}

uint64_t fpu_area_mask(void)
{
	return area_mask;
}

bool fpu_has_xsave(void)
{
	return cpu_features.xsave;
}

void fpu_store(void *area)
{
	uint32_t low = (uint32_t)area_mask, high = (uint32_t)(area_mask >> 32);

	if (cpu_features.xsaveopt)
		__asm__ volatile("xsaveopt64 (%0)"
				 :
				 : "r"(area), "a"(low), "d"(high)
				 : "memory");
	else if (cpu_features.xsave)
		__asm__ volatile("xsave64 (%0)"
				 :
				 : "r"(area), "a"(low), "d"(high)
				 : "memory");
	else
		__asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
}

int fpu_load(const void *area)
{
	return fpu_load_area(area, area_mask, cpu_features.xsave);
}

void fpu_initial(void *area)
{
	memset(area, 0, area_size);
	put_le16(area, 0x37f);
	put_le32((uint8_t *)area + 24, 0x1f80);
}
