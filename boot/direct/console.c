/* SPDX-License-Identifier: BSD-2-Clause */
/* An ns16550a, polled; one hart at a time. */
#include <string.h>

#include "boot/direct/console.h"
#include "boot/direct/machine.h"

/* TL16C550 and successors. */
#define DATA     0
#define LSR      5
#define LSR_DR   0x01
#define LSR_THRE 0x20

static u32 busy;

static volatile u8 *reg(u32 offset)
{
	return (volatile u8 *)machine.uart + offset;
}

static void lock(void)
{
	while (__atomic_exchange_n(&busy, 1, __ATOMIC_ACQUIRE))
		;
}

static void unlock(void)
{
	__atomic_store_n(&busy, 0, __ATOMIC_RELEASE);
}

static void put(const char *s, u64 n)
{
	for (; n; n--) {
		while (!(*reg(LSR) & LSR_THRE))
			;
		*reg(DATA) = *s++;
	}
}

void console_write(const char *s, u64 n)
{
	lock();
	put(s, n);
	unlock();
}

u64 console_read(char *s, u64 n)
{
	u64 got = 0;

	lock();
	while (got < n && *reg(LSR) & LSR_DR)
		s[got++] = *reg(DATA);
	unlock();
	return got;
}

/* Without the lock: the last words must not wait for anybody. */
void console_text(const char *s)
{
	if (machine.uart)
		put(s, strlen(s));
}

void console_hex(u64 v)
{
	char digits[18] = "0x";
	u32 n = 2;

	for (int shift = 60; shift >= 0; shift -= 4) {
		u64 digit = v >> shift & 15;

		if (digit || n > 2 || !shift)
			digits[n++] = "0123456789abcdef"[digit];
	}
	if (machine.uart)
		put(digits, n);
}
