/* SPDX-License-Identifier: BSD-2-Clause */
/* The UART: registers, FIFO, loopback, what drivers probe. */
#include "uart_bench.h"

static void test_power_on(void **state)
{
	assert_string_equal(uart.port.name, "alpha");
	assert_int_equal(in(IER), 0);
	assert_int_equal(in(IIR), 0x01);
	assert_int_equal(in(LCR), 0);
	assert_int_equal(in(MCR), 0);
	assert_int_equal(in(LSR), LSR_IDLE);
	assert_int_equal(in(MSR), 0xb0); /* DCD, DSR, CTS */
	assert_int_equal(in(SCR), 0);
	assert_int_equal(in(DATA), 0);
}

static void test_registers(void **state)
{
	out(IER, 0xff);
	assert_int_equal(in(IER), 0x0f);
	out(IER, 0);
	out(LCR, 0x7f);
	assert_int_equal(in(LCR), 0x7f);
	out(LCR, 0);
	out(MCR, 0xff);
	assert_int_equal(in(MCR), 0x1f);
	out(MCR, 0);
	out(SCR, 0xa5);
	assert_int_equal(in(SCR), 0xa5);
	out(LSR, 0);
	assert_int_equal(in(LSR), LSR_IDLE);
	in(MSR);
	out(MSR, 0xff);
	assert_int_equal(in(MSR), 0xb0);
}

/* Early consoles divide by what they find there. */
static void test_divisor(void **state)
{
	out(IER, 0x01);
	out(LCR, 0x80);
	assert_int_equal(in(DATA) | in(IER) << 8,
			 GUEST_UART_CLOCK / 16 / 115200);
	out(DATA, 0x34);
	out(IER, 0x12);
	assert_int_equal(in(DATA), 0x34);
	assert_int_equal(in(IER), 0x12);
	out(LCR, 0x03);
	assert_int_equal(in(IER), 0x01);
	assert_int_equal(in(DATA), 0);
	assert_string_equal(host_out, "");
}

static void test_widths(void **state)
{
	u64 wide = 0xffffff13;

	/* Wider ones, as on QEMU: of the register at their address alone. */
	for (u32 len = 2; len <= 8; len *= 2) {
		for (u32 reg = 0; reg < 8; reg++) {
			if (reg % len)
				mmio_refused(GUEST_UART_BASE + reg, len);
		}
		mmio_refused(GUEST_UART_BASE + 8, len);
	}
	out(SCR, 0xa5);
	assert_true(mmio_try(GUEST_UART_BASE + MCR, 4, true, &wide));
	assert_int_equal(in(MCR), 0x13);
	assert_true(mmio_try(GUEST_UART_BASE + MCR, 4, false, &wide));
	assert_int_equal(wide, 0x13);
	assert_int_equal(in(SCR), 0xa5);
	for (u32 reg = 8; reg < GUEST_UART_SIZE; reg++)
		mmio_refused(GUEST_UART_BASE + reg, 1);
	assert_string_equal(host_out, "");
}

static void test_transmit(void **state)
{
	for (const char *s = "hello\n"; *s; s++) {
		assert_int_equal(in(LSR), LSR_IDLE);
		out(DATA, *s);
	}
	assert_string_equal(host_out, "hello\n");
	assert_false(up);
}

static void test_receive_polled(void **state)
{
	receive("x");
	assert_int_equal(in(LSR), LSR_IDLE | 1);
	assert_false(uart_receive(&uart, 'y')); /* no FIFO: one byte */
	assert_int_equal(in(DATA), 'x');
	assert_int_equal(in(LSR), LSR_IDLE);
	assert_int_equal(in(DATA), 0);
	receive("y");
	assert_int_equal(in(DATA), 'y');
	assert_false(up);
}

static void test_fifo(void **state)
{
	out(FCR, 0x01);
	assert_int_equal(in(IIR), 0xc1);
	receive("0123456789abcdef");
	assert_false(uart_receive(&uart, 'g'));
	assert_int_equal(in(DATA), '0');
	assert_true(uart_receive(&uart, 'g'));
	for (const char *s = "123456789abcdefg"; *s; s++) {
		assert_int_equal(in(LSR), LSR_IDLE | 1);
		assert_int_equal(in(DATA), *s);
	}
	assert_int_equal(in(LSR), LSR_IDLE); /* never an overrun */
}

/* Whoever held bytes back hears of it when half the FIFO is free again. */
static void test_room_is_told(void **state)
{
	u32 before;

	out(FCR, 0x01);
	receive("0123456789abcdef");
	before = host_ready;
	for (int i = 0; i < 7; i++)
		in(DATA);
	assert_int_equal(host_ready, before);
	in(DATA);
	assert_int_equal(host_ready, before + 1);
	out(FCR, 0x03); /* clears it */
	assert_true(host_ready > before + 1);
}

