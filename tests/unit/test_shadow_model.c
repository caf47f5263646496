/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shadow tables against the architecture: whatever a hart makes of them, at
 * any time, its guest's tables said so after its last fence of that address.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "shadow_audit.h"
#include "shadow_guest.h"

#define AUDIT 100 /* steps */

static u64 seen[7];  /* enum shadow_result */
static u64 quick;    /* faults that took the quick way */
static u64 recently; /* switches to a root of lately, without asking */

/* ---- what the VMM does --------------------------------------------------- */

static bool hardware_fence_kind(void)
{
	return g->shadow.kind == SHADOW_VS;
}

/* Roots by shadow_use(): where that fails, memory comes back first. */
static void use_root(void)
{
	bool flush = false;

	g->hardware = shadow_use(&g->shadow, g->satp, g->mode, &flush);
	if (!g->hardware) {
		assert_true(g->poor);
		host_relieve();
		g->poor = false;
		g->hardware = shadow_use(&g->shadow, g->satp, g->mode, &flush);
		assert_true(g->hardware);
	}
	if (flush)
		host_fence(hardware_fence_kind(), NULL, NULL);
	if (g->cached_satp != g->satp || g->epoch != g->shadow.epoch)
		memset(g->cached, 0, sizeof(g->cached));
	g->cached_satp = g->satp;
	g->epoch = g->shadow.epoch;
	g->cached[g->mode] = flush ? 0 : g->hardware;
	g->recent[dice(RECENT)] = (struct recent){
		.satp = g->satp,
		.hardware = g->cached[g->mode],
		.stamp = g->epoch + g->shadow.seq,
		.root = g->shadow.current,
		.mode = g->mode,
	};
}

/* What was in use lately, with another satp; false: nothing of that. */
static bool use_recent(void)
{
	for (u32 i = 0; i < RECENT; i++) {
		const struct recent *r = &g->recent[i];

		if (!r->hardware || r->satp != g->satp || r->mode != g->mode ||
		    r->stamp != g->shadow.epoch + g->shadow.seq)
			continue;
		g->hardware = r->hardware;
		shadow_went(&g->shadow, r->root);
		memset(g->cached, 0, sizeof(g->cached));
		g->cached_satp = g->satp;
		g->epoch = g->shadow.epoch;
		g->cached[g->mode] = r->hardware;
		recently++;
		return true;
	}
	return false;
}

static void switch_root(u64 satp, u32 mode)
{
	g->satp = satp;
	g->mode = mode;
	if (satp == g->cached_satp && g->epoch == g->shadow.epoch &&
	    g->cached[mode] && dice(4))
		g->hardware = g->cached[mode];
	else if (!dice(4) || satp == g->cached_satp || !use_recent())
		use_root();
}

static void fenced(u64 start, u64 size, u64 asid)
{
	g->fence[g->fences++] =
		(struct fence_op){++g->clock, start, size, asid};
}

static void guest_fence_page(u64 va)
{
	shadow_at(&g->shadow, g->satp, g->mode);
	shadow_fence_page(&g->shadow, GVA(va));
	fenced(va, PAGE_SIZE, ~0UL);
}

static void guest_fence(u64 start, u64 size, u64 asid)
{
	shadow_at(&g->shadow, g->satp, g->mode);
	shadow_fence_range(&g->shadow, start, size,
			   asid == ~0UL ? NULL : &asid);
	fenced(start, size, asid);
	if (size == ~0UL && asid == ~0UL)
		g->fences = g->writes = 0;
}

static void some_fence(void)
{
	u64 asid = dice(2) ? ~0UL : dice(3), va = some_va();

	if (g->fences >= HISTORY - 2)
		return guest_fence(0, ~0UL, ~0UL);
	switch (dice(4)) {
	case 0:
		return guest_fence(0, ~0UL, asid);
	case 1:
		return guest_fence(ALIGN_DOWN(va, PAGE_SIZE),
				   PAGE_SIZE * (1 + dice(100)), asid);
	case 2:
		return guest_fence(ALIGN_DOWN(va, PAGE_SIZE), PAGE_SIZE, asid);
	default:
		return guest_fence_page(ALIGN_DOWN(va, PAGE_SIZE));
	}
}

