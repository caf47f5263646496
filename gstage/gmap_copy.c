/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies from and to guest RAM: under the lock, so that it stays where it is.
 */
#include <string.h>

#include "gstage/gmap.h"
#include "hyp/mem.h"
#include "hyp/pt.h"
#include "hyp/util.h"

/* Bytes that others wait for. */
#define AT_ONCE KiB(64)

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

		lock_acquire(&g->lock);
		if (gmap_peek_locked(g, from, &page)) {
			const char *p = window(&page, from, &n);

			get(buf, p, n);
		} else {
			memset(buf, 0, n);
		}
		lock_release(&g->lock);
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
		u64 n = MIN(len, AT_ONCE);
		bool ok;

		lock_acquire(&g->lock);
		ok = gmap_get_locked(g, to, &page);
		if (ok) {
			char *p = window(&page, to, &n);

			put(p, buf, n);
		}
		lock_release(&g->lock);
		if (!ok)
			return false;
		buf = (const char *)buf + n;
		to.raw += n;
		len -= n;
	}
	return true;
}

bool gmap_update(struct gmap *g, gpa_t at, u64 old, u64 value)
{
	struct gpage page;
	u64 n = sizeof(u64);
	bool done = false;

	gmap_wrote(g);
	if (!gmap_covers(g, at, n))
		return false;
	lock_acquire(&g->lock);
	if (gmap_peek_locked(g, at, &page))
		done = __atomic_compare_exchange_n(
			(u64 *)window(&page, at, &n), &old, value, false,
			__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	lock_release(&g->lock);
	return done;
}
