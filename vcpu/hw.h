/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of the hw backend; see struct backend for the contracts. */
#ifndef VCPU_HW_H
#define VCPU_HW_H

#include "hyp/csr.h"
#include "hyp/util.h"
#include "vcpu/backend.h"
#include "vcpu/run.h"

/* All exceptions that can be the guest's own; bits that do not stick are the
 * hypervisor's (Privileged, "Hypervisor Trap Delegation Registers"). */
#define HW_HEDELEG                                                           \
	(BIT(CAUSE_FETCH_MISALIGNED) | BIT(CAUSE_FETCH_ACCESS) |             \
	 BIT(CAUSE_ILLEGAL) | BIT(CAUSE_BREAKPOINT) |                        \
	 BIT(CAUSE_LOAD_MISALIGNED) | BIT(CAUSE_LOAD_ACCESS) |               \
	 BIT(CAUSE_STORE_MISALIGNED) | BIT(CAUSE_STORE_ACCESS) |             \
	 BIT(CAUSE_ECALL_U) | BIT(CAUSE_FETCH_PAGE) | BIT(CAUSE_LOAD_PAGE) | \
	 BIT(CAUSE_STORE_PAGE) | BIT(CAUSE_SW_CHECK))

/* Illegal instructions are not delegated: they are looked at first. */
bool hw_sees_illegal(const struct vcpu *v);

void hw_capture(struct vcpu *v, struct vexit *x);
bool hw_decode(struct vcpu *v, struct vexit *x, enum verdict *verdict);
void hw_inject(struct vcpu *v, u64 cause, u64 tval);

/* What every guest in VS-mode needs besides its tables: all CSRs but vsatp. */
void hw_cpu_load(struct vcpu *v, u64 hedeleg, u64 hstatus);

/* The same, home; leaves vsatp and hgatp bare. */
void hw_cpu_save(struct vcpu *v);

/* Whether the guest's wfi traps, by who waits now: before each entry. */
void hw_wfi(struct vcpu *v);

/* An exit from C's first line on, the light frame saved. */
enum run_next hw_light(struct vcpu *v);

void hw_irq(struct vcpu *v, bool ssip);
void hw_timer(struct vcpu *v, u64 deadline);
u64 hw_deadline(struct vcpu *v);
u64 hw_pending(struct vcpu *v);
void hw_fp_dirty(struct vcpu *v);

/* Find out what the host's hgatp and vsatp can do; once, at boot. */
void hw_probe(void);

/* Levels of the largest guest translation mode, 3..5 (vsatp). */
u32 hw_guest_levels(void);

#endif
