/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands that change what a VM does: start, stop, pause, backend... */
#include <string.h>

#include "config/cmd.h"
#include "config/control.h"
#include "config/life.h"
#include "config/scenario.h"
#include "config/value.h"
#include "hyp/util.h"
#include "vcpu/backend.h"
#include "vcpu/trap.h"
#include "vcpu/vm_switch.h"

/*
 * What is asked for is done in later turns, and the command waits for it. VMs
 * come and go meanwhile: they are looked up by name.
 */
static struct {
	const char *name;
	u32 starts; /* before */
	enum backend_id backend;
} asked;

static enum monitor_result wait_for(const struct vm *vm)
{
	asked.name = vm->spec.name;
	asked.starts = vm->starts;
	control_wake(); /* it may be so already */
	return MONITOR_WAIT;
}

/* The VM that was asked about; it cannot go away without our doing. */
static struct vm *subject(void)
{
	struct vm *vm = vm_find(asked.name);

	BUG_ON(!vm);
	return vm;
}

static enum monitor_result start(u32 argc, char **argv)
{
	struct vm *vm = cmd_vm(argv[1]);

	if (!vm)
		return MONITOR_FAILED;
	if (vm->state == VM_RUNNING || vm->state == VM_LOADING)
		return monitor_fail("%s: it is %s", argv[1], cmd_state(vm));
	life_start(vm);
	return wait_for(vm);
}

/* It has begun another life, even if that is over already. */
static enum monitor_result poll_start(bool abandoned)
{
	const struct vm *vm = subject();

	if (vm->starts != asked.starts)
		return MONITOR_OK;
	if (vm->state == VM_STOPPED && !vm->want_start)
		return monitor_fail("%s: it does not start", asked.name);
	return MONITOR_WAIT;
}

static enum monitor_result stop(u32 argc, char **argv)
{
	struct vm *vm = cmd_vm(argv[1]);

	if (!vm)
		return MONITOR_FAILED;
	if (vm->state == VM_STOPPED && !vm->want_start)
		return monitor_fail("%s: it does not run", argv[1]);
	life_stop(vm);
	return wait_for(vm);
}

static enum monitor_result poll_stop(bool abandoned)
{
	return subject()->state == VM_STOPPED ? MONITOR_OK : MONITOR_WAIT;
}

static enum monitor_result reset(u32 argc, char **argv)
{
	struct vm *vm = cmd_vm(argv[1]);

	if (!vm)
		return MONITOR_FAILED;
	if (vm->state == VM_STOPPED && !vm->want_start)
		return monitor_fail("%s: it does not run", argv[1]);
	life_reset(vm);
	return wait_for(vm);
}

static enum monitor_result destroy(u32 argc, char **argv)
{
	static char name[VM_NAME_MAX]; /* outlives the VM */
	struct vm *vm = cmd_vm(argv[1]);

	if (!vm)
		return MONITOR_FAILED;
	life_destroy(vm);
	strcpy(name, vm->spec.name);
	asked.name = name;
	control_wake();
	return MONITOR_WAIT;
}

static enum monitor_result poll_destroy(bool abandoned)
{
	return vm_find(asked.name) ? MONITOR_WAIT : MONITOR_OK;
}

static enum monitor_result pause(u32 argc, char **argv)
{
	struct vm *vm = cmd_vm(argv[1]);

	if (!vm)
		return MONITOR_FAILED;
	if (vm->state != VM_RUNNING)
		return monitor_fail("%s: it is %s", argv[1], cmd_state(vm));
	vm_pause(vm, PAUSE_ASKED);
	return wait_for(vm);
}

/* In a life that has begun meanwhile it is not paused. */
static enum monitor_result poll_pause(bool abandoned)
{
	const struct vm *vm = subject();

	if (vm->state != VM_RUNNING || !(vm->pause & PAUSE_ASKED))
		return monitor_fail("%s: it is %s", asked.name, cmd_state(vm));
	return vm_quiet(subject()) ? MONITOR_OK : MONITOR_WAIT;
}

static enum monitor_result resume(u32 argc, char **argv)
{
	struct vm *vm = cmd_vm(argv[1]);

	if (!vm)
		return MONITOR_FAILED;
	if (vm->state != VM_RUNNING || !(vm->pause & PAUSE_ASKED))
		return monitor_fail("%s: it is %s, not paused", argv[1],
				    cmd_state(vm));
	vm_resume(vm, PAUSE_ASKED);
	return MONITOR_OK;
}

/* It would not see what it is to watch. */
static enum monitor_result blind(const struct vm *vm)
{
	char name[TRAP_NAME] = "";
	const char *why = trap_refused(&vm->spec, asked.backend, name);

	return monitor_fail("%s: trap: %s: not under %s: %s", asked.name, name,
			    backend_name(asked.backend), why);
}

static enum monitor_result poll_backend(bool abandoned)
{
	struct vm *vm = subject();

	if (abandoned) {
		vm_switch_abandon(vm);
		return MONITOR_OK;
	}
	switch (vm_switch(vm, asked.backend)) {
	case SWITCH_DONE:
		return MONITOR_OK;
	case SWITCH_WAIT:
		return MONITOR_WAIT;
	case SWITCH_MISSING:
		return monitor_fail("%s: %s", backend_name(asked.backend),
				    backend_missing(asked.backend));
	case SWITCH_BLIND:
		return blind(vm);
	case SWITCH_NO_MEMORY:
		return monitor_fail("%s: no memory for what %s needs: it stays "
				    "with %s",
				    asked.name, backend_name(asked.backend),
				    backend_name(vm->backend));
	}
	BUG_ON(true);
}

