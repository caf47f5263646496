/* SPDX-License-Identifier: BSD-2-Clause */
/* MMIO: from a decoded load or store to the device bus and back. */
#include "hyp/util.h"
#include "vcpu/backend.h"
#include "vcpu/fpu.h"
#include "vcpu/mmio.h"
#include "vcpu/vm.h"

static bool has_reg(const struct vexit *x, u32 reg)
{
	return x->full || reg_is_light(reg);
}

static enum verdict refuse(struct vcpu *v, const struct vexit *x)
{
	return inject(v,
		      x->access == ACCESS_STORE ? CAUSE_STORE_ACCESS
						: CAUSE_LOAD_ACCESS,
		      x->gva.raw);
}

static enum verdict load(struct vcpu *v, struct vexit *x)
{
	const struct insn *insn = &x->insn;
	struct mmio m = {.len = insn->width};

	if (insn->kind == INSN_LOAD && !has_reg(x, insn->rd))
		return FULL;
	if (!vbus_access(&v->vm->bus, x->gpa, &m))
		return refuse(v, x);
	if (insn->kind == INSN_FLOAD)
		fpu_write(v, insn->rd, m.data, insn->width);
	else if (insn->rd)
		v->state.gpr[insn->rd] = mmio_extend(m.data, insn->sign, m.len);
	return ADVANCE;
}

static enum verdict store(struct vcpu *v, struct vexit *x)
{
	const struct insn *insn = &x->insn;
	struct mmio m = {.len = insn->width, .write = true};

	if (insn->kind == INSN_FSTORE)
		m.data = fpu_read(v, insn->rs2);
	else if (!has_reg(x, insn->rs2))
		return FULL;
	else
		m.data = v->state.gpr[insn->rs2];
	m.data &= ~0UL >> (64 - 8 * m.len);
	return vbus_access(&v->vm->bus, x->gpa, &m) ? ADVANCE : refuse(v, x);
}

enum verdict mmio_emulate(struct vcpu *v, struct vexit *x)
{
	enum verdict verdict;

	/* The interpreter's exits come decoded, wherever the code may be. */
	if (x->insn.kind == INSN_UNKNOWN && !v->backend->decode(v, x, &verdict))
		return verdict;
	switch (x->insn.kind) {
	case INSN_LOAD:
	case INSN_FLOAD:
		return load(v, x);
	case INSN_STORE:
	case INSN_FSTORE:
		return store(v, x);
	default:
		return refuse(v, x);
	}
}
