/* SPDX-License-Identifier: BSD-2-Clause */
/* Which modules there are, and which a guest has. */
#include "hyp/host.h"
#include "hyp/isa.h"
#include "hyp/util.h"
#include "vcpu/ext/ext.h"

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
