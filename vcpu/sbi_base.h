/* SPDX-License-Identifier: BSD-2-Clause */
/* The BASE extension, inline: a backend may answer it without a call. */
#ifndef VCPU_SBI_BASE_H
#define VCPU_SBI_BASE_H

#include "vcpu/sbi.h"

#define SBI_SPEC_VERSION 0x02000000 /* 2.0: major in bits 30:24 */
#define SBI_IMPL_ID      0x54525a   /* not registered: "TRZ" */
#define SBI_IMPL_VERSION 1

static inline bool sbi_extension_known(u64 extension)
{
	switch (extension) {
#define SBI(id, name, serve) case id:
#include "vcpu/sbi.def"
#undef SBI
		return true;
	default:
		return false;
	}
}

/* RISC-V SBI, "Base Extension". */
static inline enum verdict sbi_base_reply(struct vcpu *v, u64 fid)
{
	if (fid == 0)
		return sbi_reply(v, SBI_SUCCESS, SBI_SPEC_VERSION);
	switch (fid) {
	case 1:
		return sbi_reply(v, SBI_SUCCESS, SBI_IMPL_ID);
	case 2:
		return sbi_reply(v, SBI_SUCCESS, SBI_IMPL_VERSION);
	case 3:
		return sbi_reply(v, SBI_SUCCESS,
				 sbi_extension_known(v->state.gpr[A0]));
	case 4: /* mvendorid, marchid, mimpid: zero is always legal */
	case 5:
	case 6:
		return sbi_reply(v, SBI_SUCCESS, 0);
	default:
		return sbi_reply(v, SBI_ERR_NOT_SUPPORTED, 0);
	}
}

#endif
