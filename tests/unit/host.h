/* SPDX-License-Identifier: BSD-2-Clause */
/* What a unit test may ask of the stand-in machine (host.c). */
#ifndef TESTS_UNIT_HOST_H
#define TESTS_UNIT_HOST_H

#include "hyp/types.h"

extern char host_log[4096]; /* what log_line() got, a line each */
extern char host_out[4096]; /* what console_port_put() got */
extern u32 host_ready;      /* how often console_port_ready() was called */
extern u64 host_time;       /* what time_now() gives */

/* Empty the logs, time zero, no timers. */
void host_reset(void);

/* Let time pass to `to`, and fire the timers that are due. */
void host_advance(u64 to);

#endif
