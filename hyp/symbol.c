/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the function of an address in the table that the build appended. */
#include "hyp/trap.h"
#include "hyp/util.h"

/* From the second link; see config/vmm.mk. Sorted by offset in the image. */
struct symbol {
	u32 offset; /* of the function from image_start */
	u32 name;   /* of its name from symbol_names */
};

extern const struct symbol symbols[];
extern const u32 symbols_count;
extern const char symbol_names[];
extern char image_start[], text_end[];

const char *symbol_name(u64 addr, u64 *offset)
{
	u64 at = addr - (u64)image_start;
	u32 low = 0, high = symbols_count;

	if (addr < (u64)image_start || addr >= (u64)text_end || !high)
		return NULL;
	while (high - low > 1) {
		u32 mid = low + (high - low) / 2;

		if (symbols[mid].offset <= at)
			low = mid;
		else
			high = mid;
	}
	*offset = at - symbols[low].offset;
	return &symbol_names[symbols[low].name];
}
