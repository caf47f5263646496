/* SPDX-License-Identifier: BSD-2-Clause */
/* Power: the sifive,test device tells QEMU's exit status; SRST elsewhere. */
#include "hyp/hart.h"
#include "hyp/page.h"
#include "hyp/power.h"
#include "hyp/sbi.h"

#define TEST_PASS 0x5555
#define TEST_FAIL 0x3333

void power_off(u32 status)
{
	if (host.test.size) {
		volatile u32 *test = hpa_ptr(HPA(host.test.base));

		/* It takes effect later; SRST would overwrite the status. */
		*test = status ? status << 16 | TEST_FAIL : TEST_PASS;
	} else {
		sbi_call(SBI_EXT_SRST, 0, SBI_SRST_SHUTDOWN,
			 status ? SBI_SRST_SYS_FAILURE : SBI_SRST_NO_REASON, 0);
	}
	for (;;)
		asm volatile("wfi");
}
