/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * S-mode once more, written from the privileged specification and with nothing
 * of the VMM's: what vcpu/soft.c is compared with. Names are its CSRs'.
 */
#ifndef TESTS_UNIT_SOFT_MODEL_H
#define TESTS_UNIT_SOFT_MODEL_H

#include <string.h>

#include "hyp/types.h"

struct model {
	u64 x[32], pc;
	bool s; /* in S-mode; else in U-mode */
	/* sstatus by its fields; ssie... are those of sie and sip. */
	bool sie, spie, spp, sum, mxr;
	u64 vs, fs;
	bool ssie, stie, seie, ssip, seip;
	u64 stvec, scounteren, senvcfg, sscratch, sepc, scause, stval;
	u64 stimecmp, satp;
	/* The platform. */
	bool sstc; /* else stimecmp is what the SBI was told */
	u64 levels, time, cycle, instret;
};

enum outcome { M_DONE, M_JUMPED, M_ILLEGAL };

/* ---- CSRs ---------------------------------------------------------------- */

static inline u64 m_sstatus(const struct model *m)
{
	u64 sd = m->fs == 3 || m->vs == 3;

	return (u64)m->sie << 1 | (u64)m->spie << 5 | (u64)m->spp << 8 |
	       m->vs << 9 | m->fs << 13 | (u64)m->sum << 18 |
	       (u64)m->mxr << 19 | 2UL << 32 | sd << 63;
}

static inline bool m_stip(const struct model *m)
{
	return m->time >= m->stimecmp && m->stimecmp != ~0UL;
}

static inline u64 m_sip(const struct model *m)
{
	return m->ssip << 1 | m_stip(m) << 5 | m->seip << 9;
}

static inline u64 m_sie(const struct model *m)
{
	return m->ssie << 1 | m->stie << 5 | m->seie << 9;
}

/*
 * "CSR Address Mapping Conventions": bits 9:8 are the lowest privilege that
 * may access it. What else there is is in the switch of m_read().
 */
static inline bool m_may(const struct model *m, u32 csr)
{
	return (csr >> 8 & 3) <= (m->s ? 1 : 0);
}

static inline bool m_read(const struct model *m, u32 csr, u64 *v)
{
	if (!m_may(m, csr))
		return false;
	switch (csr) {
	case 0x100:
		return *v = m_sstatus(m), true;
	case 0x104:
		return *v = m_sie(m), true;
	case 0x105:
		return *v = m->stvec, true;
	case 0x106:
		return *v = m->scounteren, true;
	case 0x10a:
		return *v = m->senvcfg, true;
	case 0x140:
		return *v = m->sscratch, true;
	case 0x141:
		return *v = m->sepc, true;
	case 0x142:
		return *v = m->scause, true;
	case 0x143:
		return *v = m->stval, true;
	case 0x144:
		return *v = m_sip(m), true;
	case 0x14d:
		return *v = m->stimecmp, m->sstc;
	case 0x180:
		return *v = m->satp, true;
	case 0xc00:
		return *v = m->cycle, m->s || (m->scounteren & 1);
	case 0xc01:
		return *v = m->time, m->s || (m->scounteren & 2);
	case 0xc02:
		return *v = m->instret, m->s || (m->scounteren & 4);
	default:
		return false;
	}
}

static inline void m_write_sstatus(struct model *m, u64 v)
{
	m->sie = v >> 1 & 1;
	m->spie = v >> 5 & 1;
	m->spp = v >> 8 & 1;
	m->vs = v >> 9 & 3;
	m->fs = v >> 13 & 3;
	m->sum = v >> 18 & 1;
	m->mxr = v >> 19 & 1;
}

/* A MODE that is not supported: no effect; all of Bare's fields are zero. */
static inline void m_write_satp(struct model *m, u64 v)
{
	u64 mode = v >> 60;

	if (mode == 0)
		m->satp = 0;
	else if (mode >= 8 && mode - 8 + 3 <= m->levels)
		m->satp = v;
}

