/* SPDX-License-Identifier: BSD-2-Clause */
/* Random page tables that show the arena through two windows. */
#include "tests/guest/random.h"

#define ROOTS      4
#define TABLES     12 /* few, so that they are soon something else */
#define ASIDS      8  /* few, so that they come back */
#define INDEX_2M   ((ARENA - RAM_BASE) >> 21 & 511)
#define KERNEL_GIB (PTE_KERNEL | PTE_G)

static u64 roots[ROOTS][512] __attribute__((aligned(4096)));
static u64 tables[TABLES][512] __attribute__((aligned(4096)));
static u32 cursor;
static u64 always; /* A and D, where the machine would set them itself */

/*
 * The gigabytes where windows are: the first, the last, those next to the
 * hole of what is not canonical, and where a VMM may have put itself.
 */
static const u16 slots[] = {1, 3, 4, 255, 256, 258, 510, 511};

static struct map {
	u64 *root, asid;
	struct window {
		u64 va;
		u32 level; /* of the arena's leaf: 0 is 4 KiB */
		u64 *l1, *l0;
		bool user;
	} w[WINDOWS];
} maps[2];
static u32 map_count;
static bool global, was_global;

static u64 satp_of(const struct map *m)
{
	return SATP_SV39 | m->asid << 44 | (u64)m->root >> 12;
}

static bool in_use(const u64 *table)
{
	for (u32 n = 0; n < 2 * WINDOWS; n++) {
		const struct window *w = &maps[n / 2].w[n % 2];

		if (w->l1 == table || w->l0 == table)
			return true;
	}
	return false;
}

static u64 *new_table(void)
{
	while (in_use(tables[cursor % TABLES]))
		cursor++;
	return tables[cursor++ % TABLES];
}

static u64 slot_va(u32 slot)
{
	return (u64)((s64)((u64)slot << 55) >> 25);
}

/* ---- entries --------------------------------------------------------------
 */

/* Of a leaf; R, W and X are never all 0, as that would be a pointer. */
static u64 flags(struct stream *s, bool user, bool code)
{
	static const u8 odd[] = {PTE_R, PTE_X,         PTE_R | PTE_X,
				 PTE_W, PTE_R | PTE_W, PTE_W | PTE_X};
	u64 r = rnd(s), f = PTE_V | PTE_AD | PTE_R | PTE_W | PTE_X;

	if (!(r & (code ? 15 : 3)))
		f = PTE_V | PTE_AD | odd[(r >> 4) % ARRAY_SIZE(odd)];
	r >>= 8;
	if (user != !(r & (code ? 31 : 7)))
		f |= PTE_U;
	r >>= 5;
	if (!(r & (code ? 31 : 7)))
		f &= ~PTE_A;
	r >>= 5;
	if (!(r & 3))
		f &= ~PTE_D;
	if (!(r & 0xf0))
		f &= ~PTE_V;
	if (!(r & 0x3f00))
		f |= BIT(54 + pick(s, 5)); /* reserved */
	if (global && r & 0x4000)
		f |= PTE_G;
	return f | (r & 0x30000) >> 8 | always; /* RSW */
}

/* One in a hundred is none, or has bits that only leaves may have. */
static u64 pointer(struct stream *s, const u64 *table)
{
	static const u64 wrong[] = {PTE_A, PTE_D, PTE_U, BIT(54), PTE_V, PTE_W};
	u64 pte = PTE_PA((u64)table) | PTE_V;

	return chance(s, 100) ? pte ^ wrong[pick(s, 6)] : pte;
}

static u64 small(struct stream *s, const struct window *w, u32 page)
{
	u64 pa = ARENA + page * PAGE_SIZE;
	bool code = page < CODE_PAGES;

	if (page >= DATA_PAGE && page < DATA_PAGE + DATA_PAGES)
		pa = ARENA + (DATA_PAGE + pick(s, DATA_PAGES)) * PAGE_SIZE;
	else if (page == HOLE_PAGE)
		pa = HOLE_BASE;
	else if (!code)
		return 0;
	return PTE_PA(pa) | flags(s, w->user, code);
}

