/* SPDX-License-Identifier: BSD-2-Clause */
/* An ns16550a UART: a guest's serial console. */
#ifndef VDEV_UART_H
#define VDEV_UART_H

#include "hyp/console.h"
#include "vdev/irq.h"
#include "vdev/vdev.h"

#define UART_FIFO 16 /* bytes */

/* All fields are under dev.lock, but for port: its comments say whose. */
struct uart {
	struct vdev dev;
	struct irq_line *irq;
	u8 ier, fcr, lcr, mcr, scr;
	u8 dll, dlm;      /* the divisor: kept, without effect */
	u8 modem_delta;   /* MSR bits 3..0: what changed since its last read */
	bool thr_pending; /* "THR empty" is still to be reported */
	bool overrun;
	u8 head, count; /* the receive FIFO: a ring in rx */
	u16 breaks;     /* bit n: rx[n] stands for a break */
	u8 rx[UART_FIFO];
	struct console_port port; /* large: last, other offsets stay small */
};

/*
 * Make u a UART at base that drives irq, in its power-on state. Its port,
 * named name (kept by reference), is for the owner to give to the console.
 */
void uart_init(struct uart *u, gpa_t base, const char *name,
	       struct irq_line *irq);

/*
 * A byte arrives from outside, or a break (the line is held low for a while);
 * takes u's lock. False: the FIFO is full, or the guest loops the line back to
 * itself; the sender keeps it for later.
 */
static inline bool uart_receive(struct uart *u, u8 byte)
{
	return u->port.receive(&u->port, byte);
}

static inline bool uart_break(struct uart *u)
{
	return u->port.send_break(&u->port);
}

/*
 * Take the oldest byte that was received, as a read of the data register does;
 * for the SBI console. Takes u's lock. False: there is none.
 */
bool uart_take(struct uart *u, u8 *byte);

#endif
