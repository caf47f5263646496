/* SPDX-License-Identifier: BSD-2-Clause */
/* A VM's balloon, between its device and its memory. */
#ifndef VCPU_VM_BALLOON_H
#define VCPU_VM_BALLOON_H

#include "vcpu/vm.h"

/* Make vm->balloon a device in that slot. */
void vm_balloon_init(struct vm *vm, u32 slot, struct irq_line *irq);

/*
 * If the guest has pages to give back and its vcpus stand still, take them, and
 * let it go on. For the owner of the VM's life, after each vm_event(). True:
 * call again soon, the host's devices are still at its memory.
 */
bool vm_balloon_turn(struct vm *vm);

#endif
