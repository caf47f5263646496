/* SPDX-License-Identifier: BSD-2-Clause */
/* The ACLINT: software interrupts, timers that wrap and saturate, wild writes.
 */
#include <string.h>

#include "mmio.h"
#include "host.h"
#include "hyp/util.h"
#include "vdev/aclint.h"

#define MSIP(h)     (GUEST_ACLINT_BASE + 4 * (h))
#define MTIMECMP(h) (GUEST_ACLINT_BASE + 0x4000 + 8 * (h))
#define MTIME       (GUEST_ACLINT_BASE + 0xbff8)

static struct aclint aclint;
static u64 delta;

static void out_set(struct irq_line *line, bool level)
{
	assert_true(lock_held(&aclint.dev.lock));
	assert_true(line->number < aclint.harts);
}

static void start(u32 harts)
{
	host_reset();
	delta = 0;
	memset(&bus, 0, sizeof(bus));
	aclint_init(&aclint, harts, &delta);
	for (u32 h = 0; h < harts; h++) {
		aclint.hart[h].msip.set = out_set;
		aclint.hart[h].mtip.set = out_set;
	}
	assert_true(vbus_add(&bus, &aclint.dev));
}

static int setup(void **state)
{
	start(GUEST_HARTS_MAX);
	return 0;
}

static bool mtip(u32 h)
{
	return aclint.hart[h].mtip.level;
}

static bool msip(u32 h)
{
	return aclint.hart[h].msip.level;
}

static void set_cmp(u32 h, u64 value)
{
	mmio_write(MTIMECMP(h), 8, value);
}

static void test_msip(void **state)
{
	for (u32 h = 0; h < GUEST_HARTS_MAX; h++) {
		assert_int_equal(mmio_read(MSIP(h), 4), 0);
		mmio_write(MSIP(h), 4, 0xfffffffe);
		assert_false(msip(h));
		mmio_write(MSIP(h), 4, 0xffffffff);
		assert_true(msip(h));
		assert_int_equal(mmio_read(MSIP(h), 4), 1);
		for (u32 other = h + 1; other < GUEST_HARTS_MAX; other++)
			assert_false(msip(other));
	}
	mmio_write(MSIP(3), 4, 0);
	assert_false(msip(3));
	assert_true(msip(4));
}

static void test_mtime(void **state)
{
	host_advance(0x1122334455667788);
	assert_int_equal(mmio_read(MTIME, 8), 0x1122334455667788);
	assert_int_equal(mmio_read(MTIME, 4), 0x55667788);
	assert_int_equal(mmio_read(MTIME + 4, 4), 0x11223344);
	delta = -0x1122334455667700UL;
	assert_int_equal(mmio_read(MTIME, 8), 0x88);
}

static void test_write_mtime(void **state)
{
	host_advance(5000);
	set_cmp(2, 1000);
	assert_true(mtip(2));
	mmio_write(MTIME, 8, 900);
	assert_int_equal(mmio_read(MTIME, 8), 900);
	assert_false(mtip(2));
	host_advance(5099);
	assert_false(mtip(2));
	host_advance(5100);
	assert_true(mtip(2));
	mmio_write(MTIME + 4, 4, 0xffffffff);
	assert_int_equal(mmio_read(MTIME, 8), 0xffffffff00000000 + 1000);
	mmio_write(MTIME, 4, 7);
	assert_int_equal(mmio_read(MTIME, 8), 0xffffffff00000007);
}

static void test_mtimecmp(void **state)
{
	for (u32 h = 0; h < GUEST_HARTS_MAX; h++) {
		assert_true(mmio_read(MTIMECMP(h), 8) == ~0UL);
		set_cmp(h, 0x0123456789abcdef + h);
		assert_int_equal(mmio_read(MTIMECMP(h), 8),
				 0x0123456789abcdef + h);
		assert_int_equal(mmio_read(MTIMECMP(h), 4), 0x89abcdef + h);
		assert_int_equal(mmio_read(MTIMECMP(h) + 4, 4), 0x01234567);
	}
}

