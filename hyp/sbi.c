/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls to the host's firmware (RISC-V SBI, "Binary Encoding"). */
#include "hyp/sbi.h"

struct sbi_ret sbi_call(u64 ext, u64 fid, u64 arg0, u64 arg1, u64 arg2)
{
	register u64 a0 asm("a0") = arg0;
	register u64 a1 asm("a1") = arg1;
	register u64 a2 asm("a2") = arg2;
	register u64 a6 asm("a6") = fid;
	register u64 a7 asm("a7") = ext;

	asm volatile("ecall"
		     : "+r"(a0), "+r"(a1)
		     : "r"(a2), "r"(a6), "r"(a7)
		     : "memory");
	return (struct sbi_ret){a0, a1};
}

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
