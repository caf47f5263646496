/* SPDX-License-Identifier: BSD-2-Clause */
/* Each stretch of a guest between two exits once more, by the interpreter. */
#ifndef VCPU_LOCKSTEP_H
#define VCPU_LOCKSTEP_H

#include "vcpu/exit.h"

/*
 * For a VM of one vcpu (`lockstep = "interp"`). While its backend runs the
 * guest, RAM can be stored to only where the page's contents have been kept:
 * gmap.closed. At the next exit memory goes back to what it was, the
 * interpreter starts from the state that the stretch began with, and must come
 * to the very state and memory that the backend came to.
 */

/* Memory for it, before the vcpu attaches to its backend. False: none. */
bool lockstep_attach(struct vcpu *v);
void lockstep_detach(struct vcpu *v);

/* The guest is about to run, v is loaded. anew: forget a stretch that began. */
void lockstep_begin(struct vcpu *v, bool anew);

/*
 * The guest has stopped, x->full. False: there is a difference, which has been
 * printed, and the VM stops.
 */
bool lockstep_check(struct vcpu *v, struct vexit *x);

/* The guest stores to a page that is closed. False: ask for less: no memory. */
bool lockstep_open(struct vcpu *v, gpa_t gpa);

/* Print what two states differ in, a line each, to the log; how much that is.
 */
u32 lockstep_diff(const char *vm, const struct vcpu_state *backend,
		  const struct vcpu_state *oracle, u64 vector_bytes);

#endif
