/* SPDX-License-Identifier: BSD-2-Clause */
/* Lazy switching of FP and vector registers. */
#include "hyp/csr.h"
#include "hyp/page.h"
#include "hyp/util.h"
#include "vcpu/backend.h"
#include "vcpu/fpu.h"
#include "vcpu/vm.h"

void fp_save(struct vcpu_fp *fp);
void fp_load(const struct vcpu_fp *fp);
void vec_save(void *regs, u64 eight);
void vec_load(const void *regs, u64 eight);
void vec_set_config(u64 vl, u64 vtype);

static bool dirty(u64 sstatus, u64 mask)
{
	return (sstatus & mask) == mask;
}

/* Both units on for us; returns what sstatus was. */
static u64 units_on(void)
{
	u64 old = csr_read(CSR_SSTATUS);

	csr_set(CSR_SSTATUS, SSTATUS_FS | (host_has(HOST_V) ? SSTATUS_VS : 0));
	return old;
}

/*
 * QEMU 10 does not make the host's VS and FS dirty where a guest in VS-mode
 * writes these CSRs themselves, as it must (Privileged, "Virtual Supervisor
 * Status Register"): so they are saved in any case.
 */
static void control_save(struct vcpu_state *s)
{
	s->fp.fcsr = csr_read(CSR_FCSR);
	if (!host_has(HOST_V))
		return;
	s->vec.vstart = csr_read(CSR_VSTART);
	s->vec.vcsr = csr_read(CSR_VCSR);
}

static void vector_save(struct vcpu_vector *s)
{
	s->vl = csr_read(CSR_VL);
	s->vtype = csr_read(CSR_VTYPE);
	csr_write(CSR_VSTART, 0);
	vec_save(s->regs, 8 * csr_read(CSR_VLENB));
	csr_write(CSR_VSTART, s->vstart);
}

static void vector_load(const struct vcpu_vector *s)
{
	csr_write(CSR_VSTART, 0);
	vec_load(s->regs, 8 * csr_read(CSR_VLENB));
	vec_set_config(s->vl, s->vtype);
	csr_write(CSR_VCSR, s->vcsr);
	csr_write(CSR_VSTART, s->vstart);
}

/*
 * The guest's own FS and VS gate it; the host's tell us what is dirty, and hide
 * a unit that the guest is not to have.
 */
static void mark_clean(const struct vcpu *v)
{
	csr_clear(CSR_SSTATUS, SSTATUS_FS | SSTATUS_VS);
	csr_set(CSR_SSTATUS, v->vm->rules.clean);
}

void fpu_load(struct vcpu *v)
{
	struct hart *h = this_hart();

	if (h->fp_owner != v || v->last_hart != h) {
		units_on();
		fp_load(&v->state.fp);
		if (host_has(HOST_V))
			vector_load(&v->state.vec);
		h->fp_owner = v;
	}
	mark_clean(v);
}

void fpu_save(struct vcpu *v)
{
	u64 sstatus = units_on();

	control_save(&v->state);
	if (dirty(sstatus, SSTATUS_FS))
		fp_save(&v->state.fp);
	if (host_has(HOST_V) && dirty(sstatus, SSTATUS_VS))
		vector_save(&v->state.vec);
	mark_clean(v);
}

/* Rare enough that all registers may go through memory. */
u64 fpu_read(struct vcpu *v, u32 n)
{
	u64 sstatus = units_on();

	fp_save(&v->state.fp);
	csr_write(CSR_SSTATUS, sstatus);
	return v->state.fp.f[n];
}

void fpu_write(struct vcpu *v, u32 n, u64 data, u32 width)
{
	u64 box = width < 8 ? ~0UL << (8 * width) : 0;

	units_on();
	fp_save(&v->state.fp);
	v->state.fp.f[n] = data | box;
	fp_load(&v->state.fp);
	v->backend->fp_dirty(v);
}

bool fpu_init(struct vcpu *v)
{
	u64 sstatus, bytes;
	hpa_t regs;

	if (!host_has(HOST_V))
		return true;
	sstatus = units_on();
	bytes = 32 * csr_read(CSR_VLENB);
	csr_write(CSR_SSTATUS, sstatus);
	v->state.vec.order = 0;
	while ((PAGE_SIZE << v->state.vec.order) < bytes)
		v->state.vec.order++;
	regs = page_alloc_zeroed(v->state.vec.order, &v->vm->pages);
	if (!regs.raw)
		return false;
	v->state.vec.regs = hpa_ptr(regs);
	return true;
}

void fpu_destroy(struct vcpu *v)
{
	if (v->state.vec.regs)
		page_free(ptr_hpa(v->state.vec.regs), v->state.vec.order,
			  &v->vm->pages);
	v->state.vec.regs = NULL;
}