/* RV32's way: low all ones, high, low. */
static void test_mtimecmp_halves(void **state)
{
	host_advance(100);
	mmio_write(MTIMECMP(1), 4, 0xffffffff);
	mmio_write(MTIMECMP(1) + 4, 4, 0);
	assert_false(mtip(1));
	assert_int_equal(mmio_read(MTIMECMP(1), 8), 0xffffffff);
	mmio_write(MTIMECMP(1), 4, 100);
	assert_true(mtip(1));
	mmio_write(MTIMECMP(1) + 4, 4, 1);
	assert_false(mtip(1));
}

static void test_timer(void **state)
{
	set_cmp(0, 100);
	set_cmp(1, 200);
	host_advance(99);
	assert_false(mtip(0));
	host_advance(100);
	assert_true(mtip(0));
	assert_false(mtip(1));
	set_cmp(0, 300); /* moves on: lowers it */
	assert_false(mtip(0));
	host_advance(250);
	assert_false(mtip(0));
	assert_true(mtip(1));
	set_cmp(1, 0); /* in the past: stays up */
	assert_true(mtip(1));
}

/* PITFALLS 27: all ones is never, also when mtime gets there. */
static void test_never(void **state)
{
	set_cmp(0, 10);
	set_cmp(0, ~0UL);
	host_advance(20);
	assert_false(mtip(0));
	assert_true(aclint.hart[0].timer.deadline == TIMER_NEVER);
	mmio_write(MTIME, 8, ~0UL);
	assert_false(mtip(0));
	set_cmp(0, 10);
	assert_true(mtip(0));
	set_cmp(0, ~0UL);
	assert_false(mtip(0));
}

/* PITFALLS 52: a deadline beyond the host's time saturates, never wraps. */
static void test_far_deadline(void **state)
{
	host_advance(1000);
	delta = -1000UL;
	set_cmp(0, ~0UL - 1);
	assert_true(aclint.hart[0].timer.deadline == TIMER_NEVER);
	set_cmp(0, ~0UL - 1001);
	assert_true(aclint.hart[0].timer.deadline == ~0UL - 1);
	assert_false(mtip(0));
}

/* Guest time that wraps: mtip follows the unsigned comparison. */
static void test_guest_wraps(void **state)
{
	delta = -10UL;
	set_cmp(0, -5UL);
	set_cmp(1, 0);
	assert_false(mtip(0));
	assert_true(mtip(1));
	host_advance(4);
	assert_false(mtip(0));
	host_advance(5);
	assert_true(mtip(0));
	host_advance(10);
	assert_int_equal(mmio_read(MTIME, 8), 0);
	assert_false(mtip(0));
	assert_true(mtip(1));
	assert_true(aclint.hart[1].timer.deadline == TIMER_NEVER);
}

static void test_delta_changes(void **state)
{
	set_cmp(0, 1000);
	delta = 900;
	aclint_update(&aclint);
	assert_true(aclint.hart[0].timer.deadline == 100);
	delta = 1000;
	aclint_update(&aclint);
	assert_true(mtip(0));
}

/* A timer may fire although its reason is gone: nothing must come of it. */
static void test_spurious_fire(void **state)
{
	struct timer *t = &aclint.hart[0].timer;

	t->fire(t);
	assert_false(mtip(0));
	set_cmp(0, 1000);
	t->fire(t);
	assert_false(mtip(0));
	host_advance(1000);
	assert_true(mtip(0));
}

static void test_reset(void **state)
{
	host_advance(50);
	mmio_write(MSIP(1), 4, 1);
	mmio_write(MTIME, 8, 5000);
	set_cmp(1, 10);
	set_cmp(2, 6000);
	vbus_reset(&bus);
	assert_false(msip(1));
	assert_false(mtip(1));
	assert_int_equal(mmio_read(MTIME, 8), 50);
	for (u32 h = 0; h < GUEST_HARTS_MAX; h++) {
		assert_true(mmio_read(MTIMECMP(h), 8) == ~0UL);
		assert_true(aclint.hart[h].timer.deadline == TIMER_NEVER);
	}
}

