/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts, buries and resumes VMs, a piece at a time. */
#include "config/control.h"
#include "config/life.h"
#include "config/loader.h"
#include "hyp/log.h"
#include "hyp/page.h"
#include "hyp/util.h"
#include "vcpu/vm_balloon.h"

/* Free pages from which those that wait for memory may try again. */
#define ENOUGH_PAGES  64

/*
 * Loading is our work, not the guest's: one that does nothing but reboot would
 * have more than its share. It has to take so many times as long from start to
 * start, though not longer than that.
 */
#define REBOOT_TIMES  20
#define REBOOT_MAX_MS 5000

static struct load load; /* one at a time; load.vm NULL: none */
static u64 load_began;   /* host time */
static u32 troubles;

static void alarm_fired(struct timer *t)
{
	control_wake();
}

static struct timer alarm = {.fire = alarm_fired, .deadline = TIMER_NEVER};

static u64 ms(u64 n)
{
	return n * (host.timebase / 1000);
}

static const char *const endings[] = {
	[VM_END_POWEROFF] = "powered off",
	[VM_END_REBOOT] = "reboots",
	[VM_END_FAILED] = "failed",
	[VM_END_KILLED] = "stopped",
};

static void want(struct vm *vm, u64 at)
{
	vm->start_at = vm->want_start ? MIN(vm->start_at, at) : at;
	vm->want_start = true;
}

static bool due(const struct vm *vm)
{
	return vm->want_start && vm->start_at <= time_now();
}

struct vm *life_create(const struct vm_spec *spec)
{
	struct vm *vm = vm_create(spec);

	if (vm && spec->autostart)
		want(vm, time_now());
	return vm;
}

void life_start(struct vm *vm)
{
	want(vm, time_now());
}

static void end_load(enum vm_end end)
{
	BUG_ON(!vm_release(load.vm)); /* it has never run */
	load.vm->end = end;
	load.vm = NULL;
}

void life_stop(struct vm *vm)
{
	vm->want_start = false;
	if (load.vm == vm)
		end_load(VM_END_KILLED);
	else
		vm_stop(vm, VM_END_KILLED);
}

/* It may be on its way out for another reason: it starts all the same. */
void life_reset(struct vm *vm)
{
	if (load.vm == vm)
		return; /* it is on its way already */
	vm_stop(vm, VM_END_REBOOT);
	want(vm, time_now());
}

void life_destroy(struct vm *vm)
{
	life_stop(vm);
	vm->doomed = true;
}

/* Those who found no memory may have what came back. */
static void share_memory(void)
{
	for (struct vm *vm = vm_list; vm; vm = vm->next) {
		if (vm->state != VM_RUNNING || !(vm->pause & PAUSE_MEMORY) ||
		    page_free_count() < ENOUGH_PAGES)
			continue;
		log_info("%s: memory came back: it goes on", vm->spec.name);
		vm_resume(vm, PAUSE_MEMORY);
	}
}

/* Unless a hart is still on its way out of it: then later. */
static void bury(struct vm *vm)
{
	if (!vm_release(vm))
		return;
	log_info("%s %s", vm->spec.name, endings[vm->end]);
	if (vm->end == VM_END_REBOOT && !vm->doomed)
		want(vm, vm->start_at);
}

static void begin_load(struct vm *vm)
{
	vm->want_start = false;
	load_began = time_now();
	if (vm_prepare(vm))
		load = (struct load){.vm = vm};
	else
		vm->end = VM_END_FAILED;
}

static void load_some(void)
{
	struct vm *vm = load.vm;

	if (!loader_step(&load))
		return end_load(VM_END_FAILED);
	if (load.stage != LOAD_DONE)
		return;
	load.vm = NULL;
	vm->starts++;
	vm->start_at =
		load_began + MIN((time_now() - load_began) * REBOOT_TIMES,
				 ms(REBOOT_MAX_MS));
	vm_start(vm, load.entry, GPA(load.fdt));
}

/* What one VM is due; true: there is more to come. */
static bool tend(struct vm *vm)
{
	if (vm->state == VM_ENDED)
		bury(vm);
	if (vm->state == VM_ENDED)
		return true;
	if (vm->state != VM_STOPPED)
		return vm_balloon_turn(vm);
	if (vm->doomed) {
		troubles += vm->end == VM_END_FAILED;
		log_info("%s destroyed", vm->spec.name);
		vm_destroy(vm);
		return false;
	}
	return due(vm);
}

/*
 * Who has waited longest: two that keep rebooting do not keep out a third. If
 * it is not time yet, we are called when it is.
 */
static struct vm *next_load(void)
{
	struct vm *next = NULL;

	for (struct vm *vm = vm_list; vm; vm = vm->next) {
		if (vm->state == VM_STOPPED && vm->want_start &&
		    (!next || vm->start_at < next->start_at))
			next = vm;
	}
	if (!next || due(next))
		return next;
	timer_arm(&alarm, next->start_at);
	return NULL;
}

bool life_turn(void)
{
	struct vm *vm = vm_list, *next;
	bool more = false;

	for (; vm; vm = next) {
		next = vm->next;
		more |= tend(vm);
	}
	share_memory();
	vm = load.vm ? NULL : next_load();
	if (vm)
		begin_load(vm);
	if (load.vm)
		load_some();
	return more || load.vm;
}

bool life_is_first(void)
{
	for (const struct vm *vm = vm_list; vm; vm = vm->next) {
		if (!vm->starts && (vm->want_start || vm == load.vm))
			return true;
	}
	return false;
}

bool life_is_due(void)
{
	for (const struct vm *vm = vm_list; vm; vm = vm->next) {
		if (vm->state == VM_ENDED ||
		    (vm->state == VM_STOPPED && (due(vm) || vm->doomed)))
			return true;
	}
	return false;
}

bool life_goes_on(void)
{
	for (const struct vm *vm = vm_list; vm; vm = vm->next) {
		if (vm->state != VM_STOPPED || vm->want_start)
			return true;
	}
	return false;
}

bool life_unstick(void)
{
	struct vm *hungry = NULL;

	for (struct vm *vm = vm_list; vm; vm = vm->next) {
		if (vm->state == VM_STOPPED && !vm->want_start)
			continue;
		if (vm->state != VM_RUNNING || !vm->pause || !vm_quiet(vm) ||
		    vm->pause & PAUSE_BALLOON)
			return true;
		if (vm->pause & PAUSE_MEMORY)
			hungry = vm;
	}
	if (!hungry) {
		log_error("all VMs that are left are paused");
		return false;
	}
	if (page_free_count() >= ENOUGH_PAGES) {
		share_memory(); /* it came back while the last of them parked */
		return true;
	}
	log_error("%s: stopped: all VMs wait for memory, and nobody is left to "
		  "free any",
		  hungry->spec.name);
	vm_stop(hungry, VM_END_FAILED);
	return true;
}

void life_add_troubles(u32 count)
{
	troubles += count;
}

u32 life_troubles(void)
{
	u32 count = troubles;

	for (const struct vm *vm = vm_list; vm; vm = vm->next)
		count += vm->end != VM_END_NONE && vm->end != VM_END_POWEROFF;
	return count;
}
