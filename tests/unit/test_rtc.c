/* SPDX-License-Identifier: BSD-2-Clause */
/* The goldfish RTC: time, latch, alarm, far alarms, wild writes. */
#include <string.h>

#include "mmio.h"
#include "host.h"
#include "hyp/util.h"
#include "vdev/layout.h"
#include "vdev/rtc.h"

#define TIMEBASE 10000000UL /* Hz: a tick is 100 ns */
#define TICK     100UL
#define START    0x17f1234500000000UL /* ns since 1970 */

enum {
	TIME_LOW = 0x00,
	TIME_HIGH = 0x04,
	ALARM_LOW = 0x08,
	ALARM_HIGH = 0x0c,
	IRQ_ENABLED = 0x10,
	CLEAR_ALARM = 0x14,
	ALARM_STATUS = 0x18,
	CLEAR_INTERRUPT = 0x1c,
};

static struct rtc rtc;
static struct irq_line irq;
static u64 wall_offset;

static u64 wallclock(void)
{
	return START + wall_offset + host_time * TICK;
}

static void irq_set(struct irq_line *line, bool level)
{
	assert_true(lock_held(&rtc.dev.lock));
}

static int setup(void **state)
{
	host_reset();
	wall_offset = 0;
	memset(&bus, 0, sizeof(bus));
	irq = (struct irq_line){.set = irq_set};
	rtc_init(&rtc, wallclock, TIMEBASE, &irq);
	assert_true(vbus_add(&bus, &rtc.dev));
	return 0;
}

static u32 in(u32 reg)
{
	return mmio_read(GUEST_RTC_BASE + reg, 4);
}

static void out(u32 reg, u32 value)
{
	mmio_write(GUEST_RTC_BASE + reg, 4, value);
}

static u64 time_in(void)
{
	u64 low = in(TIME_LOW);

	return (u64)in(TIME_HIGH) << 32 | low;
}

/* As Linux does it. */
static void set_alarm(u64 ns)
{
	out(ALARM_HIGH, ns >> 32);
	out(ALARM_LOW, ns);
	out(IRQ_ENABLED, 1);
}

static void test_time(void **state)
{
	assert_int_equal(time_in(), START);
	host_advance(1234567);
	assert_int_equal(time_in(), START + 123456700);
}

static void test_latch(void **state)
{
	wall_offset = 0xffffffff;
	assert_int_equal(in(TIME_LOW), 0xffffffff);
	host_advance(1);
	assert_int_equal(in(TIME_HIGH), START >> 32);
	assert_int_equal(in(TIME_LOW), TICK - 1);
	assert_int_equal(in(TIME_HIGH), (START >> 32) + 1);
}

static void test_set_time(void **state)
{
	out(TIME_HIGH, 0x1234);
	out(TIME_LOW, 0x5678);
	assert_int_equal(time_in(), 0x123400005678);
	host_advance(10);
	assert_int_equal(time_in(), 0x123400005678 + 10 * TICK);
	vbus_reset(&bus);
	assert_int_equal(time_in(), START + 10 * TICK);
}

static void test_alarm(void **state)
{
	set_alarm(START + 1000 * TICK);
	assert_int_equal(in(ALARM_LOW), (u32)(START + 1000 * TICK));
	assert_int_equal(in(ALARM_HIGH), START >> 32);
	assert_int_equal(in(IRQ_ENABLED), 1);
	assert_int_equal(in(ALARM_STATUS), 1);
	host_advance(999);
	assert_false(irq.level);
	assert_int_equal(in(ALARM_STATUS), 1);
	host_advance(1001); /* the conversion rounds up */
	assert_true(irq.level);
	assert_int_equal(in(ALARM_STATUS), 0);
	out(IRQ_ENABLED, 0);
	assert_false(irq.level);
	out(IRQ_ENABLED, 1);
	assert_true(irq.level);
	out(CLEAR_INTERRUPT, 1);
	assert_false(irq.level);
	host_advance(100000);
	assert_false(irq.level);
}

static void test_alarm_in_the_past(void **state)
{
	set_alarm(START - 1);
	assert_true(irq.level);
	assert_int_equal(in(ALARM_STATUS), 0);
	assert_true(rtc.timer.deadline == TIMER_NEVER);
}

