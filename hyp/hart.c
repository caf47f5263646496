/* SPDX-License-Identifier: BSD-2-Clause */
/* Harts: starting them, interrupting them, answering their interrupts. */
#include "hyp/csr.h"
#include "hyp/hart.h"
#include "hyp/irqchip.h"
#include "hyp/log.h"
#include "hyp/page.h"
#include "hyp/sbi.h"
#include "hyp/timer_run.h"
#include "hyp/util.h"

struct hart harts[HOST_HARTS_MAX];
struct host host;

extern char hart_entry[];

void hart_kick(struct hart *h)
{
	sbi_send_ipi(h->id);
}

void hart_interrupts(void)
{
	u64 pending = csr_read(CSR_SIP) & csr_read(CSR_SIE);

	if (pending & BIT(IRQ_S_SOFT))
		csr_clear(CSR_SIP, BIT(IRQ_S_SOFT));
	if (pending & BIT(IRQ_S_TIMER))
		timer_run();
	if (pending & BIT(IRQ_S_EXT))
		irqchip_handle();
}

/*
 * wfi with interrupts off wakes on what is pending and enabled, so there is
 * no gap between the last look and the sleep (Privileged, "Wait for
 * Interrupt").
 */
void hart_idle(void)
{
	if (!page_zero_idle())
		asm volatile("wfi" ::: "memory");
}

void hart_start_all(u64 satp)
{
	for (u32 i = 0; i < host.nharts; i++) {
		struct hart *h = &harts[i];
		long error;

		if (h == this_hart())
			continue;
		h->boot.satp = satp;
		h->boot.stack = h->stack_top;
		h->boot.hart = (u64)h;
		error = sbi_hart_start(h->id, ptr_hpa(hart_entry).raw,
				       ptr_hpa(&h->boot).raw);
		if (error)
			log_error("hart %lu does not start: SBI error %ld",
				  h->id, error);
	}
}
