/* SPDX-License-Identifier: BSD-2-Clause */
/* Driver of the host's own ns16550a; SBI's console where there is none. */
#ifndef HYP_UART_H
#define HYP_UART_H

#include "hyp/types.h"

/* Use the UART of struct host, mapped in the window. */
void hostuart_init(void);

/* Write a byte, waiting for room. */
void hostuart_put(u8 byte);

/* A received byte, or -1. */
int hostuart_get(void);

/* Receive interrupts on or off; false: no UART with an interrupt. */
bool hostuart_irq(bool on);

#endif