/* False: it cannot be written. Of those that m_read() knows. */
static inline bool m_write(struct model *m, u32 csr, u64 v)
{
	if (csr >> 10 == 3)
		return false;
	switch (csr) {
	case 0x100:
		return m_write_sstatus(m, v), true;
	case 0x104:
		m->ssie = v >> 1 & 1;
		m->stie = v >> 5 & 1;
		m->seie = v >> 9 & 1;
		return true;
	case 0x105: /* reserved modes: as harts do, no effect */
		return (v & 2) ? true : (m->stvec = v, true);
	case 0x106:
		return m->scounteren = v & 0xffffffff, true;
	case 0x10a: /* FIOM, CBIE, CBCFE, CBZE, PMM */
		return m->senvcfg = v & 0x3000000f1, true;
	case 0x140:
		return m->sscratch = v, true;
	case 0x141:
		return m->sepc = v & ~1UL, true;
	case 0x142:
		return m->scause = v, true;
	case 0x143:
		return m->stval = v, true;
	case 0x144: /* STIP and SEIP are read-only */
		return m->ssip = v >> 1 & 1, true;
	case 0x14d:
		return m->stimecmp = v, true;
	case 0x180:
		return m_write_satp(m, v), true;
	default:
		return false;
	}
}

/* ---- traps --------------------------------------------------------------- */

/* "Supervisor Status Register", "Supervisor Trap Vector Base Address". */
static inline void m_trap(struct model *m, u64 cause, u64 tval)
{
	m->spp = m->s;
	m->spie = m->sie;
	m->sie = false;
	m->s = true;
	m->sepc = m->pc;
	m->scause = cause;
	m->stval = tval;
	m->pc = m->stvec / 4 * 4;
	if (cause >> 63 && m->stvec % 4 == 1)
		m->pc += 4 * (cause & 63);
}

/* "Supervisor Interrupt Registers"; true: one was taken. */
static inline bool m_interrupt(struct model *m)
{
	u64 all = m_sip(m) & m_sie(m);

	if (m->s && !m->sie)
		return false;
	if (all >> 9 & 1)
		m_trap(m, 1UL << 63 | 9, 0);
	else if (all >> 1 & 1)
		m_trap(m, 1UL << 63 | 1, 0);
	else if (all >> 5 & 1)
		m_trap(m, 1UL << 63 | 5, 0);
	else
		return false;
	return true;
}

static inline enum outcome m_sret(struct model *m)
{
	m->s = m->spp;
	m->spp = false;
	m->sie = m->spie;
	m->spie = true;
	m->pc = m->sepc;
	return M_JUMPED;
}

/* ---- instructions -------------------------------------------------------- */

/* Unprivileged, "Zicsr", table "Conditions determining whether a CSR ...". */
static inline enum outcome m_csr(struct model *m, u32 raw)
{
	u32 csr = raw >> 20, rs1 = raw >> 15 & 31, form = raw >> 12 & 7;
	u32 rd = raw >> 7 & 31;
	u64 operand = form & 4 ? rs1 : m->x[rs1], old;

	/* All that can be written can be read, and reads have no effect. */
	if (!m_read(m, csr, &old))
		return M_ILLEGAL;
	if ((form & 3) == 1 && !m_write(m, csr, operand))
		return M_ILLEGAL;
	if ((form & 3) == 2 && rs1 && !m_write(m, csr, old | operand))
		return M_ILLEGAL;
	if ((form & 3) == 3 && rs1 && !m_write(m, csr, old & ~operand))
		return M_ILLEGAL;
	if (rd)
		m->x[rd] = old;
	return M_DONE;
}

/* sfence.vma; Svinval: sinval.vma, sfence.w.inval, sfence.inval.ir. */
static inline bool m_is_fence(u32 raw)
{
	u32 registers = 31U << 15 | 31U << 20;

	return (raw & ~registers) == 0x12000073 ||
	       (raw & ~registers) == 0x16000073 || raw == 0x18000073 ||
	       raw == 0x18100073;
}

/* A CSR instruction, or one that only S-mode may use; not a fence's effect. */
static inline enum outcome m_step(struct model *m, u32 raw)
{
	if (raw >> 12 & 7)
		return m_csr(m, raw);
	if (!m->s)
		return M_ILLEGAL;
	if (raw == 0x10200073)
		return m_sret(m);
	return m_is_fence(raw) ? M_DONE : M_ILLEGAL;
}

#endif
