/* SPDX-License-Identifier: BSD-2-Clause */
/* SBI calls about other harts: IPI, RFENCE and HSM. */
#include "boot/direct/fence.h"
#include "boot/direct/hart.h"
#include "boot/direct/ipi.h"
#include "boot/direct/machine.h"
#include "boot/direct/sbi.h"
#include "hyp/util.h"

/* SBI, "Hart list parameter"; false where it names a hart that is not there. */
static bool hart_list(u64 mask, u64 base, u64 *harts_listed)
{
	if (base == ~0UL) {
		*harts_listed = machine.harts;
		return true;
	}
	if (base >= HARTS_MAX)
		return !(*harts_listed = mask);
	*harts_listed = mask << base;
	return *harts_listed >> base == mask &&
	       !(*harts_listed & ~machine.harts);
}

/* SBI, "IPI Extension". */
sbi_answer_t sbi_ipi(SBI_ARGS)
{
	u64 targets;

	if (fid)
		return sbi_answer(SBI_ERR_NOT_SUPPORTED, 0);
	if (!hart_list(a0, a1, &targets))
		return sbi_answer(SBI_ERR_INVALID_PARAM, 0);
	ipi_send(targets);
	return sbi_answer(SBI_SUCCESS, 0);
}

/* SBI, "RFENCE Extension". */
sbi_answer_t sbi_rfence(SBI_ARGS)
{
	struct fence f = {.function = fid, .start = a2, .size = a3, .id = a4};
	u64 targets;

	if (fid >= (machine.h ? FENCE_FUNCTIONS : FENCE_FIRST_WITH_H))
		return sbi_answer(SBI_ERR_NOT_SUPPORTED, 0);
	if (!hart_list(a0, a1, &targets))
		return sbi_answer(SBI_ERR_INVALID_PARAM, 0);
	if (!f.start && !f.size)
		f.size = ~0UL;
	if (fid >= FENCE_VVMA_FUNCTIONS)
		f.hgatp = csr_read(CSR_HGATP);
	fence_send(targets, &f);
	return sbi_answer(SBI_SUCCESS, 0);
}

/* ---- HSM -------------------------------------------------------------------
 */

static sbi_answer_t start(u64 id, u64 entry, u64 opaque)
{
	struct hart *h = &harts[id];
	u64 stopped = SBI_HSM_STOPPED;

	if (!machine_ram(entry, 2))
		return sbi_answer(SBI_ERR_INVALID_ADDRESS, 0);
	if (!__atomic_compare_exchange_n(&h->state, &stopped,
					 SBI_HSM_START_PENDING, false,
					 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return sbi_answer(SBI_ERR_ALREADY_AVAILABLE, 0);
	h->entry = entry;
	h->opaque = opaque;
	mail_send(id, MAIL_START);
	return sbi_answer(SBI_SUCCESS, 0);
}

static __attribute__((noreturn)) void stop(struct hart *h)
{
	__atomic_store_n(&h->state, SBI_HSM_STOPPED, __ATOMIC_RELEASE);
	hart_park();
}

/* Until an interrupt that the supervisor has enabled; our own are served. */
static sbi_answer_t suspend(struct hart *h)
{
	u64 ours = BIT(IRQ_M_SOFT) | BIT(IRQ_M_TIMER), pending;

	__atomic_store_n(&h->state, SBI_HSM_SUSPENDED, __ATOMIC_RELEASE);
	while (!((pending = csr_read(CSR_MIP) & csr_read(CSR_MIE)) & ~ours)) {
		if (pending & BIT(IRQ_M_SOFT))
			mail_serve(h);
		else if (pending)
			timer_pass_on();
		else
			asm volatile("wfi" ::: "memory");
	}
	__atomic_store_n(&h->state, SBI_HSM_STARTED, __ATOMIC_RELEASE);
	return sbi_answer(SBI_SUCCESS, 0);
}

/* SBI, "Hart State Management Extension". Suspend types: 0 is the default
 * retentive one, 0x10000000 and 0x80000000 up are optional. */
sbi_answer_t sbi_hsm(SBI_ARGS)
{
	bool there = a0 < HARTS_MAX && machine.harts & BIT(a0);
	struct hart *self = &harts[hart_id()];
	u32 type = a0;

	switch (fid) {
	case 0:
		return there ? start(a0, a1, a2)
			     : sbi_answer(SBI_ERR_INVALID_PARAM, 0);
	case 1:
		stop(self);
	case 2:
		return there ? sbi_answer(SBI_SUCCESS,
					  __atomic_load_n(&harts[a0].state,
							  __ATOMIC_ACQUIRE))
			     : sbi_answer(SBI_ERR_INVALID_PARAM, 0);
	case 3:
		if (!type)
			return suspend(self);
		return sbi_answer(type >> 28 == 1 || type >> 31
					  ? SBI_ERR_NOT_SUPPORTED
					  : SBI_ERR_INVALID_PARAM,
				  0);
	default:
		return sbi_answer(SBI_ERR_NOT_SUPPORTED, 0);
	}
}
