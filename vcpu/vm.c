/* SPDX-License-Identifier: BSD-2-Clause */
/* A VM's life: created from a spec, built, started, stopped, released. */
#include <string.h>

#include "hyp/log.h"
#include "hyp/sbi.h"
#include "hyp/term.h"
#include "hyp/util.h"
#include "vcpu/backend.h"
#include "vcpu/trap.h"
#include "vcpu/vm.h"
#include "vcpu/vm_build.h"

struct vm *vm_list;
void (*vm_event)(struct vm *vm);

/* Tables and books take less than this share of a guest's memory. */
#define TABLES_SHARE 128

/* Memory that it may take for what is written to it. */
static u64 keeps(const struct disk_spec *d)
{
	return d->host || d->read_only ? 0 : d->size;
}

static u64 may_use(const struct vm_spec *s)
{
	u64 bytes = s->memory;

	for (u32 i = 0; i < VM_DISKS_MAX; i++)
		bytes += keeps(&s->disk[i]);
	return bytes + bytes / TABLES_SHARE;
}

/* What VMs can have: all that is free or theirs already, in bytes. */
static u64 for_guests(void)
{
	u64 pages = page_free_count();

	for (const struct vm *vm = vm_list; vm; vm = vm->next)
		pages += vm->pages.pages + vm->device_pages.pages;
	return pages * PAGE_SIZE;
}

/* Memory is lent, not reserved: say so when it may become short. */
static void warn_of_overcommit(const struct vm_spec *s)
{
	u64 have = for_guests(), asked = may_use(s);

	for (const struct vm *vm = vm_list; vm; vm = vm->next)
		asked += may_use(&vm->spec);
	if (asked > have)
		log_warn("%s: %s: memory: with it, VMs may use %lu MiB, the "
			 "host has %lu MiB to give: who finds none is paused",
			 s->origin, s->name, asked >> 20, have >> 20);
}

/* One vcpu, whose stores nobody else sees; and not the oracle itself. */
static bool lockstep_possible(const struct vm_spec *s)
{
	const char *why = s->boot == BOOT_MACHINE
				  ? "not with boot = \"machine\""
			  : !ACCOUNTING    ? "this build does not count"
			  : s->vcpus > 1   ? "a VM of one vcpu only"
			  : s->shadow_sync ? "not with shadow = \"sync\""
			  : s->backend == BACKEND_INTERP
				  ? "interp is the oracle, not to be compared"
				  : NULL;

	if (why)
		log_error("%s: %s: lockstep: %s", s->origin, s->name, why);
	return !why;
}

static bool traps_possible(const struct vm_spec *s)
{
	char name[TRAP_NAME];
	const char *why = trap_refused(s, s->backend, name);

	if (why)
		log_error("%s: %s: trap: %s: not under %s: %s", s->origin,
			  s->name, name, backend_name(s->backend), why);
	return !why;
}

/* What the host cannot give; says so. */
static bool possible(const struct vm_spec *s)
{
	u64 have = for_guests();

	if (!backend_find(s->backend)) {
		log_error("%s: %s: backend: %s: %s", s->origin, s->name,
			  backend_name(s->backend),
			  backend_missing(s->backend));
		return false;
	}
	if (s->boot == BOOT_MACHINE && !backend_find(BACKEND_INTERP)) {
		log_error("%s: %s: boot: machine: M-mode needs interp: %s",
			  s->origin, s->name, backend_missing(BACKEND_INTERP));
		return false;
	}
	if (s->lockstep && !lockstep_possible(s))
		return false;
	if (!traps_possible(s))
		return false;
	if (may_use(s) > have) {
		log_error("%s: %s: memory: %lu MiB asked for, the host has "
			  "%lu MiB to give",
			  s->origin, s->name, s->memory >> 20, have >> 20);
		return false;
	}
	return true;
}

static struct vm *allocate(const struct vm_spec *spec)
{
	u32 order = 0;
	struct vm *vm;
	hpa_t h;

	while ((PAGE_SIZE << order) < sizeof(*vm))
		order++;
	h = page_alloc_zeroed(order, &page_vmm);
	if (!h.raw)
		return NULL;
	vm = hpa_ptr(h);
	vm->spec = *spec;
	if (spec->lockstep) /* what comes by itself comes through exits */
		vm->spec.force |= FORCE_NO_SSTC | FORCE_4K | FORCE_VTW;
	vm->backend = spec->backend;
	vm->pages.no_pool = spec->force & FORCE_NO_IDLE_ZERO;
	vm->order = order;
	lock_init(&vm->lock, LOCK_VM);
	return vm;
}

static void no_memory(const struct vm_spec *s)
{
	log_error("%s: %s: memory: the host has too little left for it",
		  s->origin, s->name);
}

