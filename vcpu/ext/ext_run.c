/* SPDX-License-Identifier: BSD-2-Clause */
/* An instruction that the hart refused, put to the guest's modules. */
#include "hyp/csr.h"
#include "hyp/util.h"
#include "vcpu/ext/ext.h"
#include "vcpu/soft.h"
#include "vcpu/vm.h"

static const struct ext_csr *find_csr(const struct ext *e, u32 number)
{
	const struct ext_csr *c = e->csrs;

	while (c && c->number && c->number != number)
		c++;
	return c && c->number ? c : NULL;
}

/* Unprivileged, "Zicsr": who only reads may do so where nobody may write. */
static bool run_csr(struct vcpu *v, u32 n, const struct insn *i, enum priv priv)
{
	const struct ext_csr *c = find_csr(exts[n], i->csr);
	u64 *gpr = v->state.gpr, *word, old, operand;
	bool writes = i->op == CSR_WRITE || i->rs1;

	if (!c || soft_csr_priv(i->csr) > priv ||
	    (writes && soft_csr_read_only(i->csr)))
		return false;
	word = &v->ext[n][c->word];
	operand = i->uimm ? i->rs1 : gpr[i->rs1];
	old = *word;
	if (writes)
		*word = (old & ~c->writable) |
			(soft_csr_result(i, old, operand) & c->writable);
	gpr[i->rd] = old;
	return true;
}

/* Unprivileged, "Base Instruction-Length Encoding" and opcode map: SYSTEM. */
static bool is_csr(u32 raw)
{
	return (raw & 0x7f) == 0x73 && raw & 0x3000;
}

bool ext_run(struct vcpu *v, u32 raw, enum priv priv)
{
	u64 start = csr_read(CSR_INSTRET);
	bool csr = is_csr(raw);
	struct insn insn = {0};

	if (csr)
		insn = insn_decode(raw);
	for (u32 left = v->vm->emulated; left; left &= left - 1) {
		u32 i = __builtin_ctz(left);

		if (csr ? !run_csr(v, i, &insn, priv)
			: !exts[i]->exec(v, v->ext[i], raw, priv))
			continue;
		v->state.gpr[0] = 0;
		v->stat.emulated[i]++;
		v->stat.emulation += csr_read(CSR_INSTRET) - start;
		return true;
	}
	return false;
}
