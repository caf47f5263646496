/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host's ns16550a (PC16550D data sheet, "Registers"), until the terminal
 * moves to a virtio console.
 */
#include "hyp/hart.h"
#include "hyp/hostconsole.h"
#include "hyp/irqchip.h"
#include "hyp/page.h"
#include "hyp/sbi.h"
#include "hyp/uart.h"
#include "hyp/util.h"

#define UART_DATA    0
#define UART_IER     1
#define UART_IIR     2 /* written: FCR */
#define UART_LSR     5
#define IER_RX       0x01
#define IER_TX       0x02
#define IIR_FIFO     0xc0 /* both bits: there are FIFOs, and they are on */
#define FCR_ENABLE   0x01
#define LSR_RX_READY 0x01
#define LSR_TX_EMPTY 0x20

#define FIFO_BYTES   16

static volatile u8 *base; /* NULL: no UART, or the terminal is elsewhere */
static bool moved;        /* to the virtio console */
static u32 depth;         /* bytes that fit once the transmitter is empty */
static u32 room;          /* bytes that fit without another look */
static bool tells;        /* it interrupts when it has room: nobody need wait */

static volatile u8 *reg(u32 number)
{
	return base + (number << host.uart_shift);
}

void hostuart_init(void)
{
	if (!host.uart.size)
		return;
	base = hpa_ptr(HPA(host.uart.base));
	*reg(UART_IIR) = FCR_ENABLE;
	depth = (*reg(UART_IIR) & IIR_FIFO) == IIR_FIFO ? FIFO_BYTES : 1;
}

void hostuart_move(void)
{
	if (!hostconsole_init())
		return;
	moved = true;
	base = NULL;
}

static __attribute__((noinline)) bool look_for_room(void)
{
	bool empty;

	do {
		empty = *reg(UART_LSR) & LSR_TX_EMPTY;
	} while (!empty && !tells);
	room = empty ? depth : 0;
	return empty;
}

static u32 write_elsewhere(const u8 *bytes, u32 len)
{
	u32 done;

	if (moved) {
		do {
			done = hostconsole_write(bytes, len);
		} while (!done && len && !tells);
		return done;
	}
	for (u32 n = 0; n < len; n++)
		sbi_putchar(bytes[n]);
	return len;
}

u32 hostuart_write(const u8 *bytes, u32 len)
{
	volatile u8 *data = base;
	const u8 *p = bytes, *end = bytes + len;

	if (unlikely(!data))
		return write_elsewhere(bytes, len);
	while (p != end && (room || look_for_room())) {
		const u8 *stop = p + MIN(room, (u64)(end - p));

		room -= stop - p;
		do {
			*data = *p++;
		} while (p != stop);
	}
	return p - bytes;
}

void hostuart_put(u8 byte)
{
	if (moved) {
		while (!hostconsole_write(&byte, 1))
			;
		return;
	}
	if (!base) {
		sbi_putchar(byte);
		return;
	}
	while (!(*reg(UART_LSR) & LSR_TX_EMPTY))
		;
	*reg(UART_DATA) = byte;
}

int hostuart_get(void)
{
	if (moved)
		return hostconsole_get();
	if (!base || !(*reg(UART_LSR) & LSR_RX_READY))
		return -1;
	return *reg(UART_DATA);
}

bool hostuart_enable(void (*handler)(void))
{
	return moved ? hostconsole_enable(handler)
		     : irqchip_enable(host.uart_irq, handler);
}

void hostuart_acknowledge(void)
{
	if (moved)
		hostconsole_acknowledge();
}

bool hostuart_irq(bool on_room)
{
	if (moved) {
		tells = true;
		return on_room && hostconsole_room();
	}
	if (!base || !host.uart_irq)
		return false;
	*reg(UART_IER) = IER_RX | (on_room ? IER_TX : 0);
	tells = true;
	return false;
}
