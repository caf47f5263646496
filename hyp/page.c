/* SPDX-License-Identifier: BSD-2-Clause */
/* Buddy allocator: one byte a page says what starts there. */
#include <string.h>

#include "hyp/debug.h"
#include "hyp/hart.h"
#include "hyp/lock.h"
#include "hyp/page.h"
#include "hyp/page_check.h"
#include "hyp/util.h"
#include "hyp/mem.h"

/* A free block holds its own list links. */
struct block {
	struct block *next, *prev;
};

#define MAP_NONE 0xff /* not the start of a free block */

struct page_owner page_vmm;
u64 page_window;

static struct lock lock = LOCK_INIT(LOCK_PAGE);
static struct block free_lists[ORDER_MAX + 1]; /* lock */
static struct block zeroed;                    /* 2 MiB blocks; lock */
static u32 zeroed_count, zeroed_target;        /* lock */
static u32 zeroing;    /* blocks taken to be zeroed for that list; lock */
static u8 *map;        /* order of the free block that starts there; lock */
static u64 map_base;   /* frame number of map[0] */
static u64 map_frames; /* entries of map */
static u64 free_pages, total_pages; /* lock */

static void list_init(struct block *head)
{
	head->next = head->prev = head;
}

static void list_add(struct block *head, struct block *b)
{
	b->next = head->next;
	b->prev = head;
	head->next->prev = b;
	head->next = b;
}

static void list_del(struct block *b)
{
	b->prev->next = b->next;
	b->next->prev = b->prev;
}

static u64 frame_of(const struct block *b)
{
	return ptr_hpa(b).raw >> PAGE_SHIFT;
}

static struct block *block_at(u64 frame)
{
	return hpa_ptr(HPA(frame << PAGE_SHIFT));
}

u64 page_map_bytes(u64 lowest, u64 highest)
{
	u64 bytes = ALIGN_UP((highest - lowest) >> PAGE_SHIFT, PAGE_SIZE);

	return DEBUG_CHECKS ? 2 * bytes : bytes; /* page_check.c's */
}

void page_init(u64 lowest, u64 highest, void *buffer)
{
	map = buffer;
	map_base = lowest >> PAGE_SHIFT;
	map_frames = (highest - lowest) >> PAGE_SHIFT;
	memset(map, MAP_NONE, map_frames);
	if (DEBUG_CHECKS)
		page_check_init(map + ALIGN_UP(map_frames, PAGE_SIZE), map_base,
				map_frames);
	for (u32 o = 0; o <= ORDER_MAX; o++)
		list_init(&free_lists[o]);
	list_init(&zeroed);
}

/* Put a block on its list, merged with its buddies as far as it goes. */
static void put_locked(u64 frame, u32 order)
{
	BUG_ON(!lock_held(&lock));
	free_pages += 1UL << order;
	while (order < ORDER_MAX) {
		u64 buddy = frame ^ (1UL << order);

		if (buddy < map_base || buddy - map_base >= map_frames ||
		    map[buddy - map_base] != order)
			break;
		list_del(block_at(buddy));
		map[buddy - map_base] = MAP_NONE;
		frame &= ~(1UL << order);
		order++;
	}
	map[frame - map_base] = order;
	list_add(&free_lists[order], block_at(frame));
}

static struct block *get_locked(u32 order)
{
	struct block *b;
	u32 o = order;
	u64 frame;

	BUG_ON(!lock_held(&lock));
	while (o <= ORDER_MAX && free_lists[o].next == &free_lists[o])
		o++;
	if (o > ORDER_MAX)
		return NULL;
	b = free_lists[o].next;
	list_del(b);
	frame = frame_of(b);
	map[frame - map_base] = MAP_NONE;
	while (o > order) {
		o--;
		map[frame + (1UL << o) - map_base] = o;
		list_add(&free_lists[o], block_at(frame + (1UL << o)));
	}
	free_pages -= 1UL << order;
	if (DEBUG_CHECKS)
		page_check_taken(frame, order);
	return b;
}

