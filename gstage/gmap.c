/* SPDX-License-Identifier: BSD-2-Clause */
/* Backing of guest RAM: what struct gmap says of chunks[]. */
#include <string.h>

#include "gstage/gmap.h"
#include "hyp/host.h"
#include "hyp/pt.h"
#include "hyp/util.h"

#define CHUNK_SHIFT GMAP_CHUNK_SHIFT
#define CHUNK_SIZE  (1UL << CHUNK_SHIFT)

/* Others look without the lock: what an entry leads to comes first. */
static void publish(u64 *entry, u64 value)
{
	__atomic_store_n(entry, value, __ATOMIC_RELEASE);
}

static hpa_t entry_hpa(u64 entry)
{
	return HPA(entry & ~GMAP_KIND);
}

static u32 order_for(u64 bytes)
{
	u32 order = 0;

	while ((PAGE_SIZE << order) < bytes)
		order++;
	return order;
}

bool gmap_init(struct gmap *g, gpa_t base, u64 size, u32 level_max,
	       struct page_owner *owner)
{
	hpa_t chunks;

	BUG_ON(!IS_ALIGNED(base.raw, CHUNK_SIZE) || !IS_ALIGNED(size, 4096));
	*g = (struct gmap){
		.base = base,
		.size = size,
		.level_max = level_max,
		.pbmte = host_has(HOST_SVPBMT),
		.napot = host_has(HOST_SVNAPOT),
		.owner = owner,
		.lock = LOCK_INIT(LOCK_GMAP),
		.nchunks = ALIGN_UP(size, CHUNK_SIZE) >> CHUNK_SHIFT,
	};
	g->order = order_for(g->nchunks * sizeof(u64));
	if (g->order > ORDER_MAX)
		return false;
	chunks = page_alloc(g->order, owner);
	if (!chunks.raw)
		return false;
	g->chunks = hpa_ptr(chunks);
	memset(g->chunks, 0, PAGE_SIZE << g->order);
	return true;
}

static void free_table(struct gmap *g, u64 entry)
{
	u64 *table = hpa_ptr(entry_hpa(entry));

	for (u32 i = 0; i < 512; i++) {
		if (table[i])
			page_free(entry_hpa(table[i]), ORDER_4K, g->owner);
	}
	page_free(entry_hpa(entry), ORDER_4K, g->owner);
}

void gmap_destroy(struct gmap *g)
{
	lock_acquire(&g->lock);
	for (u64 i = 0; i < g->nchunks; i++) {
		u64 entry = g->chunks[i];

		switch (entry & GMAP_KIND) {
		case GMAP_2M:
			page_free(entry_hpa(entry), ORDER_2M, g->owner);
			break;
		case GMAP_1G:
			page_free(entry_hpa(entry), ORDER_1G, g->owner);
			i += 511;
			break;
		case GMAP_TABLE:
			free_table(g, entry);
			break;
		}
	}
	page_free(ptr_hpa(g->chunks), g->order, g->owner);
	g->chunks = NULL;
	g->nchunks = 0;
	lock_release(&g->lock);
}

/* A 1 GiB page fits at chunk i: aligned, inside RAM, and nothing there yet. */
static bool fits_1g(const struct gmap *g, u64 i)
{
	u64 first = ALIGN_DOWN(i, 512);

	if (g->level_max < PT_LEVEL_1G || first + 512 > g->nchunks ||
	    !IS_ALIGNED(g->base.raw + (first << CHUNK_SHIFT), GiB(1)) ||
	    g->size < (first + 512) << CHUNK_SHIFT)
		return false;
	for (u64 n = first; n < first + 512; n++) {
		if (g->chunks[n])
			return false;
	}
	return true;
}

static bool back_1g(struct gmap *g, u64 i)
{
	hpa_t page;

	if (!fits_1g(g, i))
		return false;
	page = page_alloc_zeroed(ORDER_1G, g->owner);
	if (!page.raw)
		return false;
	for (u64 n = 0; n < 512; n++)
		publish(&g->chunks[ALIGN_DOWN(i, 512) + n],
			(page.raw + (n << CHUNK_SHIFT)) | GMAP_1G);
	return true;
}

