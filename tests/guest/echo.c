/* SPDX-License-Identifier: BSD-2-Clause */
/* Repeats what is typed, read by SBI alone: DBCN, then the legacy call. */
#include "tests/guest/rt/rt.h"

#define SBI_LEGACY_GETCHAR 0x02

static int by_dbcn(void)
{
	static char byte;
	struct sbiret r = sbi(SBI_DBCN, 1, 1, (u64)&byte, 0);

	return r.error || r.value != 1 ? -1 : byte;
}

static int by_legacy(void)
{
	return sbi(SBI_LEGACY_GETCHAR, 0).error;
}

/* Up to the end of a line, printed at once with the way it came. */
static void echo_line(const char *way, int (*get)(void))
{
	char line[128];
	u32 n = 0;
	int c = 0;

	print("%s: ready\n", way);
	while (c != '\r' && n < sizeof(line) - 1) {
		c = get();
		if (c > 0)
			line[n++] = c;
	}
	line[n - 1] = '\0';
	print("%s: <%s>\n", way, line);
}

int main(void)
{
	echo_line("dbcn", by_dbcn);
	echo_line("legacy", by_legacy);
	power_off(true);
}
