/* SPDX-License-Identifier: BSD-2-Clause */
/* Pausing a VM: its vcpus park one by one, and its time stands still. */
#include "hyp/log.h"
#include "hyp/util.h"
#include "vcpu/vm.h"

/* Reasons for which time goes on. */
#define SHORT ((u32)PAUSE_SWITCH | PAUSE_BALLOON)

/* They notice at their next exit, or on their next turn. */
static void call_all(struct vm *vm)
{
	for (u32 i = 0; i < vm->spec.vcpus; i++) {
		vcpu_request(&vm->vcpu[i], REQ_PAUSE);
		task_wake(&vm->vcpu[i].task);
	}
}

void vm_pause(struct vm *vm, enum vm_pause why)
{
	bool runs;

	lock_acquire(&vm->lock);
	runs = vm->state == VM_RUNNING;
	if (runs) {
		vm->pause |= why;
		vm->paused_for |= why;
	}
	lock_release(&vm->lock);
	if (runs)
		call_all(vm);
}

void vm_starve(struct vm *vm, const char *what)
{
	if (!(vm->pause & PAUSE_MEMORY))
		log_warn("%s: paused: no memory for %s: it has %lu MiB of its "
			 "%lu MiB, the host has %lu KiB left",
			 vm->spec.name, what, vm->pages.pages >> 8,
			 vm->spec.memory >> 20,
			 page_free_count() * PAGE_SIZE >> 10);
	vm_pause(vm, PAUSE_MEMORY);
	vm_event(vm);
}

void vm_park(struct vcpu *v)
{
	struct vm *vm = v->vm;
	bool last = false;

	vcpu_unload(v);
	lock_acquire(&vm->lock);
	if (vm->pause && !v->parked) {
		v->parked = v->rearm = true;
		timer_cancel(&v->timer);
		last = ++vm->parked == vm->spec.vcpus;
		if (last)
			vm->parked_at = time_now();
	}
	lock_release(&vm->lock);
	if (last)
		vm_event(vm);
}

bool vm_quiet(struct vm *vm)
{
	bool quiet;

	lock_acquire(&vm->lock);
	quiet = vm->parked == vm->spec.vcpus || vm->state == VM_STOPPED ||
		vm->state == VM_LOADING || vm->state == VM_ENDED;
	lock_release(&vm->lock);
	return quiet;
}

/* From now on they may move again; the time that all stood is not theirs. */
static void unpark_locked(struct vm *vm)
{
	BUG_ON(!lock_held(&vm->lock));
	if (vm->parked == vm->spec.vcpus && vm->paused_for & ~SHORT)
		vm->time_delta -= time_now() - vm->parked_at;
	vm->parked = vm->paused_for = 0;
	for (u32 i = 0; i < vm->spec.vcpus; i++)
		vm->vcpu[i].parked = false;
}

void vm_resume(struct vm *vm, enum vm_pause why)
{
	bool go;

	lock_acquire(&vm->lock);
	/* Its life may be over: then nobody may wake what is left of it. */
	go = vm->state == VM_RUNNING && vm->pause && !(vm->pause & ~(u32)why);
	vm->pause &= ~(u32)why;
	if (go)
		unpark_locked(vm);
	lock_release(&vm->lock);
	if (!go)
		return;
	aclint_update(&vm->aclint); /* its deadlines have moved */
	for (u32 i = 0; i < vm->spec.vcpus; i++)
		task_wake(&vm->vcpu[i].task);
}
