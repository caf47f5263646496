/* SPDX-License-Identifier: BSD-2-Clause */
/* The smallest guest: says which hart it is and powers off. */
#include "tests/guest/rt/rt.h"

int main(void)
{
	print("hello from S-mode, hart %lu\n", boot_hart);
	power_off(true);
}
