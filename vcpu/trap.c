/* SPDX-License-Identifier: BSD-2-Clause */
/* Watchpoints: their names, what an exit has to do with them, their counts. */
#include <stdio.h>
#include <string.h>

#include "hyp/csr.h"
#include "hyp/host.h"
#include "hyp/pt.h"
#include "hyp/util.h"
#include "vcpu/backend.h"
#include "vcpu/trap.h"

static const struct row {
	const char *name;
	enum insn_kind kind;
	u32 match, mask;
	u32 how; /* enum trap_how */
} rows[TRAP_ROWS] = {
#define TRAP(name, kind, match, mask, how) \
	{name, INSN_##kind, match, mask, TRAP_##how},
#include "vcpu/trap.def"
#undef TRAP
};

/* ---- names --------------------------------------------------------------- */

const char *trap_row_name(u32 row)
{
	return row < TRAP_ROWS ? rows[row].name : NULL;
}

u32 trap_find(const char *name)
{
	u32 i = 0;

	if (!strcmp(name, "insn:ecall"))
		name = "ecall";
	while (i < TRAP_ROWS && strcmp(rows[i].name, name))
		i++;
	return i;
}

void trap_name(const struct trap_spec *t, char name[TRAP_NAME])
{
	if (t->row == TRAP_ROWS)
		snprintf(name, TRAP_NAME, "page:0x%lx", t->page);
	else
		snprintf(name, TRAP_NAME, "%s", rows[t->row].name);
}

/* ---- what there is ------------------------------------------------------- */

/* Why backend id does not see it; NULL: it does. */
static const char *blind(const struct trap_spec *t, enum backend_id id)
{
	bool hart = id == BACKEND_HW || id == BACKEND_HYBRID;
	const struct row *r = &rows[t->row];

	if (t->row == TRAP_ROWS || id == BACKEND_INTERP)
		return NULL;
	if (id == BACKEND_TE && r->match >> 20 == CSR_TIME && !host.time_closes)
		return "this firmware answers it before te sees it; hw, hybrid "
		       "and interp do see it";
	if (hart && r->how == TRAP_NEVER)
		return "nothing makes it trap in VS-mode; te and interp see it";
	if (hart && r->how == TRAP_ENVCFG && !host_has(HOST_STATEEN))
		return "it traps in VS-mode with Smstateen only; te and interp "
		       "see it";
	return NULL;
}

const char *trap_refused(const struct vm_spec *s, enum backend_id id,
			 char name[TRAP_NAME])
{
	const char *why = NULL;

	for (u32 i = 0; !why && i < s->traps; i++) {
		why = blind(&s->trap[i], id);
		trap_name(&s->trap[i], name);
	}
	return why;
}

void trap_init(struct vm *vm)
{
	const struct vm_spec *s = &vm->spec;
	bool pages = false;

	for (u32 i = 0; i < s->traps; i++) {
		if (s->trap[i].row == TRAP_ROWS)
			pages = true;
		else
			vm->trap_how |= rows[s->trap[i].row].how;
	}
	if (vm->trap_how & TRAP_VTW) /* hw_wfi() decides at each entry */
		vm->spec.force |= FORCE_VTW;
	for (u32 i = 0; i < s->vcpus; i++) {
		struct vcpu *v = &vm->vcpu[i];

		v->traps = s->traps;
		v->guarded = pages || s->boot == BOOT_MACHINE;
		v->counters &= ~(vm->trap_how / TRAP_CY);
	}
}

_Static_assert(TRAP_CY *COUNTEREN_TM == TRAP_TM &&
		       TRAP_CY * COUNTEREN_IR == TRAP_IR,
	       "in the order of scounteren");

/* ---- pages --------------------------------------------------------------- */

u32 trap_page(const struct vm *vm, gpa_t gpa)
{
	u32 bits = 0;

	for (u32 i = 0; i < vm->spec.traps; i++) {
		const struct trap_spec *t = &vm->spec.trap[i];

		if (t->row == TRAP_ROWS &&
		    t->page == ALIGN_DOWN(gpa.raw, PAGE_SIZE))
			bits |= BIT(i);
	}
	return bits;
}

static bool inside(const struct vm *vm, gpa_t gpa, u64 size)
{
	for (u32 i = 0; i < vm->spec.traps; i++) {
		const struct trap_spec *t = &vm->spec.trap[i];

		if (t->row == TRAP_ROWS && (t->page ^ gpa.raw) < size)
			return true;
	}
	return false;
}

s32 trap_level(const struct vm *vm, gpa_t gpa)
{
	s32 level = PT_LEVEL_1G;

	while (level >= 0 && inside(vm, gpa, pt_leaf_size(level)))
		level--;
	return level;
}

/* ---- exits --------------------------------------------------------------- */

bool trap_insn(const struct vm *vm, u32 raw)
{
	enum insn_kind kind = insn_decode(raw).kind;

	for (u32 i = 0; i < vm->spec.traps; i++) {
		const struct row *r = &rows[vm->spec.trap[i].row];

		if (vm->spec.trap[i].row != TRAP_ROWS && r->kind == kind &&
		    (raw & r->mask) == r->match)
			return true;
	}
	return false;
}

/* An exception that the instruction is for. */
static enum insn_kind raises(u64 cause)
{
	switch (cause) {
	case CAUSE_BREAKPOINT:
		return INSN_EBREAK;
	case CAUSE_ECALL_U:
	case CAUSE_ECALL_HS:
	case CAUSE_ECALL_M:
		return INSN_ECALL;
	default:
		return INSN_UNKNOWN;
	}
}

/* Which of these the guest has carried out, with its bits; or UNKNOWN. */
static enum insn_kind carried_out(const struct vexit *x, enum verdict verdict)
{
	switch (x->kind) {
	case EXIT_sbi:
		return INSN_ECALL;
	case EXIT_reflect:
		return raises(x->cause);
	case EXIT_csr:
	case EXIT_sret:
	case EXIT_fence:
	case EXIT_wfi:
		return verdict == INJECT ? INSN_UNKNOWN : x->insn.kind;
	default:
		return INSN_UNKNOWN;
	}
}

void trap_after(struct vcpu *v, const struct vexit *x, enum verdict verdict)
{
	const struct vm_spec *s = &v->vm->spec;
	enum insn_kind kind = carried_out(x, verdict);

	for (u32 i = 0; kind && i < s->traps; i++) {
		const struct row *r = &rows[s->trap[i].row];

		if (s->trap[i].row != TRAP_ROWS && r->kind == kind &&
		    (x->tval & r->mask) == r->match)
			v->trapped[i]++;
	}
}

/*
 * What faults was fetched, but has not loaded or stored; without a page nothing
 * has been done, and all of it comes again.
 */
void trap_stepped(struct vcpu *v, enum interp_stop stop, enum exit_kind kind,
		  u32 fetched, u32 touched)
{
	if (stop == INTERP_FAULT)
		touched = 0;
	if (stop == INTERP_EXIT && kind == EXIT_ram)
		return;
	for (u32 bits = fetched | touched; bits; bits &= bits - 1)
		v->trapped[__builtin_ctz(bits)]++;
}
