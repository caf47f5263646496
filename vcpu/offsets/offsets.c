/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Structure offsets for assembly. Compiled to assembly only; the build turns
 * the marked lines into offsets.h (config/vmm.mk).
 */
#include "hyp/hart.h"
#include "hyp/trap.h"
#include "vcpu/run.h"
#include "vcpu/te.h"
#include "vcpu/vcpu.h"

#define DEFINE(name, value) \
	asm volatile("\n.ascii \"->" #name " %0\"" ::"i"(value))

/* Loads and stores of RV64 reach 2 KiB without help. */
#define NEAR(name, value)                                        \
	do {                                                     \
		_Static_assert((value) < 2048, #name " is far"); \
		DEFINE(name, value);                             \
	} while (0)

#define CSR_FIELD(name) offsetof(struct vcpu, state.csr.name)
#define EXITS(kind)     offsetof(struct vcpu, stat.exits[EXIT_##kind])
#define FAST(field)     offsetof(struct vcpu, fast.field)

void offsets(void);

/* For te_entry.S. */
static inline __attribute__((always_inline)) void te_offsets(void)
{
	NEAR(VCPU_PRIV, offsetof(struct vcpu, state.priv));
	DEFINE(PRIV_NUMBER_S, PRIV_S);
	NEAR(VCPU_SSTATUS, CSR_FIELD(sstatus));
	NEAR(VCPU_SIE, CSR_FIELD(sie));
	NEAR(VCPU_SIP, CSR_FIELD(sip));
	NEAR(VCPU_STVEC, CSR_FIELD(stvec));
	NEAR(VCPU_SSCRATCH, CSR_FIELD(sscratch));
	NEAR(VCPU_SEPC, CSR_FIELD(sepc));
	NEAR(VCPU_SCAUSE, CSR_FIELD(scause));
	NEAR(VCPU_STVAL, CSR_FIELD(stval));
	NEAR(VCPU_IRQ_LINES, offsetof(struct vcpu, irq_lines));
	NEAR(VCPU_EXITS_SRET, EXITS(sret));
	NEAR(VCPU_EXITS_REFLECT, EXITS(reflect));
	NEAR(FAST_SATP, FAST(satp));
	NEAR(FAST_SATP_USER, FAST(satp[VIEW_USER]));
	_Static_assert(VIEW_SUM * sizeof(u64) == 16, "SUM selects the root");
	DEFINE(FAST_SATP_SUM_SHIFT, 4);
	NEAR(FAST_SITES, FAST(sites));
	NEAR(FAST_UNITS, FAST(units));
	NEAR(FAST_UNITS_SD, FAST(units_sd));
	NEAR(FAST_WRITABLE, FAST(writable));
	NEAR(FAST_OPERAND, FAST(operand));
	NEAR(FAST_UNSAVED, FAST(unsaved));
	NEAR(FAST_COUNTERS_U, FAST(by_priv[PRIV_U].counters));
	NEAR(FAST_ENV_U, FAST(by_priv[PRIV_U].env));
	NEAR(FAST_COUNTERS_S, FAST(by_priv[PRIV_S].counters));
	NEAR(FAST_ENV_S, FAST(by_priv[PRIV_S].env));
	NEAR(FAST_SITES_U, FAST(by_priv[PRIV_U].sites));
	NEAR(FAST_SITES_S, FAST(by_priv[PRIV_S].sites));
	NEAR(SITE_ALONE, offsetof(struct te_site, alone));
	NEAR(SITE_TAG, offsetof(struct te_site, tag));
	NEAR(SITE_DO, offsetof(struct te_site, handler));
	NEAR(SITE_GET, offsetof(struct te_site, get));
	NEAR(SITE_PUT, offsetof(struct te_site, put));
	NEAR(SITE_COUNT, offsetof(struct te_site, count));
	DEFINE(SITES, TE_SITES);
	_Static_assert(sizeof(struct te_site) == 1 << 6, "SITE_SHIFT");
	DEFINE(SITE_SHIFT, 6);
}

void offsets(void)
{
	NEAR(HART_FIXUP, offsetof(struct hart, fixup));
	NEAR(HART_PANIC_STACK, offsetof(struct hart, panic_stack));
	NEAR(HART_BOOT_SATP, offsetof(struct hart_boot, satp));
	NEAR(HART_BOOT_STACK, offsetof(struct hart_boot, stack));
	NEAR(HART_BOOT_HART, offsetof(struct hart_boot, hart));
	NEAR(TRAP_FRAME_GPR, offsetof(struct trap_frame, gpr));
	NEAR(TRAP_FRAME_SIZE, sizeof(struct trap_frame));
	_Static_assert(sizeof(struct trap_frame) % 16 == 0, "sp alignment");
	NEAR(VCPU_GPR, offsetof(struct vcpu, state.gpr));
	NEAR(VCPU_PC, offsetof(struct vcpu, state.pc));
	NEAR(VCPU_HOST_SP, offsetof(struct vcpu, host_sp));
	NEAR(VCPU_HOST_TP, offsetof(struct vcpu, host_tp));
	DEFINE(COUNTING, ACCOUNTING);
	NEAR(VCPU_EXIT_MARK, offsetof(struct vcpu, exit_mark));
	NEAR(VCPU_VMM_INSTRUCTIONS,
	     offsetof(struct vcpu, stat.vmm_instructions));
	te_offsets();
	DEFINE(RUN_NEXT_ENTER, RUN_ENTER);
	DEFINE(RUN_NEXT_FULL, RUN_FULL);
	DEFINE(RUN_NEXT_LEAVE, RUN_LEAVE);
	_Static_assert(RUN_ENTER == 0, "hw_entry.S tests for zero");
	NEAR(FP_F, offsetof(struct vcpu_fp, f));
	NEAR(FP_FCSR, offsetof(struct vcpu_fp, fcsr));
}
