/* SPDX-License-Identifier: BSD-2-Clause */
/* Statistics of a VM or of one of its vcpus, as names and numbers. */
#include <stdio.h>

#include "hyp/term.h"
#include "hyp/util.h"
#include "vcpu/exit.h"
#include "vcpu/vm.h"

/* Who is asked, and who is told. */
struct report {
	const struct vm *vm;
	const struct vcpu *only; /* NULL: the sum over all vcpus */
	vm_stat_fn tell;
	void *ctx;
};

static void tell(const struct report *r, const char *name, u64 value)
{
	r->tell(r->ctx, name, value);
}

static u64 field(const struct vcpu *v, size_t offset)
{
	return *(const u64 *)((const char *)v + offset);
}

static u64 sum(const struct report *r, size_t offset)
{
	u64 total = 0;

	if (r->only)
		return field(r->only, offset);
	for (u32 i = 0; i < r->vm->spec.vcpus; i++)
		total += field(&r->vm->vcpu[i], offset);
	return total;
}

#define SUM(r, name) sum(r, offsetof(struct vcpu, name))

static u64 exits_of(const struct report *r, u32 kind)
{
	return sum(r, offsetof(struct vcpu, stat.exits) + 8 * kind);
}

static void tell_exits(const struct report *r)
{
	u64 exits = 0;
	char name[40];

	for (u32 k = 0; k < EXIT_KINDS; k++)
		exits += exits_of(r, k);
	tell(r, "exits", exits);
	for (u32 k = 0; k < EXIT_KINDS; k++) {
		snprintf(name, sizeof(name), "exits.%s", exit_name(k));
		tell(r, name, exits_of(r, k));
	}
}

static void tell_instructions(const struct report *r)
{
	u64 zeroing = SUM(r, stat.zeroing);
	u64 vmm = SUM(r, stat.vmm_instructions);

	tell(r, "vmm_instructions", vmm - zeroing);
	tell(r, "zeroing_instructions", zeroing);
	tell(r, "guest_instructions",
	     SUM(r, stat.run_instructions) - vmm + SUM(r, stat.interpreted));
}

/* Ticks of the time base: on a hart; waiting for one. */
static void tell_times(const struct report *r)
{
	u64 ran = 0, waited = 0;

	for (u32 i = 0; i < r->vm->spec.vcpus; i++) {
		const struct vcpu *v = &r->vm->vcpu[i];
		u64 a, b;

		if (r->only && r->only != v)
			continue;
		task_times(&v->task, &a, &b);
		ran += a;
		waited += b;
	}
	tell(r, "ran", ran);
	tell(r, "steal", waited);
}

/* What belongs to the VM as a whole. */
static void tell_vm(const struct report *r)
{
	const struct vm *vm = r->vm;
	char name[40];

	for (u32 d = 0; d < vm->bus.count; d++) {
		snprintf(name, sizeof(name), "mmio.%s",
			 vm->bus.devs[d]->ops->name);
		tell(r, name, vm->bus.devs[d]->accesses);
	}
	tell(r, "leaves", vm->gstage.leaves);
	tell(r, "tables", MAX(vm->gstage.pt.tables, vm->tables));
	/* The most of its last life, and now: none when it has stopped. */
	tell(r, "pages", vm->pages.most);
	tell(r, "pages_now", vm->pages.pages);
	tell(r, "starts", vm->starts);
	tell(r, "switches", vm->switches);
}

void vm_stats(const struct vm *vm, const struct vcpu *only, vm_stat_fn fn,
	      void *ctx)
{
	const struct report r = {vm, only, fn, ctx};
	char text[8];

	tell_exits(&r);
	/* instret counts instructions only under icount; else it is time. */
	if (host_option("icount", text, sizeof(text))) {
		tell_instructions(&r);
		if (!only)
			tell(&r, "load_instructions", vm->load_instructions);
	}
	tell_times(&r);
	tell(&r, "injected", SUM(&r, stat.injected));
	if (!only)
		tell_vm(&r);
}

static void line(void *ctx, const char *name, u64 value)
{
	const struct vm *vm = ctx;
	char text[120];

	snprintf(text, sizeof(text), "stat %s %s %lu", vm->spec.name, name,
		 value);
	term_line("", "", text);
}

void vm_print_stats(struct vm *vm)
{
	vm_stats(vm, NULL, line, vm);
}
