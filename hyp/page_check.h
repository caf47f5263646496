/* SPDX-License-Identifier: BSD-2-Clause */
/* Debug builds: nobody writes to pages that are free, or zeroed ahead. */
#ifndef HYP_PAGE_CHECK_H
#define HYP_PAGE_CHECK_H

#include "hyp/types.h"

/*
 * All under the page allocator's lock. Frames are page numbers in
 * [base, base + frames); flags has a byte for each.
 */
void page_check_init(u8 *flags, u64 base, u64 frames);

/* The block is freed: fill it. Blocks beyond 2 MiB would take too long. */
void page_check_freed(u64 frame, u32 order);

/* The block is given out: a bug if what was filled has changed. */
void page_check_taken(u64 frame, u32 order);

/* A block that was zeroed ahead is given out: a bug if it is not zero. */
void page_check_zero(u64 frame, u32 order);

#endif