static void check_fault(u64 va, enum walk_access access,
			enum shadow_result result, gpa_t gpa)
{
	struct walk w;
	enum walk_result now = walk(va, access, g->mode, &w);

	seen[result]++;
	switch (result) {
	case SHADOW_FILLED:
		assert_int_equal(now, WALK_OK);
		assert_int_equal(gpa.raw, w.gpa.raw);
		return;
	case SHADOW_PAGE_FAULT:
		assert_true(now == WALK_PAGE_FAULT || now == WALK_NEEDS_AD);
		return;
	case SHADOW_ACCESS_FAULT:
		assert_int_equal(now, WALK_ACCESS_FAULT);
		assert_int_equal(gpa.raw, w.pte_at.raw);
		return;
	case SHADOW_NOT_RAM:
		assert_int_equal(now, WALK_OK);
		assert_int_equal(gpa.raw, w.gpa.raw);
		assert_false(gmap_is_ram(&g->gmap, gpa));
		return;
	case SHADOW_OURS:
		assert_int_equal(now, WALK_OK);
		assert_true(g->shadow.kind == SHADOW_U && map_is_ours(va));
		return;
	case SHADOW_NO_MEMORY:
		assert_true(g->poor);
		return;
	case SHADOW_TABLE:
		assert_int_equal(now, WALK_OK);
		assert_true(g->sync && access == WALK_STORE);
		assert_true(sync_tracks_page(&g->shadow, gpa));
	}
}

/* The hart itself stores nowhere where it should be caught. */
static void check_store(u64 va, u64 pte, u32 level)
{
	u64 hpa = pte_hpa(pte).raw + (va & (pt_leaf_size(level) - 1));

	for (u32 t = 0; g->shadow.tracked && t < TABLES; t++) {
		gpa_t gpa = GPA(RAM + t * PAGE_SIZE);

		if (hpa - ptr_hpa(entry_at(t, 0)).raw < PAGE_SIZE)
			assert_false(sync_tracks_page(&g->shadow, gpa));
	}
}

/*
 * The guest touches va. The hart may fault as often as it likes on what it
 * remembers, but not for ever.
 */
static void touch(u64 va, enum walk_access access)
{
	for (u32 tries = 0; tries < 4; tries++) {
		bool vs = g->shadow.kind == SHADOW_VS;
		enum shadow_result result;
		struct walk w;
		u32 level;
		gpa_t gpa;
		u64 pte = hart_leaf(vs, g->hardware, va, &level);

		if (pte && pte != OURS_PTE && !lawful(va, pte, level)) {
			print_message(
				"va %#lx: leaf %#lx, level %u, under satp "
				"%#lx, mode %u, shadow %u\n",
				(long)va, (long)pte, level, (long)g->satp,
				g->mode, g->shadow.kind);
			fail();
		}
		if (leaf_allows(pte, access, hardware_mode(g->mode))) {
			if (access == WALK_STORE && pte != OURS_PTE)
				check_store(va, pte, level);
			return;
		}
		shadow_at(&g->shadow, g->satp, g->mode);
		if (dice(4) &&
		    shadow_quick(&g->shadow, GVA(va), access, g->mode)) {
			assert_int_equal(walk(va, access, g->mode, &w),
					 WALK_OK);
			quick++;
			continue;
		}
		result = shadow_fault(&g->shadow, GVA(va), access, g->mode,
				      &gpa);
		check_fault(va, access, result, gpa);
		if (result != SHADOW_FILLED)
			return;
	}
	fail_msg("no progress");
}

/* ---- runs ---------------------------------------------------------------- */

static void turn(void)
{
	u32 hart = dice(8) ? g->hart : dice(BENCH_HARTS);

	if (dice(4) == 0)
		g = &guests[g == guests];
	host_hart = hart;
	if (g->hart != hart)
		host_fence(hardware_fence_kind(), NULL, NULL);
	g->hart = hart;
	use_root();
}

