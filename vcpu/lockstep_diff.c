/* SPDX-License-Identifier: BSD-2-Clause */
/* What two states of a vcpu differ in, by name. */
#include <stdio.h>
#include <string.h>

#include "hyp/log.h"
#include "hyp/util.h"
#include "vcpu/lockstep.h"
#include "vcpu/state.h"

struct diff {
	const char *vm;
	u32 found;
};

static void look(struct diff *d, const char *name, u64 backend, u64 oracle)
{
	if (backend == oracle)
		return;
	d->found++;
	log_error("%s: lockstep: %s: backend 0x%lx, oracle 0x%lx", d->vm, name,
		  backend, oracle);
}

static void look_many(struct diff *d, const char *prefix, const u64 *backend,
		      const u64 *oracle, u32 count)
{
	char name[16];

	for (u32 i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "%s%u", prefix, i);
		look(d, name, backend[i], oracle[i]);
	}
}

u32 lockstep_diff(const char *vm, const struct vcpu_state *backend,
		  const struct vcpu_state *oracle, u64 vector_bytes)
{
	struct diff d = {.vm = vm};

	look(&d, "pc", backend->pc, oracle->pc);
	look(&d, "privilege", backend->priv, oracle->priv);
	look_many(&d, "x", backend->gpr, oracle->gpr, 32);
	for (u32 i = 0; i < csr_rows_count; i++) {
		const struct csr_row *row = &csr_rows[i];

		look(&d, row->name,
		     *csr_field((struct vcpu_state *)backend, row),
		     *csr_field((struct vcpu_state *)oracle, row));
	}
	look_many(&d, "f", backend->fp.f, oracle->fp.f, 32);
	look(&d, "fcsr", backend->fp.fcsr, oracle->fp.fcsr);
	look(&d, "vl", backend->vec.vl, oracle->vec.vl);
	look(&d, "vtype", backend->vec.vtype, oracle->vec.vtype);
	look(&d, "vstart", backend->vec.vstart, oracle->vec.vstart);
	look(&d, "vcsr", backend->vec.vcsr, oracle->vec.vcsr);
	if (vector_bytes && backend->vec.regs != oracle->vec.regs)
		look_many(&d, "vector word ", (const u64 *)backend->vec.regs,
			  (const u64 *)oracle->vec.regs, vector_bytes / 8);
	return d.found;
}
