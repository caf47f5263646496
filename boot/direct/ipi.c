/* SPDX-License-Identifier: BSD-2-Clause */
/* Mailboxes: interrupts, fences and starts from one hart to another. */
#include "boot/direct/fence.h"
#include "boot/direct/ipi.h"
#include "boot/direct/machine.h"
#include "hyp/sbi.h"
#include "hyp/util.h"

/* SiFive's CLINT ("RISC-V ACLINT Specification", backward compatibility). */
#define CLINT_MTIMECMP 0x4000

static void set_msip(u64 id, u32 value)
{
	*(volatile u32 *)(machine.clint + 4 * id) = value;
}

void mail_send(u64 id, u64 mail)
{
	__atomic_fetch_or(&harts[id].mail, mail, __ATOMIC_RELEASE);
	asm volatile("fence rw, o" ::: "memory");
	set_msip(id, 1);
}

static u64 state_of(u64 id)
{
	return __atomic_load_n(&harts[id].state, __ATOMIC_RELAXED);
}

void ipi_send(u64 targets)
{
	u64 self = hart_id();

	for (u64 id = 0; targets; id++, targets >>= 1) {
		if (!(targets & 1))
			continue;
		if (id == self)
			csr_set(CSR_MIP, BIT(IRQ_S_SOFT));
		else if (state_of(id) == SBI_HSM_STARTED ||
			 state_of(id) == SBI_HSM_SUSPENDED)
			mail_send(id, MAIL_SOFT);
	}
}

static void serve_fences(u64 from)
{
	for (u64 id = 0; from; id++, from >>= 1) {
		if (!(from & 1))
			continue;
		fence_local(&harts[id].fence);
		__atomic_fetch_sub(&harts[id].fence.left, 1, __ATOMIC_RELEASE);
	}
}

/* First the interrupt, then the mail: what comes in between interrupts anew. */
u64 mail_serve(struct hart *h)
{
	u64 mail;

	set_msip(hart_id(), 0);
	asm volatile("fence o, rw" ::: "memory");
	mail = __atomic_exchange_n(&h->mail, 0, __ATOMIC_ACQUIRE);
	if (mail & MAIL_SOFT)
		csr_set(CSR_MIP, BIT(IRQ_S_SOFT));
	serve_fences(mail & MAIL_FENCES);
	return mail;
}

void mail_interrupt(void)
{
	mail_serve(&harts[hart_id()]);
}

/*
 * A stopped hart fences everything before it starts; one that stops in between
 * still serves its mail. Two harts that wait for each other serve each other.
 */
void fence_send(u64 targets, const struct fence *f)
{
	u64 self = hart_id(), others = targets & ~BIT(self), left = 0;
	struct fence *mine = &harts[self].fence;

	/* What the fence is about comes before we look who runs. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (u64 id = 0; others >> id; id++) {
		if (state_of(id) == SBI_HSM_STOPPED)
			others &= ~BIT(id);
		left += others >> id & 1;
	}
	if (others) {
		*mine = *f;
		mine->left = left;
	}
	for (u64 id = 0; others >> id; id++) {
		if (others >> id & 1)
			mail_send(id, BIT(self));
	}
	if (targets & BIT(self))
		fence_local(f);
	while (others && __atomic_load_n(&mine->left, __ATOMIC_ACQUIRE))
		if (__atomic_load_n(&harts[self].mail, __ATOMIC_RELAXED))
			mail_serve(&harts[self]);
}

/* ---- timer -----------------------------------------------------------------
 */

void timer_set(u64 deadline)
{
	if (machine.sstc) {
		csr_write(CSR_STIMECMP, deadline);
		return;
	}
	*(volatile u64 *)(machine.clint + CLINT_MTIMECMP + 8 * hart_id()) =
		deadline;
	csr_clear(CSR_MIP, BIT(IRQ_S_TIMER));
	csr_set(CSR_MIE, BIT(IRQ_M_TIMER));
}

void timer_pass_on(void)
{
	csr_clear(CSR_MIE, BIT(IRQ_M_TIMER));
	csr_set(CSR_MIP, BIT(IRQ_S_TIMER));
}
