/* SPDX-License-Identifier: BSD-2-Clause */
/* One instruction in U-mode: its code, its view of memory, how it ended. */
#include "hyp/csr.h"
#include "hyp/map.h"
#include "hyp/util.h"
#include "vcpu/interp_core.h"
#include "vcpu/mach.h"
#include "vcpu/native_place.h"
#include "vcpu/native_run.h"
#include "vcpu/soft.h"
#include "vcpu/trap.h"
#include "vcpu/vm.h"

#define EBREAK 0x00100073U

/* ---- the code ------------------------------------------------------------ */

/* An instruction and an ebreak behind it. */
struct pair {
	u16 half[4];
};

#define PAIRS (PAGE_SIZE / sizeof(struct pair))

static struct pair pair_of(u32 raw, u32 len)
{
	if (len == 2)
		return (struct pair){{raw, EBREAK & 0xffff, EBREAK >> 16, 0}};
	return (struct pair){{raw, raw >> 16, EBREAK & 0xffff, EBREAK >> 16}};
}

static bool same(const struct pair *a, const struct pair *b)
{
	return !__builtin_memcmp(a, b, sizeof(*a));
}

/* Where this hart can execute it: each has its place, and often is there. */
static u64 put_code(u32 raw, u32 len)
{
	struct hart *h = this_hart();
	u32 n = (raw ^ raw >> 9 ^ raw >> 18) % PAIRS;
	struct pair *at = (struct pair *)h->scratch + n;
	struct pair want = pair_of(raw, len);

	if (!same(at, &want)) {
		*at = want;
		asm volatile("fence.i" ::: "memory");
	}
	return h->scratch_va + n * sizeof(*at);
}

/* ---- the root ---------------------------------------------------------------
 */

static bool shadow_ready(struct vcpu *v, struct native *n)
{
	if (!n->ready) {
		n->ready = shadow_init(&n->shadow, SHADOW_U, map_levels(),
				       &v->vm->gmap, &v->vm->pages);
		if (v->guarded)
			shadow_limit(&n->shadow, trap_native_level, v);
		if (v->mach.present)
			n->shadow.walkable = mach_walkable;
	}
	/* A fence leaves a bare root: it has no tables of the guest's. */
	if (n->ready && n->pmp_writes != v->mach.pmp_writes) {
		shadow_drop(&n->shadow);
		n->pmp_writes = v->mach.pmp_writes;
	}
	n->shadow.sets_ad = mach_sets_ad(v);
	return n->ready;
}

/* M-mode has roots of its own: bare as well, but it may do more; for stretches
 * another one, as for these PMP may not split a page. */
static u64 satp_of(const struct vcpu *v, const struct native *n)
{
	if (soft_priv(v) != PRIV_M)
		return soft_satp(v);
	return n->plain ? ATP_ASID >> 1 & ATP_ASID : ATP_ASID;
}

bool native_root(struct vcpu *v, struct native *n)
{
	bool flush = true;
	u64 satp = n->moved_satp;

	if (!satp && !shadow_ready(v, n))
		return false;
	if (!satp)
		satp = shadow_use(&n->shadow, satp_of(v, n), soft_view(v),
				  &flush);
	if (!satp)
		return false;
	csr_write(CSR_SATP, satp);
	if (flush)
		asm volatile("sfence.vma" ::: "memory");
	n->rooted = true;
	return true;
}

/*
 * The major opcodes whose instructions have no operand in memory, nearly all
 * of what comes here; they find the scratch page under any root.
 */
static bool uses_memory(u32 raw, u32 len)
{
	static const u8 without[] = {
		0x13, 0x1b, 0x33, 0x3b,       /* OP-IMM ... OP-32 */
		0x43, 0x47, 0x4b, 0x4f, 0x53, /* MADD ... OP-FP */
		0x57, 0x77,                   /* OP-V, OP-VE */
		0x73,                         /* SYSTEM */
	};

	for (u32 i = 0; len == 4 && i < sizeof(without); i++) {
		if ((raw & 0x7f) == without[i])
			return false;
	}
	return true;
}

/* ---- how it ended -------------------------------------------------------- */

static enum native_result fault(struct vcpu *v, u64 cause, u64 tval)
{
	v->fault_cause = cause;
	v->fault_tval = tval;
	return NATIVE_FAULT;
}

/*
 * cbo.clean and the like are allowed where a load or a store is, but reported
 * as stores (Unprivileged, "Cache-Management Operation Extensions", "Traps").
 */
static enum shadow_result look(struct vcpu *v, struct native *n)
{
	u32 view = soft_view(v);
	enum shadow_result r = shadow_fault(
		&n->shadow, n->gva, (enum walk_access)n->access, view, &n->gpa);

