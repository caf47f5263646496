/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Works until its time reaches ms=N milliseconds of the bootargs, two seconds
 * without, and says how much it got done: beside another one, the share of the
 * hart that each was given.
 */
#include "tests/guest/rt/rt.h"

int main(void)
{
	u64 end = timebase() / 1000 * bootargs_number("ms", 2000);
	u64 work = 0;

	while (csr_read(time) < end)
		work++;
	print("work: %lu\n", work);
	power_off(true);
}