static enum monitor_result backend(u32 argc, char **argv)
{
	struct vm *vm = cmd_vm(argv[1]);

	if (!vm)
		return MONITOR_FAILED;
	if (argc < 3) {
		monitor_print("%s: %s\n", argv[1], backend_name(vm->backend));
		return MONITOR_OK;
	}
	if (!backend_named(argv[2], &asked.backend))
		return monitor_fail("%s: no backend; there are hw, hybrid, te, "
				    "interp",
				    argv[2]);
	wait_for(vm);
	return poll_backend(false);
}

static const char *complete_backend(u32 arg, u32 n)
{
	if (arg != 2)
		return cmd_complete_first_vm(arg, n);
	for (enum backend_id id = BACKEND_HW; id <= BACKEND_INTERP; id++) {
		if (backend_find(id) && !n--)
			return backend_name(id);
	}
	return NULL;
}

/* What it is to have, what it says that it gave, what came back. */
static enum monitor_result show_balloon(const struct vm *vm)
{
	const struct balloon *b = vm->balloon;

	monitor_print("%s: asked for %u KiB, has given %u KiB; pages that came "
		      "back: %lu of these, %lu reported free\n",
		      vm->spec.name, b->config.wanted * 4, b->config.actual * 4,
		      b->inflated, b->reported);
	return MONITOR_OK;
}

static enum monitor_result balloon(u32 argc, char **argv)
{
	struct vm *vm = cmd_vm(argv[1]);
	u64 size;

	if (!vm)
		return MONITOR_FAILED;
	if (!vm->balloon)
		return monitor_fail("%s: it has no balloon", argv[1]);
	if (argc < 3)
		return show_balloon(vm);
	if (!value_size(argv[2], &size) || size > vm->spec.memory)
		return monitor_fail(
			"%s: no size up to the VM's memory, such as "
			"64M",
			argv[2]);
	balloon_want(vm->balloon, (vm->spec.memory - size) >> PAGE_SHIFT);
	return MONITOR_OK;
}

static enum monitor_result create(u32 argc, char **argv)
{
	const char *only = argc > 2 ? argv[2] : NULL;
	struct file f;
	u32 errors, made;

	if (!scenario_file(argv[1], &f))
		return monitor_fail("%s: not in the archive", argv[1]);
	made = scenario_create(f.name, only, &errors);
	if (errors)
		return monitor_fail("%s: %u VMs created, %u mistakes: see the "
				    "log",
				    f.name, made, errors);
	return MONITOR_OK;
}

static const char *complete_file(u32 arg, u32 n)
{
	return arg == 1 ? scenario_files(n) : NULL;
}

static struct monitor_command commands[] = {
	{.name = "start",
	 .args = "VM",
	 .help = "start a VM that is stopped",
	 .min = 1,
	 .max = 1,
	 .run = start,
	 .poll = poll_start,
	 .complete = cmd_complete_first_vm},
	{.name = "stop",
	 .args = "VM",
	 .help = "take a VM's power away; its memory is given back",
	 .min = 1,
	 .max = 1,
	 .run = stop,
	 .poll = poll_stop,
	 .complete = cmd_complete_first_vm},
	{.name = "reset",
	 .args = "VM",
	 .help = "start a running VM anew, as its reset button would",
	 .min = 1,
	 .max = 1,
	 .run = reset,
	 .poll = poll_start,
	 .complete = cmd_complete_first_vm},
	{.name = "destroy",
	 .args = "VM",
	 .help = "stop a VM and forget it",
	 .min = 1,
	 .max = 1,
	 .run = destroy,
	 .poll = poll_destroy,
	 .complete = cmd_complete_first_vm},
	{.name = "pause",
	 .args = "VM",
	 .help = "let a VM, and its time, stand still",
	 .min = 1,
	 .max = 1,
	 .run = pause,
	 .poll = poll_pause,
	 .complete = cmd_complete_first_vm},
	{.name = "resume",
	 .args = "VM",
	 .help = "let a paused VM go on",
	 .min = 1,
	 .max = 1,
	 .run = resume,
	 .complete = cmd_complete_first_vm},
	{.name = "backend",
	 .args = "VM [hw|hybrid|te|interp]",
	 .help = "show how a VM is run, or have it run another way\n"
		 "Its guest does not notice.",
	 .min = 1,
	 .max = 2,
	 .run = backend,
	 .poll = poll_backend,
	 .complete = complete_backend},
	{.name = "balloon",
	 .args = "VM [SIZE]",
	 .help = "show what a VM has given back of its memory, or ask it to "
		 "make do with so much\nIts description needs \"balloon\".",
	 .min = 1,
	 .max = 2,
	 .run = balloon,
	 .complete = cmd_complete_first_vm},
	{.name = "create",
	 .args = "FILE [VM]",
	 .help = "create the VMs of a description in the archive, or one of "
		 "them\nThose with autostart are started.",
	 .min = 1,
	 .max = 2,
	 .run = create,
	 .complete = complete_file},
};

void cmd_life_init(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(commands); i++)
		monitor_add(&commands[i]);
}