	if (r == SHADOW_PAGE_FAULT && n->access == ACCESS_STORE &&
	    insn_decode(n->raw).kind == INSN_CBO)
		r = shadow_fault(&n->shadow, n->gva, WALK_LOAD, view, &n->gpa);
	if (unlikely(n->open) && r == SHADOW_FILLED)
		v->interp->touched |= trap_page(v->vm, n->gpa);
	return r;
}

static enum access access_of(u64 cause)
{
	return cause == CAUSE_FETCH_PAGE   ? ACCESS_FETCH
	       : cause == CAUSE_STORE_PAGE ? ACCESS_STORE
					   : ACCESS_LOAD;
}

bool native_page_fault(struct vcpu *v, struct native *n, u64 cause,
		       enum native_result *result)
{
	n->gva = GVA(csr_read(CSR_STVAL));
	n->gpa = v->vm->gmap.base;
	*result = NATIVE_DRY;
	if (!n->rooted)
		return native_root(v, n);
	n->access = access_of(cause);
	if (n->moved_satp)
		return native_moved_fault(v, n, result);
	switch (look(v, n)) {
	case SHADOW_FILLED:
		return true;
	case SHADOW_PAGE_FAULT:
		*result = fault(v, cause, n->gva.raw);
		return false;
	case SHADOW_ACCESS_FAULT:
		*result = fault(v, access_fault(n->access), n->gva.raw);
		return false;
	case SHADOW_NOT_RAM:
		*result = NATIVE_DEVICE;
		return false;
	case SHADOW_OURS:
		*result = NATIVE_OURS;
		return false;
	case SHADOW_NO_MEMORY:
		*result = NATIVE_DRY;
		return false;
	case SHADOW_TABLE: /* never: it is not kept in sync */
		break;
	}
	BUG_ON(true);
}

/* From the trap that ended it. True: again. */
static bool ended(struct vcpu *v, struct native *n, u64 behind,
		  enum native_result *result)
{
	u64 cause = csr_read(CSR_SCAUSE);

	switch (cause) {
	case CAUSE_BREAKPOINT:
		BUG_ON(csr_read(CSR_SEPC) != behind);
		*result = NATIVE_DONE;
		return false;
	case CAUSE_LOAD_PAGE:
	case CAUSE_STORE_PAGE:
		return native_page_fault(v, n, cause, result);
	case CAUSE_ILLEGAL:
		*result = fault(v, cause, n->raw);
		return false;
	case CAUSE_LOAD_MISALIGNED:
	case CAUSE_LOAD_ACCESS:
	case CAUSE_STORE_MISALIGNED:
	case CAUSE_STORE_ACCESS:
		*result = fault(v, cause, csr_read(CSR_STVAL));
		return false;
	default:
		BUG_ON(true);
	}
}

enum native_result native_run(struct vcpu *v, struct native *n, u32 raw,
			      u32 len)
{
	enum native_result result = NATIVE_DRY;
	struct native_place before = native_leave(v);
	u64 code = put_code(raw, len);

	n->raw = raw;
	n->gpa = v->vm->gmap.base;
	n->rooted = false;
	if (!uses_memory(raw, len) || native_root(v, n)) {
		do
			native_enter(v, code);
		while (ended(v, n, code + len, &result));
	}
	native_back(v, n, &before);
	return result;
}

/*
 * A watched page: for a step alone. What was mapped for that is so no longer
 * afterwards, so each page is met anew.
 */
static enum native_result run_open(struct vcpu *v, struct native *n, u32 raw,
				   u32 len)
{
	enum native_result result;

	if (!v->interp->stepping)
		return NATIVE_DRY; /* as mmu_find() has it */
	shadow_drop(&n->shadow);
	n->open = true;
	result = native_run(v, n, raw, len);
	n->open = false;
	shadow_drop(&n->shadow);
	return result;
}

/* What the shadow must not map: because of the VMM, or of a watchpoint. */
static __attribute__((noinline)) enum native_result
run_unmapped(struct vcpu *v, struct native *n, u32 raw, u32 len)
{
	enum native_result result = NATIVE_OURS;

	if (trap_page(v->vm, n->gpa))
		result = run_open(v, n, raw, len);
	return result == NATIVE_OURS ? native_run_moved(v, n, raw, len)
				     : result;
}

enum native_result native_step(struct vcpu *v, struct native *n, u32 raw,
			       u32 len)
{
	enum native_result result = native_run(v, n, raw, len);

	return result == NATIVE_OURS ? run_unmapped(v, n, raw, len) : result;
}

void native_fence(struct native *n, const struct fence *f)
{
	if (n->ready && f->kinds & FENCE_VMA)
		shadow_fence_range(&n->shadow, f->start, f->size,
				   f->has_asid ? &f->asid : NULL);
}

void native_close(void)
{
	map_scratch(false);
}

void native_arrived(void)
{
	asm volatile("sfence.vma" ::: "memory");
}

void native_destroy(struct native *n)
{
	if (n->ready)
		shadow_destroy(&n->shadow);
	n->ready = false;
}