static void starve(void)
{
	if (g->poor) {
		host_relieve();
		guests[0].poor = guests[1].poor = false;
	} else {
		guests[0].poor = guests[1].poor = true;
		host_exhaust(dice(12));
	}
}

static void step(void)
{
	u64 r = dice(100);

	if (r < 45)
		touch(some_va(), dice(2) ? WALK_LOAD : dice(3));
	else if (r < 70)
		change_tables();
	else if (r < 80)
		some_fence();
	else if (r < 94)
		switch_root(dice(20) ? g->satps[dice(ROOTS)] : 0,
			    dice(VIEW_COUNT));
	else if (r < 99)
		turn();
	else if (!dice(10))
		starve();
	else if (!dice(10))
		shadow_drop(&g->shadow);
}

static void start(struct guest *guest, enum shadow_kind kind)
{
	u64 keep = dice(2) ? 130 + dice(200) : 2000;

	g = guest;
	memset(g, 0, sizeof(*g));
	assert_true(gmap_init(&g->gmap, GPA(RAM), SIZE, dice(2), &g->owner));
	assert_true(shadow_init(&g->shadow, kind, bench_levels, &g->gmap,
				&g->owner));
	g->shadow.pages_max = keep;
	g->sync = dice(2);
	assert_true(!g->sync || shadow_sync(&g->shadow, true));
	for (u32 i = 0; i < ROOTS; i++)
		g->satps[i] = (ATP_SV39 + dice(bench_levels - 2))
				      << ATP_MODE_SHIFT |
			      dice(3) << ATP_ASID_SHIFT |
			      ((RAM >> PAGE_SHIFT) + dice(ROOTS));
	for (u32 i = 0; i < 2000; i++)
		*entry_at(dice(TABLES), some_index()) = some_pte();
	host_fence(hardware_fence_kind(), NULL, NULL);
	use_root();
}

static void end(struct guest *guest)
{
	shadow_destroy(&guest->shadow);
	gmap_destroy(&guest->gmap);
	assert_int_equal(guest->owner.pages, 0);
}

static void run(enum shadow_kind a, enum shadow_kind b)
{
	memset(tlb, 0, sizeof(tlb));
	host_hart = 0;
	start(&guests[0], a);
	start(&guests[1], b);
	for (u32 i = 0; i < 20000; i++) {
		step();
		if (i % AUDIT == 0) {
			audit(&guests[0].shadow);
			audit(&guests[1].shadow);
		}
	}
	if (g->poor)
		host_relieve();
	end(&guests[0]);
	end(&guests[1]);
}

static void rounds(u64 seed)
{
	bench_seed = seed;
	for (u32 round = 0; round < 24; round++) {
		bench_set_levels(3 + round % 3);
		id_space_init(&ids_asid, dice(4) * dice(4), 1);
		id_space_init(&ids_vasid, dice(4) * dice(4), 1);
		run(round & 4 ? SHADOW_VS : SHADOW_U,
		    round & 8 ? SHADOW_VS : SHADOW_U);
	}
}

/* It was found by this one: a leaf that the guest had changed and not fenced,
 * to a page that became a table, was still the hart's. */
static void test_loose_leaf(void **state)
{
	rounds(1795940339);
}

static void test_random(void **state)
{
	rounds(fuzz_seed());
	for (u32 i = 0; i < ARRAY_SIZE(seen); i++) {
		print_message("result %u: %lu\n", i, (long)seen[i]);
		assert_true(seen[i] > 50);
	}
	print_message("stale: %lu, quick: %lu, recently: %lu\n", (long)stale,
		      (long)quick, (long)recently);
	print_message("caught: %lu, opened: %lu\n", (long)caught, (long)opened);
	assert_true(caught > 100 && opened > 100);
	assert_true(stale > 100 && quick > 100 && recently > 30);
}

static int setup(void **state)
{
	host.features = HOST_SVPBMT | HOST_SVNAPOT;
	for (u32 i = 0; i < BENCH_HARTS; i++)
		harts[i].index = i;
	host_memory(MiB(256));
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loose_leaf),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