/* The SBI console takes what no driver has read. */
static void test_take(void **state)
{
	u8 byte;

	assert_false(uart_take(&uart, &byte));
	out(FCR, 0x01);
	receive("ab");
	assert_true(uart_take(&uart, &byte));
	assert_int_equal(byte, 'a');
	assert_int_equal(in(DATA), 'b');
	assert_false(uart_take(&uart, &byte));
}

static void test_fifo_cleared(void **state)
{
	out(FCR, 0x01);
	receive("abc");
	out(FCR, 0x05); /* clears what is sent: nothing */
	assert_int_equal(in(LSR), LSR_IDLE | 1);
	out(FCR, 0x03);
	assert_int_equal(in(LSR), LSR_IDLE);
	receive("abc");
	out(FCR, 0x00);
	assert_int_equal(in(LSR), LSR_IDLE);
	assert_int_equal(in(IIR), 0x01);
	receive("a");
	out(FCR, 0x06); /* without bit 0 the others are not programmed */
	assert_int_equal(in(DATA), 'a');
}

/* A break that is read without a look at LSR is gone with its byte. */
static void test_break_unseen(void **state)
{
	out(FCR, 0x01);
	assert_true(uart_break(&uart));
	in(DATA);
	assert_int_equal(in(LSR), LSR_IDLE);
	for (u32 i = 0; i < UART_FIFO; i++)
		receive("x");
	assert_int_equal(in(LSR), LSR_IDLE | 1);
}

static void test_loopback_data(void **state)
{
	out(MCR, 0x10);
	assert_false(uart_receive(&uart, 'x')); /* cut off from outside */
	assert_false(uart_break(&uart));
	out(DATA, 'L');
	assert_string_equal(host_out, "");
	assert_int_equal(in(LSR), LSR_IDLE | 1);
	assert_int_equal(in(DATA), 'L');
	assert_int_equal(in(LSR), LSR_IDLE);
	out(MCR, 0x00);
	receive("x");
	assert_int_equal(in(DATA), 'x');
}

/* What Linux' and U-Boot's probes look for. */
static void test_loopback_modem(void **state)
{
	out(MCR, 0x1a);
	assert_int_equal(in(MSR) & 0xf0, 0x90);
	out(MCR, 0x10);
	assert_int_equal(in(MSR) & 0xf0, 0x00);
	out(MCR, 0x11);
	assert_int_equal(in(MSR), 0x20 | 0x02);
	out(MCR, 0x14); /* RI rises: no delta for that; DSR falls */
	assert_int_equal(in(MSR), 0x40 | 0x02);
	out(MCR, 0x10); /* RI falls */
	assert_int_equal(in(MSR), 0x04);
	assert_int_equal(in(MSR), 0x00);
	out(MCR, 0x00);
	assert_int_equal(in(MSR), 0xb0 | 0x0b);
	assert_int_equal(in(MSR), 0xb0);
}

/* Linux' autoconfig: a 16550A, and none of its descendants. */
static void test_autoconfig(void **state)
{
	out(IER, 0x00);
	assert_int_equal(in(IER) & 0x0f, 0x00);
	out(IER, 0x0f);
	assert_int_equal(in(IER) & 0x0f, 0x0f);
	out(IER, 0x00);
	out(FCR, 0x01);
	assert_int_equal(in(IIR) >> 6, 3);
	out(LCR, 0x80);
	out(FCR, 0x21 | 0x01); /* the 16750's 64 bytes */
	assert_int_equal(in(IIR) >> 5, 6);
	out(LCR, 0xbf); /* where an EFR would be */
	assert_int_not_equal(in(IIR), 0);
	out(LCR, 0xe0); /* and an EXCR1 */
	assert_int_not_equal(in(IIR), 0);
	out(LCR, 0x00);
	out(IER, 0x40); /* XScale's unit enable */
	assert_int_equal(in(IER), 0x00);
}

static void test_reset(void **state)
{
	out(FCR, 0x01);
	out(IER, 0x0f);
	out(MCR, 0x10);
	out(DATA, 'x');
	out(SCR, 1);
	out(LCR, 0x83);
	out(DATA, 9);
	assert_true(up);
	vbus_reset(&bus);
	assert_false(up);
	test_power_on(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_power_on, setup),
		cmocka_unit_test_setup(test_registers, setup),
		cmocka_unit_test_setup(test_divisor, setup),
		cmocka_unit_test_setup(test_widths, setup),
		cmocka_unit_test_setup(test_transmit, setup),
		cmocka_unit_test_setup(test_receive_polled, setup),
		cmocka_unit_test_setup(test_fifo, setup),
		cmocka_unit_test_setup(test_room_is_told, setup),
		cmocka_unit_test_setup(test_take, setup),
		cmocka_unit_test_setup(test_fifo_cleared, setup),
		cmocka_unit_test_setup(test_break_unseen, setup),
		cmocka_unit_test_setup(test_loopback_data, setup),
		cmocka_unit_test_setup(test_loopback_modem, setup),
		cmocka_unit_test_setup(test_autoconfig, setup),
		cmocka_unit_test_setup(test_reset, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
