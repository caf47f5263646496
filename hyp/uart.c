/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's ns16550a (PC16550D data sheet, "Registers"). */
#include "hyp/hart.h"
#include "hyp/page.h"
#include "hyp/sbi.h"
#include "hyp/uart.h"

#define UART_DATA    0
#define UART_IER     1
#define UART_LSR     5
#define IER_RX       0x01
#define LSR_RX_READY 0x01
#define LSR_TX_EMPTY 0x20

static volatile u8 *base;

static volatile u8 *reg(u32 number)
{
	return base + (number << host.uart_shift);
}

void hostuart_init(void)
{
	if (host.uart.size)
		base = hpa_ptr(HPA(host.uart.base));
}

void hostuart_put(u8 byte)
{
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
	if (!base || !(*reg(UART_LSR) & LSR_RX_READY))
		return -1;
	return *reg(UART_DATA);
}

bool hostuart_irq(bool on)
{
	if (!base || !host.uart_irq)
		return false;
	*reg(UART_IER) = on ? IER_RX : 0;
	return true;
}
