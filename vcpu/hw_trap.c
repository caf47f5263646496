/* SPDX-License-Identifier: BSD-2-Clause */
/* The hw backend's traps: from trap CSRs to struct vexit, and back in. */
#include "gstage/fence.h"
#include "gstage/walk.h"
#include "hyp/csr.h"
#include "hyp/util.h"
#include "vcpu/hw.h"
#include "vcpu/mach.h"
#include "vcpu/mmio.h"
#include "vcpu/run.h"
#include "vcpu/sbi_base.h"
#include "vcpu/state.h"
#include "vcpu/vm.h"

#define PSEUDO_TABLE_READ  0x3000UL
#define PSEUDO_TABLE_WRITE 0x3020UL

struct fetched {
	u64 value, fault;
};
struct fetched hw_fetch16(u64 gva); /* hw_entry.S */

/* Two bytes at pc as the guest fetches them; a fault of ours changes CSRs. */
static bool fetch16(u64 pc, u16 *half)
{
	u64 hstatus = csr_read(CSR_HSTATUS), sstatus = csr_read(CSR_SSTATUS);
	struct fetched f = hw_fetch16(pc);

	if (f.fault) {
		csr_write(CSR_HSTATUS, hstatus);
		csr_write(CSR_SSTATUS, sstatus);
	}
	*half = f.value;
	return !f.fault;
}

/* The instruction at pc; it may straddle two pages. */
static bool fetch(u64 pc, u32 *raw)
{
	u16 low, high = 0;

	if (!fetch16(pc, &low))
		return false;
	if ((low & 3) == 3 && !fetch16(pc + 2, &high))
		return false;
	*raw = (u32)high << 16 | low;
	return true;
}

/*
 * From htinst where the hart fills it in, else from memory. If that cannot be
 * read now, let the guest fetch again: the fault, if any, is then its own.
 */
bool hw_decode(struct vcpu *v, struct vexit *x, enum verdict *verdict)
{
	u64 htinst = csr_read(CSR_HTINST);
	u32 raw;

	if (htinst && v->htinst) {
		x->insn = insn_decode_htinst(htinst);
		/* The second part of an access that began elsewhere. */
		if (x->insn.kind != INSN_UNKNOWN && x->insn.rs1 &&
		    x->kind != EXIT_table) {
			*verdict = inject(v,
					  x->access == ACCESS_STORE
						  ? CAUSE_STORE_ACCESS
						  : CAUSE_LOAD_ACCESS,
					  x->gva.raw);
			return false;
		}
		return true;
	}
	if (!fetch(x->pc, &raw)) {
		*verdict = RESUME;
		return false;
	}
	x->insn = insn_decode(raw);
	return true;
}

/* The hart's own walk needs each table mapped, so map it on the way. */
static bool read_pte(void *ctx, gpa_t at, u64 *pte)
{
	struct vm *vm = ctx;

	return gstage_fill(&vm->gstage, &vm->gmap, at) &&
	       gmap_read(&vm->gmap, at, pte, sizeof(*pte));
}

static struct walk_view guest_view(struct vcpu *v)
{
	u64 sstatus = csr_read(CSR_VSSTATUS);

	return (struct walk_view){
		.satp = csr_read(CSR_VSATP),
		.user = !(csr_read(CSR_SSTATUS) & SSTATUS_SPP),
		.sum = sstatus & SSTATUS_SUM,
		.mxr = sstatus & SSTATUS_MXR,
		.pbmte = v->vm->gmap.pbmte,
		.napot = v->vm->gmap.napot,
		.read = read_pte,
		.ctx = v->vm,
	};
}

/*
 * Harts may leave htval and htinst zero: what faulted, and whether the guest's
 * own walk did it, must then be found in the guest's table.
 */
static void resolve_gpa(struct vcpu *v, struct vexit *x)
{
	struct walk_view view = guest_view(v);
	struct walk w;

	switch (walk_guest(&view, x->gva, (enum walk_access)x->access, &w)) {
	case WALK_OK:
		x->gpa = w.gpa;
		break;
	case WALK_ACCESS_FAULT:
		x->table = true;
		x->gpa = w.pte_at;
		break;
	default:
		x->retry = true;
	}
}

/* htval is the GPA without its low bits; they are stval's (section "Hypervisor
 * Trap Value Register"), and zero for the guest's own page-table walk. */
static void capture_memory(struct vcpu *v, struct vexit *x)
{
	u64 htinst = v->htinst ? csr_read(CSR_HTINST) : 0;
	u64 htval = v->htval ? csr_read(CSR_HTVAL) : 0;

	x->gva = GVA(csr_read(CSR_STVAL));
	x->table = htinst == PSEUDO_TABLE_READ || htinst == PSEUDO_TABLE_WRITE;
	x->gpa = GPA(htval << 2 | (x->table ? 0 : x->gva.raw & 3));
	if (unlikely(!htval || (!htinst && !gmap_is_ram(&v->vm->gmap, x->gpa))))
		resolve_gpa(v, x);
	x->kind = gmap_is_ram(&v->vm->gmap, x->gpa) ? EXIT_ram : EXIT_mmio;
}

