/* SPDX-License-Identifier: BSD-2-Clause */
/* Backing of guest RAM: what struct gmap says of chunks[]. */
#include <string.h>

#include "gstage/gmap.h"
#include "hyp/mem.h"
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

/* What backs gpa now. */
static bool peek_locked(const struct gmap *g, gpa_t gpa, struct gpage *page)
{
	u64 chunk = g->chunks[(gpa.raw - g->base.raw) >> CHUNK_SHIFT];

	BUG_ON(!lock_held(&g->lock));
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

bool gmap_get(struct gmap *g, gpa_t gpa, struct gpage *page)
{
	bool ok;

	if (!gmap_is_ram(g, gpa))
		return false;
	lock_acquire(&g->lock);
	ok = g->chunks && (peek_locked(g, gpa, page) ||
			   (back_locked(g, gpa) && peek_locked(g, gpa, page)));
	lock_release(&g->lock);
	return ok;
}

bool gmap_peek(struct gmap *g, gpa_t gpa, struct gpage *page)
{
	bool ok;

	if (!gmap_is_ram(g, gpa))
		return false;
	lock_acquire(&g->lock);
	ok = g->chunks && peek_locked(g, gpa, page);
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

/* The part of [gpa, gpa + len) in that page around gpa; its host address. */
static char *window(const struct gpage *page, gpa_t gpa, u64 *len)
{
	u64 off = gpa.raw - page->gpa.raw;

	*len = MIN(*len, pt_leaf_size(page->level) - off);
	return (char *)hpa_ptr(page->hpa) + off;
}

/*
 * From guest RAM, or to it. A word that is aligned there is one access: other
 * harts of the guest see it whole.
 */
static void get(void *buf, const char *p, u64 len)
{
	u64 word = 0;

	if (!IS_ALIGNED((u64)p, len)) {
		mem_copy(buf, p, len);
		return;
	}
	switch (len) {
	case 2:
		word = __atomic_load_n((const u16 *)p, __ATOMIC_RELAXED);
		break;
	case 4:
		word = __atomic_load_n((const u32 *)p, __ATOMIC_RELAXED);
		break;
	case 8:
		word = __atomic_load_n((const u64 *)p, __ATOMIC_RELAXED);
		break;
	default:
		mem_copy(buf, p, len);
		return;
	}
	memcpy(buf, &word, len);
}

static void put(char *p, const void *buf, u64 len)
{
	u64 word = 0;

	if (len > sizeof(word) || !IS_ALIGNED((u64)p, len)) {
		mem_copy(p, buf, len);
		return;
	}
	memcpy(&word, buf, len);
	switch (len) {
	case 2:
		__atomic_store_n((u16 *)p, word, __ATOMIC_RELAXED);
		break;
	case 4:
		__atomic_store_n((u32 *)p, word, __ATOMIC_RELAXED);
		break;
	case 8:
		__atomic_store_n((u64 *)p, word, __ATOMIC_RELAXED);
		break;
	default:
		memcpy(p, buf, len);
	}
}

bool gmap_read(struct gmap *g, gpa_t from, void *buf, u64 len)
{
	if (!gmap_covers(g, from, len))
		return false;
	while (len) {
		u64 n = MIN(len, PAGE_SIZE - from.raw % PAGE_SIZE);
		struct gpage page;

		if (gmap_peek(g, from, &page)) {
			const char *p = window(&page, from, &n);

			get(buf, p, n);
		} else {
			memset(buf, 0, n);
		}
		buf = (char *)buf + n;
		from.raw += n;
		len -= n;
	}
	return true;
}

void gmap_wrote(struct gmap *g)
{
	__atomic_fetch_add(&g->foreign, 1, __ATOMIC_RELEASE);
}

bool gmap_write(struct gmap *g, gpa_t to, const void *buf, u64 len)
{
	gmap_wrote(g);
	if (!gmap_covers(g, to, len))
		return false;
	while (len) {
		struct gpage page;
		u64 n = len;
		char *p;

		if (!gmap_get(g, to, &page))
			return false;
		p = window(&page, to, &n);
		put(p, buf, n);
		buf = (const char *)buf + n;
		to.raw += n;
		len -= n;
	}
	return true;
}
