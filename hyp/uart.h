/* SPDX-License-Identifier: BSD-2-Clause */
/* Driver of the host's own ns16550a; SBI's console where there is none. */
#ifndef HYP_UART_H
#define HYP_UART_H

#include "hyp/types.h"

/* Use the UART of struct host, mapped in the window. */
void hostuart_init(void);

/*
 * Send; gives the number of bytes for which there was room. After
 * hostuart_irq() it does not wait: that has to be asked for an interrupt then.
 */
u32 hostuart_write(const u8 *bytes, u32 len);

/* Send one byte, waiting for room: for last words. */
void hostuart_put(u8 byte);

/* A received byte, or -1. */
int hostuart_get(void);

/*
 * Interrupt when a byte was received and, if `room`, when there is room to
 * send. Does nothing without a UART that has an interrupt.
 */
void hostuart_irq(bool room);

#endif
