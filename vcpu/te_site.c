/* SPDX-License-Identifier: BSD-2-Clause */
/* Which instructions te_entry.S carries out, and how each is found again. */
#include "hyp/csr.h"
#include "hyp/util.h"
#include "vcpu/state.h"
#include "vcpu/te.h"

/* Labels of te_entry.S; the thunks are 8 bytes each, by register or number. */
#define LABELS(name) extern char te_read_##name[], te_write_##name[]
LABELS(sscratch);
LABELS(sepc);
LABELS(scause);
LABELS(stval);
LABELS(sstatus);
extern char te_decoded[], te_set_sstatus[], te_clear_sstatus[], te_sret[];
extern char te_get[], te_put[], te_imm[];

#define THUNK 8

static const struct {
	u32 csr;
	char *read, *write, *set, *clear;
} known[] = {
	{CSR_SSCRATCH, te_read_sscratch, te_write_sscratch, te_decoded,
	 te_decoded},
	{CSR_SEPC, te_read_sepc, te_write_sepc, te_decoded, te_decoded},
	{CSR_SCAUSE, te_read_scause, te_write_scause, te_decoded, te_decoded},
	{CSR_STVAL, te_read_stval, te_write_stval, te_decoded, te_decoded},
	{CSR_SSTATUS, te_read_sstatus, te_write_sstatus, te_set_sstatus,
	 te_clear_sstatus},
};

/* te_decoded: the general way is all there is. */
static char *handler(const struct insn *i)
{
	if (i->kind == INSN_SRET)
		return te_sret;
	for (u32 n = 0; i->kind == INSN_CSR && n < ARRAY_SIZE(known); n++) {
		if (known[n].csr != i->csr)
			continue;
		if (i->op == CSR_WRITE)
			return known[n].write;
		if (!i->rs1)
			return known[n].read;
		return i->op == CSR_SET ? known[n].set : known[n].clear;
	}
	return te_decoded;
}

/* Virtual U-mode has nothing of the kind. */
struct te_site te_no_sites[TE_SITES] = {
	[0 ... TE_SITES - 1] = {.tag = TE_SITE_NONE},
};

void te_sites_init(struct te_site *sites)
{
	for (u32 i = 0; i < TE_SITES; i++)
		sites[i].tag = TE_SITE_NONE;
}

static void count(const struct te_site *site, struct vcpu_stat *stat)
{
	if (site->tag == TE_SITE_NONE)
		return;
	stat->exits[site->kind] += site->count;
	if (site->kind == EXIT_csr)
		stat->csr[csr_index(site->insn.csr)] += site->count;
}

void te_sites_count(const struct te_site *sites, struct vcpu_stat *stat)
{
	for (u32 i = 0; i < TE_SITES; i++)
		count(&sites[i], stat);
}

void te_site_learn(struct te_site *sites, struct vcpu_stat *stat, u32 raw,
		   const struct vexit *x)
{
	const struct insn *insn = &x->insn;
	struct te_site *site = te_site(sites, raw);

	count(site, stat);
	*site = (struct te_site){
		.tag = raw,
		.handler = (u64)handler(insn),
		.get = (u64)((insn->uimm ? te_imm : te_get) +
			     THUNK * insn->rs1),
		.put = (u64)(te_put + THUNK * insn->rd),
		.write = x->kind == EXIT_csr
				 ? insn->op == CSR_WRITE && !insn->rd
				 : insn->rs1 && !insn->rs2, /* not sret */
		.alone = insn->csr == CSR_SSCRATCH,
		.insn = *insn,
		.kind = x->kind,
	};
}
