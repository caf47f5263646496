/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the terminal is: the host's ns16550a, or SBI's console where there is
 * none; and a virtio console, if there is one, as soon as there are pages. */
#ifndef HYP_UART_H
#define HYP_UART_H

#include "hyp/types.h"

/* Use the UART of struct host, mapped in the window. */
void hostuart_init(void);

/* Go over to the host's virtio console, if it has one. */
void hostuart_move(void);

/*
 * Send; gives the number of bytes for which there was room. After
 * hostuart_irq() it does not wait: that has to be asked for an interrupt then.
 */
u32 hostuart_write(const u8 *bytes, u32 len);

/* Send one byte, waiting for room: for last words. */
void hostuart_put(u8 byte);

/* A received byte, or -1. */
int hostuart_get(void);

/* Call handler at its interrupts, which it acknowledges first; false: there are
 * none. */
bool hostuart_enable(void (*handler)(void));
void hostuart_acknowledge(void);

/*
 * Interrupt when a byte was received and, if `room`, when there is room to
 * send; true: there is by now, and no interrupt will say so. Does nothing
 * without a UART that has an interrupt.
 */
bool hostuart_irq(bool room);

#endif
