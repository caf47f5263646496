/* SPDX-License-Identifier: BSD-2-Clause */
/* A and D, set as a hart with Svadu sets them, for guests whose hart it is. */
#include "gstage/gmap.h"
#include "gstage/walk.h"
#include "hyp/csr.h"

#define TRIES 8 /* others may be at the same entry */

enum walk_result walk_set_ad(const struct walk_view *view, gva_t gva,
			     enum walk_access access, struct gmap *g,
			     struct walk *w)
{
	u64 bits = access == WALK_STORE ? PTE_A | PTE_D : PTE_A;
	enum walk_result result = WALK_NEEDS_AD;

	for (u32 i = 0; i < TRIES && result == WALK_NEEDS_AD; i++) {
		if (gmap_update(g, w->pte_at, w->pte, w->pte | bits)) {
			w->pte |= bits;
			return WALK_OK;
		}
		result = walk_guest(view, gva, access, w);
	}
	return result;
}
