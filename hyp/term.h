/* SPDX-License-Identifier: BSD-2-Clause */
/* The terminal's owner side: ports, focus, the VMM's own lines, input. */
#ifndef HYP_TERM_H
#define HYP_TERM_H

#include "hyp/console.h"
#include "hyp/types.h"

/* From here on use the UART that the host's FDT named; no port is there. */
void term_init(void);

/* Input comes to this hart from now on, and output need not be waited for. */
void term_input_here(void);

/* Batch: guest lines whole, each behind "NAME| ". Before there is a port. */
void term_set_batch(bool on);
bool term_is_batch(void);

/* ---- the VMM's own lines ------------------------------------------------ */

/*
 * One whole line: prefix, level and text. Waits if many of them are still to
 * be sent (in a batch for ever: nothing is lost). Kept if it has a prefix.
 */
void term_line(const char *prefix, const char *level, const char *text);

/* At once and without any lock: for a VMM that is dying. */
void term_panic_line(const char *text);

#define TERM_LINE_MAX                                          \
	400 /* bytes of a line that was kept, its end included \
	     */

/* put() each line that was kept, oldest first, without its newline. */
void term_log_replay(void (*put)(void *ctx, const char *line), void *ctx);

/* Wait until all that was printed is sent: before the end of a run. */
void term_drain(void);

/* ---- ports; on the terminal's hart -------------------------------------- */

/*
 * Put a console on the terminal: guests in the order of their coming, then
 * the monitor. The first guest has the focus, and until there is one the
 * monitor. False: no memory for what it prints.
 */
__attribute__((warn_unused_result)) bool term_add(struct console_port *p);

/*
 * Take it off; in a batch what it has printed is sent first. If it had the
 * focus, that goes to the monitor, or else to the next port.
 */
void term_remove(struct console_port *p);

/* Write out what a port holds of an unfinished line (batch). Any hart. */
void term_flush(struct console_port *p);

/* text is in what p printed last, 15 KiB of it. Any hart. */
bool term_says(const struct console_port *p, const char *text);

/* Show p: its name and what it printed last; keys are p's. Any hart. */
void term_focus(struct console_port *p);

/* The port in focus, or NULL. Any hart. */
struct console_port *term_focused(void);

/* Somebody has asked for the monitor, or typed at it. */
bool term_monitor_opened(void);

/* The host UART has input: hand it to the port in focus. On term's hart. */
void term_input(void);

#endif
