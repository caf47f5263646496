/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changing backends. All vcpus stand still, with their state in v->state; what
 * the old backend derived from it goes, and the new one derives its own.
 */
#include "hyp/timer.h"
#include "hyp/util.h"
#include "vcpu/backend.h"
#include "vcpu/interp.h"
#include "vcpu/mach.h"
#include "vcpu/state.h"
#include "vcpu/trap.h"
#include "vcpu/vm_build.h"
#include "vcpu/vm_switch.h"
#include "vcpu/watch.h"

void vm_switch_rules(struct vm *vm, enum backend_id id)
{
	isa_rules_make(&vm->rules, &vm->spec, id);
	vm->gmap.pbmte = host_has(HOST_SVPBMT) && vm->rules.gates & GATE_PBMT;
	vm->gmap.napot = host_has(HOST_SVNAPOT) && vm->rules.gates & GATE_NAPOT;
}

static void detach(struct vm *vm, u32 count, const struct backend *b)
{
	while (count)
		b->detach(&vm->vcpu[--count]);
}

/* Beside what the old one has, so that it can go on if this fails. */
static bool attach(struct vm *vm, const struct backend *b)
{
	for (u32 i = 0; i < vm->spec.vcpus; i++) {
		if (!b->attach(&vm->vcpu[i])) {
			detach(vm, i + 1, b);
			return false;
		}
	}
	return true;
}

/* Hardware had bits of what the guest is not to have, and we do not. */
static void confine(struct vcpu *v)
{
	struct vcpu_csrs *c = &v->state.csr;

	c->sstatus = state_sd(c->sstatus & ~v->vm->rules.no_sstatus);
	c->senvcfg &= ~v->vm->rules.no_senvcfg;
	interp_redecode(v);
}

/* Nobody runs it, and nobody lets it run but the caller. */
static bool change(struct vm *vm, enum backend_id id)
{
	const struct backend *to = backend_find(id);

	timer_wait_fired(); /* theirs ask which backend it is */
	vm_switch_rules(vm, id);
	if (vm->state != VM_STOPPED) {
		if (!attach(vm, to)) {
			vm_switch_rules(vm, vm->backend);
			return false;
		}
		detach(vm, vm->spec.vcpus, backend_find(vm->backend));
	}
	for (u32 i = 0; i < vm->spec.vcpus; i++) {
		/* Who is in M-mode comes home later. */
		if (!vm->vcpu[i].mach.present ||
		    vm->vcpu[i].state.priv != PRIV_M)
			vm->vcpu[i].backend = to;
		vm->vcpu[i].last_hart = NULL; /* no hart keeps any of it */
		confine(&vm->vcpu[i]);
	}
	if (vm->spec.boot == BOOT_MACHINE)
		mach_switched(vm);
	if (vm->state == VM_RUNNING)
		vm_build_ahead(vm);
	return true;
}

enum switch_result vm_switch(struct vm *vm, enum backend_id id)
{
	enum switch_result result = SWITCH_DONE;
	char name[TRAP_NAME];

	if (!backend_find(id)) {
		result = SWITCH_MISSING;
	} else if (trap_refused(&vm->spec, id, name)) {
		result = SWITCH_BLIND;
	} else if (vm->backend != id) {
		if (!vm_quiet(vm)) {
			if (!(vm->pause & PAUSE_SWITCH))
				vm_pause(vm, PAUSE_SWITCH);
			return SWITCH_WAIT;
		}
		if (change(vm, id)) {
			vm->backend = id;
			isa_warn_usable(&vm->spec, id, backend_find(id)->name);
			vm->switches++;
			watch_backend(vm);
		} else {
			result = SWITCH_NO_MEMORY;
		}
	}
	vm_resume(vm, PAUSE_SWITCH);
	return result;
}

void vm_switch_abandon(struct vm *vm)
{
	vm_resume(vm, PAUSE_SWITCH);
}