static void forget(struct vm *vm)
{
	vm_drop_extras(vm);
	vm_drop_nets(vm);
	vm_drop_disks(vm);
	page_free(ptr_hpa(vm), vm->order, &page_vmm);
}

struct vm *vm_create(const struct vm_spec *spec)
{
	struct vm **end = &vm_list;
	struct vm *vm;

	if (!possible(spec))
		return NULL;
	warn_of_overcommit(spec);
	vm_warn_of_clashes(spec);
	vm = allocate(spec);
	if (!vm) {
		no_memory(spec);
		return NULL;
	}
	if (!vm_make_nets(vm) || !vm_make_disks(vm) || !vm_make_extras(vm)) {
		forget(vm);
		no_memory(spec);
		return NULL;
	}
	if (!vm_build_init(vm)) {
		log_error("%s: %s: net0: there are %u switches, no more",
			  spec->origin, spec->name, SWITCHES_MAX);
		forget(vm);
		return NULL;
	}
	if (!vm_open_consoles(vm)) {
		forget(vm);
		no_memory(spec);
		return NULL;
	}
	while (*end)
		end = &(*end)->next;
	*end = vm;
	return vm;
}

struct vm *vm_find(const char *name)
{
	struct vm *vm = vm_list;

	while (vm && strcmp(vm->spec.name, name))
		vm = vm->next;
	return vm;
}

void vm_destroy(struct vm *vm)
{
	struct vm **at = &vm_list;

	BUG_ON(vm->state != VM_STOPPED || vm->pages.pages);
	while (*at != vm)
		at = &(*at)->next;
	*at = vm->next;
	vm_close_consoles(vm);
	forget(vm);
}

static void set_state(struct vm *vm, enum vm_state state)
{
	lock_acquire(&vm->lock);
	vm->state = state;
	lock_release(&vm->lock);
}

bool vm_prepare(struct vm *vm)
{
	BUG_ON(vm->state != VM_STOPPED);
	if (!vm_build(vm)) {
		BUG_ON(!vm_unbuild(vm)); /* nothing of it ran */
		no_memory(&vm->spec);
		return false;
	}
	set_state(vm, VM_LOADING);
	return true;
}

bool vm_release(struct vm *vm)
{
	BUG_ON(vm->state != VM_ENDED && vm->state != VM_LOADING);
	if (!vm_unbuild(vm))
		return false;
	set_state(vm, VM_STOPPED);
	return true;
}

void vm_start(struct vm *vm, u64 pc, gpa_t fdt)
{
	vm_build_ahead(vm);
	lock_acquire(&vm->lock);
	BUG_ON(vm->state != VM_LOADING);
	vm->state = VM_RUNNING;
	vm->end = VM_END_NONE;
	vm->active = vm->spec.vcpus;
	/* Until it is paused, its time is the host's: then te need not trap. */
	vm->time_delta = 0;
	lock_release(&vm->lock);
	BUG_ON(vcpu_start(&vm->vcpu[0], pc, fdt.raw));
	/* Without firmware of ours all harts start at once. */
	for (u32 i = 1; vm->spec.boot == BOOT_MACHINE && i < vm->spec.vcpus;
	     i++)
		BUG_ON(vcpu_start(&vm->vcpu[i], pc, fdt.raw));
}

void vm_stop(struct vm *vm, enum vm_end end)
{
	bool first;

	lock_acquire(&vm->lock);
	first = vm->state == VM_RUNNING;
	if (first)
		vm->state = VM_STOPPING;
	/* Whoever takes its power away means it, though it was to reboot. */
	if (first || (end == VM_END_KILLED && vm->end == VM_END_REBOOT))
		vm->end = end;
	lock_release(&vm->lock);
	for (u32 i = 0; first && i < vm->spec.vcpus; i++) {
		vcpu_request(&vm->vcpu[i], REQ_STOP);
		task_wake(&vm->vcpu[i].task);
	}
}

void vm_vcpu_gone(struct vm *vm)
{
	if (__atomic_sub_fetch(&vm->active, 1, __ATOMIC_ACQ_REL))
		return;
	set_state(vm, VM_ENDED);
	vm_flush_consoles(vm);
	vm_event(vm);
}

static bool all_halted(const struct vm *vm)
{
	for (u32 i = 0; i < vm->spec.vcpus; i++) {
		if (__atomic_load_n(&vm->vcpu[i].hsm, __ATOMIC_ACQUIRE) !=
		    SBI_HSM_STOPPED)
			return false;
	}
	return true;
}

void vm_vcpu_halted(struct vm *vm)
{
	bool dead;

	lock_acquire(&vm->lock);
	dead = vm->state == VM_RUNNING && all_halted(vm);
	lock_release(&vm->lock);
	if (!dead)
		return;
	log_warn("%s: stopped: all its harts have stopped themselves",
		 vm->spec.name);
	vm_stop(vm, VM_END_FAILED);
}
