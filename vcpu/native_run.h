/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files native*.c. */
#ifndef VCPU_NATIVE_RUN_H
#define VCPU_NATIVE_RUN_H

#include "vcpu/native.h"

/* What of the hart is not as the VMM, or another backend, left it. */
struct native_place {
	u64 satp, stvec, sie, senvcfg, units;
	u64 host_sp; /* of the backend that runs v, if not interp */
};

/* The hart's CSRs for v's code in U-mode, interrupts off; and back. */
struct native_place native_leave(struct vcpu *v);
void native_back(struct vcpu *v, const struct native *n,
		 struct native_place *before);

/* FS and VS: the guest's into the hart; what is dirty is told to both. */
void native_units_out(const struct vcpu *v);
void native_units_note(struct vcpu *v, struct native_place *before);

/* Run v's registers at pc, until a trap: it is in scause, sepc, stval. */
void native_enter(struct vcpu *v, u64 pc);

/* The root that tells where its memory is. False: no memory. */
bool native_root(struct vcpu *v, struct native *n);

/* A page fault, for that cause. True: the page is there now. */
bool native_page_fault(struct vcpu *v, struct native *n, u64 cause,
		       enum native_result *result);

/* As native_step(), under the present root. */
enum native_result native_run(struct vcpu *v, struct native *n, u32 raw,
			      u32 len);

/* The same where the guest's memory lies at the VMM's address: moved away. */
enum native_result native_run_moved(struct vcpu *v, struct native *n, u32 raw,
				    u32 len);

/* A page fault at n->gva, moved. True: the page is there now. */
bool native_moved_fault(struct vcpu *v, struct native *n,
			enum native_result *result);

#endif