/* A leaf of 2 MiB or 1 GiB, sometimes misaligned. */
static u64 large(struct stream *s, const struct window *w, u64 pa)
{
	if (chance(s, 24))
		pa += PAGE_SIZE << pick(s, 9);
	return PTE_PA(pa) | flags(s, w->user, true);
}

static void fill(struct stream *s, struct map *m, struct window *w)
{
	u64 *top = &m->root[w->va >> 30 & 511];

	*top = w->level == 2 ? large(s, w, RAM_BASE) : pointer(s, w->l1);
	if (w->level < 2)
		w->l1[INDEX_2M] = w->level ? large(s, w, ARENA)
					   : pointer(s, w->l0);
	for (u32 page = 0; !w->level && page < ARENA_PAGES; page++)
		w->l0[page] = small(s, w, page);
}

/* ---- fences ---------------------------------------------------------------
 */

static void fence_asid(u64 asid)
{
	asm volatile("sfence.vma zero, %0" ::"r"(asid) : "memory");
}

static void fence_va(u64 va)
{
	asm volatile("sfence.vma %0, zero" ::"r"(va) : "memory");
}

/* For leaves at one address, whatever their size. */
static void fence_leaf(struct stream *s, const struct map *m, u64 va)
{
	if (global || chance(s, 3))
		fence_va(va);
	else if (chance(s, 4))
		fence_asid(m->asid);
	else
		asm volatile("sfence.vma %0, %1" ::"r"(va), "r"(m->asid)
			     : "memory");
}

/* For tables. */
static void fence_map(struct stream *s, const struct map *m)
{
	if (global || chance(s, 2))
		sfence_all();
	else
		fence_asid(m->asid);
}

/* ---- a case ---------------------------------------------------------------
 */

void map_init(bool svade)
{
	always = svade ? 0 : PTE_AD;
	for (u32 n = 0; n < ROOTS; n++) {
		roots[n][0] = PTE_PA(0UL) | KERNEL_GIB;
		roots[n][2] = PTE_PA(RAM_BASE) | KERNEL_GIB;
	}
}

static u32 pick_level(struct stream *s)
{
	u32 n = pick(s, 16);

	return n < 11 ? 0 : n < 14 ? 1 : 2;
}

static void build(struct stream *s, struct map *m, u32 root, u64 asid)
{
	m->root = roots[root];
	m->asid = asid;
	for (u32 n = 0; n < ARRAY_SIZE(slots); n++)
		m->root[slots[n]] = 0;
	for (u32 n = 0; n < WINDOWS; n++) {
		struct window *w = &m->w[n];

		w->va = s->windows[n];
		w->user = n;
		w->level = pick_level(s);
		w->l1 = new_table();
		w->l0 = new_table();
		fill(s, m, w);
	}
}

u64 map_case(struct stream *s)
{
	u32 root = pick(s, ROOTS), slot = pick(s, ARRAY_SIZE(slots));
	u32 asid = pick(s, ASIDS);
	bool all = chance(s, 2);

	/* The same tables whatever ran before. */
	memset(maps, 0, sizeof(maps));
	cursor = pick(s, TABLES);
	if (!s->paging) {
		csr_write(satp, 0);
		s->windows[0] = s->windows[1] = BARE_WINDOW;
		return (u64)(1 + pick(s, 7)) << 60 | rnd(s) >> 4;
	}
	s->windows[0] = slot_va(slots[slot]);
	slot += 1 + pick(s, ARRAY_SIZE(slots) - 1);
	s->windows[1] = slot_va(slots[slot % ARRAY_SIZE(slots)]);
	map_count = 1 + pick(s, 2);
	global = map_count == 1 && chance(s, 4);
	for (u32 n = 0; n < map_count; n++)
		build(s, &maps[n], (root + n) % ROOTS, 1 + (asid + n) % ASIDS);
	if (global || was_global || all) {
		sfence_all();
	} else {
		for (u32 n = 0; n < map_count; n++)
			fence_asid(maps[n].asid);
	}
	was_global = global;
	csr_write(satp, satp_of(&maps[0]));
	if (map_count == 2)
		return satp_of(&maps[1]);
	return (u64)(1 + pick(s, 7)) << 60 | rnd(s) >> 4;
}

