/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Works until its time reaches two seconds, and says how much it got done:
 * beside another one, the share of the hart that each was given.
 */
#include "tests/guest/rt/rt.h"

#define SECONDS 2

int main(void)
{
	u32 len;
	u64 hz = fdt_u32(fdt_prop("cpus", 0, "timebase-frequency", &len));
	u64 work = 0;

	while (csr_read(time) < SECONDS * hz)
		work++;
	print("work: %lu\n", work);
	power_off(true);
}
