/* SPDX-License-Identifier: BSD-2-Clause */
/* Talks on its console as its bootargs say, for tests of the terminal. */
#include "tests/guest/rt/rt.h"

#define UART_DATA  (UART_BASE + 0)
#define UART_LSR   (UART_BASE + 5)
#define LSR_DATA   BIT(0)
#define LSR_BREAK  BIT(4)

#define LINES      400
#define WORK       2000000 /* turns of a loop, a few instructions each */
#define DBCN_WRITE 0

/* As many lines as a scroll-back does not hold. */
static void lines(void)
{
	for (u32 i = 1; i <= LINES; i++)
		print("line %u of a text that is much too long to be kept\n",
		      i);
}

/* A prompt; repeats each line, and says when there was a break. */
static void prompt(void)
{
	char line[80];
	u32 n = 0;

	print("> ");
	for (;;) {
		u8 lsr = read8(UART_LSR);
		char c;

		if (!(lsr & LSR_DATA))
			continue;
		c = read8(UART_DATA);
		if (lsr & LSR_BREAK) {
			print("(a break, %x)", (u32)c);
		} else if (c == '\r') {
			line[n] = '\0';
			print("\nread <%s>\n> ", line);
			n = 0;
		} else if (n < sizeof(line) - 1) {
			line[n++] = c;
			/* Not uart_putc(): its look at LSR would eat a break.
			 */
			write8(UART_DATA, c);
		}
	}
}

static void flood(void)
{
	for (u32 i = 0;; i++)
		print("flood %u\n", i);
}

/* The same by SBI, as much at once as it takes. */
static void flood_sbi(void)
{
	static char text[4096];
	u32 at = 0;

	for (u32 i = 0; i < sizeof(text); i++)
		text[i] = i % 16 == 15 ? '\n' : 'a' + i / 16 % 26;
	for (;;) {
		struct sbiret r = sbi(SBI_DBCN, DBCN_WRITE, sizeof(text) - at,
				      (u64)&text[at], 0);

		at = (at + r.value) % sizeof(text);
	}
}

static void work(void)
{
	for (u32 i = 0; i < WORK; i++)
		asm volatile("");
}

/* Works, and says so now and then. */
static void tick(void)
{
	for (u32 i = 1; i <= 40; i++) {
		work();
		print("tick %u\n", i);
	}
}

int main(void)
{
	if (bootargs_has("lines"))
		lines();
	if (bootargs_has("flood"))
		flood();
	if (bootargs_has("flood-sbi"))
		flood_sbi();
	if (bootargs_has("tick"))
		tick();
	if (bootargs_has("prompt"))
		prompt();
	power_off(true);
}
