/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest that does what its life cycle is tested with. Its boot arguments are
 * letters: f fill memory up to a word for each MiB that follows in decimal and
 * check it, t tick ten times a second of its time, s stay asleep, p power off,
 * r reboot, x report a failure.
 */
#include "tests/guest/rt/rt.h"

#define FIRST (RAM_BASE + (16UL << 20))

static u64 hz;

static const char *number(const char *s, u64 *n)
{
	for (*n = 0; *s >= '0' && *s <= '9'; s++)
		*n = *n * 10 + (*s - '0');
	return s;
}

/* A word in every 4 KiB, of its own address. */
static void fill(u64 mib)
{
	u64 end = FIRST + (mib << 20), bad = 0;

	for (u64 at = FIRST; at < end; at += 4096) {
		bad += *(volatile u64 *)at != 0;
		*(volatile u64 *)at = ~at;
	}
	for (u64 at = FIRST; at < end; at += 4096)
		bad += *(volatile u64 *)at != ~at;
	print("filled %lu MiB: %s\n", mib, bad ? "WRONG" : "ok");
}

static void tick(void)
{
	u64 start = csr_read(time);

	for (u64 n = 1;; n++) {
		u64 now;

		do
			now = csr_read(time);
		while (now - start < n * (hz / 10));
		print("tick %lu late %lu ms\n", n,
		      (now - start - n * (hz / 10)) / (hz / 1000));
	}
}

int main(void)
{
	u32 len;
	const char *s = fdt_prop("chosen", 0, "bootargs", &len);
	u64 n;

	hz = fdt_u32(fdt_prop("cpus", 0, "timebase-frequency", &len));
	print("up\n");
	while (s && *s) {
		switch (*s++) {
		case 'f':
			s = number(s, &n);
			fill(n);
			break;
		case 't':
			tick();
			break;
		case 's':
			for (;;)
				asm volatile("wfi");
		case 'p':
			power_off(true);
		case 'r':
			sbi(SBI_SRST, 0, 1, 0); /* a cold reboot */
			break;
		case 'x':
			power_off(false);
		}
	}
	power_off(true);
}
