/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files native*.c. */
#ifndef VCPU_NATIVE_RUN_H
#define VCPU_NATIVE_RUN_H

#include "vcpu/native.h"

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
