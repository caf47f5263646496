/* SPDX-License-Identifier: BSD-2-Clause */
/* SBI calls: which extension, and those that concern one hart only. */
#include "boot/direct/hart.h"
#include "boot/direct/ipi.h"
#include "boot/direct/machine.h"
#include "boot/direct/sbi.h"

#define SPEC_VERSION         (2UL << 24)
#define IMPL_ID              0x545244 /* not registered: "TRD" */
#define IMPL_VERSION         1

#define SBI_EXT_LEGACY_CLEAR 0x03
#define SRST_VENDOR_REASONS  0xe0000000UL

/* sbi_ecall() is to be jumps only, without a stack frame. */
#define NOINLINE             __attribute__((noinline))

static NOINLINE sbi_answer_t base(SBI_ARGS);
static NOINLINE sbi_answer_t srst(SBI_ARGS);

/* What there is, for the calls and for probe_extension. */
#define EXTENSIONS(X)                           \
	X(SBI_EXT_TIME, sbi_time)               \
	X(SBI_EXT_IPI, sbi_ipi)                 \
	X(SBI_EXT_RFENCE, sbi_rfence)           \
	X(SBI_EXT_BASE, base)                   \
	X(SBI_EXT_HSM, sbi_hsm)                 \
	X(SBI_EXT_SRST, srst)                   \
	X(SBI_EXT_DBCN, sbi_dbcn)               \
	X(SBI_EXT_LEGACY_SET_TIMER, sbi_legacy) \
	X(SBI_EXT_LEGACY_PUTCHAR, sbi_legacy)   \
	X(SBI_EXT_LEGACY_GETCHAR, sbi_legacy)   \
	X(SBI_EXT_LEGACY_CLEAR, sbi_legacy)     \
	X(SBI_EXT_LEGACY_SHUTDOWN, sbi_legacy)

#define CALL(id, function) \
	case id:           \
		return function(a0, a1, a2, a3, a4, a5, fid, ext);
#define PRESENT(id, function) case id:

sbi_answer_t sbi_ecall(SBI_ARGS)
{
	switch (ext) {
		EXTENSIONS(CALL)
	default:
		return sbi_answer(SBI_ERR_NOT_SUPPORTED, 0);
	}
}

static bool present(u64 ext)
{
	switch (ext) {
		EXTENSIONS(PRESENT)
		return true;
	default:
		return false;
	}
}

/* SBI, "Base Extension". */
static sbi_answer_t base(SBI_ARGS)
{
	switch (fid) {
	case 0:
		return sbi_answer(SBI_SUCCESS, SPEC_VERSION);
	case 1:
		return sbi_answer(SBI_SUCCESS, IMPL_ID);
	case 2:
		return sbi_answer(SBI_SUCCESS, IMPL_VERSION);
	case 3:
		return sbi_answer(SBI_SUCCESS, present(a0));
	case 4:
		return sbi_answer(SBI_SUCCESS, csr_read(CSR_MVENDORID));
	case 5:
		return sbi_answer(SBI_SUCCESS, csr_read(CSR_MARCHID));
	case 6:
		return sbi_answer(SBI_SUCCESS, csr_read(CSR_MIMPID));
	default:
		return sbi_answer(SBI_ERR_NOT_SUPPORTED, 0);
	}
}

/* SBI, "Timer Extension". */
NOINLINE sbi_answer_t sbi_time(SBI_ARGS)
{
	if (fid)
		return sbi_answer(SBI_ERR_NOT_SUPPORTED, 0);
	timer_set(a0);
	return sbi_answer(SBI_SUCCESS, 0);
}

/* SBI, "System Reset Extension": type and reason are 32 bits wide. */
static sbi_answer_t srst(SBI_ARGS)
{
	u32 type = a0, reason = a1;

	if (fid)
		return sbi_answer(SBI_ERR_NOT_SUPPORTED, 0);
	if (type > SBI_SRST_WARM_REBOOT ||
	    (reason > SBI_SRST_SYS_FAILURE && reason < SRST_VENDOR_REASONS))
		return sbi_answer(SBI_ERR_INVALID_PARAM, 0);
	if (type != SBI_SRST_SHUTDOWN)
		machine_end(POWER_RESET);
	machine_end(reason == SBI_SRST_SYS_FAILURE ? POWER_FAIL : POWER_OFF);
}
