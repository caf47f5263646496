/* SPDX-License-Identifier: BSD-2-Clause */
/* The goldfish RTC (Goldfish Virtual Hardware, "Goldfish RTC device"). */
#include <string.h>

#include "hyp/util.h"
#include "vdev/layout.h"
#include "vdev/rtc.h"

#define RTC_TIME_LOW        0x00 /* reading it latches TIME_HIGH */
#define RTC_TIME_HIGH       0x04
#define RTC_ALARM_LOW       0x08 /* writing it arms the alarm */
#define RTC_ALARM_HIGH      0x0c
#define RTC_IRQ_ENABLED     0x10
#define RTC_CLEAR_ALARM     0x14
#define RTC_ALARM_STATUS    0x18
#define RTC_CLEAR_INTERRUPT 0x1c

#define NS_PER_SECOND       1000000000UL

static u64 guest_time(const struct rtc *r)
{
	return r->wallclock() + r->offset;
}

static void update(struct rtc *r)
{
	irq_line_set(r->irq, r->pending && r->enabled);
}

/* Host ticks that cover ns, at least 1; TIMER_NEVER where they overflow. */
static u64 ticks(const struct rtc *r, u64 ns)
{
	u64 whole, part;

	if (__builtin_mul_overflow(ns / NS_PER_SECOND, r->timebase, &whole))
		return TIMER_NEVER;
	part = ns % NS_PER_SECOND * r->timebase / NS_PER_SECOND + 1;
	if (__builtin_add_overflow(whole, part, &whole))
		return TIMER_NEVER;
	return whole;
}

/* The alarm or the clock changed, or time passed. */
static void check_alarm(struct rtc *r)
{
	u64 now = guest_time(r);
	u64 deadline;

	if (!r->armed)
		return;
	if (now >= r->alarm) {
		r->armed = false;
		r->pending = true;
		timer_cancel(&r->timer);
		update(r);
		return;
	}
	if (__builtin_add_overflow(time_now(), ticks(r, r->alarm - now),
				   &deadline))
		deadline = TIMER_NEVER;
	timer_arm(&r->timer, deadline);
}

static void disarm(struct rtc *r)
{
	r->armed = false;
	timer_cancel(&r->timer);
}

static u64 rtc_read(struct rtc *r, u64 off)
{
	u64 now;

	switch (off) {
	case RTC_TIME_LOW:
		now = guest_time(r);
		r->time_high = now >> 32;
		return (u32)now;
	case RTC_TIME_HIGH:
		return r->time_high;
	case RTC_ALARM_LOW:
		return (u32)r->alarm;
	case RTC_ALARM_HIGH:
		return r->alarm >> 32;
	case RTC_IRQ_ENABLED:
		return r->enabled;
	case RTC_ALARM_STATUS:
		return r->armed;
	default:
		return 0;
	}
}

static u64 with_low(u64 x, u32 low)
{
	return (x & ~0xffffffffUL) | low;
}

static u64 with_high(u64 x, u32 high)
{
	return (u64)high << 32 | (u32)x;
}

static void set_time(struct rtc *r, u64 now, u64 wanted)
{
	r->offset += wanted - now;
	check_alarm(r);
}

static void rtc_write(struct rtc *r, u64 off, u32 data)
{
	u64 now = guest_time(r);

	switch (off) {
	case RTC_TIME_LOW:
		set_time(r, now, with_low(now, data));
		break;
	case RTC_TIME_HIGH:
		set_time(r, now, with_high(now, data));
		break;
	case RTC_ALARM_LOW:
		r->alarm = with_low(r->alarm, data);
		r->armed = true;
		check_alarm(r);
		break;
	case RTC_ALARM_HIGH:
		r->alarm = with_high(r->alarm, data);
		check_alarm(r);
		break;
	case RTC_IRQ_ENABLED:
		r->enabled = data & 1;
		update(r);
		break;
	case RTC_CLEAR_ALARM:
		disarm(r);
		break;
	case RTC_CLEAR_INTERRUPT:
		r->pending = false;
		update(r);
		break;
	default: /* reserved: ignored, as on QEMU */
		break;
	}
}

static bool rtc_access(struct vdev *d, struct mmio *m)
{
	struct rtc *r = container_of(d, struct rtc, dev);

	if (m->len != 4 || m->off % 4)
		return false;
	if (m->write)
		rtc_write(r, m->off, m->data);
	else
		m->data = rtc_read(r, m->off);
	return true;
}

static void rtc_reset(struct vdev *d)
{
	struct rtc *r = container_of(d, struct rtc, dev);

	disarm(r);
	r->pending = r->enabled = false;
	r->offset = r->alarm = r->time_high = 0;
	update(r);
}

/* Only a hint: what is due is judged anew, under the lock. */
static void fire(struct timer *t)
{
	struct rtc *r = container_of(t, struct rtc, timer);

	lock_acquire(&r->dev.lock);
	check_alarm(r);
	lock_release(&r->dev.lock);
}

static const struct vdev_ops rtc_ops = {
	.name = "rtc",
	.access = rtc_access,
	.reset = rtc_reset,
};

void rtc_init(struct rtc *r, u64 (*wallclock)(void), u32 timebase,
	      struct irq_line *irq)
{
	BUG_ON(!timebase);
	memset(r, 0, sizeof(*r));
	vdev_init(&r->dev, &rtc_ops, GPA(GUEST_RTC_BASE), GUEST_RTC_SIZE);
	r->wallclock = wallclock;
	r->timebase = timebase;
	r->irq = irq;
	r->timer.deadline = TIMER_NEVER;
	r->timer.fire = fire;
}
