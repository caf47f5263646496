/* SPDX-License-Identifier: BSD-2-Clause */
/* SBI calls about the console; the legacy calls. */
#include "boot/direct/console.h"
#include "boot/direct/hart.h"
#include "boot/direct/ipi.h"
#include "boot/direct/machine.h"
#include "boot/direct/sbi.h"
#include "hyp/util.h"

/* SBI, "Debug Console Extension". */
sbi_answer_t sbi_dbcn(SBI_ARGS)
{
	char byte = a0;

	if (fid == 2) {
		console_write(&byte, 1);
		return sbi_answer(SBI_SUCCESS, 0);
	}
	if (fid > 2)
		return sbi_answer(SBI_ERR_NOT_SUPPORTED, 0);
	if (a2 || !machine_ram(a1, a0))
		return sbi_answer(SBI_ERR_INVALID_PARAM, 0);
	if (fid)
		return sbi_answer(SBI_SUCCESS, console_read((char *)a1, a0));
	console_write((const char *)a1, a0);
	return sbi_answer(SBI_SUCCESS, a0);
}

/* SBI, "Legacy Extensions": the answer is in a0 alone, a1 is kept. Those that
 * take a pointer to a hart mask are left out. */
sbi_answer_t sbi_legacy(SBI_ARGS)
{
	char byte = a0;

	switch (ext) {
	case SBI_EXT_LEGACY_SET_TIMER:
		timer_set(a0);
		return sbi_answer(0, a1);
	case SBI_EXT_LEGACY_PUTCHAR:
		console_write(&byte, 1);
		return sbi_answer(0, a1);
	case SBI_EXT_LEGACY_GETCHAR:
		return sbi_answer(console_read(&byte, 1) ? (u8)byte : -1, a1);
	case SBI_EXT_LEGACY_SHUTDOWN:
		machine_end(POWER_OFF);
	default:
		csr_clear(CSR_MIP, BIT(IRQ_S_SOFT));
		return sbi_answer(0, a1);
	}
}
