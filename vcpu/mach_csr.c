/* SPDX-License-Identifier: BSD-2-Clause */
/* CSRs of M-mode (Privileged, "Machine-Level CSRs"). */
#include "hyp/csr.h"
#include "hyp/util.h"
#include "vcpu/backend.h"
#include "vcpu/mach.h"
#include "vcpu/pmp.h"
#include "vcpu/soft.h"
#include "vcpu/state.h"
#include "vcpu/vm.h"

#define CSR_MSTATUS       0x300
#define CSR_MISA          0x301
#define CSR_MIE           0x304
#define CSR_MTVEC         0x305
#define CSR_MENVCFG       0x30a
#define CSR_MCOUNTINHIBIT 0x320
#define CSR_MHPMEVENT3    0x323
#define CSR_MHPMEVENT31   0x33f
#define CSR_MIP           0x344
#define CSR_PMPCFG0       0x3a0
#define CSR_PMPCFG2       0x3a2
#define CSR_PMPADDR0      0x3b0
#define CSR_PMPADDR15     0x3bf
#define CSR_MCYCLE        0xb00
#define CSR_MINSTRET      0xb02
#define CSR_MHPMCOUNTER3  0xb03
#define CSR_MHPMCOUNTER31 0xb1f
#define CSR_MVENDORID     0xf11
#define CSR_MARCHID       0xf12
#define CSR_MIMPID        0xf13
#define CSR_MHARTID       0xf14
#define CSR_MCONFIGPTR    0xf15

#define MSTATUS_OWN                                                \
	(MSTATUS_MIE | MSTATUS_MPIE | MSTATUS_MPP | MSTATUS_MPRV | \
	 MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR)
#define MSTATUS_SXL_64 (2UL << 34)
#define MISA_RV64      (2UL << 62)

static const struct mcsr_row {
	u16 number;
	u64 writable;
	u32 offset; /* in struct vcpu_machine */
} rows[] = {
#define MCSR(number, name, writable) \
	{number, writable, offsetof(struct vcpu_machine, name)},
#include "vcpu/mcsr.def"
#undef MCSR
};

static const struct mcsr_row *find(u32 number)
{
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].number == number)
			return &rows[i];
	}
	return NULL;
}

static u64 *field(struct vcpu *v, const struct mcsr_row *row)
{
	return (u64 *)((char *)&v->mach + row->offset);
}

/* ---- reading ------------------------------------------------------------- */

/* The single letters of what the guest is told; S and U beside them. */
static u64 read_misa(const struct vcpu *v)
{
	u64 misa = MISA_RV64 | BIT('s' - 'a') | BIT('u' - 'a');

	for (const char *l = v->vm->isa + 4; *l >= 'a' && *l <= 'z'; l++)
		misa |= BIT(*l - 'a');
	return misa;
}

static u64 read_mip(const struct vcpu *v)
{
	return (__atomic_load_n(&v->mach.lines, __ATOMIC_ACQUIRE) &
		MACH_LINES) |
	       soft_sip_all(v);
}

/* A counter that does not count stands still. */
u64 mach_cycle(const struct vcpu *v)
{
	u64 run = v->mach.mcountinhibit & BIT(0) ? 0 : csr_read(CSR_CYCLE);

	return run + v->mach.cycles;
}

u64 mach_instret(const struct vcpu *v)
{
	u64 run = v->mach.mcountinhibit & BIT(2) ? 0 : csr_read(CSR_INSTRET);

	return run + v->mach.instructions;
}

static void write_cycle(struct vcpu *v, u64 value)
{
	v->mach.cycles += value - mach_cycle(v);
}

static void write_instret(struct vcpu *v, u64 value)
{
	v->mach.instructions += value - mach_instret(v);
}

/* Both go on from where they are, or stop there. */
static void write_inhibit(struct vcpu *v, u64 value)
{
	u64 cycle = mach_cycle(v), instret = mach_instret(v);

	v->mach.mcountinhibit = value & (BIT(0) | BIT(2));
	write_cycle(v, cycle);
	write_instret(v, instret);
}

static bool between(u32 number, u32 first, u32 last)
{
	return number >= first && number <= last;
}

static bool read_identity(const struct vcpu *v, u32 number, u64 *value)
{
	switch (number) {
	case CSR_MISA:
		*value = read_misa(v);
		return true;
	case CSR_MHARTID:
		*value = v->id;
		return true;
	case CSR_MVENDORID:
	case CSR_MARCHID:
	case CSR_MIMPID:
	case CSR_MCONFIGPTR:
		*value = 0;
		return true;
	default:
		return false;
	}
}

static bool read(struct vcpu *v, u32 number, u64 *value)
{
	const struct mcsr_row *row = find(number);

	*value = 0;
	if (row) {
		*value = *field(v, row);
		return true;
	}
	switch (number) {
	case CSR_MSTATUS:
		*value = v->mach.mstatus | v->state.csr.sstatus |
			 MSTATUS_SXL_64;
		return true;
	case CSR_MIE:
		*value = v->mach.mie | v->state.csr.sie;
		return true;
	case CSR_MIP:
		*value = read_mip(v);
		return true;
	case CSR_MENVCFG:
		*value = v->mach.menvcfg;
		return true;
	case CSR_PMPCFG0:
	case CSR_PMPCFG2:
		*value = v->mach.pmp.cfg[(number - CSR_PMPCFG0) / 2];
		return true;
	case CSR_MCYCLE:
		*value = mach_cycle(v);
		return true;
	case CSR_MINSTRET:
		*value = mach_instret(v);
		return true;
	}
	if (between(number, CSR_PMPADDR0, CSR_PMPADDR15)) {
		*value = v->mach.pmp.addr[number - CSR_PMPADDR0];
		return true;
	}
	return between(number, CSR_MHPMEVENT3, CSR_MHPMEVENT31) ||
	       between(number, CSR_MHPMCOUNTER3, CSR_MHPMCOUNTER31) ||
	       read_identity(v, number, value);
}

