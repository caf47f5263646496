/* SPDX-License-Identifier: BSD-2-Clause */
/* What our tables map, and by how large leaves: no page that is watched, nor
 * what PMP forbids. */
#include "hyp/pt.h"
#include "hyp/util.h"
#include "vcpu/interp_core.h"
#include "vcpu/mach.h"
#include "vcpu/trap.h"

bool trap_no_limit(const struct vm *vm)
{
	return !vm->vcpu[0].guarded && !(vm->spec.force & FORCE_4K);
}

s32 trap_gstage_level(void *owner, gpa_t gpa)
{
	const struct vm *vm = owner;
	s32 level = trap_level(vm, gpa);

	if (vm->spec.boot == BOOT_MACHINE)
		level = MIN(level, mach_gstage_level(owner, gpa));
	return level;
}

s32 trap_shadow_level(void *owner, gpa_t gpa)
{
	const struct vcpu *v = owner;
	s32 level = trap_level(v->vm, gpa);

	if (v->vm->spec.force & FORCE_4K)
		level = MIN(level, PT_LEVEL_4K);
	if (v->mach.present)
		level = MIN(level, mach_shadow_level(owner, gpa));
	return level;
}

s32 trap_native_level(void *owner, gpa_t gpa)
{
	const struct vcpu *v = owner;
	s32 level = trap_level(v->vm, gpa);

	/* For one instruction. */
	if (v->interp->native.open && level < 0)
		level = PT_LEVEL_4K;
	if (v->mach.present)
		level = MIN(level, v->interp->native.plain
					   ? mach_plain_level(v, gpa)
					   : mach_native_level(owner, gpa));
	return level;
}
