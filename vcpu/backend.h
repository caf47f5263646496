/* SPDX-License-Identifier: BSD-2-Clause */
/* A way to run a guest: what the common code asks of it. */
#ifndef VCPU_BACKEND_H
#define VCPU_BACKEND_H

#include "hyp/csr.h"
#include "vcpu/exit.h"

/*
 * All of this is called on the hart that runs the vcpu. What a backend keeps
 * is derived from struct vcpu_state and dropped by save().
 */
struct backend {
	const char *name;
	/* The guest's privileged state is in v->state alone (vcpu/soft.h). */
	bool soft;
	/* M-mode is carried out here, and its traps are taken. */
	bool m_mode;
	/* Its shortcuts hold for a machine guest whose M-mode is plain. */
	bool machine_shortcuts;
	/*
	 * Memory for what it derives, before the first load(); false: there is
	 * none. detach() gives it back, if there is any; v is not loaded.
	 */
	bool (*attach)(struct vcpu *v);
	void (*detach)(struct vcpu *v);
	/* State to hardware; then enter() may be called any number of times. */
	void (*load)(struct vcpu *v);
	/* Hardware to state; the hart holds nothing of v any more. */
	void (*save)(struct vcpu *v);
	/* Run the guest; run_exit() is called at each trap until it leaves. */
	void (*enter)(struct vcpu *v);
	/* Fill in x for the trap that just came. */
	void (*capture)(struct vcpu *v, struct vexit *x);
	/* Decode the trapped instruction into x->insn; false: see verdict. */
	bool (*decode)(struct vcpu *v, struct vexit *x, enum verdict *verdict);
	/* Carry out x->insn: a CSR instruction, SRET or SFENCE.VMA. */
	enum verdict (*privileged)(struct vcpu *v, struct vexit *x);
	/* An f register was written for the guest: its FS becomes dirty. */
	void (*fp_dirty)(struct vcpu *v);
	/* Make a page of RAM that faulted accessible; false: no memory. */
	bool (*fill)(struct vcpu *v, const struct vexit *x);
	/* Take the exception in the guest's S-mode, from state.pc. */
	void (*inject)(struct vcpu *v, u64 cause, u64 tval);
	/* v->irq_lines changed; ssip: also set sip.SSIP. */
	void (*irq)(struct vcpu *v, bool ssip);
	/* sbi_set_timer: an interrupt at that guest time; ~0: never. */
	void (*timer)(struct vcpu *v, u64 deadline);
	/* When the guest's own timer fires, in guest time; ~0: never. */
	u64 (*deadline)(struct vcpu *v);
	/* Enabled interrupts that are pending, whatever sstatus.SIE says. */
	u64 (*pending)(struct vcpu *v);
	void (*fence)(struct vcpu *v, const struct fence *f);
	/* The shadow tables, or NULL where there are none. */
	struct shadow *(*shadow)(struct vcpu *v);
};

/* The mode that a loaded vcpu's guest was in at its exit. */
static inline enum priv backend_priv(const struct vcpu *v)
{
	if (v->backend->soft)
		return v->state.priv;
	return csr_read(CSR_SSTATUS) & SSTATUS_SPP ? PRIV_S : PRIV_U;
}

extern const struct backend backend_hw, backend_hybrid, backend_te;
extern const struct backend backend_interp;

/* The backend of that id, or NULL where the host cannot have it. */
const struct backend *backend_find(enum backend_id id);
const char *backend_name(enum backend_id id);

/* The id of that name; false: there is none. */
bool backend_named(const char *name, enum backend_id *id);

/* This host cannot have it: why, for a person, a string for ever. At boot. */
void backend_refuse(enum backend_id id, const char *why);

/* Why backend_find() gives NULL. */
const char *backend_missing(enum backend_id id);

/* Find out what the host can have; once, at boot. */
void backend_init(void);

/*
 * Levels of the largest translation mode that a guest may use, 3..5: the same
 * whichever backend runs it. Constant.
 */
extern u32 backend_guest_levels;

#endif
