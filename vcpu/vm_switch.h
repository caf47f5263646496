/* SPDX-License-Identifier: BSD-2-Clause */
/* Another backend for a VM, between two instructions of its guest. */
#ifndef VCPU_VM_SWITCH_H
#define VCPU_VM_SWITCH_H

#include "vcpu/vm.h"

enum switch_result {
	SWITCH_DONE,
	SWITCH_WAIT,      /* its vcpus are on their way to stand still */
	SWITCH_MISSING,   /* see backend_missing() */
	SWITCH_BLIND,     /* see trap_refused() */
	SWITCH_NO_MEMORY, /* for what the new one derives */
};

/*
 * Have all of vm's vcpus run by that backend, in this life and later ones. The
 * guest does not notice: its state is struct vcpu_state whoever runs it. To be
 * asked again after vm_event() as long as it says WAIT; then the VM runs on,
 * by the new backend or, unless DONE, by the old one. From the task that owns
 * the VMs' lives.
 */
enum switch_result vm_switch(struct vm *vm, enum backend_id id);

/* Do not wait any longer: the VM runs on as it did. */
void vm_switch_abandon(struct vm *vm);

/* What its isa comes to under that backend; all vcpus stand still. */
void vm_switch_rules(struct vm *vm, enum backend_id id);

#endif
