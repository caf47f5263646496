/* SPDX-License-Identifier: BSD-2-Clause */
/* Statistics of a VM or of one of its vcpus, as names and numbers. */
#include <stdio.h>

#include "hyp/term.h"
#include "hyp/util.h"
#include "vcpu/ext/ext.h"
#include "vcpu/te.h"
#include "vcpu/trap.h"
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

static const struct shadow *shadow_of(const struct vcpu *v)
{
	return v->te ? &v->te->shadow : v->shadow;
}

static void add_shadow(struct vcpu_stat *counts, const struct shadow *s)
{
	const u64 *from = (const u64 *)&s->stat;
	u64 *to = (u64 *)&counts->shadow;

	for (u32 i = 0; i < sizeof(s->stat) / sizeof(u64); i++)
		to[i] += from[i];
	counts->shadow_pages = MAX(counts->shadow_pages, s->pages_most);
}

void vcpu_keep_shadow(struct vcpu *v, const struct shadow *s)
{
	BUG_ON(!lock_held(&v->vm->lock));
	add_shadow(&v->stat, s);
}

void vcpu_counts(const struct vcpu *v, struct vcpu_stat *counts)
{
	const struct te_site *sites;

	*counts = v->stat;
	lock_acquire(&v->vm->lock); /* lest the sites go */
	sites = v->fast.by_priv[PRIV_S].sites;
	if (sites)
		te_sites_count(sites, counts);
	if (shadow_of(v))
		add_shadow(counts, shadow_of(v));
	lock_release(&v->vm->lock);
	counts->exits[EXIT_sbi] = 0;
	for (u32 i = 0; i <= SBI_ROWS; i++)
		counts->exits[EXIT_sbi] += counts->sbi[i];
}

/* Every field is a number, and they add up. */
static struct vcpu_stat sum(const struct report *r)
{
	struct vcpu_stat total = {0}, one;
	u64 *to = (u64 *)&total;
	const u64 *from = (const u64 *)&one;

	for (u32 i = 0; i < r->vm->spec.vcpus; i++) {
		if (r->only && r->only != &r->vm->vcpu[i])
			continue;
		vcpu_counts(&r->vm->vcpu[i], &one);
		for (u32 n = 0; n < sizeof(one) / sizeof(u64); n++)
			to[n] += from[n];
	}
	return total;
}

/* all: what is 0 as well. */
static void tell_rows(const struct report *r, const char *group, bool all,
		      const char *const *names, u32 count, const u64 *counts)
{
	char name[40];

	for (u32 i = 0; i < count; i++) {
		if (!all && !counts[i])
			continue;
		snprintf(name, sizeof(name), "%s.%s", group, names[i]);
		tell(r, name, counts[i]);
	}
}

static void tell_exits(const struct report *r, const struct vcpu_stat *c)
{
	static const char *const kinds[] = {
#define EXIT(kind, handler, text, section) #kind,
#include "vcpu/exits.def"
#undef EXIT
	};
	static const char *const csrs[] = {
#define CSR(number, name, hold, hw, mask, feature) #name,
#include "vcpu/csr.def"
#undef CSR
		"others",
	};
	static const char *const sbis[] = {
#define SBI(id, name, serve) #name,
#include "vcpu/sbi.def"
#undef SBI
		"others",
	};
	u64 exits = 0;

	for (u32 k = 0; k < EXIT_KINDS; k++)
		exits += c->exits[k];
	tell(r, "exits", exits);
	tell_rows(r, "exits", true, kinds, EXIT_KINDS, c->exits);
	tell_rows(r, "csr", false, csrs, CSR_ROWS + 1, c->csr);
	tell_rows(r, "sbi", false, sbis, SBI_ROWS + 1, c->sbi);
}

static void tell_instructions(const struct report *r, const struct vcpu_stat *c)
{
	u64 vmm = c->vmm_instructions;

	tell(r, "vmm_instructions", vmm - c->zeroing);
	tell(r, "zeroing_instructions", c->zeroing);
	tell(r, "guest_instructions",
	     c->run_instructions - vmm + c->interpreted);
}