static bool back_2m(struct gmap *g, u64 i)
{
	hpa_t page;

	if (g->level_max < PT_LEVEL_2M || g->size < (i + 1) << CHUNK_SHIFT)
		return false;
	page = page_alloc_zeroed(ORDER_2M, g->owner);
	if (!page.raw)
		return false;
	publish(&g->chunks[i], page.raw | GMAP_2M);
	return true;
}

static bool back_table(struct gmap *g, u64 i)
{
	hpa_t table = page_alloc_zeroed(ORDER_4K, g->owner);

	if (!table.raw)
		return false;
	publish(&g->chunks[i], table.raw | GMAP_TABLE);
	return true;
}

static bool back_4k(struct gmap *g, u64 *entry)
{
	hpa_t page = page_alloc_zeroed(ORDER_4K, g->owner);

	if (!page.raw)
		return false;
	publish(entry, page.raw | GMAP_4K);
	return true;
}

static u64 *entry_4k(u64 chunk, gpa_t gpa)
{
	u64 *table = hpa_ptr(entry_hpa(chunk));

	return &table[BITS(gpa.raw, 20, 12)];
}

static bool peek_4k(u64 chunk, gpa_t gpa, struct gpage *page)
{
	u64 entry = *entry_4k(chunk, gpa);

	page->hpa = entry_hpa(entry);
	page->gpa = GPA(ALIGN_DOWN(gpa.raw, PAGE_SIZE));
	page->level = PT_LEVEL_4K;
	return entry;
}

bool gmap_peek_locked(const struct gmap *g, gpa_t gpa, struct gpage *page)
{
	u64 chunk;

	BUG_ON(!lock_held(&g->lock));
	if (!g->chunks)
		return false;
	chunk = g->chunks[(gpa.raw - g->base.raw) >> CHUNK_SHIFT];
	if (!chunk)
		return false;
	if ((chunk & GMAP_KIND) == GMAP_TABLE)
		return peek_4k(chunk, gpa, page);
	page->level = (chunk & GMAP_KIND) == GMAP_1G ? PT_LEVEL_1G
						     : PT_LEVEL_2M;
	page->hpa =
		HPA(ALIGN_DOWN(chunk & ~GMAP_KIND, pt_leaf_size(page->level)));
	page->gpa = GPA(ALIGN_DOWN(gpa.raw, pt_leaf_size(page->level)));
	return true;
}

static bool back_locked(struct gmap *g, gpa_t gpa)
{
	u64 i = (gpa.raw - g->base.raw) >> CHUNK_SHIFT;
	u64 *entry;

	if (!g->chunks[i] && !back_1g(g, i) && !back_2m(g, i) &&
	    !back_table(g, i))
		return false;
	if ((g->chunks[i] & GMAP_KIND) != GMAP_TABLE)
		return true;
	entry = entry_4k(g->chunks[i], gpa);
	return *entry || back_4k(g, entry);
}

bool gmap_get_locked(struct gmap *g, gpa_t gpa, struct gpage *page)
{
	return gmap_peek_locked(g, gpa, page) ||
	       (g->chunks && back_locked(g, gpa) &&
		gmap_peek_locked(g, gpa, page));
}

bool gmap_get(struct gmap *g, gpa_t gpa, struct gpage *page)
{
	bool ok;

	if (!gmap_is_ram(g, gpa))
		return false;
	lock_acquire(&g->lock);
	ok = gmap_get_locked(g, gpa, page);
	lock_release(&g->lock);
	return ok;
}

bool gmap_peek(struct gmap *g, gpa_t gpa, struct gpage *page)
{
	bool ok;

	if (!gmap_is_ram(g, gpa))
		return false;
	lock_acquire(&g->lock);
	ok = gmap_peek_locked(g, gpa, page);
	lock_release(&g->lock);
	return ok;
}

