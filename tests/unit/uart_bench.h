/* SPDX-License-Identifier: BSD-2-Clause */
/* A UART on a bus, its interrupt watched, for its tests. */
#ifndef TESTS_UNIT_UART_BENCH_H
#define TESTS_UNIT_UART_BENCH_H

#include <string.h>

#include "mmio.h"
#include "host.h"
#include "vdev/layout.h"
#include "vdev/uart.h"

enum { DATA, IER, IIR, LCR, MCR, LSR, MSR, SCR, FCR = IIR };

#define LSR_IDLE 0x60 /* transmitter empty, nothing received */

static struct uart uart;
static struct irq_line irq;
static bool up; /* what the far end of irq saw */

static inline void irq_set(struct irq_line *line, bool level)
{
	assert_true(lock_held(&uart.dev.lock));
	up = level;
}

static inline int setup(void **state)
{
	host_reset();
	memset(&bus, 0, sizeof(bus));
	irq = (struct irq_line){.set = irq_set};
	up = false;
	uart_init(&uart, GPA(GUEST_UART_BASE), "alpha", &irq);
	assert_true(vbus_add(&bus, &uart.dev));
	return 0;
}

static inline u8 in(u32 reg)
{
	return mmio_read(GUEST_UART_BASE + reg, 1);
}

static inline void out(u32 reg, u8 value)
{
	mmio_write(GUEST_UART_BASE + reg, 1, value);
}

static inline void receive(const char *s)
{
	for (; *s; s++)
		assert_true(uart.port.receive(&uart.port, *s));
}

#endif
