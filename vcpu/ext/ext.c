/* SPDX-License-Identifier: BSD-2-Clause */
/* Which modules there are, and which a guest has. */
#include "hyp/host.h"
#include "hyp/isa.h"
#include "hyp/util.h"
#include "vcpu/ext/ext.h"
#include "vcpu/vm.h"

const struct ext *const exts[] = {
	&ext_zbb,
	&ext_zbs,
	&ext_zicond,
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

bool ext_run(struct vcpu *v, u32 raw)
{
	u32 left = v->vm->emulated;

	for (; left; left &= left - 1) {
		u32 i = __builtin_ctz(left);

		if (!exts[i]->exec(v, raw))
			continue;
		v->state.gpr[0] = 0;
		v->stat.emulated[i]++;
		return true;
	}
	return false;
}