/* ---- changes while it runs ------------------------------------------------
 */

/* What a page that is no table any more may hold: other translations. */
static void junk(struct stream *s, u64 *table)
{
	for (u32 n = 0; n < ARENA_PAGES; n++)
		table[n] = PTE_PA(ARENA + pick(s, ARENA_PAGES) * PAGE_SIZE) |
			   PTE_USER;
	table[INDEX_2M] = PTE_PA(ARENA) | PTE_KERNEL;
}

/* PITFALLS 43: a freed table turns into another one, or into data. */
static void replace_tables(struct stream *s, struct window *w)
{
	u64 *old = w->l0;

	if (chance(s, 2)) {
		w->l0 = w->l1;
		w->l1 = old;
		return;
	}
	w->l0 = new_table();
	junk(s, old);
}

void map_mutate(struct stream *s)
{
	struct map *m = &maps[pick(s, map_count)];
	struct window *w = &m->w[pick(s, WINDOWS)];
	u32 page = pick(s, 2) ? pick(s, CODE_PAGES)
			      : DATA_PAGE + pick(s, DATA_PAGES);
	u64 va = w->va + (ARENA - RAM_BASE) + page * PAGE_SIZE;

	if (chance(s, 3)) {
		if (chance(s, 2))
			w->level = pick_level(s);
		else
			replace_tables(s, w);
		fill(s, m, w);
		fence_map(s, m);
		return;
	}
	if (w->level == 0)
		w->l0[page] = small(s, w, page);
	else if (w->level == 1)
		w->l1[INDEX_2M] = large(s, w, ARENA);
	else
		m->root[w->va >> 30 & 511] = large(s, w, RAM_BASE);
	fence_leaf(s, m, va);
}

/* ---- faults that are mended -----------------------------------------------
 */

static struct map *current(void)
{
	return map_count == 2 && csr_read(satp) == satp_of(&maps[1]) ? &maps[1]
								     : &maps[0];
}

static struct window *window_of(struct map *m, u64 va)
{
	for (u32 n = 0; n < WINDOWS; n++)
		if (va >> 30 == m->w[n].va >> 30)
			return &m->w[n];
	return NULL;
}

static u64 *leaf_of(struct map *m, struct window *w, u64 va)
{
	if (w->level == 2)
		return &m->root[va >> 30 & 511];
	return w->level ? &w->l1[va >> 21 & 511] : &w->l0[va >> 12 & 511];
}

bool map_age(u64 va, bool store)
{
	struct map *m = current();
	struct window *w = window_of(m, va);
	u64 need = store ? PTE_AD : PTE_A, *leaf;

	if (!w || (va - w->va - (ARENA - RAM_BASE)) / PAGE_SIZE >= ARENA_PAGES)
		return false;
	leaf = leaf_of(m, w, va);
	if (!(*leaf & PTE_V) || (*leaf & need) == need)
		return false;
	*leaf |= need;
	fence_va(va);
	return true;
}

void map_repair(struct stream *s, u64 va, bool user)
{
	struct map *m = current();
	struct window *w = window_of(m, va);

	if (!w || (va - w->va - (ARENA - RAM_BASE)) / PAGE_SIZE >= CODE_PAGES)
		return;
	w->user = user;
	fill(s, m, w);
	fence_map(s, m);
}

/* ---- for a person ---------------------------------------------------------
 */

static void dump_window(const struct map *m, const struct window *w)
{
	print("  window 0x%lx level %u top 0x%lx\n", w->va, w->level,
	      m->root[w->va >> 30 & 511]);
	if (w->level < 2)
		print("   l1 0x%lx: 0x%lx\n", (u64)w->l1, w->l1[INDEX_2M]);
	for (u32 n = 0; !w->level && n < ARENA_PAGES; n++)
		if (w->l0[n])
			print("   l0 %u: 0x%lx\n", n, w->l0[n]);
}

void map_dump(void)
{
	for (u32 n = 0; n < map_count; n++) {
		print(" satp 0x%lx%s\n", satp_of(&maps[n]),
		      global ? " global" : "");
		for (u32 k = 0; k < WINDOWS; k++)
			dump_window(&maps[n], &maps[n].w[k]);
	}
}
