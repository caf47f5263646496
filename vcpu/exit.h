/* SPDX-License-Identifier: BSD-2-Clause */
/* One form of exit for every backend, and the verdicts on it. */
#ifndef VCPU_EXIT_H
#define VCPU_EXIT_H

#include "hyp/csr.h"
#include "vcpu/decode.h"
#include "vcpu/vcpu.h"

/* What an exit handler wants done; only the run loop does it. */
enum verdict {
	ADVANCE, /* the instruction is done: go on behind it */
	RESUME,  /* go on at the pc */
	INJECT,  /* v->fault_cause, v->fault_tval is the guest's */
	BLOCK,   /* done, and nothing to do until an interrupt */
	YIELD,   /* done, and others may have the hart first */
	HALT,    /* done, and this vcpu stops (HSM) */
	STOP,    /* the VM stops; vm_stop() has been told why */
	ANOTHER, /* x has become another exit: see to that */
	FULL,    /* ask again when all registers are in v->state.gpr */
};

/* What the trap was about. */
enum access { ACCESS_LOAD, ACCESS_STORE, ACCESS_FETCH };

struct vexit {
	enum exit_kind kind;
	u64 pc;
	u64 cause; /* as scause had it; of EXIT_reflect: the guest's */
	u64 tval;  /* EXIT_reflect, EXIT_illegal: what the guest's stval gets */
	gva_t gva;
	gpa_t gpa;
	enum access access;
	bool retry;       /* it is so no longer: the guest tries again */
	bool table;       /* the guest's own page-table walk did it */
	bool full;        /* all of v->state.gpr is valid, not just ra, t, a */
	struct insn insn; /* kind INSN_UNKNOWN until it was decoded */
};

/* The light frame: ra, sp, tp, t0-t6, a0-a7, and x0. */
#define LIGHT_REGS 0xf003fcf7UL

static inline bool reg_is_light(u32 reg)
{
	return LIGHT_REGS >> reg & 1;
}

typedef enum verdict (*exit_handler)(struct vcpu *v, struct vexit *x);

#define EXIT(kind, handler, text, section) \
	enum verdict handler(struct vcpu *v, struct vexit *x);
#include "vcpu/exits.def"
#undef EXIT

/* The name of an exit kind, as statistics print it. */
const char *exit_name(enum exit_kind kind);

/* What an interrupt of the hart's is, by its scause. */
static inline enum exit_kind interrupt_kind(u64 cause)
{
	switch (cause & ~CAUSE_INTERRUPT) {
	case IRQ_S_TIMER:
		return EXIT_timer;
	case IRQ_S_SOFT:
		return EXIT_ipi;
	default:
		return EXIT_device;
	}
}

/* Cause of the guest's own exception for an access that cannot be. */
u64 access_fault(enum access access);

/* The verdict that gives the guest an exception. */
static inline enum verdict inject(struct vcpu *v, u64 cause, u64 tval)
{
	v->fault_cause = cause;
	v->fault_tval = tval;
	return INJECT;
}

#endif
