/* SPDX-License-Identifier: BSD-2-Clause */
/* The test device: commands, what is none, widths, wild writes. */
#include <string.h>

#include "mmio.h"
#include "hyp/util.h"
#include "vdev/layout.h"
#include "vdev/syscon.h"

static struct syscon syscon;
static struct {
	u32 count, code;
	enum syscon_event event;
} got;

static void note(void *owner, enum syscon_event event, u32 code)
{
	assert_ptr_equal(owner, &got);
	assert_true(lock_held(&syscon.dev.lock));
	got.count++;
	got.event = event;
	got.code = code;
}

static int setup(void **state)
{
	memset(&bus, 0, sizeof(bus));
	memset(&got, 0, sizeof(got));
	syscon_init(&syscon, note, &got);
	assert_true(vbus_add(&bus, &syscon.dev));
	return 0;
}

static void check(u8 len, u32 value, enum syscon_event event, u32 code)
{
	u32 before = got.count;

	mmio_write(GUEST_TEST_BASE, len, value);
	assert_int_equal(got.count, before + 1);
	assert_int_equal(got.event, event);
	assert_int_equal(got.code, code);
}

static void test_commands(void **state)
{
	check(4, 0x5555, SYSCON_PASS, 0);
	check(4, 0x3333, SYSCON_FAIL, 0);
	check(4, 0x00013333, SYSCON_FAIL, 1);
	check(4, 0xffff3333, SYSCON_FAIL, 0xffff);
	check(4, 0x7777, SYSCON_RESET, 0);
	check(2, 0x5555, SYSCON_PASS, 0);
	check(2, 0x7777, SYSCON_RESET, 0);
	check(2, 0x3333, SYSCON_FAIL, 0);
}

static void test_no_command(void **state)
{
	mmio_write(GUEST_TEST_BASE, 4, 0);
	mmio_write(GUEST_TEST_BASE, 4, 0xffffffff);
	mmio_write(GUEST_TEST_BASE, 4, 0x55550000);
	mmio_write(GUEST_TEST_BASE + 2, 2, 0x5555);
	mmio_write(GUEST_TEST_BASE + 4, 4, 0x5555);
	mmio_write(GUEST_TEST_BASE + 0xffc, 4, 0x5555);
	assert_int_equal(mmio_read(GUEST_TEST_BASE, 4), 0);
	assert_int_equal(mmio_read(GUEST_TEST_BASE + 8, 2), 0);
	vbus_reset(&bus);
	assert_int_equal(got.count, 0);
}

static void test_widths(void **state)
{
	mmio_refused(GUEST_TEST_BASE, 1);
	mmio_refused(GUEST_TEST_BASE, 8);
	mmio_refused(GUEST_TEST_BASE + 1, 2);
	mmio_refused(GUEST_TEST_BASE + 2, 4);
	mmio_refused(GUEST_TEST_BASE + GUEST_TEST_SIZE, 4);
	assert_int_equal(got.count, 0);
}

static void test_wild(void **state)
{
	rnd_init();
	for (u32 i = 0; i < 200000; i++) {
		u64 size = rnd() & 1 ? 16 : GUEST_TEST_SIZE;

		mmio_wild(GUEST_TEST_BASE, size);
		assert_false(lock_held(&syscon.dev.lock));
	}
	assert_true(got.code <= 0xffff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_commands, setup),
		cmocka_unit_test_setup(test_no_command, setup),
		cmocka_unit_test_setup(test_widths, setup),
		cmocka_unit_test_setup(test_wild, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
