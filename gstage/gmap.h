/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest's RAM: which host memory backs which GPA; the same for each backend.
 */
#ifndef GSTAGE_GMAP_H
#define GSTAGE_GMAP_H

#include "hyp/lock.h"
#include "hyp/page.h"
#include "hyp/types.h"

struct gmap {
	gpa_t base;    /* constant */
	u64 size;      /* bytes, a multiple of 4 KiB; constant */
	u32 level_max; /* the largest page to back with, PT_LEVEL_*; constant */
	/* Whose RAM it is may use Svpbmt, Svnapot: as far as the host has them,
	 * unless the owner clears it before first use. */
	bool pbmte, napot;
	struct page_owner *owner;
	struct lock lock;
	/*
	 * One entry per 2 MiB of RAM: nothing, a 2 MiB page, a part of a 1 GiB
	 * page, or a table of 4 KiB pages. Written under the lock; what is
	 * there stays until gmap_release() or gmap_destroy().
	 */
	u64 *chunks;
	u64 nchunks; /* constant */
	u32 order;   /* of the chunks array; constant */
	u64 *closed; /* a bit a page that no guest stores to; or NULL */
	u64 foreign; /* writes that no vcpu made by itself; atomic */
	u32 pins;    /* devices that may be at an address of it; atomic */
};

/* An entry is a host address and its kind; entries of a table are pages. */
#define GMAP_CHUNK_SHIFT 21
#define GMAP_KIND        0xfffUL
#define GMAP_2M          1UL
#define GMAP_1G          2UL
#define GMAP_TABLE       3UL
#define GMAP_4K          1UL /* in a table */

/* Host memory behind a GPA: the whole page that backs it. */
struct gpage {
	hpa_t hpa; /* of the page's first byte */
	gpa_t gpa; /* likewise */
	u32 level; /* its size, PT_LEVEL_* */
};

/*
 * RAM of size bytes at base (2 MiB-aligned), nothing backed yet. False: no
 * memory for the bookkeeping.
 */
bool gmap_init(struct gmap *g, gpa_t base, u64 size, u32 level_max,
	       struct page_owner *owner);

/* Give all backing memory back. */
void gmap_destroy(struct gmap *g);

/*
 * The page that backs gpa, allocated and zeroed if there is none: the largest
 * that fits (in RAM, in level_max, in free memory). False: not RAM, or out of
 * memory. Takes g->lock.
 */
bool gmap_get(struct gmap *g, gpa_t gpa, struct gpage *page);

/* The same, but what is not backed stays so: false. */
bool gmap_peek(struct gmap *g, gpa_t gpa, struct gpage *page);

/* Both for who has the lock and asks for RAM. */
bool gmap_get_locked(struct gmap *g, gpa_t gpa, struct gpage *page);
bool gmap_peek_locked(const struct gmap *g, gpa_t gpa, struct gpage *page);

/* Move *gpa on to the next byte that is backed; false: there is none. */
bool gmap_next_backed(struct gmap *g, gpa_t *gpa);

/*
 * Copy len bytes between guest RAM and buf. False: part of it is not RAM (and
 * then nothing was copied), or, when writing, out of memory. What is not
 * backed reads as zero and stays so. 2, 4 or 8 bytes at a multiple of that are
 * one access.
 */
bool gmap_read(struct gmap *g, gpa_t from, void *buf, u64 len);
bool gmap_write(struct gmap *g, gpa_t to, const void *buf, u64 len);

/* The u64 at an aligned address becomes value if it is old; false: it is not.
 */
bool gmap_update(struct gmap *g, gpa_t at, u64 old, u64 value);

/*
 * Give back what backs [gpa, gpa + len), whole pages of 4 KiB: it reads as
 * zero until somebody writes. *pages: how many were given back; fewer than
 * there are where a large page was to be split and there is no memory. False,
 * and nothing happened: not all of it is RAM, or somebody has pinned it.
 * No vcpu runs; the caller has dropped what was derived from it.
 */
bool gmap_release(struct gmap *g, gpa_t gpa, u64 len, u64 *pages);

/*
 * From before gmap_get() until the last use of the address, for who is not a
 * vcpu of this guest: nothing is released. For gmap_read() and gmap_write()
 * there is no need.
 */
static inline void gmap_pin(struct gmap *g)
{
	__atomic_fetch_add(&g->pins, 1, __ATOMIC_ACQUIRE);
}

static inline void gmap_unpin(struct gmap *g)
{
	__atomic_fetch_sub(&g->pins, 1, __ATOMIC_RELEASE);
}

/* Somebody else, a device, wrote to what gmap_get() said. */
void gmap_wrote(struct gmap *g);

static inline bool gmap_is_ram(const struct gmap *g, gpa_t gpa)
{
	return gpa.raw - g->base.raw < g->size;
}

/*
 * The entry that backs gpa, with the kind's bits of the chunk: its host address
 * is that of 4 KiB or 2 MiB around gpa. 0: no RAM, or nothing backs it yet.
 * Without the lock, for those who look things up at each exit.
 */
static inline u64 gmap_entry(const struct gmap *g, gpa_t gpa)
{
	u64 off = gpa.raw - g->base.raw, entry;

	if (off >= g->size)
		return 0;
	entry = __atomic_load_n(&g->chunks[off >> GMAP_CHUNK_SHIFT],
				__ATOMIC_RELAXED);
	if ((entry & GMAP_KIND) == GMAP_TABLE) {
		const u64 *table = hpa_ptr(HPA(entry & ~GMAP_KIND));

		/* RAM begins at a multiple of 2 MiB. */
		entry = __atomic_load_n(&table[gpa.raw >> PAGE_SHIFT & 511],
					__ATOMIC_RELAXED);
		return entry ? (entry & ~GMAP_KIND) | GMAP_TABLE : 0;
	}
	return entry;
}

/* Where gpa is, given its entry. */
static inline hpa_t gmap_entry_hpa(u64 entry, gpa_t gpa)
{
	u64 size = (entry & GMAP_KIND) == GMAP_TABLE ? PAGE_SIZE
						     : 1UL << GMAP_CHUNK_SHIFT;

	return HPA((entry & ~GMAP_KIND) | (gpa.raw & (size - 1)));
}

/* The guest may not store to that page (of RAM) as yet. */
static inline bool gmap_closed(const struct gmap *g, gpa_t gpa)
{
	u64 bit = (gpa.raw - g->base.raw) >> PAGE_SHIFT;

	return g->closed && g->closed[bit / 64] >> (bit & 63) & 1;
}

/* The whole of [gpa, gpa + len) is RAM. */
bool gmap_covers(const struct gmap *g, gpa_t gpa, u64 len);

#endif
