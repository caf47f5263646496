/* SPDX-License-Identifier: BSD-2-Clause */
/* Looks an instruction's extension up in owner.def. */
#include "hyp/util.h"
#include "vcpu/owner.h"

static const struct row {
	u32 match, mask;
	u8 ext, other;
	bool more;
} rows[] = {
#define OWN(e, o, match, mask)     {match, mask, ISA_##e, ISA_##o, false},
#define OWN_AND(e, o, match, mask) {match, mask, ISA_##e, ISA_##o, true},
#include "vcpu/owner.def"
#undef OWN
#undef OWN_AND
};

_Static_assert(ISA_EXTS < 256, "numbers are bytes");

bool owner_hides(const struct isa_rules *r, u32 raw)
{
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		if ((raw & rows[i].mask) != rows[i].match)
			continue;
		if (r->lacks[rows[i].ext] && r->lacks[rows[i].other])
			return true;
		if (!rows[i].more)
			return false;
	}
	return false;
}

bool owner_knows(enum isa_ext ext)
{
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].ext == ext || rows[i].other == ext)
			return true;
	}
	return false;
}