/* ---- writing ------------------------------------------------------------- */

static void write_mstatus(struct vcpu *v, u64 value)
{
	u64 old = v->mach.mstatus;

	/* MPP is WARL: 2 is no mode. */
	if ((value & MSTATUS_MPP) >> MSTATUS_MPP_SHIFT == 2)
		value = (value & ~MSTATUS_MPP) | (old & MSTATUS_MPP);
	v->mach.mstatus = value & MSTATUS_OWN;
	soft_csr_write(v, CSR_SSTATUS, value);
	v->stale |= SOFT_VIEW | SOFT_IRQ;
}

static void write_mip(struct vcpu *v, u64 value)
{
	u64 bits = value & (BIT(IRQ_S_EXT) | BIT(IRQ_S_TIMER));

	soft_csr_write(v, CSR_SIP, value);
	v->mach.software = bits;
	vcpu_set_machine_line(v, IRQ_S_EXT, v->mach.lines & BIT(IRQ_S_EXT));
	/* With a stimecmp of its own the timer says what is pending. */
	if (!v->sstc)
		vcpu_set_line(v, IRQ_S_TIMER, bits & BIT(IRQ_S_TIMER));
	v->stale |= SOFT_IRQ;
}

#define MENVCFG_STCE ENVCFG_STCE

static void write_menvcfg(struct vcpu *v, u64 value)
{
	const struct isa_rules *r = &v->vm->rules;
	bool sstc = host_has(HOST_SSTC) && r->gates & GATE_STCE;
	u64 can = ENVCFG_FIOM | ENVCFG_ADUE | r->env;

	if (sstc)
		can |= MENVCFG_STCE;
	if (can & ENVCFG_CBIE)
		can |= ENVCFG_CBIE;
	if (!host_has(HOST_SVPBMT))
		can &= ~ENVCFG_PBMTE;
	if ((value & ENVCFG_CBIE) == 2UL << 4) /* reserved */
		value &= ~ENVCFG_CBIE;
	v->mach.menvcfg = value & can;
	sstc &= v->mach.menvcfg >> 63;
	if (sstc == v->sstc)
		return;
	soft_detach(v);
	v->sstc = sstc;
	soft_irq(v, false);
}

/* Whatever was derived from the entries goes; at home, when v gets there. */
static void pmp_changed(struct vcpu *v)
{
	static const struct fence everything = {.kinds = FENCE_VMA,
						.size = ~0UL};

	v->mach.pmp_changed = true;
	v->mach.pmp_writes++;
	v->mach.open = v->mach.open_end = 0;
	v->backend->fence(v, &everything);
	v->stale |= SOFT_VIEW;
}

static void write(struct vcpu *v, u32 number, u64 value)
{
	const struct mcsr_row *row = find(number);

	if (row) {
		u64 *f = field(v, row);

		/* mtvec: a reserved mode leaves it, as on QEMU. */
		if (row->number == CSR_MTVEC && value & 2)
			return;
		if (row->number == CSR_MCOUNTINHIBIT)
			return write_inhibit(v, value);
		*f = (*f & ~row->writable) | (value & row->writable);
		v->stale |= SOFT_IRQ;
		return;
	}
	switch (number) {
	case CSR_MSTATUS:
		return write_mstatus(v, value);
	case CSR_MIE:
		v->mach.mie = value & MACH_LINES;
		soft_csr_write(v, CSR_SIE, value);
		v->stale |= SOFT_IRQ;
		return;
	case CSR_MIP:
		return write_mip(v, value);
	case CSR_MENVCFG:
		return write_menvcfg(v, value);
	case CSR_PMPCFG0:
	case CSR_PMPCFG2:
		pmp_write_cfg(&v->mach.pmp, (number - CSR_PMPCFG0) / 2, value);
		return pmp_changed(v);
	case CSR_MCYCLE:
		return write_cycle(v, value);
	case CSR_MINSTRET:
		return write_instret(v, value);
	}
	if (between(number, CSR_PMPADDR0, CSR_PMPADDR15)) {
		pmp_write_addr(&v->mach.pmp, number - CSR_PMPADDR0, value);
		pmp_changed(v);
	}
}

/* mip, as software set it. */
static u64 soft_mip(const struct vcpu *v)
{
	return v->mach.software | (v->state.csr.sip & BIT(IRQ_S_SOFT));
}

enum verdict mach_csr(struct vcpu *v, struct vexit *x)
{
	const struct insn *i = &x->insn;
	bool writes = i->op == CSR_WRITE || i->rs1;
	u64 operand = i->uimm ? i->rs1 : v->state.gpr[i->rs1], old;

	if (v->state.priv != PRIV_M || (writes && i->csr >> 10 == 3) ||
	    !read(v, i->csr, &old))
		return inject(v, CAUSE_ILLEGAL, x->tval);
	/* Of mip, set and clear change what software set, not the lines. */
	if (writes && i->csr == CSR_MIP)
		write(v, i->csr, soft_csr_result(i, soft_mip(v), operand));
	else if (writes)
		write(v, i->csr, soft_csr_result(i, old, operand));
	if (i->rd)
		v->state.gpr[i->rd] = old;
	return ADVANCE;
}
