/* SPDX-License-Identifier: BSD-2-Clause */
/* The UART's interrupts one by one, and under wild writes. */
#include "uart_bench.h"

static void test_receive_interrupt(void **state)
{
	out(IER, 0x01);
	assert_false(up);
	receive("x");
	assert_true(up);
	assert_int_equal(in(IIR), 0x04);
	assert_true(up);
	assert_int_equal(in(DATA), 'x');
	assert_false(up);
	assert_int_equal(in(IIR), 0x01);
}

/* Below the trigger it is a character timeout, from it on data available. */
static void test_trigger(void **state)
{
	static const u8 level[] = {1, 4, 8, 14};

	out(IER, 0x01);
	for (u32 t = 0; t < 4; t++) {
		out(FCR, 0x03 | t << 6);
		for (u32 n = 1; n <= UART_FIFO; n++) {
			receive("x");
			assert_true(up);
			assert_int_equal(in(IIR), n < level[t] ? 0xcc : 0xc4);
		}
		for (u32 n = UART_FIFO - 1; n > 0; n--) {
			in(DATA);
			assert_true(up);
			assert_int_equal(in(IIR), n < level[t] ? 0xcc : 0xc4);
		}
		in(DATA);
		assert_false(up);
	}
}

static void test_thr_interrupt(void **state)
{
	out(IER, 0x02);
	assert_true(up);
	assert_int_equal(in(IIR), 0x02); /* reports and clears it */
	assert_false(up);
	assert_int_equal(in(IIR), 0x01);
	out(DATA, 'a');
	assert_true(up);
	out(DATA, 'b');
	assert_true(up);
	assert_int_equal(in(IIR), 0x02);
	assert_false(up);
	out(IER, 0x02); /* no edge */
	assert_false(up);
	out(IER, 0x00);
	out(IER, 0x02); /* Linux' test for UART_BUG_THRE */
	assert_true(up);
	assert_int_equal(in(IIR), 0x02);
}

/* An IIR read that reports something else keeps "THR empty" pending. */
static void test_thr_behind_receive(void **state)
{
	out(IER, 0x03);
	receive("x");
	assert_int_equal(in(IIR), 0x04);
	in(DATA);
	assert_true(up);
	assert_int_equal(in(IIR), 0x02);
	assert_false(up);
}

static void test_break(void **state)
{
	out(FCR, 0x01);
	out(IER, 0x05);
	receive("a");
	assert_true(uart_break(&uart));
	receive("b");
	assert_int_equal(in(IIR), 0xc4);
	assert_int_equal(in(LSR), LSR_IDLE | 0x81); /* not at the top yet */
	assert_int_equal(in(DATA), 'a');
	assert_int_equal(in(IIR), 0xc6);
	assert_int_equal(in(LSR), LSR_IDLE | 0x91);
	assert_int_equal(in(LSR), LSR_IDLE | 0x01); /* told once */
	assert_int_equal(in(IIR), 0xc4);
	assert_int_equal(in(DATA), 0);
	assert_int_equal(in(DATA), 'b');
	assert_int_equal(in(LSR), LSR_IDLE);
	assert_false(up);
}

static void test_break_without_fifo(void **state)
{
	out(IER, 0x04);
	assert_true(uart_break(&uart));
	assert_false(uart_break(&uart));
	assert_true(up);
	assert_int_equal(in(IIR), 0x06);
	assert_int_equal(in(LSR), LSR_IDLE | 0x11);
	assert_false(up);
	assert_false(uart_receive(&uart, 'x'));
	assert_int_equal(in(DATA), 0);
	assert_int_equal(in(LSR), LSR_IDLE);
}

static void test_overrun(void **state)
{
	out(IER, 0x04);
	out(MCR, 0x10);
	out(DATA, '1');
	out(DATA, '2');
	assert_true(up);
	assert_int_equal(in(IIR), 0x06);
	assert_int_equal(in(LSR), LSR_IDLE | 0x03);
	assert_false(up);
	assert_int_equal(in(LSR), LSR_IDLE | 0x01);
	assert_int_equal(in(DATA), '1');
	out(FCR, 0x01);
	for (u32 i = 0; i < UART_FIFO + 1; i++)
		out(DATA, i);
	assert_int_equal(in(LSR), LSR_IDLE | 0x03);
	for (u32 i = 0; i < UART_FIFO; i++)
		assert_int_equal(in(DATA), i);
}

static void test_modem_interrupt(void **state)
{
	out(IER, 0x08);
	assert_false(up);
	out(MCR, 0x10);
	assert_true(up);
	assert_int_equal(in(IIR), 0x00);
	assert_true(up);
	in(MSR);
	assert_false(up);
	assert_int_equal(in(IIR), 0x01);
}

/* ---- wild writes ------------------------------------------------------- */

static bool expected(void)
{
	bool head_break = uart.breaks >> uart.head & 1;

	return (uart.ier & 1 && uart.count) ||
	       (uart.ier & 2 && uart.thr_pending) ||
	       (uart.ier & 4 && (uart.overrun || head_break)) ||
	       (uart.ier & 8 && uart.modem_delta);
}

static void check_state(void)
{
	u16 used = 0;

	assert_int_equal(irq.level, expected());
	assert_int_equal(up, irq.level);
	assert_in_range(uart.count, 0, uart.fcr & 1 ? UART_FIFO : 1);
	assert_in_range(uart.head, 0, UART_FIFO - 1);
	for (u32 i = 0; i < uart.count; i++)
		used |= 1 << (uart.head + i) % UART_FIFO;
	assert_int_equal(uart.breaks & ~used, 0);
	assert_false(lock_held(&uart.dev.lock));
}

static void test_wild(void **state)
{
	rnd_init();
	for (u32 i = 0; i < 200000; i++) {
		if (rnd() & 1)
			mmio_wild(GUEST_UART_BASE, 12);
		else if (rnd() & 1)
			mmio_write(GUEST_UART_BASE + rnd_below(8), 1, rnd());
		else if (rnd() & 1)
			mmio_wild(GUEST_UART_BASE, GUEST_UART_SIZE);
		else if (rnd() & 3)
			uart_receive(&uart, rnd());
		else
			uart_break(&uart);
		host_out[0] = '\0';
		check_state();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_receive_interrupt, setup),
		cmocka_unit_test_setup(test_trigger, setup),
		cmocka_unit_test_setup(test_thr_interrupt, setup),
		cmocka_unit_test_setup(test_thr_behind_receive, setup),
		cmocka_unit_test_setup(test_break, setup),
		cmocka_unit_test_setup(test_break_without_fifo, setup),
		cmocka_unit_test_setup(test_overrun, setup),
		cmocka_unit_test_setup(test_modem_interrupt, setup),
		cmocka_unit_test_setup(test_wild, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
