/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * VMs' lives seen from their owner, the control task: who is to start, who has
 * ended, who waits for memory. All of this is called by that task only.
 */
#ifndef CONFIG_LIFE_H
#define CONFIG_LIFE_H

#include "vcpu/vm.h"

/* Create a VM, to be started soon if its spec says so. NULL: see vm_create().
 */
struct vm *life_create(const struct vm_spec *spec);

/* Start a VM as soon as it is stopped. */
void life_start(struct vm *vm);

/* Take its power away; and give it back; and forget the VM. Done by turns. */
void life_stop(struct vm *vm);
void life_reset(struct vm *vm);
void life_destroy(struct vm *vm);

/* Do a bounded piece of what is due; true: there is more. */
bool life_turn(void);

/*
 * A VM is about to begin its first life: what comes next finds it running. VMs
 * that reboot hold nobody up.
 */
bool life_is_first(void);

/* A command has asked for something that life_turn() can begin. */
bool life_is_due(void);

/* A VM runs, or is about to. */
bool life_goes_on(void);

/*
 * In a run without anybody who could help: if all that run wait for memory,
 * end one of them; if all are paused, complain and return false.
 */
bool life_unstick(void);

/* Something went wrong that has no VM of its own. */
void life_add_troubles(u32 count);

/* VMs that were left out, or whose last life did not end by power-off. */
u32 life_troubles(void);

#endif
