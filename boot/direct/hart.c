/* SPDX-License-Identifier: BSD-2-Clause */
/* One hart: what it lets S-mode do, how it gets there, how it waits. */
#include "boot/direct/console.h"
#include "boot/direct/fence.h"
#include "boot/direct/hart.h"
#include "boot/direct/ipi.h"
#include "boot/direct/machine.h"
#include "hyp/sbi.h"
#include "hyp/util.h"

struct hart harts[HARTS_MAX];

/*
 * Everything but calls from (H)S-mode, which are for us, and from M. With H,
 * the VS interrupts of mideleg are read-only one.
 */
#define EXCEPTIONS                                                            \
	(BIT(CAUSE_FETCH_MISALIGNED) | BIT(CAUSE_FETCH_ACCESS) |              \
	 BIT(CAUSE_ILLEGAL) | BIT(CAUSE_BREAKPOINT) |                         \
	 BIT(CAUSE_LOAD_MISALIGNED) | BIT(CAUSE_LOAD_ACCESS) |                \
	 BIT(CAUSE_STORE_MISALIGNED) | BIT(CAUSE_STORE_ACCESS) |              \
	 BIT(CAUSE_ECALL_U) | BIT(CAUSE_ECALL_VS) | BIT(CAUSE_FETCH_PAGE) |   \
	 BIT(CAUSE_LOAD_PAGE) | BIT(CAUSE_STORE_PAGE) | BIT(CAUSE_SW_CHECK) | \
	 BIT(CAUSE_HW_ERROR) | BIT(CAUSE_FETCH_GUEST_PAGE) |                  \
	 BIT(CAUSE_LOAD_GUEST_PAGE) | BIT(CAUSE_VIRTUAL_INSN) |               \
	 BIT(CAUSE_STORE_GUEST_PAGE))
#define INTERRUPTS                                             \
	(BIT(IRQ_S_SOFT) | BIT(IRQ_S_TIMER) | BIT(IRQ_S_EXT) | \
	 BIT(IRQ_OVERFLOW))

/* menvcfg.ADUE stays as reset left it: set where Svadu is all there is. */
#define ENVCFG \
	(ENVCFG_STCE | ENVCFG_PBMTE | ENVCFG_CBIE | ENVCFG_CBCFE | ENVCFG_CBZE)
#define STATEEN0                                                            \
	(STATEEN_SE | STATEEN0_ENVCF | STATEEN0_CSRIN | STATEEN0_AIA |      \
	 STATEEN0_IMSIC | STATEEN0_CTXT | STATEEN0_P1P13 | STATEEN0_TABLE | \
	 STATEEN0_CTR)

/*
 * Entry 0 closes our memory to all below M-mode, entry 1 opens the rest. A
 * hart without PMP protects nothing: all is open ("Physical Memory
 * Protection").
 */
static void init_pmp(void)
{
	u64 ours = FIRMWARE_BASE >> 2 | (FIRMWARE_SIZE / 8 - 1);

	if (!csr_try_set(CSR_PMPADDR0, ours) || csr_read(CSR_PMPADDR0) != ours)
		return;
	csr_write(CSR_PMPADDR1, ~0UL);
	csr_write(CSR_PMPCFG0, PMP_NAPOT | (PMP_NAPOT | PMP_RWX) << 8);
	asm volatile("sfence.vma" ::: "memory");
}

void hart_init(void)
{
	csr_write(CSR_MEDELEG, EXCEPTIONS);
	csr_write(CSR_MIDELEG, INTERRUPTS);
	csr_write(CSR_MCOUNTEREN, ~0UL);
	/* As OpenSBI leaves it: no Linux without SBI PMU opens the time. */
	csr_write(CSR_SCOUNTEREN, COUNTEREN_CY | COUNTEREN_TM | COUNTEREN_IR);
	csr_try_set(CSR_MENVCFG, ENVCFG);
	csr_try_set(CSR_MSTATEEN0, STATEEN0);
	csr_try_set(CSR_MSTATEEN1, STATEEN_SE);
	csr_try_set(CSR_MSTATEEN2, STATEEN_SE);
	csr_try_set(CSR_MSTATEEN3, STATEEN_SE);
	init_pmp();
}

/* SBI, "Hart State Management Extension": the state at a hart's start. */
void hart_enter(u64 entry, u64 opaque)
{
	u64 id = hart_id();

	timer_set(~0UL);
	csr_clear(CSR_MIP, BIT(IRQ_S_SOFT));
	csr_write(CSR_SATP, 0);
	csr_write(CSR_STVEC, entry);
	csr_write(CSR_MSTATUS,
		  (csr_read(CSR_MSTATUS) & MSTATUS_XLENS) | MSTATUS_MPP_S);
	csr_write(CSR_MEPC, entry);
	csr_write(CSR_MIE, BIT(IRQ_M_SOFT));
	__atomic_store_n(&harts[id].state, SBI_HSM_STARTED, __ATOMIC_SEQ_CST);
	/* From now on we are asked for fences; catch up on those before. */
	fence_everything();
	hart_launch(id, opaque);
}

/* Mail that came too late for the supervisor still has somebody waiting. */
void hart_park(void)
{
	struct hart *h = &harts[hart_id()];

	csr_write(CSR_MIE, BIT(IRQ_M_SOFT));
	for (;;) {
		asm volatile("wfi" ::: "memory");
		if (csr_read(CSR_MIP) & BIT(IRQ_M_SOFT) &&
		    mail_serve(h) & MAIL_START)
			hart_enter(h->entry, h->opaque);
	}
}

/* libfdt is built to check its stack. */
void *__stack_chk_guard = (void *)0x6469726563747aff;
__attribute__((noreturn)) void __stack_chk_fail(void);

void __stack_chk_fail(void)
{
	trap_fatal(~0UL, (u64)__builtin_return_address(0), 0);
}

void trap_fatal(u64 cause, u64 epc, u64 tval)
{
	static u32 dying;

	if (!__atomic_exchange_n(&dying, 1, __ATOMIC_RELAXED)) {
		console_text("\ndirect: unexpected trap, hart ");
		console_hex(hart_id());
		console_text(" cause ");
		console_hex(cause);
		console_text(" mepc ");
		console_hex(epc);
		console_text(" mtval ");
		console_hex(tval);
		console_text("\n");
		machine_end(POWER_FAIL);
	}
	for (;;)
		asm volatile("wfi");
}