bool hw_sees_illegal(const struct vcpu *v)
{
	return v->vm->emulated || v->vm->spec.force & FORCE_VU_ILLEGAL;
}

/*
 * The instruction that the hart refused, to x->tval; false: the guest's tables
 * changed, let it try again. Of cause 2 only memory tells it for sure: some
 * harts leave in stval what was there before.
 */
static bool refused(struct vcpu *v, struct vexit *x)
{
	bool told = x->cause == CAUSE_VIRTUAL_INSN &&
		    !(v->vm->spec.force & FORCE_NO_STVAL);
	u32 raw = told ? csr_read(CSR_STVAL) : 0;

	if (!raw && !fetch(x->pc, &raw)) {
		x->retry = true;
		return false;
	}
	x->tval = raw;
	return true;
}

/*
 * Cause 22: which instruction it was tells what it wanted. In U-mode all but
 * wrs.nto are illegal, wfi included (Privileged, "Wait for Interrupt").
 */
static void capture_virtual(struct vcpu *v, struct vexit *x)
{
	x->kind = EXIT_virtual;
	if (!refused(v, x))
		return;
	x->insn = insn_decode(x->tval);
	if (x->insn.kind == INSN_WRS)
		x->kind = EXIT_wrs;
	if (!(csr_read(CSR_SSTATUS) & SSTATUS_SPP) &&
	    !((v->lockstep || v->mach.present) && x->insn.kind == INSN_CSR))
		return;
	if (x->insn.kind == INSN_WFI)
		x->kind = EXIT_wfi;
	else if (x->insn.kind == INSN_CSR)
		x->kind = EXIT_csr;
}

static bool is_counter(const struct insn *i)
{
	return i->kind == INSN_CSR && i->csr >= CSR_CYCLE &&
	       i->csr <= CSR_INSTRET;
}

/* One that we were to see: the guest's, unless only A or D was wanting. */
static void capture_page_fault(struct vcpu *v, struct vexit *x,
			       enum access access)
{
	struct walk_view view;
	struct walk w;

	x->kind = EXIT_reflect;
	x->tval = csr_read(CSR_STVAL);
	if (!mach_sets_ad(v) || v->shadow)
		return;
	view = guest_view(v);
	if (walk_guest(&view, GVA(x->tval), (enum walk_access)access, &w) ==
	    WALK_NEEDS_AD)
		walk_set_ad(&view, GVA(x->tval), (enum walk_access)access,
			    &v->vm->gmap, &w);
	/* Or somebody else has set it: the guest tries again. */
	if (walk_guest(&view, GVA(x->tval), (enum walk_access)access, &w) ==
	    WALK_OK) {
		hfence_vvma(GVA(x->tval));
		x->kind = EXIT_shadow;
	}
}

/*
 * Cause 2. Harts that know no cause 22 in VU-mode give this one: then an
 * instruction that is ours to carry out is among the illegal ones.
 */
static void capture_illegal(struct vcpu *v, struct vexit *x)
{
	x->kind = EXIT_illegal;
	x->tval = csr_read(CSR_STVAL);
	if (!hw_sees_illegal(v) || (v->vm->emulated && !x->full) ||
	    !refused(v, x) || !(v->vm->spec.force & FORCE_VU_ILLEGAL))
		return;
	x->insn = insn_decode(x->tval);
	if (x->insn.kind == INSN_WRS)
		x->kind = EXIT_wrs;
	else if ((v->lockstep || v->traps || v->mach.present) &&
		 is_counter(&x->insn))
		x->kind = EXIT_csr;
}

/* Cause 22, as a hart with that flaw gives it in VU-mode. */
static u64 cause_of(const struct vcpu *v)
{
	u64 cause = csr_read(CSR_SCAUSE);

	if (unlikely(cause == CAUSE_VIRTUAL_INSN) &&
	    v->vm->spec.force & FORCE_VU_ILLEGAL &&
	    !(csr_read(CSR_SSTATUS) & SSTATUS_SPP))
		return CAUSE_ILLEGAL;
	return cause;
}

