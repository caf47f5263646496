/* SPDX-License-Identifier: BSD-2-Clause */
/* The console of a bare kernel: polled ns16550a, printing, checks, the end. */
#include "tests/guest/rt/rt.h"

#define UART_LSR      (UART_BASE + 5)
#define UART_LSR_THRE 0x20

static u32 failures;

/* TL16C550 and successors: a byte may go in when LSR.THRE is set. */
void uart_putc(char c)
{
	while (!(read8(UART_LSR) & UART_LSR_THRE))
		;
	write8(UART_BASE, c);
}

static void put_string(const char *s)
{
	while (*s)
		uart_putc(*s++);
}

static void put_number(u64 v, u32 base, u32 width, char pad)
{
	char digits[24];
	u32 n = 0;

	do {
		digits[n++] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	for (; width > n; width--)
		uart_putc(pad);
	while (n)
		uart_putc(digits[--n]);
}

static void put_value(char kind, bool wide, u32 width, char pad, u64 v)
{
	if (kind == 'x') {
		put_number(wide ? v : (u32)v, 16, width, pad);
		return;
	}
	if (kind == 'd') {
		s64 d = wide ? (s64)v : (int)v;

		if (d < 0)
			uart_putc('-');
		put_number(d < 0 ? -(u64)d : (u64)d, 10, width, pad);
		return;
	}
	put_number(wide ? v : (u32)v, 10, width, pad);
}

static const char *put_conversion(const char *p, va_list *ap)
{
	char pad = *p == '0' ? '0' : ' ';
	bool wide = false;
	u32 width = 0;

	for (; *p >= '0' && *p <= '9'; p++)
		width = width * 10 + (u32)(*p - '0');
	for (; *p == 'l'; p++)
		wide = true;
	if (*p == 's')
		put_string(va_arg(*ap, const char *));
	else if (*p == 'c')
		uart_putc((char)va_arg(*ap, int));
	else
		put_value(*p, wide, width, pad,
			  wide ? va_arg(*ap, u64) : va_arg(*ap, u32));
	return p + 1;
}

void print(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	while (*fmt) {
		if (*fmt != '%') {
			uart_putc(*fmt++);
			continue;
		}
		fmt = put_conversion(fmt + 1, &ap);
	}
	va_end(ap);
}

void begin(const char *name)
{
	print("test: %s\n", name);
}

void show(const char *name, u64 value)
{
	print("%s: 0x%lx\n", name, value);
}

void check(const char *name, bool ok)
{
	failures += !ok;
	print("%s: %s\n", name, ok ? "ok" : "WRONG");
}

void expect(const char *name, u64 got, u64 want)
{
	if (got == want) {
		show(name, got);
		return;
	}
	failures++;
	print("%s: 0x%lx WRONG, 0x%lx expected\n", name, got, want);
}

/* SBI, "System Reset Extension"; SiFive's test device if that returns. */
void power_off(bool ok)
{
	sbi(SBI_SRST, 0, 0, ok ? 0 : 1);
	write32(TEST_BASE, ok ? 0x5555 : 0x13333);
	for (;;)
		asm volatile("wfi");
}

void finish(void)
{
	if (failures)
		print("FAIL %u\n", failures);
	else
		print("PASS\n");
	power_off(!failures);
}

void *memset(void *p, int c, size_t n)
{
	for (u8 *b = p; n; n--)
		*b++ = (u8)c;
	return p;
}

void *memcpy(void *d, const void *s, size_t n)
{
	const u8 *from = s;

	for (u8 *to = d; n; n--)
		*to++ = *from++;
	return d;
}

int strcmp(const char *a, const char *b)
{
	for (; *a && *a == *b; a++)
		b++;
	return (u8)*a - (u8)*b;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

u64 random_next(u64 *seed)
{
	u64 x = *seed;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*seed = x;
	return x * 0x2545f4914f6cdd1dUL;
}
