/* SPDX-License-Identifier: BSD-2-Clause */
/* The side of the timers that the interrupt code calls. */
#ifndef HYP_TIMER_RUN_H
#define HYP_TIMER_RUN_H

/* Fire this hart's timers that are due, and program the next. */
void timer_run(void);

#endif
