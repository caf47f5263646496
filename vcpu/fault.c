/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose fault is it: the shadow's, the guest's own, or a device's. */
#include "hyp/util.h"
#include "vcpu/backend.h"
#include "vcpu/fault.h"

static enum shadow_result look(struct shadow *s, u32 mode, struct vexit *x,
			       enum access access)
{
	return shadow_fault(s, x->gva, (enum walk_access)access, mode, &x->gpa);
}

/*
 * A cache-block management instruction is allowed where a load or a store is,
 * but the hart reports it as a store (Unprivileged, "Cache-Management
 * Operation Extensions", "Traps"). *retry: the instruction cannot be read now.
 */
static bool is_cache_management(struct vcpu *v, struct vexit *x, bool *retry)
{
	enum verdict verdict;

	if (v->backend->decode(v, x, &verdict))
		return x->insn.kind == INSN_CBO;
	*retry = verdict == RESUME;
	return false;
}

/* The guest's tables refuse the access. */
static enum shadow_result second_look(struct vcpu *v, struct shadow *s,
				      u32 mode, struct vexit *x)
{
	enum shadow_result result = SHADOW_PAGE_FAULT;
	bool retry = false;

	if (x->access == ACCESS_STORE && is_cache_management(v, x, &retry))
		result = look(s, mode, x, ACCESS_LOAD);
	return retry ? SHADOW_FILLED : result;
}

static void reflect(struct vexit *x, u64 cause)
{
	x->kind = EXIT_reflect;
	x->cause = cause;
	x->tval = x->gva.raw;
}

void fault_capture(struct vcpu *v, struct shadow *s, u32 mode, struct vexit *x)
{
	enum shadow_result result = look(s, mode, x, x->access);

	x->table = false;
	x->kind = EXIT_shadow;
	if (likely(result == SHADOW_FILLED))
		return;
	if (result == SHADOW_PAGE_FAULT)
		result = second_look(v, s, mode, x);
	switch (result) {
	case SHADOW_FILLED:
		return;
	case SHADOW_PAGE_FAULT:
		return reflect(x, x->cause);
	case SHADOW_ACCESS_FAULT:
		return reflect(x, access_fault(x->access));
	case SHADOW_NOT_RAM:
		x->kind = EXIT_mmio;
		return;
	case SHADOW_OURS:
		x->kind = EXIT_step;
		return;
	case SHADOW_NO_MEMORY:
		x->kind = EXIT_ram;
		return;
	case SHADOW_TABLE:
		x->kind = EXIT_table;
		return;
	}
}
