/* SPDX-License-Identifier: BSD-2-Clause */
/* The terminal's owner side: output lines, input, focus. */
#ifndef HYP_TERM_H
#define HYP_TERM_H

#include "hyp/console.h"
#include "hyp/types.h"

/* From here on use the UART that the host's FDT named. */
void term_init(void);

/* One whole line: prefix, level and text; flushes nothing else's line. */
void term_line(const char *prefix, const char *level, const char *text);

/* The same without taking the lock: for a VMM that is dying. */
void term_panic_line(const char *text);

/* Batch: guest lines whole, each behind "NAME| "; no input. */
void term_set_batch(bool on);

/* Put a guest's console on the terminal; the first one gets the focus. */
void term_add(struct console_port *p);
void term_remove(struct console_port *p);

/* Write out what a port holds of an unfinished line (batch). */
void term_flush(struct console_port *p);

/* The host UART has input: hand it to the port in focus. On term's hart. */
void term_input(void);

/* Input comes to this hart from now on. */
void term_input_here(void);

#endif
