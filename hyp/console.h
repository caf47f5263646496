/* SPDX-License-Identifier: BSD-2-Clause */
/* The terminal, shared by the guests' consoles and the VMM's log. */
#ifndef HYP_CONSOLE_H
#define HYP_CONSOLE_H

#include "hyp/types.h"

#define CONSOLE_LINE 256

/*
 * A guest's console: the guest's UART (or SBI console) writes bytes to it and
 * receives what is typed while it has the focus.
 */
struct console_port {
	const char *name; /* of the VM; stands before its lines in a batch */
	/* A byte was typed; the owner takes it (true) or is full (false). */
	bool (*receive)(struct console_port *p, u8 byte);
	struct console_port *next; /* console's list; console lock */
	char line[CONSOLE_LINE];   /* an unfinished batch line; console lock */
	u32 used;                  /* bytes in line; console lock */
};

/* The guest behind p printed a byte. */
void console_port_put(struct console_port *p, u8 byte);

/*
 * The guest behind p made room after receive() had none: it is offered what
 * was held back, later and without the caller's locks.
 */
void console_port_ready(struct console_port *p);

#endif
