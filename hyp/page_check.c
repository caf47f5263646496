/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is free is filled with a pattern, so that a write to it is noticed when
 * it is given out again: by a guest through a translation that outlived the
 * page, or by us through a pointer that did.
 */
#include <stdio.h>
#include <string.h>

#include "hyp/page.h"
#include "hyp/page_check.h"
#include "hyp/util.h"

#define PATTERN 0xf5
#define LINKS   16 /* of a free block's first bytes: the allocator's lists */

static u8 *filled; /* a byte a frame */
static u64 filled_base;

void page_check_init(u8 *flags, u64 base, u64 frames)
{
	filled = flags;
	filled_base = base;
	memset(filled, 0, frames);
}

static u8 *frame_ptr(u64 frame)
{
	return hpa_ptr(HPA(frame << PAGE_SHIFT));
}

/* Both ends of the comparison are aligned: that is a fast one. */
static bool all(const u8 *p, u64 size, u8 byte)
{
	for (u32 i = 0; i < 8; i++) {
		if (p[i] != byte)
			return false;
	}
	return !memcmp(p, p + 8, size - 8);
}

static __attribute__((noreturn)) void complain(u64 frame, u64 at, u8 byte)
{
	const u8 *p = frame_ptr(frame);
	char text[100];

	while (p[at] == byte)
		at++;
	snprintf(text, sizeof(text),
		 "%02x at 0x%lx, free until now: it was %02x", p[at],
		 (frame << PAGE_SHIFT) + at, byte);
	bug(text, __FILE__, __LINE__);
}

static void check(u64 frame, u64 from, u8 byte)
{
	if (!all(frame_ptr(frame) + from, PAGE_SIZE - from, byte))
		complain(frame, from, byte);
}

void page_check_freed(u64 frame, u32 order)
{
	if (order > ORDER_2M)
		return;
	memset(frame_ptr(frame), PATTERN, PAGE_SIZE << order);
	memset(&filled[frame - filled_base], 1, 1UL << order);
}

void page_check_taken(u64 frame, u32 order)
{
	for (u64 end = frame + (1UL << order); frame < end; frame++) {
		if (filled[frame - filled_base])
			check(frame, LINKS, PATTERN);
		filled[frame - filled_base] = 0;
	}
}

void page_check_zero(u64 frame, u32 order)
{
	check(frame, LINKS, 0);
	for (u64 i = 1; i < 1UL << order; i++)
		check(frame + i, 0, 0);
}