void hw_capture(struct vcpu *v, struct vexit *x)
{
	x->cause = cause_of(v);
	x->pc = v->state.pc;
	x->insn.kind = INSN_UNKNOWN;
	x->retry = false;
	x->tval = 0;
	if (x->cause & CAUSE_INTERRUPT) {
		x->kind = interrupt_kind(x->cause);
		return;
	}
	switch (x->cause) {
	case CAUSE_ECALL_VS:
		x->kind = EXIT_sbi;
		x->insn.len = 4;
		return;
	case CAUSE_LOAD_GUEST_PAGE:
		x->access = ACCESS_LOAD;
		return capture_memory(v, x);
	case CAUSE_STORE_GUEST_PAGE:
		x->access = ACCESS_STORE;
		return capture_memory(v, x);
	case CAUSE_FETCH_GUEST_PAGE:
		x->access = ACCESS_FETCH;
		return capture_memory(v, x);
	case CAUSE_VIRTUAL_INSN:
		return capture_virtual(v, x);
	case CAUSE_ILLEGAL:
		return capture_illegal(v, x);
	case CAUSE_FETCH_PAGE:
		return capture_page_fault(v, x, ACCESS_FETCH);
	case CAUSE_LOAD_PAGE:
		return capture_page_fault(v, x, ACCESS_LOAD);
	case CAUSE_STORE_PAGE:
		return capture_page_fault(v, x, ACCESS_STORE);
	default:
		/* One that M-mode did not delegate: as a rule the hart does. */
		x->kind = BIT(x->cause) & HW_HEDELEG ? EXIT_reflect
						     : EXIT_other;
		x->tval = csr_read(CSR_STVAL);
	}
}

void hw_inject(struct vcpu *v, u64 cause, u64 tval)
{
	struct vcpu_state *s = &v->state;

	s->csr.sstatus = csr_read(CSR_VSSTATUS);
	s->csr.stvec = csr_read(CSR_VSTVEC);
	s->priv = csr_read(CSR_SSTATUS) & SSTATUS_SPP ? PRIV_S : PRIV_U;
	state_trap_s(s, cause, tval);
	csr_write(CSR_VSSTATUS, s->csr.sstatus);
	csr_write(CSR_VSEPC, s->csr.sepc);
	csr_write(CSR_VSCAUSE, s->csr.scause);
	csr_write(CSR_VSTVAL, s->csr.stval);
	csr_set(CSR_SSTATUS, SSTATUS_SPP);
}

/*
 * An integer load by a register of the light frame, of which the hart tells
 * all and which a device answers. False: nothing happened that the general
 * way could not do again.
 */
static inline bool quick_load(struct vcpu *v, u64 htinst)
{
	u64 gpa = csr_read(CSR_HTVAL) << 2 | (csr_read(CSR_STVAL) & 3);
	u32 rd = htinst_load_rd(htinst);
	struct mmio m;

	if (!htinst_is_load(htinst) || !reg_is_light(rd) || !v->htinst ||
	    !v->htval)
		return false;
	m.data = 0;
	m.len = htinst_load_width(htinst);
	m.write = false;
	if (!vbus_access(&v->vm->bus, GPA(gpa), &m))
		return false;
	v->state.gpr[rd] = mmio_extend(m.data, htinst_load_sign(htinst), m.len);
	v->state.gpr[0] = 0;
	return true;
}

/*
 * Calls that need no other function of ours: BASE, and the timer that is the
 * guest's own. Not worth a stack frame.
 */
static inline bool quick_sbi(struct vcpu *v)
{
	const u64 *gpr = v->state.gpr;

	if (gpr[A7] == SBI_EXT_BASE) {
		COUNT(v->stat.sbi[SBI_base]);
		sbi_base_reply(v, gpr[A6]);
		return true;
	}
	if (gpr[A7] == SBI_EXT_TIME && !gpr[A6] && v->sstc) {
		COUNT(v->stat.sbi[SBI_time]);
		csr_write(CSR_VSTIMECMP, gpr[A0]);
		sbi_reply(v, SBI_SUCCESS, 0);
		return true;
	}
	return false;
}

/* Out of line: the calls below would cost the SBI path a stack frame. */
static __attribute__((noinline)) enum run_next other_exit(struct vcpu *v,
							  u64 cause)
{
	if (cause == CAUSE_LOAD_GUEST_PAGE) {
		u64 htinst = csr_read(CSR_HTINST);

		if (quick_load(v, htinst))
			return run_done(v, EXIT_mmio, htinst_load_len(htinst));
	}
	return run_exit(v, false);
}

/*
 * From hw_vector, the light frame saved: shortcuts for the exits that guests
 * make all the time, then the general way.
 */
enum run_next hw_light(struct vcpu *v)
{
	u64 cause = csr_read(CSR_SCAUSE);

	if (unlikely(v->general))
		return run_general(v);
	if (unlikely(cause != CAUSE_ECALL_VS))
		return other_exit(v, cause);
	return quick_sbi(v) ? run_on(v, 4) : run_sbi(v);
}
