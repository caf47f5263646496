/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests how A and D are set in a guest's entry, beside others who write it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "gstage/gmap.h"
#include "gstage/walk.h"
#include "host.h"
#include "hyp/csr.h"
#include "hyp/pt.h"
#include "hyp/util.h"

#define BASE 0x80000000UL
#define VA   0x40000000UL
#define LEAF (PTE_V | PTE_R | PTE_W | PTE_X)
#define ROOT GPA(BASE)

static struct gmap g;
static struct page_owner owner;
static u32 reads;      /* of the leaf */
static u64 meanwhile;  /* what another hart writes there, */
static u32 when, till; /* at these of its reads */

static gpa_t leaf_at(void)
{
	return GPA(BASE + 8 * (VA >> 30));
}

static void put(u64 pte)
{
	assert_true(gmap_write(&g, leaf_at(), &pte, sizeof(pte)));
}

static u64 leaf(void)
{
	u64 pte;

	assert_true(gmap_read(&g, leaf_at(), &pte, sizeof(pte)));
	return pte;
}

static bool read_pte(void *ctx, gpa_t at, u64 *pte)
{
	bool ok = gmap_read(&g, at, pte, sizeof(*pte));

	reads++;
	if (reads >= when && reads <= till)
		put(meanwhile ? meanwhile ^ (reads & 1UL) << 8 : 0);
	return ok;
}

/* What comes of an access to an entry of that kind, which then holds *now. */
static enum walk_result set(u64 pte, enum walk_access access, u64 *now)
{
	struct walk_view view = {
		.satp = ATP_SV39 << ATP_MODE_SHIFT | ROOT.raw >> PAGE_SHIFT,
		.read = read_pte,
	};
	struct walk w;
	enum walk_result result;

	put(pte);
	reads = 0;
	result = walk_guest(&view, GVA(VA), access, &w);
	assert_int_equal(result, WALK_NEEDS_AD);
	result = walk_set_ad(&view, GVA(VA), access, &g, &w);
	*now = leaf();
	if (result == WALK_OK)
		assert_int_equal(w.pte, *now);
	return result;
}

static int setup(void **state)
{
	host_memory(MiB(64));
	owner = (struct page_owner){0};
	assert_true(gmap_init(&g, GPA(BASE), MiB(4), 0, &owner));
	when = till = 0;
	return 0;
}

static int teardown(void **state)
{
	gmap_destroy(&g);
	return 0;
}

static void test_bits(void **state)
{
	u64 now;

	assert_int_equal(set(LEAF, WALK_LOAD, &now), WALK_OK);
	assert_int_equal(now, LEAF | PTE_A);
	assert_int_equal(set(LEAF, WALK_FETCH, &now), WALK_OK);
	assert_int_equal(now, LEAF | PTE_A);
	assert_int_equal(set(LEAF, WALK_STORE, &now), WALK_OK);
	assert_int_equal(now, LEAF | PTE_A | PTE_D);
	assert_int_equal(set(LEAF | PTE_A, WALK_STORE, &now), WALK_OK);
	assert_int_equal(now, LEAF | PTE_A | PTE_D);
}

/* Another hart was there first: its value stays, and is judged. */
static void test_meanwhile(void **state)
{
	u64 now;

	when = till = 1;
	meanwhile = (LEAF & ~(u64)PTE_W) ^ 1UL << 8;
	assert_int_equal(set(LEAF, WALK_LOAD, &now), WALK_OK);
	assert_int_equal(now, (LEAF & ~(u64)PTE_W) | PTE_A);
	assert_int_equal(set(LEAF, WALK_STORE, &now), WALK_PAGE_FAULT);
	assert_int_equal(now, LEAF & ~(u64)PTE_W);
	meanwhile = 0;
	assert_int_equal(set(LEAF, WALK_LOAD, &now), WALK_PAGE_FAULT);
	assert_int_equal(now, 0);
}

/* One that never stops: we do. */
static void test_never_still(void **state)
{
	u64 now;

	when = 1;
	till = 1000;
	meanwhile = LEAF;
	assert_int_equal(set(LEAF, WALK_LOAD, &now), WALK_NEEDS_AD);
	assert_true(reads < 20);
	assert_int_equal(now & PTE_A, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_bits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_meanwhile, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_never_still, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
