// SPDX-License-Identifier: MIT
/*
 * The search in the symbol table that the build makes (tools/symbols.awk).
 * Takes no lock and touches no other data: safe in a panic.
 */
#include "kernel/arch/x86_64/symbols.h"
#include "lib/string.h"

extern const uint32_t symbol_count;
extern const uint32_t symbol_address[];
extern const uint32_t symbol_name_at[];
extern const char symbol_names[];

/* Where the top 2 GiB begin that the code model puts the kernel into. */
#define KERNEL_TOP UINT64_C(0xffffffff00000000)
#define SYMBOL_SPAN 0x10000 /* no function is as long as this */

const char *symbol_name(uintptr_t address, uintptr_t *offset)
{
	uint32_t low = 0, high = symbol_count, wanted = (uint32_t)address;

	if (address < KERNEL_TOP || !symbol_count || wanted < symbol_address[0])
		return NULL;
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (symbol_address[middle] <= wanted)
			low = middle;
		else
			high = middle;
	}
	if (wanted - symbol_address[low] >= SYMBOL_SPAN)
		return NULL;
	*offset = wanted - symbol_address[low];
	return symbol_names + symbol_name_at[low];
}

uintptr_t symbol_lookup(const char *name)
{
	for (uint32_t i = 0; i < symbol_count; i++)
		if (string_equal(symbol_names + symbol_name_at[i], name))
			return KERNEL_TOP | symbol_address[i];
	return 0;
}