void page_add(u64 base, u64 size)
{
	u64 frame = base >> PAGE_SHIFT, end = (base + size) >> PAGE_SHIFT;

	BUG_ON(!IS_ALIGNED(base | size, PAGE_SIZE));
	BUG_ON(frame < map_base || end > map_base + map_frames);
	lock_acquire(&lock);
	total_pages += end - frame;
	while (frame < end) {
		u32 order = 0;

		while (order < ORDER_MAX &&
		       IS_ALIGNED(frame, 1UL << (order + 1)) &&
		       frame + (1UL << (order + 1)) <= end)
			order++;
		put_locked(frame, order);
		frame += 1UL << order;
	}
	lock_release(&lock);
}

static struct block *zeroed_get_locked(void)
{
	struct block *b = zeroed.next;

	if (b == &zeroed)
		return NULL;
	list_del(b);
	zeroed_count--;
	if (DEBUG_CHECKS)
		page_check_zero(frame_of(b), ORDER_2M);
	b->next = b->prev = NULL;
	return b;
}

/* The pool gives its blocks back when the rest runs out. */
static struct block *get_or_drain_locked(u32 order)
{
	for (;;) {
		struct block *b = get_locked(order), *z;

		if (b)
			return b;
		z = zeroed_get_locked();
		if (!z)
			return NULL;
		put_locked(frame_of(z), ORDER_2M);
	}
}

static void credit_locked(struct page_owner *owner, u32 order)
{
	owner->pages += 1UL << order;
	owner->most = MAX(owner->most, owner->pages);
}

hpa_t page_alloc(u32 order, struct page_owner *owner)
{
	struct block *b;

	lock_acquire(&lock);
	b = get_or_drain_locked(order);
	if (b)
		credit_locked(owner, order);
	lock_release(&lock);
	return b ? ptr_hpa(b) : HPA(0);
}

hpa_t page_alloc_zeroed(u32 order, struct page_owner *owner)
{
	struct block *b = NULL;
	hpa_t h;

	if (order == ORDER_2M && !owner->no_pool) {
		lock_acquire(&lock);
		b = zeroed_get_locked();
		if (b)
			credit_locked(owner, order);
		lock_release(&lock);
		if (b)
			return ptr_hpa(b);
	}
	h = page_alloc(order, owner);
	if (h.raw)
		mem_zero(hpa_ptr(h), PAGE_SIZE << order);
	return h;
}

/* The block, or a larger one around it, is on a list: it is freed twice. */
static bool is_free_locked(u64 frame, u32 order)
{
	BUG_ON(!lock_held(&lock));
	if (map[frame - map_base] != MAP_NONE)
		return true;
	for (; order <= ORDER_MAX; order++) {
		u64 first = ALIGN_DOWN(frame, 1UL << order);

		if (first < map_base)
			return false;
		if (map[first - map_base] == order)
			return true;
	}
	return false;
}

void page_free(hpa_t block, u32 order, struct page_owner *owner)
{
	u64 frame = block.raw >> PAGE_SHIFT;

	BUG_ON(!IS_ALIGNED(block.raw, PAGE_SIZE << order));
	BUG_ON(frame < map_base || frame - map_base >= map_frames);
	lock_acquire(&lock);
	BUG_ON(owner->pages < 1UL << order);
	BUG_ON(is_free_locked(frame, order));
	owner->pages -= 1UL << order;
	if (DEBUG_CHECKS)
		page_check_freed(frame, order);
	put_locked(frame, order);
	lock_release(&lock);
}

u64 page_free_count(void)
{
	u64 count;

	lock_acquire(&lock);
	count = free_pages + ((u64)(zeroed_count + zeroing) << ORDER_2M);
	lock_release(&lock);
	return count;
}

u64 page_total(void)
{
	return total_pages;
}

void page_zero_target(u32 blocks)
{
	zeroed_target = blocks;
}

/* Leave a quarter of the memory to those who do not need it zeroed. */
bool page_zero_wanted(void)
{
	return zeroed_count < zeroed_target && free_pages > total_pages / 4;
}

bool page_zero_idle(void)
{
	struct block *b;

	if (!page_zero_wanted())
		return false;
	lock_acquire(&lock);
	b = get_locked(ORDER_2M);
	zeroing += b != NULL;
	lock_release(&lock);
	if (!b)
		return false;
	mem_zero(b, PAGE_SIZE << ORDER_2M);
	this_hart()->idle_zeroed += PAGE_SIZE << ORDER_2M;
	lock_acquire(&lock);
	list_add(&zeroed, b);
	zeroed_count++;
	zeroing--;
	lock_release(&lock);
	return true;
}