static void test_clear_alarm(void **state)
{
	set_alarm(START + 1000);
	out(CLEAR_ALARM, 1);
	assert_int_equal(in(ALARM_STATUS), 0);
	host_advance(1000);
	assert_false(irq.level);
}

/* PITFALLS 52: a deadline beyond the host's time saturates. */
static void test_far_alarm(void **state)
{
	host_advance(~0UL - 1000);
	wall_offset = -host_time * TICK;
	set_alarm(~0UL);
	assert_int_equal(in(ALARM_STATUS), 1);
	assert_true(rtc.timer.deadline == TIMER_NEVER);
	assert_false(irq.level);
}

static void test_fast_timebase(void **state)
{
	rtc.timebase = ~0U;
	set_alarm(START + 1000000000);
	assert_true(rtc.timer.deadline == (u64)~0U + 1);
	set_alarm(~0UL);
	assert_int_equal(in(ALARM_STATUS), 1);
	assert_true(rtc.timer.deadline == TIMER_NEVER);
	assert_false(irq.level);
}

/* The clock is set past the alarm, or the host's clock is stepped back. */
static void test_clock_steps(void **state)
{
	set_alarm(START + 1000 * TICK);
	out(TIME_HIGH, (START >> 32) + 1);
	assert_true(irq.level);
	out(CLEAR_INTERRUPT, 0);
	out(TIME_HIGH, START >> 32);
	set_alarm(START + 1000 * TICK);
	wall_offset = -500 * TICK;
	host_advance(1001);
	assert_false(irq.level);
	assert_int_equal(in(ALARM_STATUS), 1);
	host_advance(1502);
	assert_true(irq.level);
}

static void test_reset(void **state)
{
	set_alarm(START);
	assert_true(irq.level);
	set_alarm(START + 1000);
	vbus_reset(&bus);
	assert_false(irq.level);
	assert_true(rtc.timer.deadline == TIMER_NEVER);
	for (u32 reg = ALARM_LOW; reg <= CLEAR_INTERRUPT; reg += 4)
		assert_int_equal(in(reg), 0);
}

static void test_widths(void **state)
{
	for (u32 reg = 0; reg < 0x24; reg += 4) {
		mmio_refused(GUEST_RTC_BASE + reg, 1);
		mmio_refused(GUEST_RTC_BASE + reg, 2);
		mmio_refused(GUEST_RTC_BASE + reg, 8);
		mmio_refused(GUEST_RTC_BASE + reg + 2, 4);
	}
	out(0x20, 0xffffffff);
	assert_int_equal(in(0x20), 0);
	assert_int_equal(in(GUEST_RTC_SIZE - 4), 0);
	mmio_refused(GUEST_RTC_BASE + GUEST_RTC_SIZE, 4);
}

static void test_wild(void **state)
{
	rnd_init();
	for (u32 i = 0; i < 200000; i++) {
		u64 size = rnd() & 7 ? 0x20 : GUEST_RTC_SIZE;

		if (rnd() & 3)
			mmio_wild(GUEST_RTC_BASE, size);
		else if (rnd() & 1)
			mmio_write(GUEST_RTC_BASE + rnd_below(8) * 4, 4, rnd());
		else
			host_advance(host_time + rnd_below(1 << 24));
		assert_int_equal(irq.level, rtc.pending && rtc.enabled);
		assert_false(lock_held(&rtc.dev.lock));
		if (!rtc.armed)
			assert_true(rtc.timer.deadline == TIMER_NEVER);
		else
			assert_true(rtc.timer.deadline > host_time);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_time, setup),
		cmocka_unit_test_setup(test_latch, setup),
		cmocka_unit_test_setup(test_set_time, setup),
		cmocka_unit_test_setup(test_alarm, setup),
		cmocka_unit_test_setup(test_alarm_in_the_past, setup),
		cmocka_unit_test_setup(test_clear_alarm, setup),
		cmocka_unit_test_setup(test_far_alarm, setup),
		cmocka_unit_test_setup(test_fast_timebase, setup),
		cmocka_unit_test_setup(test_clock_steps, setup),
		cmocka_unit_test_setup(test_reset, setup),
		cmocka_unit_test_setup(test_widths, setup),
		cmocka_unit_test_setup(test_wild, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
