/* SPDX-License-Identifier: BSD-2-Clause */
/* The terminal, shared by the guests' consoles and the VMM's log. */
#ifndef HYP_CONSOLE_H
#define HYP_CONSOLE_H

#include "hyp/ring.h"
#include "hyp/sched.h"
#include "hyp/types.h"

#define CONSOLE_LINE  256   /* longer lines are broken in a batch */
#define CONSOLE_TYPED 1024  /* typed and not taken: beyond that it is lost */
#define CONSOLE_BREAK 0x100 /* among what was typed: a break */

/*
 * A guest's console: the guest's UART (or SBI console) writes bytes to it and
 * receives what is typed while it has the focus. The owner sets the fields
 * that come first and keeps them; all others are the terminal's.
 */
struct console_port {
	const char *name; /* of the VM; stands before its lines in a batch */
	bool monitor;     /* not a guest: comes last, see term_add() */
	bool redraw;      /* its unfinished line is a prompt: print it again
			   * behind a log line that came in between */
	/*
	 * A byte was typed, or a break was asked for; the owner takes it
	 * (true) or is full (false). On the terminal's hart, without locks.
	 */
	bool (*receive)(struct console_port *p, u8 byte);
	bool (*send_break)(struct console_port *p);
	/* All that follows is under the terminal's lock. */
	struct console_port *next;
	struct ring ring; /* what was printed: to be sent, to be replayed */
	u32 column;       /* bytes of the unfinished line, in a batch */
	struct gate gate; /* closed while too much waits to be sent */
	u32 typed_first, typed_count;
	u16 typed[CONSOLE_TYPED]; /* and not taken yet: a ring */
};

/*
 * The guest behind p printed a byte. False: that is enough for now; whoever
 * runs is held back when its turn ends, and what it printed is kept.
 */
bool console_port_put(struct console_port *p, u8 byte);

/*
 * The guest behind p made room after receive() had none: it is offered what
 * was held back, later and without the caller's locks.
 */
void console_port_ready(struct console_port *p);

#endif