static void test_reserved(void **state)
{
	start(2);
	mmio_write(MSIP(2), 4, 1);
	assert_int_equal(mmio_read(MSIP(2), 4), 0);
	assert_int_equal(mmio_read(MSIP(4095), 4), 0);
	mmio_write(MTIMECMP(2), 8, 0);
	assert_int_equal(mmio_read(MTIMECMP(2), 8), 0);
	assert_int_equal(mmio_read(MTIMECMP(4094), 8), 0);
	mmio_write(MTIME + 8, 8, 1);
	assert_int_equal(mmio_read(MTIME + 8, 8), 0);
	assert_int_equal(mmio_read(GUEST_ACLINT_BASE + 0xfffc, 4), 0);
}

static void test_widths(void **state)
{
	static const u64 regs[] = {MSIP(0), MTIMECMP(0), MTIME, MTIME + 8};

	for (u32 i = 0; i < ARRAY_SIZE(regs); i++) {
		mmio_refused(regs[i], 1);
		mmio_refused(regs[i], 2);
		mmio_refused(regs[i] + 2, 4);
		mmio_refused(regs[i] + 4, 8);
	}
	mmio_refused(MSIP(0), 8);
	mmio_refused(GUEST_ACLINT_BASE + GUEST_ACLINT_SIZE, 4);
}

/* ---- wild writes ------------------------------------------------------- */

static void check_state(void)
{
	u64 now = host_time + delta + aclint.offset;

	for (u32 h = 0; h < aclint.harts; h++) {
		struct aclint_hart *a = &aclint.hart[h];
		bool due = a->mtimecmp != ~0UL && now >= a->mtimecmp;

		assert_int_equal(a->mtip.level, due);
		if (!due && a->timer.deadline != TIMER_NEVER)
			assert_true(a->timer.deadline - host_time ==
				    a->mtimecmp - now);
	}
	assert_false(lock_held(&aclint.dev.lock));
}

/* Values near each other, near zero, near the wrap, and anything. */
static u64 some_time(void)
{
	switch (rnd_below(4)) {
	case 0:
		return rnd_below(1 << 16);
	case 1:
		return -rnd_below(1 << 16);
	case 2:
		return host_time + delta + aclint.offset + rnd_below(1 << 12);
	default:
		return rnd();
	}
}

static void test_wild(void **state)
{
	rnd_init();
	start(5);
	for (u32 i = 0; i < 200000; i++) {
		switch (rnd_below(6)) {
		case 0:
			mmio_wild(GUEST_ACLINT_BASE, GUEST_ACLINT_SIZE);
			break;
		case 1:
			mmio_wild(rnd() & 1 ? MTIME : MTIMECMP(0), 16);
			break;
		case 2:
			set_cmp(rnd_below(6), some_time());
			break;
		case 3:
			mmio_write(MTIME, 8, some_time());
			break;
		case 4:
			delta = some_time();
			aclint_update(&aclint);
			break;
		default:
			host_advance(host_time + rnd_below(1 << 12));
			break;
		}
		check_state();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_msip, setup),
		cmocka_unit_test_setup(test_mtime, setup),
		cmocka_unit_test_setup(test_write_mtime, setup),
		cmocka_unit_test_setup(test_mtimecmp, setup),
		cmocka_unit_test_setup(test_mtimecmp_halves, setup),
		cmocka_unit_test_setup(test_timer, setup),
		cmocka_unit_test_setup(test_never, setup),
		cmocka_unit_test_setup(test_far_deadline, setup),
		cmocka_unit_test_setup(test_guest_wraps, setup),
		cmocka_unit_test_setup(test_delta_changes, setup),
		cmocka_unit_test_setup(test_spurious_fire, setup),
		cmocka_unit_test_setup(test_reset, setup),
		cmocka_unit_test_setup(test_reserved, setup),
		cmocka_unit_test_setup(test_widths, setup),
		cmocka_unit_test_setup(test_wild, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
