/* SPDX-License-Identifier: BSD-2-Clause */
/* Which modules there are, which a guest has, and what they cost it. */
#include "hyp/csr.h"
#include "hyp/host.h"
#include "hyp/isa.h"
#include "hyp/util.h"
#include "vcpu/ext/ext.h"
#include "vcpu/soft.h"
#include "vcpu/vm.h"

const struct ext *const exts[] = {
#define EXT_MODULE(name) &ext_##name,
#include "vcpu/ext/ext.def"
#undef EXT_MODULE
};

const u32 exts_count = ARRAY_SIZE(exts);

_Static_assert(ARRAY_SIZE(exts) <= EXT_MAX, "a bit each");

u32 ext_wanted(const char *isa)
{
	u32 wanted = 0;

	for (u32 i = 0; isa[0] && i < exts_count; i++) {
		if (isa_has(isa, exts[i]->name) &&
		    !isa_has(host.isa, exts[i]->name))
			wanted |= BIT(i);
	}
	return wanted;
}

u64 *ext_state(struct vcpu *v, const struct ext *e)
{
	u32 at = 0;

	for (u32 i = 0; exts[i] != e; i++)
		at += exts[i]->words;
	BUG_ON(at + e->words > ARRAY_SIZE(v->ext));
	return &v->ext[at];
}

static const struct ext_csr *find_csr(const struct ext *e, u32 number)
{
	const struct ext_csr *c = e->csrs;

	while (c && c->number && c->number != number)
		c++;
	return c && c->number ? c : NULL;
}

/* Unprivileged, "Zicsr": who only reads may do so where nobody may write. */
static bool run_csr(struct vcpu *v, const struct ext *e, const struct insn *i,
		    enum priv priv)
{
	const struct ext_csr *c = find_csr(e, i->csr);
	u64 *gpr = v->state.gpr, *word, old, operand;
	bool writes = i->op == CSR_WRITE || i->rs1;

	if (!c || soft_csr_priv(i->csr) > priv ||
	    (writes && soft_csr_read_only(i->csr)))
		return false;
	word = &ext_state(v, e)[c->word];
	operand = i->uimm ? i->rs1 : gpr[i->rs1];
	old = *word;
	if (writes)
		*word = (old & ~c->writable) |
			(soft_csr_result(i, old, operand) & c->writable);
	gpr[i->rd] = old;
	return true;
}

static bool run_one(struct vcpu *v, const struct ext *e, u32 raw,
		    enum priv priv)
{
	struct insn i = insn_decode(raw);

	if (i.kind == INSN_CSR)
		return run_csr(v, e, &i, priv);
	return e->exec(v, raw, priv);
}

bool ext_run(struct vcpu *v, u32 raw, enum priv priv)
{
	u64 start = csr_read(CSR_INSTRET);

	for (u32 left = v->vm->emulated; left; left &= left - 1) {
		u32 i = __builtin_ctz(left);

		if (!run_one(v, exts[i], raw, priv))
			continue;
		v->state.gpr[0] = 0;
		v->stat.emulated[i]++;
		v->stat.emulation += csr_read(CSR_INSTRET) - start;
		return true;
	}
	return false;
}
