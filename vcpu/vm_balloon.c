/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages that a guest gives back while it runs. All vcpus stand still for a
 * moment, as for a change of backend; whatever was derived from RAM goes.
 */
#include "hyp/timer.h"
#include "vcpu/backend.h"
#include "vcpu/interp.h"
#include "vcpu/vm_balloon.h"

static void ask(void *owner)
{
	vm_pause(owner, PAUSE_BALLOON);
}

/* The second stage first; one that cannot be split keeps its pages. */
static bool release(void *owner, gpa_t at, u64 len, u64 *pages)
{
	struct vm *vm = owner;

	*pages = 0;
	if (vm->gstage.pt.root.raw &&
	    !gstage_unmap(&vm->gstage, &vm->gmap, at, len))
		return true;
	return gmap_release(&vm->gmap, at, len, pages);
}

void vm_balloon_init(struct vm *vm, u32 slot, struct irq_line *irq)
{
	const struct balloon_client client = {ask, release, vm};

	balloon_init(vm->balloon, slot, irq, &vm->gmap, &client);
}

/* No hart and no vcpu keeps an address of the VM's RAM. */
static void forget(struct vm *vm)
{
	timer_wait_fired();
	for (u32 i = 0; i < vm->spec.vcpus; i++) {
		struct vcpu *v = &vm->vcpu[i];
		const struct backend *home = backend_find(vm->backend);

		if (home->shadow && home->shadow(v))
			shadow_drop(home->shadow(v));
		interp_forget(v);
		v->last_hart = NULL;
	}
	vm->vmid.generation = 0;
}

bool vm_balloon_turn(struct vm *vm)
{
	if (!vm->balloon || vm->state != VM_RUNNING)
		return false;
	if (vm->pause & PAUSE_BALLOON) {
		if (!vm_quiet(vm))
			return false;
		forget(vm);
		if (!balloon_work(vm->balloon))
			return true;
		vm_resume(vm, PAUSE_BALLOON);
	}
	/* Of what came in between nobody may have been told. */
	if (balloon_waits(vm->balloon))
		vm_pause(vm, PAUSE_BALLOON);
	return false;
}
