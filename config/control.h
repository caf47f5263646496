/* SPDX-License-Identifier: BSD-2-Clause */
/* The control task: tends the VMs, runs the monitor, ends the run. */
#ifndef CONFIG_CONTROL_H
#define CONFIG_CONTROL_H

#include "hyp/types.h"

/* Begin, on this hart, which is also the terminal's. */
void control_init(void);

/* There is something to do. Any hart. */
void control_wake(void);

/* The same in ticks of the time base, once; a later call replaces it. */
void control_wake_in(u64 ticks);

/*
 * Print the statistics (in a batch) and switch the machine off with that exit
 * status; -1: 0 if all went well, else 1.
 */
__attribute__((noreturn)) void control_finish(int status);

#endif
