/* SPDX-License-Identifier: BSD-2-Clause */
/* Between native.c and native_move.c. */
#ifndef VCPU_NATIVE_RUN_H
#define VCPU_NATIVE_RUN_H

#include "vcpu/native.h"

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
