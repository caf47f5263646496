/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Structure offsets for assembly. Compiled to assembly only; the build turns
 * the marked lines into offsets.h (config/vmm.mk).
 */
#include "hyp/hart.h"
#include "hyp/trap.h"
#include "vcpu/run.h"
#include "vcpu/vcpu.h"

#define DEFINE(name, value) \
	asm volatile("\n.ascii \"->" #name " %0\"" ::"i"(value))

/* Loads and stores of RV64 reach 2 KiB without help. */
#define NEAR(name, value)                                        \
	do {                                                     \
		_Static_assert((value) < 2048, #name " is far"); \
		DEFINE(name, value);                             \
	} while (0)

void offsets(void);

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
	NEAR(VCPU_EXIT_MARK, offsetof(struct vcpu, exit_mark));
	NEAR(VCPU_VMM_INSTRUCTIONS,
	     offsetof(struct vcpu, stat.vmm_instructions));
	DEFINE(RUN_NEXT_ENTER, RUN_ENTER);
	DEFINE(RUN_NEXT_FULL, RUN_FULL);
	DEFINE(RUN_NEXT_LEAVE, RUN_LEAVE);
	_Static_assert(RUN_ENTER == 0, "hw_entry.S tests for zero");
	NEAR(FP_F, offsetof(struct vcpu_fp, f));
	NEAR(FP_FCSR, offsetof(struct vcpu_fp, fcsr));
}
