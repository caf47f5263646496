/* SPDX-License-Identifier: BSD-2-Clause */
/* SBI dispatch and the short extensions: BASE, TIME, IPI, RFENCE. */
#include "hyp/util.h"
#include "vcpu/backend.h"
#include "vcpu/sbi.h"
#include "vcpu/vm.h"

#define SPEC_VERSION 0x02000000 /* 2.0: major in bits 30:24 */
#define IMPL_ID      0x54525a   /* not registered: "TRZ" */
#define IMPL_VERSION 1

#define ALL_HARTS    (~0UL)

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

static bool extension_known(u64 id)
{
	switch (id) {
#define SBI(id, name) case id:
#include "vcpu/sbi.def"
#undef SBI
		return true;
	default:
		return false;
	}
}

enum verdict sbi_serve(struct vcpu *v)
{
	u64 id = v->state.gpr[A7], fid = v->state.gpr[A6];

	/* The usual ones first: a switch would look for them by bisection. */
	if (likely(id == SBI_EXT_BASE))
		return sbi_base(v, fid);
	if (likely(id == SBI_EXT_TIME))
		return sbi_time(v, fid);
	switch (id) {
#define SBI(id, name) \
	case id:      \
		return sbi_##name(v, fid);
#include "vcpu/sbi.def"
#undef SBI
	default:
		return sbi_reply(v, SBI_ERR_NOT_SUPPORTED, 0);
	}
}

enum verdict sbi_base(struct vcpu *v, u64 fid)
{
	if (fid == 0)
		return sbi_reply(v, SBI_SUCCESS, SPEC_VERSION);
	switch (fid) {
	case 1:
		return sbi_reply(v, SBI_SUCCESS, IMPL_ID);
	case 2:
		return sbi_reply(v, SBI_SUCCESS, IMPL_VERSION);
	case 3:
		return sbi_reply(v, SBI_SUCCESS,
				 extension_known(v->state.gpr[A0]));
	case 4: /* mvendorid, marchid, mimpid: zero is "not implemented" */
	case 5:
	case 6:
		return sbi_reply(v, SBI_SUCCESS, 0);
	default:
		return sbi_reply(v, SBI_ERR_NOT_SUPPORTED, 0);
	}
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