/* Of te and hybrid; and of interp. None where there was none of these. */
static void tell_tables(const struct report *r, const struct vcpu_stat *c)
{
	if (c->shadow_pages) {
		tell(r, "shadow.walks", c->shadow.walks);
		tell(r, "shadow.roots", c->shadow.roots);
		tell(r, "shadow.checks", c->shadow.checks);
		tell(r, "shadow.drops", c->shadow.drops);
		tell(r, "shadow.writes", c->shadow.writes);
		tell(r, "shadow.pages", c->shadow_pages);
	}
	if (!c->walks[ACCESS_FETCH])
		return;
	tell(r, "walks.load", c->walks[ACCESS_LOAD]);
	tell(r, "walks.store", c->walks[ACCESS_STORE]);
	tell(r, "walks.fetch", c->walks[ACCESS_FETCH]);
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

/* Frames, from and to a card. */
static void tell_port(const struct report *r, u32 n, const struct port *p)
{
	const struct {
		const char *name;
		u64 value;
	} rows[] = {{"sent", p->sent},
		    {"received", p->received},
		    {"lost", p->lost},
		    {"refused", p->refused}};
	char name[24];

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(name, sizeof(name), "net%u.%s", n, rows[i].name);
		tell(r, name, rows[i].value);
	}
}

/* How often M-mode was entered. */
static u64 machine_entries(const struct vm *vm)
{
	u64 entries = 0;

	for (u32 i = 0; i < vm->spec.vcpus; i++)
		entries += vm->vcpu[i].mach.entries;
	return entries;
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
	if (vm->spec.boot == BOOT_MACHINE)
		tell(r, "machine", machine_entries(vm));
	if (vm->balloon) {
		tell(r, "balloon.given", vm->balloon->config.actual);
		tell(r, "balloon.back", vm->balloon->inflated);
		tell(r, "balloon.reported", vm->balloon->reported);
	}
	for (u32 n = 0; n < VM_NETS_MAX; n++) {
		if (vm->net[n])
			tell_port(r, n, &vm->net[n]->port);
	}
}

/* Instructions that extension modules carried out. */
static void tell_modules(const struct report *r, const struct vcpu_stat *s)
{
	char name[40];

	for (u32 i = 0; i < exts_count; i++) {
		if (!(r->vm->emulated & BIT(i)))
			continue;
		snprintf(name, sizeof(name), "ext.%s", exts[i]->name);
		tell(r, name, s->emulated[i]);
	}
	if (r->vm->emulated)
		tell(r, "ext.instructions", s->emulation);
}

/* What its watchpoints saw. */
static void tell_traps(const struct report *r)
{
	const struct vm *vm = r->vm;
	char name[8 + TRAP_NAME] = "trap.";

	for (u32 i = 0; i < vm->spec.traps; i++) {
		u64 count = 0;

		for (u32 n = 0; n < vm->spec.vcpus; n++) {
			if (!r->only || r->only == &vm->vcpu[n])
				count += vm->vcpu[n].trapped[i];
		}
		trap_name(&vm->spec.trap[i], name + 5);
		tell(r, name, count);
	}
}

void vm_stats(const struct vm *vm, const struct vcpu *only, vm_stat_fn fn,
	      void *ctx)
{
	const struct report r = {vm, only, fn, ctx};
	const struct vcpu_stat counts = sum(&r);
	char text[8];

	if (ACCOUNTING)
		tell_exits(&r, &counts);
	/* instret counts instructions only under icount; else it is time. */
	if (ACCOUNTING && host_option("icount", text, sizeof(text))) {
		tell_instructions(&r, &counts);
		if (!only)
			tell(&r, "load_instructions", vm->load_instructions);
	}
	tell_tables(&r, &counts);
	tell_times(&r);
	tell(&r, "injected", counts.injected);
	tell_modules(&r, &counts);
	tell_traps(&r);
	if (vm->spec.lockstep) {
		tell(&r, "lockstep.stretches", counts.lockstep_stretches);
		tell(&r, "lockstep.steps", counts.lockstep_steps);
		tell(&r, "lockstep.unsure", counts.lockstep_unsure);
	}
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
