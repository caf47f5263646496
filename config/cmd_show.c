/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands that show how things are: list, stat, mem, harts, log. */
#include <string.h>

#include "config/cmd.h"
#include "hyp/hart.h"
#include "hyp/log.h"
#include "hyp/page.h"
#include "hyp/sched.h"
#include "hyp/term.h"
#include "hyp/util.h"
#include "vcpu/backend.h"

static const char *const endings[] = {
	[VM_END_NONE] = "-",          [VM_END_POWEROFF] = "powered off",
	[VM_END_REBOOT] = "rebooted", [VM_END_FAILED] = "failed",
	[VM_END_KILLED] = "stopped",
};

static enum monitor_result list(u32 argc, char **argv)
{
	monitor_print("%-16s %-9s %-7s %5s %8s %8s %6s  %s\n", "VM", "STATE",
		      "BACKEND", "VCPUS", "MEMORY", "USED", "STARTS", "END");
	for (const struct vm *vm = vm_list; vm; vm = vm->next)
		monitor_print("%-16s %-9s %-7s %5u %6luM  %6luM  %6u  %s\n",
			      vm->spec.name, cmd_state(vm),
			      backend_name(vm->backend), vm->spec.vcpus,
			      vm->spec.memory >> 20, vm->pages.pages >> 8,
			      vm->starts, endings[vm->end]);
	return MONITOR_OK;
}

static void print_stat(void *ctx, const char *name, u64 value)
{
	if (value)
		monitor_print("  %-24s %lu\n", name, value);
}

static void stat_vm(const struct vm *vm)
{
	monitor_print("%s: %s, what is not zero:\n", vm->spec.name,
		      cmd_state(vm));
	vm_stats(vm, NULL, print_stat, NULL);
}

static enum monitor_result stat(u32 argc, char **argv)
{
	const struct vcpu *v = NULL;
	struct vm *vm = NULL;

	if (argc == 1) {
		for (vm = vm_list; vm; vm = vm->next)
			stat_vm(vm);
		return MONITOR_OK;
	}
	vm = cmd_vm(argv[1]);
	if (!vm)
		return MONITOR_FAILED;
	if (argc == 2) {
		stat_vm(vm);
		return MONITOR_OK;
	}
	v = cmd_vcpu(vm, argv[2]);
	if (!v)
		return MONITOR_FAILED;
	monitor_print("%s, vcpu %u: what is not zero:\n", vm->spec.name, v->id);
	vm_stats(vm, v, print_stat, NULL);
	return MONITOR_OK;
}

static void mem_line(const char *name, u64 pages, u64 tables)
{
	monitor_print("%-16s %10lu KiB", name, pages * PAGE_SIZE >> 10);
	if (tables)
		monitor_print(", %lu KiB of it in second-stage tables",
			      tables * PAGE_SIZE >> 10);
	monitor_print("\n");
}

/* Those that no owner has, at a moment in which nobody took or gave any. */
static u64 unaccounted(void)
{
	u64 free, held;

	do {
		free = page_free_count();
		held = page_vmm.pages;
		for (const struct vm *vm = vm_list; vm; vm = vm->next)
			held += vm->pages.pages + vm->device_pages.pages;
	} while (page_free_count() != free);
	return page_total() - free - held;
}

static enum monitor_result mem(u32 argc, char **argv)
{
	mem_line("host", page_total(), 0);
	mem_line("free", page_free_count(), 0);
	mem_line("vmm", page_vmm.pages, 0);
	for (const struct vm *vm = vm_list; vm; vm = vm->next) {
		mem_line(vm->spec.name, vm->pages.pages, vm->gstage.pt.tables);
		if (vm->device_pages.pages)
			mem_line("  its devices", vm->device_pages.pages, 0);
	}
	mem_line("unaccounted", unaccounted(), 0);
	return MONITOR_OK;
}

/* The name of the VM whose vcpu t is; the VMM's own tasks have none. */
static const char *task_name(const struct task *t, u32 *id)
{
	for (const struct vm *vm = vm_list; vm; vm = vm->next) {
		for (u32 i = 0; i < vm->spec.vcpus; i++) {
			*id = i;
			if (&vm->vcpu[i].task == t)
				return vm->spec.name;
		}
	}
	return NULL;
}

static enum monitor_result show_harts(u32 argc, char **argv)
{
	monitor_print("HART  ID  BUSY ms  RUNS\n");
	for (u32 i = 0; i < host.nharts; i++) {
		const struct hart *h = &harts[i];
		const struct task *t = h->current;
		u32 id = 0;
		const char *vm = t ? task_name(t, &id) : NULL;

		monitor_print("%4u  %2lu  %7lu  ", i, h->id,
			      cmd_ms(hart_busy(h)));
		if (vm)
			monitor_print("%s, vcpu %u\n", vm, id);
		else
			monitor_print("%s\n", h == this_hart() ? "the monitor"
					      : h->online      ? "-"
							       : "offline");
	}
	return MONITOR_OK;
}

static const char *const levels[] = {
	[LOG_ERROR] = "error",
	[LOG_WARN] = "warning",
	[LOG_INFO] = "info",
	[LOG_DEBUG] = "debug",
};

static void print_kept(void *ctx, const char *line)
{
	monitor_print("%s\n", line);
}

static enum monitor_result set_log(u32 argc, char **argv)
{
	if (argc == 1) {
		monitor_print("%s\n", levels[log_limit]);
		return MONITOR_OK;
	}
	if (!strcmp(argv[1], "show")) {
		term_log_replay(print_kept, NULL);
		return MONITOR_OK;
	}
	for (u32 i = 0; i < ARRAY_SIZE(levels); i++) {
		if (strcmp(argv[1], levels[i]))
			continue;
		log_limit = i;
		return MONITOR_OK;
	}
	return monitor_fail("%s: not a level: error, warning, info or debug",
			    argv[1]);
}

static const char *complete_level(u32 arg, u32 n)
{
	if (arg != 1 || n > ARRAY_SIZE(levels))
		return NULL;
	return n == ARRAY_SIZE(levels) ? "show" : levels[n];
}

static struct monitor_command commands[] = {
	{.name = "list", .args = "", .help = "list the VMs", .run = list},
	{.name = "stat",
	 .args = "[VM [VCPU]]",
	 .help = "statistics of all VMs, of one, or of one of its vcpus\n"
		 "ran, steal: ticks of the time base on a hart, and waiting "
		 "for one.",
	 .max = 2,
	 .run = stat,
	 .complete = cmd_complete_first_vm},
	{.name = "mem",
	 .args = "",
	 .help = "who holds how much memory",
	 .run = mem},
	{.name = "harts",
	 .args = "",
	 .help = "what the harts do",
	 .run = show_harts},
	{.name = "log",
	 .args = "[LEVEL|show]",
	 .help = "say or set what is logged, or show what was\n"
		 "Levels: error, warning, info, debug.",
	 .max = 1,
	 .run = set_log,
	 .complete = complete_level},
};

void cmd_show_init(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(commands); i++)
		monitor_add(&commands[i]);
}
