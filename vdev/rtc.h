/* SPDX-License-Identifier: BSD-2-Clause */
/* The google,goldfish-rtc: wall-clock time and an alarm, in nanoseconds. */
#ifndef VDEV_RTC_H
#define VDEV_RTC_H

#include "hyp/timer.h"
#include "vdev/irq.h"
#include "vdev/vdev.h"

/* All fields without a comment of their own are under dev.lock. */
struct rtc {
	struct vdev dev;
	struct irq_line *irq;   /* constant */
	u64 (*wallclock)(void); /* constant; nanoseconds since 1970 */
	u32 timebase;           /* constant; host ticks a second */
	struct timer timer;     /* the host reaches the alarm */
	u64 offset;             /* ns, wraps: what setting the time added */
	u64 alarm;              /* ns since 1970, on the guest's clock */
	u32 time_high;          /* latched by the last read of TIME_LOW */
	bool armed;             /* the alarm is still to come */
	bool pending;           /* it came, and the guest has not cleared it */
	bool enabled;           /* it may interrupt */
};

/*
 * Make r an RTC that reads wallclock() and drives irq, in its power-on state.
 * timebase is the frequency of time_now() in Hz, not 0.
 */
void rtc_init(struct rtc *r, u64 (*wallclock)(void), u32 timebase,
	      struct irq_line *irq);

#endif
