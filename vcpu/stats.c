/* SPDX-License-Identifier: BSD-2-Clause */
/* Statistics as lines for programs: "stat VM NAME VALUE". */
#include <stdio.h>

#include "hyp/term.h"
#include "vcpu/exit.h"
#include "vcpu/vm.h"

static void line(const struct vm *vm, const char *name, u64 value)
{
	char text[120];

	snprintf(text, sizeof(text), "stat %s %s %lu", vm->spec.name, name,
		 value);
	term_line("", "", text);
}

static u64 sum(const struct vm *vm, size_t offset)
{
	u64 total = 0;

	for (u32 i = 0; i < vm->spec.vcpus; i++)
		total += *(const u64 *)((const char *)&vm->vcpu[i].stat +
					offset);
	return total;
}

#define SUM(vm, field) sum(vm, offsetof(struct vcpu_stat, field))

/* Time that its vcpus waited for a hart, in ticks of the time base. */
static u64 steal(const struct vm *vm)
{
	u64 ticks = 0;

	for (u32 i = 0; i < vm->spec.vcpus; i++)
		ticks += vm->vcpu[i].task.waited;
	return ticks;
}

void vm_print_stats(struct vm *vm)
{
	u64 exits = 0, kind_exits, zeroing = SUM(vm, zeroing);
	u64 vmm = SUM(vm, vmm_instructions);
	char name[40];

	for (u32 k = 0; k < EXIT_KINDS; k++)
		exits += sum(vm, offsetof(struct vcpu_stat, exits) + 8 * k);
	line(vm, "exits", exits);
	for (u32 k = 0; k < EXIT_KINDS; k++) {
		kind_exits = sum(vm, offsetof(struct vcpu_stat, exits) + 8 * k);
		snprintf(name, sizeof(name), "exits.%s", exit_name(k));
		line(vm, name, kind_exits);
	}
	for (u32 d = 0; d < vm->bus.count; d++) {
		snprintf(name, sizeof(name), "mmio.%s",
			 vm->bus.devs[d]->ops->name);
		line(vm, name, vm->bus.devs[d]->accesses);
	}
	/* instret counts instructions only under icount; else it is time. */
	if (host_option("icount", name, sizeof(name))) {
		line(vm, "vmm_instructions", vmm - zeroing);
		line(vm, "zeroing_instructions", zeroing);
		line(vm, "guest_instructions", SUM(vm, run_instructions) - vmm);
		line(vm, "load_instructions", vm->load_instructions);
	}
	line(vm, "steal", steal(vm));
	line(vm, "injected", SUM(vm, injected));
	line(vm, "leaves", vm->gstage.leaves);
	line(vm, "tables", vm->gstage.pt.tables);
	line(vm, "pages", vm->pages.pages);
}
