/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of lockstep. */
#ifndef VCPU_LOCKSTEP_PARTS_H
#define VCPU_LOCKSTEP_PARTS_H

#include "vcpu/lockstep.h"
#include "vcpu/vm.h"

#define PAGES_MAX 512
#define TRAIL     8

struct lockstep {
	bool begun;       /* there is a stretch to be compared */
	bool doubt;       /* harts may differ in what it did in this stretch */
	u64 mark;         /* instret when it began */
	u64 lines;        /* v->irq_lines then */
	u64 steps;        /* of the oracle, in this stretch */
	u64 trail[TRAIL]; /* where the oracle was last, by step */
	struct vcpu_state begin;
	u8 *begin_vector, *end_vector; /* as vcpu_vector.regs */
	u32 npages;
	struct {
		gpa_t gpa;
		u8 *was; /* contents at the begin; during a check: now */
	} page[PAGES_MAX];
};

/* ---- lockstep_mem.c ------------------------------------------------------ */

/* Pages that are open are closed again. */
void lockstep_close(struct vcpu *v);

/* What they have now is what they had when the stretch began. */
void lockstep_keep(struct vcpu *v);

/* Memory as it was, or as it became: each time the other. */
void lockstep_swap(struct vcpu *v);

/* It has become the same; print where it has not. */
bool lockstep_same_memory(struct vcpu *v);
void lockstep_print_memory(struct vcpu *v);

/* from -> to, both as vcpu_vector.regs, NULL where there are none. */
void lockstep_copy_vectors(struct vcpu *v, u8 *to, const u8 *from);

#endif
