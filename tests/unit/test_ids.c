/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests VMIDs and ASIDs: no hart uses one that it has another's entries of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "fuzz.h"
#include "gstage/ids.h"
#include "host.h"

#define VMS 40

static struct id_space space;
static struct hw_id ids[VMS];
/* For each hart and VMID: the VM that the TLB may hold entries of, or -1. */
static int tlb[HOST_HARTS_MAX][1 << 14];

static void forget(u32 hart)
{
	memset(tlb[hart], 0xff, sizeof(tlb[hart]));
}

static void start_from(u32 bits, u32 first)
{
	memset(&space, 0, sizeof(space));
	lock_init(&space.lock, LOCK_ID);
	id_space_init(&space, bits, first);
	memset(ids, 0, sizeof(ids));
	for (u32 hart = 0; hart < HOST_HARTS_MAX; hart++)
		forget(hart);
}

static void start(u32 bits)
{
	start_from(bits, 0);
}

/* Run a VM on a hart, as the backend does. True: the hart was flushed. */
static bool run(u32 hart, u32 vm, u32 bits)
{
	bool flush = id_use(&space, &ids[vm], hart);
	int *entry = &tlb[hart][ids[vm].id];

	assert_true(ids[vm].id < 1U << bits);
	if (flush)
		forget(hart);
	assert_true(*entry == -1 || *entry == (int)vm);
	*entry = vm;
	return flush;
}

static void test_random(void **state)
{
	u64 seed = fuzz_seed();

	for (u32 bits = 0; bits <= 14; bits++) {
		u32 vms = 1 + fuzz_random(&seed) % VMS;

		start(bits);
		for (u32 i = 0; i < 20000; i++) {
			u64 r = fuzz_random(&seed);

			run(r % HOST_HARTS_MAX, (r >> 32) % vms, bits);
		}
	}
}

/* As many VMs as VMIDs: each hart is flushed once and never again. */
static void test_enough(void **state)
{
	for (u32 bits = 1; bits <= 5; bits++) {
		start(bits);
		for (u32 i = 0; i < 1000; i++)
			assert_int_equal(run(i % 3, i % (1 << bits), bits),
					 i < 3);
	}
}

/* One VM more, and a new generation flushes. */
static void test_wrap(void **state)
{
	start(2);
	for (u32 vm = 0; vm < 4; vm++)
		assert_int_equal(run(0, vm, 2), vm == 0);
	assert_true(run(0, 4, 2));
	assert_int_equal(ids[4].id, 0);
	/* The old ones take new numbers; the hart has been flushed already. */
	assert_false(run(0, 0, 2));
	assert_int_equal(ids[0].id, 1);
	assert_int_equal(ids[0].generation, ids[4].generation);
	/* Another hart hears of the new generation when it next looks. */
	assert_true(run(1, 0, 2));
	assert_false(run(1, 4, 2));
	assert_false(run(0, 0, 2));
}

/* A VM whose id was renewed on one hart flushes on another. */
static void test_renewed_elsewhere(void **state)
{
	start(1);
	assert_true(run(0, 0, 1));
	assert_true(run(1, 0, 1));
	assert_false(run(0, 1, 1));
	assert_true(run(0, 2, 1));
	assert_false(run(0, 0, 1));
	assert_true(run(1, 0, 1));
	assert_false(run(1, 0, 1));
}

/* No VMIDs at all: a flush whenever the VM changes, and only then. */
static void test_none(void **state)
{
	start(0);
	assert_true(run(0, 0, 0));
	assert_false(run(0, 0, 0));
	assert_true(run(0, 1, 0));
	assert_true(run(0, 0, 0));
	assert_true(run(1, 0, 0));
	assert_false(run(1, 0, 0));
	assert_false(run(0, 0, 0));
}

/* Ids of before do not survive a new start. */
static void test_init_again(void **state)
{
	start(4);
	run(0, 0, 4);
	run(0, 1, 4);
	id_space_init(&space, 4, 0);
	assert_true(run(0, 1, 4));
	assert_int_equal(ids[1].id, 0);
	assert_false(run(0, 0, 4));
}

/* A holder that lets go of its id gets another, or the hart is flushed. */
static void test_let_go(void **state)
{
	for (u32 bits = 0; bits <= 6; bits++) {
		start(bits);
		for (u32 i = 0; i < 100; i++) {
			u32 hart = i % 3, old;
			bool flush;

			run(hart, 0, bits);
			old = ids[0].id;
			ids[0].generation = 0;
			flush = id_use(&space, &ids[0], hart);
			assert_true(flush || ids[0].id != old);
			for (u32 h = 0; h < 3; h++)
				forget(h);
		}
	}
}

/* Numbers that are somebody's for good are never given to others. */
static void test_reserved(void **state)
{
	for (u32 bits = 0; bits <= 4; bits++) {
		start_from(bits, 1);
		for (u32 i = 0; i < 1000; i++) {
			run(i % 3, i * 7 % VMS, bits);
			assert_true(!bits == !ids[i * 7 % VMS].id);
		}
	}
}

/* Whoever leaves other translations behind has the next one flush, once. */
static void test_spoil(void **state)
{
	start(4);
	assert_true(run(0, 0, 4));
	assert_true(run(1, 0, 4));
	assert_false(run(0, 1, 4));
	id_spoil(&space, 0);
	assert_true(run(0, 0, 4));
	assert_false(run(0, 1, 4));
	assert_false(run(1, 1, 4));
	start(0);
	assert_true(run(0, 0, 0));
	id_spoil(&space, 0);
	assert_true(run(0, 0, 0));
	assert_false(run(0, 0, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_enough),
		cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_renewed_elsewhere),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_init_again),
		cmocka_unit_test(test_let_go),
		cmocka_unit_test(test_reserved),
		cmocka_unit_test(test_spoil),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
