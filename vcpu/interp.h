/* SPDX-License-Identifier: BSD-2-Clause */
/* The software CPU: guests run instruction by instruction, in C. */
#ifndef VCPU_INTERP_H
#define VCPU_INTERP_H

#include "vcpu/exit.h"

/*
 * RV64IMAC, Zicsr, Zifencei, Zba, Zbb, Zbs, Zicond and Zcb in C; what else the
 * host's harts know is carried out by them, one instruction at a time
 * (native.h). The privileged architecture is that of soft.h. All of it works
 * on v->state, which is true between any two instructions, so a vcpu of
 * another soft backend may be stepped as well. All of this is called on the
 * hart that has v loaded.
 */

/* Why the interpreter came back; v->state.pc is right then. */
enum interp_stop {
	INTERP_AGAIN, /* asked to, or the guest's mode may have changed */
	INTERP_FAULT, /* the exception v->fault_cause, v->fault_tval at the pc
		       */
	INTERP_EXIT,  /* the instruction at the pc is somebody else's to do */
};

/* What it decodes by; once, at boot: harts attach at any time. */
void interp_decode_init(void);

/* What is derived for v: caches of code and translations. False: no memory. */
bool interp_attach(struct vcpu *v);

/* Give it back, if there is any; v is not loaded. */
void interp_detach(struct vcpu *v);

/*
 * Carry out the one instruction at v->state.pc; interrupts are not looked at.
 * All registers are in v->state. AGAIN: done, the pc has moved. EXIT: *x is
 * what capture() would give, with the instruction decoded. The first step
 * attaches: EXIT_ram if there is no memory for that.
 */
enum interp_stop interp_step(struct vcpu *v, struct vexit *x);

/* What the last step fenced, if it was a fence: enum fence_kind. */
u32 interp_step_fenced(const struct vcpu *v);

/*
 * The same for up to `count` instructions, until one of them gives FAULT or
 * EXIT; *done: how many were retired.
 */
enum interp_stop interp_run_to(struct vcpu *v, u64 count, struct vexit *x,
			       u64 *done);

/*
 * Nothing is kept of where the guest's RAM is, nor of what was there: pages are
 * about to go. v is not loaded.
 */
void interp_forget(struct vcpu *v);

/* What v may use has changed: nothing is kept of what was decoded. */
void interp_redecode(struct vcpu *v);

/* A load-reserved was carried out, and the store that goes with it was not. */
bool interp_reserved(const struct vcpu *v);

/* A fence of v's translations and code; without effect where none are kept. */
void interp_fence(struct vcpu *v, const struct fence *f);

#endif
