/* SPDX-License-Identifier: BSD-2-Clause */
/* One instruction of a guest, carried out by the hart itself. */
#ifndef VCPU_NATIVE_H
#define VCPU_NATIVE_H

#include "gstage/shadow.h"
#include "hyp/pt.h"
#include "vcpu/exit.h"

/*
 * In U-mode, with the guest's registers, FS and VS, and its memory behind a
 * shadow root, as the te backend runs whole guests: for instructions of which
 * software knows nothing (floating point, vectors, cache blocks, cryptography).
 * Not for those that use the pc, jump, or depend on the mode otherwise.
 */

/* What is derived for one vcpu; all zero is empty. */
struct native {
	struct shadow shadow;
	bool ready; /* shadow is */
	/* While its memory is moved (native_move.c): the root, else 0. */
	u64 moved_satp;
	u64 moved_by; /* added to the guest's addresses */
	struct pt moved;
	u32 raw;        /* the instruction */
	u32 pmp_writes; /* v->mach.pmp_writes when shadow was filled */
	bool rooted;    /* it is carried out under a root of ours */
	bool plain;     /* a stretch, not an instruction */
	bool open; /* watched pages may be in shadow, for one instruction */
	/* Of an access that was not carried out. */
	gva_t gva;
	gpa_t gpa;
	enum access access;
};

enum native_result {
	NATIVE_DONE,   /* registers and memory are as after it; the pc is not */
	NATIVE_FAULT,  /* v->fault_cause, v->fault_tval */
	NATIVE_DEVICE, /* n->gpa is no RAM: nothing was done */
	NATIVE_OURS,   /* n->gva is where the VMM is: likewise */
	NATIVE_DRY,    /* n->gpa is RAM, but memory is short */
};

/*
 * Carry out raw, of len bytes (2, 4), for v, which is loaded on this hart and
 * at it. A vector instruction may have done a part when it faults, as vstart
 * says.
 */
enum native_result native_step(struct vcpu *v, struct native *n, u32 raw,
			       u32 len);

/*
 * v is in M-mode, and nobody looks on: native_stretch() may run it from its pc
 * on, with its CSR instructions emulated, until there is something else for the
 * interpreter at its pc, or an interrupt of the host's is pending. False: that
 * took longer than the interpreter would have.
 */
bool native_stretches(const struct vcpu *v);
bool native_stretch(struct vcpu *v, struct native *n);

/* v's fence, where anything is derived. */
void native_fence(struct native *n, const struct fence *f);

/*
 * Another's guest may run on this hart: its scratch page, which native_step()
 * opened, is closed.
 */
void native_close(void);

/* v was elsewhere: this hart may still translate as it did before that. */
void native_arrived(void);

/* Give back what is derived. */
void native_destroy(struct native *n);

#endif
