/* SPDX-License-Identifier: BSD-2-Clause */
/* Radix page tables: map, find, split, unmap. */
#include <string.h>

#include "hyp/csr.h"
#include "hyp/pt.h"
#include "hyp/util.h"

#define PTE_RWX (PTE_R | PTE_W | PTE_X)

/* Other harts walk the tables: what an entry leads to comes first. */
static void set(u64 *pte, u64 value)
{
	__atomic_store_n(pte, value, __ATOMIC_RELEASE);
}

static bool is_table(u64 pte)
{
	return (pte & PTE_V) && !(pte & PTE_RWX);
}

static bool is_leaf(u64 pte)
{
	return (pte & PTE_V) && (pte & PTE_RWX);
}

static u64 make_pte(hpa_t to, u64 flags)
{
	return to.raw >> PAGE_SHIFT << PTE_PPN_SHIFT | flags;
}

static u64 *entry(const struct pt *pt, u64 *table, u64 addr, u32 level)
{
	u32 bits = 9;

	if (level == pt->levels - 1U)
		bits += pt->root_order;
	return &table[addr >> (PAGE_SHIFT + 9 * level) & (BIT(bits) - 1)];
}

static hpa_t table_alloc(struct pt *pt)
{
	hpa_t h = page_alloc(ORDER_4K, pt->owner);

	if (!h.raw)
		return h;
	memset(hpa_ptr(h), 0, PAGE_SIZE);
	pt->tables++;
	return h;
}

static void table_free(struct pt *pt, hpa_t table, u32 level)
{
	u64 *t = hpa_ptr(table);

	for (u32 i = 0; level && i < 512; i++) {
		if (is_table(t[i]))
			table_free(pt, pte_hpa(t[i]), level - 1);
	}
	page_free(table, ORDER_4K, pt->owner);
	pt->tables--;
}

bool pt_init(struct pt *pt, u32 levels, u32 root_order,
	     struct page_owner *owner)
{
	*pt = (struct pt){
		.levels = levels, .root_order = root_order, .owner = owner};
	pt->root = page_alloc(root_order, owner);
	if (!pt->root.raw)
		return false;
	memset(hpa_ptr(pt->root), 0, PAGE_SIZE << root_order);
	pt->tables = 1UL << root_order;
	return true;
}

void pt_destroy(struct pt *pt)
{
	u64 *root = hpa_ptr(pt->root);

	for (u32 i = 0; i < 512U << pt->root_order; i++) {
		if (is_table(root[i]))
			table_free(pt, pte_hpa(root[i]), pt->levels - 2);
	}
	page_free(pt->root, pt->root_order, pt->owner);
	pt->root = HPA(0);
	pt->tables = 0;
}

static void drop_leaves(u64 *table, u32 entries)
{
	for (u32 i = 0; i < entries; i++) {
		if (is_table(table[i]))
			drop_leaves(hpa_ptr(pte_hpa(table[i])), 512);
		else
			set(&table[i], 0);
	}
}

void pt_drop_leaves(struct pt *pt)
{
	drop_leaves(hpa_ptr(pt->root), 512U << pt->root_order);
}

u64 pt_limit(const struct pt *pt)
{
	return BIT(PAGE_SHIFT + 9 * pt->levels + pt->root_order);
}

/* Replace a leaf by a table of leaves one level down that map the same. */
static bool split(struct pt *pt, u64 *pte, u32 level)
{
	u64 flags = *pte & ~PTE_PPN, from = pte_hpa(*pte).raw;
	hpa_t table = table_alloc(pt);
	u64 *t;

	if (!table.raw)
		return false;
	t = hpa_ptr(table);
	for (u32 i = 0; i < 512; i++)
		t[i] = make_pte(HPA(from + i * pt_leaf_size(level - 1)), flags);
	set(pte, make_pte(table, PTE_V));
	return true;
}

/* The entry for addr on a level, making (or splitting) what is above. */
static u64 *descend(struct pt *pt, u64 addr, u32 level)
{
	u64 *table = hpa_ptr(pt->root);

	for (u32 l = pt->levels - 1; l > level; l--) {
		u64 *pte = entry(pt, table, addr, l);

		if (is_leaf(*pte) && !split(pt, pte, l))
			return NULL;
		if (!is_table(*pte)) {
			hpa_t next = table_alloc(pt);

			if (!next.raw)
				return NULL;
			set(pte, make_pte(next, PTE_V));
		}
		table = hpa_ptr(pte_hpa(*pte));
	}
	return entry(pt, table, addr, level);
}

bool pt_map(struct pt *pt, u64 addr, hpa_t to, u32 level, u64 flags)
{
	u64 *pte, old;

	BUG_ON(level >= pt->levels || !IS_ALIGNED(addr, pt_leaf_size(level)));
	BUG_ON(!IS_ALIGNED(to.raw, pt_leaf_size(level)));
	pte = descend(pt, addr, level);
	if (!pte)
		return false;
	old = *pte;
	set(pte, make_pte(to, flags | PTE_V));
	if (level && is_table(old))
		table_free(pt, pte_hpa(old), level - 1);
	return true;
}

u64 *pt_find(const struct pt *pt, u64 addr, u32 *level)
{
	u64 *table = hpa_ptr(pt->root);
	u32 l = pt->levels - 1;

	for (;; l--) {
		u64 *pte = entry(pt, table, addr, l);

		if (!l || !is_table(*pte)) {
			*level = l;
			return pte;
		}
		table = hpa_ptr(pte_hpa(*pte));
	}
}

bool pt_unmap(struct pt *pt, u64 addr, u32 level)
{
	u32 found;
	u64 *pte = pt_find(pt, addr, &found), old;

	if (!(*pte & PTE_V) && found >= level)
		return true;
	pte = descend(pt, addr, level);
	if (!pte)
		return false;
	old = *pte;
	*pte = 0;
	if (level && is_table(old))
		table_free(pt, pte_hpa(old), level - 1);
	return true;
}
