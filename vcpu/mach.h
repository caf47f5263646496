/* SPDX-License-Identifier: BSD-2-Clause */
/* M-mode for guests that expect to own it (boot = "machine"). */
#ifndef VCPU_MACH_H
#define VCPU_MACH_H

#include "hyp/csr.h"
#include "vcpu/exit.h"
#include "vcpu/vcpu.h"

/*
 * The interpreter has M-mode, whatever backend the VM has, and lets the hart
 * carry out what is plain of it (native_stretch()); S-mode and U-mode are the
 * backend's. Between the two v crosses over, as a VM changes its backend: all
 * is in v->state then. So v->backend is the interpreter in M-mode, and its VM's
 * outside of it.
 *
 * Under hw an exit of S- or U-mode takes the general way, with all registers;
 * under te and hybrid where M-mode is not plain.
 */

/* Interrupts of M-mode, as bits of mip: 3, 7, 11. */
#define MACH_LINES (BIT(3) | BIT(7) | BIT(11))

/* As after reset, at pc 0x8000_0000 of the reset vector. */
void mach_reset(struct vcpu *v);

/* The exception is M-mode's to take, by medeleg and the present mode. */
bool mach_takes(const struct vcpu *v, u64 cause);

/* Take it (Privileged, "Trap Handling in Machine Mode"): v->state is true. */
void mach_trap(struct vcpu *v, u64 cause, u64 tval);

/*
 * Interrupts that M-mode would take now if v were in that mode, as bits of mip;
 * and take the highest of them, if there is one.
 */
u64 mach_pending(const struct vcpu *v, enum priv priv);
bool mach_interrupt(struct vcpu *v);

/* An interrupt that is pending and enabled at all ends a wfi. */
bool mach_wakes(const struct vcpu *v);

/*
 * A CSR instruction on a number that csr.def does not have, or that S-mode may
 * not touch: as soft_privileged(). MRET likewise.
 */
enum verdict mach_csr(struct vcpu *v, struct vexit *x);
enum verdict mach_mret(struct vcpu *v);

/* An instruction of S-mode that mstatus says traps: bits MSTATUS_TVM, TW, TSR.
 */
bool mach_traps(const struct vcpu *v, u64 bit);

/*
 * M-mode lets S-mode do all that the shortcuts of te and hybrid do, and they
 * take no trap that is its own. Changes in M-mode alone.
 */
bool mach_plain(const struct vcpu *v);

/* The hart sets A and D by itself (menvcfg.ADUE): S-mode knows of no fault. */
static inline bool mach_sets_ad(const struct vcpu *v)
{
	return v->mach.menvcfg & ENVCFG_ADUE;
}

/* What cycle and instret are for it: counted, inhibited, written. */
u64 mach_cycle(const struct vcpu *v);
u64 mach_instret(const struct vcpu *v);

/* hedeleg, hcounteren and henvcfg, of what they would be without M-mode. */
u64 mach_hedeleg(const struct vcpu *v, u64 all);
u64 mach_counteren(const struct vcpu *v, u64 all);
u64 mach_envcfg(const struct vcpu *v, u64 all);

/*
 * The largest page around gpa that tables may map for S-mode, PT_LEVEL_*; -1:
 * none; native: for the mode that the interpreter is in, and one instruction;
 * plain: for M-mode, whatever it does. As struct shadow's and
 * struct gstage's limit; owner: a vcpu, a VM.
 */
s32 mach_shadow_level(void *owner, gpa_t gpa);
s32 mach_native_level(void *owner, gpa_t gpa);
/* As struct shadow's walkable. */
bool mach_walkable(void *owner, gpa_t at);
s32 mach_plain_level(const struct vcpu *v, gpa_t gpa);
s32 mach_gstage_level(void *owner, gpa_t gpa);

/* v comes home to S-mode: what is mapped there is what its PMP allows. And
 * leaves it. */
void mach_protect(struct vcpu *v);
void mach_leave(struct vcpu *v);

/* All of vm's vcpus stand still, and those in S-mode have another backend. */
void mach_switched(struct vm *vm);

/* The access to the byte at gpa is allowed; *same: of all of its page. */
bool mach_page_allows(const struct vcpu *v, gpa_t gpa, enum access access,
		      bool *same);

/* The same of the len bytes at gpa, in one access: they lie in one page. */
bool mach_allows(const struct vcpu *v, gpa_t gpa, u32 len, enum access access);

/* An exit for memory that is not as any other VM's: true, and the verdict. */
bool mach_memory(struct vcpu *v, struct vexit *x, enum verdict *verdict);

/*
 * PMP splits pages of its RAM, and v has been in them so often that the
 * interpreter, which needs no exit for that, is to have it in S- and U-mode
 * too.
 */
bool mach_aside(const struct vcpu *v);

/* The interpreter makes a step for v, which is at home. */
void mach_by_hand(struct vcpu *v);

/* v is where it does not belong: run.c crosses before v goes on. */
bool mach_borders(const struct vcpu *v);

/*
 * An exception that M-mode takes came to the backend: taken when v has
 * crossed.
 */
void mach_defer(struct vcpu *v, u64 cause, u64 tval);

/* Over to the interpreter, or home; on v's hart, loaded before and after. */
void mach_cross(struct vcpu *v);

#endif
