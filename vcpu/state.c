/* SPDX-License-Identifier: BSD-2-Clause */
/* Architectural rules that need no hardware. */
#include "hyp/util.h"
#include "vcpu/state.h"

#define STVEC_MODE     3UL
#define STVEC_VECTORED 1UL

const struct csr_row csr_rows[] = {
#define CSR(number, name, hold, hw, mask, feature) \
	{number, #name, mask, feature, offsetof(struct vcpu_state, csr.name)},
#include "vcpu/csr.def"
#undef CSR
};

const u32 csr_rows_count = ARRAY_SIZE(csr_rows);

const struct csr_row *csr_find(u32 number)
{
	switch (number) {
#define CSR(number, name, hold, hw, mask, feature) \
	case number:                               \
		return &csr_rows[CSR_ROW_##name];
#include "vcpu/csr.def"
#undef CSR
	default:
		return NULL;
	}
}

u32 csr_index(u32 number)
{
	const struct csr_row *row = csr_find(number);

	return row ? row - csr_rows : CSR_ROWS;
}

u64 state_sd(u64 status)
{
	bool dirty = (status & SSTATUS_FS) == SSTATUS_FS ||
		     (status & SSTATUS_VS) == SSTATUS_VS;

	return (status & ~SSTATUS_SD) | (dirty ? SSTATUS_SD : 0);
}

struct csr_bits csr_bits = {~0UL, ~0UL};

u64 csr_writable(const struct csr_row *row)
{
	u64 mask = row->writable;

	if (row->number == CSR_SCOUNTEREN)
		return mask & csr_bits.scounteren;
	if (row->number == CSR_SENVCFG)
		return mask & csr_bits.senvcfg;
	if (row->number != CSR_SSTATUS)
		return mask;
	if (!host_has(HOST_FD))
		mask &= ~SSTATUS_FS;
	if (!host_has(HOST_V))
		mask &= ~SSTATUS_VS;
	return mask;
}

u64 csr_legal(const struct csr_row *row, u64 old, u64 value, u32 levels_max)
{
	u64 mode = value >> ATP_MODE_SHIFT, writable = csr_writable(row);

	if (row->number == CSR_SATP) {
		if (mode == ATP_BARE)
			return 0;
		if (mode < ATP_SV39 || mode > ATP_SV39 + levels_max - 3)
			return old;
	}
	if (row->number == CSR_STVEC && value & 2)
		return old;
	value = (old & ~writable) | (value & writable);
	return row->number == CSR_SSTATUS ? state_sd(value) : value;
}

void state_trap_s(struct vcpu_state *s, u64 cause, u64 tval)
{
	u64 status = s->csr.sstatus;
	bool sie = status & SSTATUS_SIE;

	status &= ~(SSTATUS_SIE | SSTATUS_SPIE | SSTATUS_SPP);
	if (sie)
		status |= SSTATUS_SPIE;
	if (s->priv == PRIV_S)
		status |= SSTATUS_SPP;
	s->csr.sstatus = status;
	s->csr.sepc = s->pc;
	s->csr.scause = cause;
	s->csr.stval = tval;
	s->priv = PRIV_S;
	s->pc = s->csr.stvec & ~STVEC_MODE; /* exceptions are not vectored */
}

void state_interrupt_s(struct vcpu_state *s, u32 irq)
{
	state_trap_s(s, CAUSE_INTERRUPT | irq, 0);
	if ((s->csr.stvec & STVEC_MODE) == STVEC_VECTORED)
		s->pc += 4 * irq;
}

void state_sret(struct vcpu_state *s)
{
	u64 status = s->csr.sstatus;

	s->priv = status & SSTATUS_SPP ? PRIV_S : PRIV_U;
	s->pc = s->csr.sepc;
	s->csr.sstatus = (status & ~(SSTATUS_SIE | SSTATUS_SPP)) |
			 SSTATUS_SPIE |
			 (status & SSTATUS_SPIE ? SSTATUS_SIE : 0);
}
