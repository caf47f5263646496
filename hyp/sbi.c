/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls that we make to the host's firmware. */
#include "hyp/sbi.h"

void sbi_set_timer(u64 deadline)
{
	sbi_call(SBI_EXT_TIME, 0, deadline, 0, 0);
}

void sbi_send_ipi(u64 hart_id)
{
	sbi_call(SBI_EXT_IPI, 0, 1, hart_id, 0);
}

long sbi_hart_start(u64 hart_id, u64 entry, u64 opaque)
{
	return sbi_call(SBI_EXT_HSM, 0, hart_id, entry, opaque).error;
}

void sbi_putchar(u8 c)
{
	sbi_call(SBI_EXT_LEGACY_PUTCHAR, 0, c, 0, 0);
}
