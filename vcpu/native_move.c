/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instructions whose memory lies where the VMM is. All addresses that one uses
 * count from one register: that is moved, and a root of the instruction's own
 * has the pages moved likewise.
 */
#include "hyp/csr.h"
#include "hyp/host.h"
#include "hyp/map.h"
#include "vcpu/interp_core.h"
#include "vcpu/native_run.h"
#include "vcpu/vm.h"

/* Where the page of the first fault goes: far from both ends of its half. */
#define MOVED_TO   GiB(64)
#define OPCODE_AMO 0x2f

static u32 base_of(u32 raw, u32 len)
{
	return len == 2 ? insn_decode(raw).rs1 : BITS(raw, 19, 15);
}

/* Of those that use memory only atomics have an integer for a result. */
static bool replaces(u32 raw, u32 reg)
{
	return (raw & 0x7f) == OPCODE_AMO && BITS(raw, 11, 7) == reg;
}

/*
 * PMP has parts of that page: what of it the instruction has must be allowed.
 * Of vectors we cannot tell.
 */
static enum mem look_at_part(struct vcpu *v, const struct native *n,
			     const struct place *p)
{
	struct insn insn = insn_decode(n->raw);
	u64 gpa = p->gpa.raw;
	struct place part = *p;
	u32 len = insn.width;

	if (insn.kind == INSN_CBO || insn.kind == INSN_CBO_ZERO) {
		len = insn.kind == INSN_CBO ? host.cbom_block : host.cboz_block;
		part.gpa.raw = ALIGN_DOWN(gpa, len);
	}
	if (!len)
		return MEM_DEVICE;
	len = MIN(len, ALIGN_DOWN(gpa, PAGE_SIZE) + PAGE_SIZE - part.gpa.raw);
	return mmu_part(v, n->gva.raw, len, (enum walk_access)n->access, &part);
}

/* As native.c looks. */
static enum mem look(struct vcpu *v, struct native *n, struct place *p)
{
	enum mem m = mmu_find(v, n->gva.raw, (enum walk_access)n->access, p);

	if (m == MEM_FAULT && v->fault_cause == CAUSE_STORE_PAGE &&
	    insn_decode(n->raw).kind == INSN_CBO) {
		m = mmu_find(v, n->gva.raw, WALK_LOAD, p);
		if (m == MEM_FAULT && v->fault_cause == CAUSE_LOAD_PAGE)
			v->fault_cause = CAUSE_STORE_PAGE;
	}
	return m == MEM_RAM && p->partial ? look_at_part(v, n, p) : m;
}

/* What it writes may be mapped for writing: the walk has allowed it. */
static u64 flags_for(struct native *n)
{
	u64 flags = PTE_R | PTE_U | PTE_A;

	if (n->access == ACCESS_STORE && insn_decode(n->raw).kind != INSN_CBO)
		flags |= PTE_W | PTE_D;
	return flags;
}

bool native_moved_fault(struct vcpu *v, struct native *n,
			enum native_result *result)
{
	u64 at = ALIGN_DOWN(n->gva.raw, PAGE_SIZE);
	struct place p;

	n->gva.raw -= n->moved_by;
	*result = NATIVE_FAULT;
	if (at >= pt_limit(&n->moved) / 2) {
		mmu_refuse(v, n->gva.raw, (enum walk_access)n->access);
		return false;
	}
	switch (look(v, n, &p)) {
	case MEM_FAULT:
		return false;
	case MEM_DEVICE:
		*result = NATIVE_DEVICE;
		break;
	case MEM_DRY:
		*result = NATIVE_DRY;
		break;
	case MEM_RAM:
		*result = NATIVE_DRY;
		if (!pt_map(&n->moved, at,
			    HPA(ALIGN_DOWN(ptr_hpa(p.host).raw, PAGE_SIZE)),
			    PT_LEVEL_4K, flags_for(n)))
			break;
		asm volatile("sfence.vma %0" ::"r"(at) : "memory");
		return true;
	}
	n->gpa = p.gpa;
	return false;
}

static void give_back(struct native *n)
{
	u64 *root = hpa_ptr(n->moved.root);
	u32 shift = PAGE_SHIFT + 9 * (n->moved.levels - 1);

	for (u64 i = 0; i < 512; i++) {
		if (map_is_ours(i << shift))
			root[i] = 0;
	}
	pt_destroy(&n->moved);
	n->moved_satp = 0;
	asm volatile("sfence.vma" ::: "memory");
}

enum native_result native_run_moved(struct vcpu *v, struct native *n, u32 raw,
				    u32 len)
{
	u32 base = base_of(raw, len);
	u64 *reg = &v->state.gpr[base];
	enum native_result result;

	if (!base) {
		mmu_refuse(v, n->gva.raw, (enum walk_access)n->access);
		return NATIVE_FAULT;
	}
	if (!pt_init(&n->moved, map_levels(), ORDER_4K, &v->vm->pages))
		return NATIVE_DRY;
	map_share(hpa_ptr(n->moved.root));
	n->moved_satp = csr_read(CSR_SATP) >> ATP_MODE_SHIFT << ATP_MODE_SHIFT |
			n->moved.root.raw >> PAGE_SHIFT;
	n->moved_by = MOVED_TO - ALIGN_DOWN(n->gva.raw, PAGE_SIZE);
	*reg += n->moved_by;
	result = native_run(v, n, raw, len);
	if (result != NATIVE_DONE || !replaces(raw, base))
		*reg -= n->moved_by;
	give_back(n);
	return result;
}
