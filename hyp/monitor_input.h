/* SPDX-License-Identifier: BSD-2-Clause */
/* What is typed to the monitor and not yet read: from any hart to its task. */
#ifndef HYP_MONITOR_INPUT_H
#define HYP_MONITOR_INPUT_H

#include "hyp/console.h"

#define MONITOR_CTRL_C 0x03

/* Empty, and receive from port. */
void monitor_input_init(struct console_port *port, void (*wake)(void));

/* The next byte, or -1; with `but_ctrl_c` that one stays, as if none came. */
int monitor_input_take(bool but_ctrl_c);

/* Ctrl-C was typed: forget it and what was typed before it. */
bool monitor_input_interrupted(void);

/*
 * While somebody runs who reads nothing, what finds no room is lost, except
 * Ctrl-C. Otherwise it is held back by the terminal.
 */
void monitor_input_ignored(bool on);

/* There is something to take. */
bool monitor_input_any(void);

#endif
