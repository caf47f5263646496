/* SPDX-License-Identifier: BSD-2-Clause */
/* Host memory: a buddy allocator of pages, accounted by owner. */
#ifndef HYP_PAGE_H
#define HYP_PAGE_H

#include "hyp/types.h"

#define PAGE_SHIFT 12
#define PAGE_SIZE  4096UL

/* Orders: a block is PAGE_SIZE << order bytes, aligned to its size. */
#define ORDER_4K   0
#define ORDER_16K  2
#define ORDER_2M   9
#define ORDER_1G   18
#define ORDER_MAX  ORDER_1G

/* Whoever holds pages; part of a VM, a table, the VMM. */
struct page_owner {
	u64 pages;    /* 4 KiB pages held now; page lock */
	u64 most;     /* the most that it held, ever or since reset; same */
	bool no_pool; /* zero for it on demand, not ahead; constant */
};

/* The VMM's own pages. */
extern struct page_owner page_vmm;

/* hva = hpa + this, for all memory and devices; set once at boot. */
extern u64 page_window;

static inline void *hpa_ptr(hpa_t h)
{
	return (void *)(h.raw + page_window);
}

static inline hpa_t ptr_hpa(const void *p)
{
	return HPA((u64)p - page_window);
}

/* Hand a range to the allocator, [base, base + size), page-aligned. */
void page_init(u64 lowest, u64 highest, void *map);
u64 page_map_bytes(u64 lowest, u64 highest);
void page_add(u64 base, u64 size);

/* A block of 2^order pages for owner; HPA(0): none left. */
hpa_t page_alloc(u32 order, struct page_owner *owner);

/* The same, filled with zero: from the idle pool, else zeroed here. */
hpa_t page_alloc_zeroed(u32 order, struct page_owner *owner);

/* Give back what page_alloc*() gave, with the same order and owner. */
void page_free(hpa_t block, u32 order, struct page_owner *owner);

/*
 * Pages that nobody holds, those zeroed or being zeroed for later included; and
 * all there are.
 */
u64 page_free_count(void);
u64 page_total(void);

/*
 * Zero one free block for later, on an idle hart. False: nothing to do.
 * page_zero_wanted() tells the same without doing it.
 */
bool page_zero_idle(void);
bool page_zero_wanted(void);

/* How many 2 MiB blocks idle harts keep zeroed; 0 turns it off. */
void page_zero_target(u32 blocks);

#endif
