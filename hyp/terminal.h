/* SPDX-License-Identifier: BSD-2-Clause */
/* What term.c, focus.c and keys.c share: the terminal. Theirs alone. */
#ifndef HYP_TERMINAL_H
#define HYP_TERMINAL_H

#include "hyp/console.h"
#include "hyp/lock.h"
#include "hyp/page.h"
#include "hyp/sched.h"

#define TERM_PREFIX "trapeze: "

#define RING_ORDER  ORDER_16K
#define RING_BYTES  (PAGE_SIZE << RING_ORDER)
/*
 * Who has so much unsent is held back: what is left takes the last byte of 16
 * vcpus, each of which may begin and end a line with it in a batch. It is also
 * how much is replayed.
 */
#define RING_FULL   (RING_BYTES - 1024)

struct terminal {
	struct lock lock;
	bool batch; /* constant once there is a port */
	/* All that follows is under the lock. */
	struct console_port own;    /* not a port: the VMM's own lines */
	struct console_port *ports; /* guests as they came, then the monitor */
	struct console_port *focus;
	bool opened;  /* the monitor was asked for */
	bool escaped; /* the last byte typed was the escape key */
	/*
	 * Something waits to be sent, and the output task sees to it; else
	 * all has been sent, and who has something more sends it at once.
	 */
	bool backlog;
	u64 sent;     /* bytes in all, to see progress */
	bool deaf;    /* it has taken nothing for long: do not wait again */
	bool midline; /* the focus stands in an unfinished line */
	u32 newline;  /* bytes of "\r\n" that come before all else */
	struct console_port *sending; /* the line's that is begun; batch */
	struct console_port *last;    /* whose turn was last; batch */
	struct task output, input;
};

extern struct terminal term;

/* One line to be sent in its turn, and not to be kept. */
void term_say_locked(const char *text);

/* Something is to be sent that was not before. */
void term_send_locked(void);

/*
 * Wait until nothing is left to be sent, or there is room for this many bytes
 * more in p's ring. False: the terminal has not taken anything for long. Lets
 * go of the lock meanwhile.
 */
bool term_wait_locked(const struct console_port *p, u64 room);

/*
 * Room for so many bytes more in p's ring: whoever is not held back in time
 * waits here, or, if that does not help, loses the oldest that are unsent.
 */
void term_make_room_locked(struct console_port *p, u64 room);

/* The VMM's own lines: none yet. */
void term_lines_init(void);

/* What p has of an unfinished line, as one; in a batch. */
void term_end_line_locked(struct console_port *p);

/* Give p the focus and show it. */
void term_focus_locked(struct console_port *p);

/* What is typed is handled on this hart. */
void term_input_init(void);

#endif
