/* SPDX-License-Identifier: BSD-2-Clause */
/* Exit handlers: each looks at one kind of exit and returns a verdict. */
#include <stdio.h>

#include "hyp/log.h"
#include "vcpu/backend.h"
#include "vcpu/exit.h"
#include "vcpu/ext/ext.h"
#include "vcpu/mach.h"
#include "vcpu/mmio.h"
#include "vcpu/sbi.h"
#include "vcpu/state.h"
#include "vcpu/vm.h"

const char *exit_name(enum exit_kind kind)
{
	static const char *const names[EXIT_KINDS] = {
#define EXIT(kind, handler, text, section) [EXIT_##kind] = #kind,
#include "vcpu/exits.def"
#undef EXIT
	};

	return names[kind];
}

enum verdict exit_interrupt(struct vcpu *v, struct vexit *x)
{
	hart_interrupts();
	return RESUME;
}

u64 access_fault(enum access access)
{
	switch (access) {
	case ACCESS_FETCH:
		return CAUSE_FETCH_ACCESS;
	case ACCESS_STORE:
		return CAUSE_STORE_ACCESS;
	default:
		return CAUSE_LOAD_ACCESS;
	}
}

/* The page that the guest is entitled to: it tries again when it may run. */
static enum verdict out_of_memory(struct vcpu *v, const struct vexit *x)
{
	char what[32];

	snprintf(what, sizeof(what), "GPA 0x%lx", x->gpa.raw);
	vm_starve(v->vm, what);
	return RESUME;
}

/*
 * A guest-page fault: RAM that is not mapped yet, a device, or nothing. A
 * page table or an instruction in a device's registers is an access fault
 * for the guest (Privileged, "Two-Stage Address Translation").
 */
enum verdict exit_memory(struct vcpu *v, struct vexit *x)
{
	if (x->retry)
		return RESUME;
	if (unlikely(v->mach.present)) {
		enum verdict verdict;

		if (mach_memory(v, x, &verdict))
			return verdict;
	}
	if (gmap_is_ram(&v->vm->gmap, x->gpa))
		return v->backend->fill(v, x) ? RESUME : out_of_memory(v, x);
	if (x->table || x->access == ACCESS_FETCH)
		return inject(v, access_fault(x->access), x->gva.raw);
	return mmio_emulate(v, x);
}

static enum verdict illegal(struct vcpu *v, struct vexit *x)
{
	return inject(v, CAUSE_ILLEGAL, x->tval);
}

/* capture() has mapped the page. */
enum verdict exit_shadow(struct vcpu *v, struct vexit *x)
{
	return RESUME;
}

enum verdict exit_reflect(struct vcpu *v, struct vexit *x)
{
	return inject(v, x->cause, x->tval);
}

enum verdict exit_sbi(struct vcpu *v, struct vexit *x)
{
	if (unlikely(v->mach.present))
		return inject(v, CAUSE_ECALL_HS, 0);
	return sbi_serve(v);
}

enum verdict exit_wfi(struct vcpu *v, struct vexit *x)
{
	if (mach_traps(v, MSTATUS_TW))
		return inject(v, CAUSE_ILLEGAL, x->tval);
	return v->backend->pending(v) ? ADVANCE : BLOCK;
}

/*
 * A spinning guest waits for another vcpu's store. It may go on at any time
 * (Unprivileged, "Zawrs"), best when the others have run.
 */
enum verdict exit_wrs(struct vcpu *v, struct vexit *x)
{
	return YIELD;
}

enum verdict exit_privileged(struct vcpu *v, struct vexit *x)
{
	enum verdict verdict = v->backend->privileged(v, x);

	if (x->kind == EXIT_csr && verdict != FULL)
		COUNT(v->stat.csr[csr_index(x->insn.csr)]);
	return verdict;
}

enum verdict exit_virtual(struct vcpu *v, struct vexit *x)
{
	return x->retry ? RESUME : illegal(v, x);
}

enum verdict exit_illegal(struct vcpu *v, struct vexit *x)
{
	if (x->retry)
		return RESUME;
	if (unlikely(v->vm->emulated) && !x->full)
		return FULL;
	if (unlikely(v->vm->emulated) && ext_run(v, x->tval, backend_priv(v))) {
		x->insn.len = 4;
		return ADVANCE;
	}
	return illegal(v, x);
}

enum verdict exit_other(struct vcpu *v, struct vexit *x)
{
	log_error("%s: stopped: vcpu %u trapped with cause %ld at 0x%lx",
		  v->vm->spec.name, v->id, x->cause, x->pc);
	vm_stop(v->vm, VM_END_FAILED);
	return STOP;
}
