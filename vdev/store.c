/* SPDX-License-Identifier: BSD-2-Clause */
/* Copy-on-write memory: a map of pages from 0 on, over a file. */
#include <string.h>

#include "hyp/mem.h"
#include "hyp/pt.h"
#include "hyp/util.h"
#include "vdev/store.h"

bool store_init(struct store *s, u64 size, const u8 *base, u64 base_size,
		struct page_owner *owner)
{
	BUG_ON(!size || size > STORE_SIZE_MAX || size % 512);
	s->base = base;
	s->base_size = base_size;
	s->size = size;
	return gmap_init(&s->pages, GPA(0), ALIGN_UP(size, PAGE_SIZE),
			 PT_LEVEL_4K, owner);
}

void store_destroy(struct store *s)
{
	if (s->pages.chunks)
		gmap_destroy(&s->pages);
}

static bool inside(const struct store *s, u64 off, u64 len)
{
	return off <= s->size && len <= s->size - off;
}

static bool written(struct store *s, u64 off)
{
	struct gpage page;

	return gmap_peek(&s->pages, GPA(off), &page);
}

/* What the file has there, and zeros behind its end. */
static void read_base(const struct store *s, u64 off, void *to, u64 len)
{
	u64 have = off < s->base_size ? MIN(len, s->base_size - off) : 0;

	if (have)
		mem_copy(to, s->base + off, have);
	mem_clear((char *)to + have, len - have);
}

/* Of the page around off, up to its end. */
static u64 part(u64 off, u64 len)
{
	return MIN(len, PAGE_SIZE - off % PAGE_SIZE);
}

bool store_read(struct store *s, u64 off, void *to, u64 len)
{
	if (!inside(s, off, len))
		return false;
	while (len) {
		u64 n = part(off, len);

		if (written(s, off))
			gmap_read(&s->pages, GPA(off), to, n);
		else
			read_base(s, off, to, n);
		to = (char *)to + n;
		off += n;
		len -= n;
	}
	return true;
}

/* The first write to a page brings what was there. */
static bool own(struct store *s, u64 off)
{
	u64 start = ALIGN_DOWN(off, PAGE_SIZE);

	if (start >= s->base_size || written(s, off))
		return true;
	return gmap_write(&s->pages, GPA(start), s->base + start,
			  MIN(PAGE_SIZE, s->base_size - start));
}

bool store_write(struct store *s, u64 off, const void *from, u64 len)
{
	if (!inside(s, off, len))
		return false;
	while (len) {
		u64 n = part(off, len);

		if (!own(s, off) || !gmap_write(&s->pages, GPA(off), from, n))
			return false;
		from = (const char *)from + n;
		off += n;
		len -= n;
	}
	return true;
}
