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

/* The index of the hart that this_hart() gives. */
extern u32 host_hart;

/* `size` bytes that start at a multiple of 1 GiB, zero, kept for ever. */
u64 host_map(u64 size);

/* Give hyp/page.c a mapping of `size` bytes; once a program. */
void host_memory(u64 size);

/* Take all of hyp/page.c's memory but `pages`; give it back. */
void host_exhaust(u64 pages);
void host_relieve(void);

/* In a child: fn(arg) ends in BUG_ON(). */
bool host_dies(void (*fn)(void *arg), void *arg);

#endif