/* From off on, the first byte that is backed; or the first of a later chunk. */
static bool seek_backed(const struct gmap *g, u64 *off)
{
	u64 chunk = g->chunks[*off >> CHUNK_SHIFT];
	u64 end = ALIGN_DOWN(*off, CHUNK_SIZE) + CHUNK_SIZE;
	u64 *table = hpa_ptr(entry_hpa(chunk));

	if ((chunk & GMAP_KIND) != GMAP_TABLE) {
		*off = chunk ? *off : end;
		return chunk;
	}
	while (*off < end && !table[BITS(*off, 20, 12)])
		*off = ALIGN_DOWN(*off, PAGE_SIZE) + PAGE_SIZE;
	return *off < end;
}

bool gmap_next_backed(struct gmap *g, gpa_t *gpa)
{
	u64 off = gpa->raw - g->base.raw;

	lock_acquire(&g->lock);
	while (g->chunks && off < g->size && !seek_backed(g, &off))
		;
	lock_release(&g->lock);
	gpa->raw = g->base.raw + off;
	return g->chunks && off < g->size;
}

bool gmap_covers(const struct gmap *g, gpa_t gpa, u64 len)
{
	return range_inside(gpa.raw, len, g->base.raw, g->size);
}

/* ---- taking back --------------------------------------------------------- */

/* The parts of a 1 GiB page go their own ways. */
static void split_1g(struct gmap *g, u64 i)
{
	u64 first = ALIGN_DOWN(i, 512);

	for (u64 n = first; n < first + 512; n++)
		publish(&g->chunks[n], entry_hpa(g->chunks[n]).raw | GMAP_2M);
}

static bool split_2m(struct gmap *g, u64 i)
{
	hpa_t page = page_alloc(ORDER_4K, g->owner);
	u64 from = entry_hpa(g->chunks[i]).raw;
	u64 *table = hpa_ptr(page);

	if (!page.raw)
		return false;
	for (u64 n = 0; n < 512; n++)
		table[n] = (from + n * PAGE_SIZE) | GMAP_4K;
	publish(&g->chunks[i], page.raw | GMAP_TABLE);
	return true;
}

/* Pages [first, last) of a chunk; the last one takes the table along. */
static u64 release_4k(struct gmap *g, u64 i, u32 first, u32 last)
{
	u64 *table = hpa_ptr(entry_hpa(g->chunks[i])), chunk = g->chunks[i];
	u64 freed = 0, left = 0;

	for (u32 n = first; n < last; n++) {
		if (!table[n])
			continue;
		page_free(entry_hpa(table[n]), ORDER_4K, g->owner);
		table[n] = 0;
		freed++;
	}
	for (u32 n = 0; n < 512; n++)
		left += table[n] != 0;
	if (!left) {
		publish(&g->chunks[i], 0);
		page_free(entry_hpa(chunk), ORDER_4K, g->owner);
	}
	return freed;
}

/* The part of a chunk from `off` bytes on. */
static u64 release_part(struct gmap *g, u64 i, u64 off, u64 len)
{
	if ((g->chunks[i] & GMAP_KIND) == GMAP_1G)
		split_1g(g, i);
	if ((g->chunks[i] & GMAP_KIND) == GMAP_2M) {
		if (len == CHUNK_SIZE) {
			page_free(entry_hpa(g->chunks[i]), ORDER_2M, g->owner);
			publish(&g->chunks[i], 0);
			return 512;
		}
		if (!split_2m(g, i))
			return 0;
	}
	return g->chunks[i] ? release_4k(g, i, off >> PAGE_SHIFT,
					 (off + len) >> PAGE_SHIFT)
			    : 0;
}

bool gmap_release(struct gmap *g, gpa_t gpa, u64 len, u64 *pages)
{
	u64 off = gpa.raw - g->base.raw;
	bool ok;

	*pages = 0;
	if (!gmap_covers(g, gpa, len) || !IS_ALIGNED(gpa.raw | len, PAGE_SIZE))
		return false;
	lock_acquire(&g->lock);
	ok = g->chunks && !__atomic_load_n(&g->pins, __ATOMIC_ACQUIRE);
	while (ok && len) {
		u64 in = off & (CHUNK_SIZE - 1), n = MIN(len, CHUNK_SIZE - in);

		*pages += release_part(g, off >> CHUNK_SHIFT, in, n);
		off += n;
		len -= n;
	}
	lock_release(&g->lock);
	return ok;
}
