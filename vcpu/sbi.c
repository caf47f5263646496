/* SPDX-License-Identifier: BSD-2-Clause */
/* SBI dispatch and the short extensions: BASE, TIME, IPI, RFENCE. */
#include "hyp/util.h"
#include "vcpu/backend.h"
#include "vcpu/sbi.h"
#include "vcpu/sbi_base.h"
#include "vcpu/vm.h"

#define ALL_HARTS (~0UL)

bool sbi_hart_mask(const struct vm *vm, u64 mask, u64 base, u64 *ids)
{
	u64 all = BIT(vm->spec.vcpus) - 1;

	if (base == ALL_HARTS) {
		*ids = all;
		return true;
	}
	if (base >= 64 || mask > ALL_HARTS >> base)
		return !(*ids = 0) && !mask;
	*ids = mask << base;
	return !(*ids & ~all);
}

/* Out of line: the frequent calls do not pay for it. */
static __attribute__((noinline)) enum verdict serve_others(struct vcpu *v,
							   u64 fid)
{
	switch (v->state.gpr[A7]) {
#define SBI_OFTEN(id, name, serve)
#define SBI(id, name, serve)                    \
	case id:                                \
		COUNT(v->stat.sbi[SBI_##name]); \
		return sbi_##serve(v, fid);
#include "vcpu/sbi.def"
#undef SBI
	default:
		COUNT(v->stat.sbi[SBI_ROWS]);
		return sbi_reply(v, SBI_ERR_NOT_SUPPORTED, 0);
	}
}

enum verdict sbi_serve(struct vcpu *v)
{
	u64 fid = v->state.gpr[A6];

	switch (v->state.gpr[A7]) {
#define SBI(id, name, serve)
#define SBI_OFTEN(id, name, serve)              \
	case id:                                \
		COUNT(v->stat.sbi[SBI_##name]); \
		return sbi_##serve(v, fid);
#include "vcpu/sbi.def"
#undef SBI
	default:
		return serve_others(v, fid);
	}
}

enum verdict sbi_base(struct vcpu *v, u64 fid)
{
	return sbi_base_reply(v, fid);
}

enum verdict sbi_time(struct vcpu *v, u64 fid)
{
	if (fid)
		return sbi_reply(v, SBI_ERR_NOT_SUPPORTED, 0);
	v->backend->timer(v, v->state.gpr[A0]);
	return sbi_reply(v, SBI_SUCCESS, 0);
}

static void send_ipis(struct vcpu *v, u64 ids)
{
	if (ids & BIT(v->id))
		v->backend->irq(v, true);
	ids &= ~BIT(v->id);
	for (u32 i = 0; ids; i++, ids >>= 1) {
		if (ids & 1)
			vcpu_request(&v->vm->vcpu[i], REQ_SSIP);
	}
}

enum verdict sbi_ipi(struct vcpu *v, u64 fid)
{
	u64 ids;

	if (fid)
		return sbi_reply(v, SBI_ERR_NOT_SUPPORTED, 0);
	if (!sbi_hart_mask(v->vm, v->state.gpr[A0], v->state.gpr[A1], &ids))
		return sbi_reply(v, SBI_ERR_INVALID_PARAM, 0);
	send_ipis(v, ids);
	return sbi_reply(v, SBI_SUCCESS, 0);
}

/* A range that is long, or wraps, is fenced as a whole. */
static struct fence make_fence(u32 kinds, u64 start, u64 size)
{
	struct fence f = {.kinds = kinds, .size = ~0UL};
	u64 first = ALIGN_DOWN(start, PAGE_SIZE);
	u64 bytes = size + (start - first);

	if ((!start && !size) || bytes < size ||
	    bytes > FENCE_PAGES_MAX * PAGE_SIZE)
		return f;
	f.start = first;
	f.size = ALIGN_UP(bytes, PAGE_SIZE);
	return f;
}

static void send_fences(struct vcpu *v, u64 ids, const struct fence *f)
{
	for (u32 i = 0; ids; i++, ids >>= 1) {
		if (ids & 1)
			vcpu_fence(v, &v->vm->vcpu[i], f);
	}
}

enum verdict sbi_rfence(struct vcpu *v, u64 fid)
{
	const u64 *a = &v->state.gpr[A0];
	struct fence f = make_fence(FENCE_VMA, a[2], a[3]);
	u64 ids;

	if (BREAK_slow)
		asm volatile(".rept 100\n\tnop\n\t.endr");
	switch (fid) {
	case 0:
		f.kinds = FENCE_I;
		break;
	case 1:
		break;
	case 2:
		f.has_asid = true;
		f.asid = a[4];
		break;
	default: /* HFENCE: the guest has no H-extension */
		return sbi_reply(v, SBI_ERR_NOT_SUPPORTED, 0);
	}
	if (!sbi_hart_mask(v->vm, a[0], a[1], &ids))
		return sbi_reply(v, SBI_ERR_INVALID_PARAM, 0);
	send_fences(v, ids, &f);
	return sbi_reply(v, SBI_SUCCESS, 0);
}
