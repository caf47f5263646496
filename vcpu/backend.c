/* SPDX-License-Identifier: BSD-2-Clause */
/* Which ways to run guests there are, and which of them this host can have. */
#include <string.h>

#include "gstage/ids.h"
#include "hyp/csr.h"
#include "hyp/map.h"
#include "hyp/util.h"
#include "vcpu/backend.h"
#include "vcpu/hw.h"
#include "vcpu/interp.h"
#include "vcpu/state.h"

static const struct {
	const char *name;
	const struct backend *backend; /* NULL: not written yet */
} ways[] = {
	[BACKEND_HW] = {"hw", &backend_hw},
	[BACKEND_HYBRID] = {"hybrid", &backend_hybrid},
	[BACKEND_TE] = {"te", &backend_te},
	[BACKEND_INTERP] = {"interp", &backend_interp},
};

static const char *refused[ARRAY_SIZE(ways)];

u32 backend_guest_levels;

void backend_refuse(enum backend_id id, const char *why)
{
	refused[id] = why;
}

const struct backend *backend_find(enum backend_id id)
{
	return refused[id] ? NULL : ways[id].backend;
}

const char *backend_missing(enum backend_id id)
{
	return refused[id] ? refused[id] : "it is not supported yet";
}

const char *backend_name(enum backend_id id)
{
	return ways[id].name;
}

bool backend_named(const char *name, enum backend_id *id)
{
	for (u32 i = 0; i < ARRAY_SIZE(ways); i++) {
		if (!strcmp(ways[i].name, name)) {
			*id = i;
			return true;
		}
	}
	return false;
}

/* Guests of hw and hybrid find these in hardware; others are to find the same.
 */
static void probe_csrs(void)
{
	u64 counters = csr_swap(CSR_SCOUNTEREN, ~0UL);
	u64 env = csr_swap(CSR_SENVCFG, ~0UL);

	csr_bits.scounteren = csr_swap(CSR_SCOUNTEREN, counters);
	csr_bits.senvcfg = csr_swap(CSR_SENVCFG, env);
}

void backend_init(void)
{
	static const char why[] = "this machine has no H extension";

	probe_csrs();
	interp_decode_init();
	backend_guest_levels = map_levels();
	id_space_init(&ids_asid, map_asid_bits(), 1);
	if (!host_has(HOST_H)) {
		backend_refuse(BACKEND_HW, why);
		backend_refuse(BACKEND_HYBRID, why);
		return;
	}
	hw_probe();
	backend_guest_levels = MIN(map_levels(), hw_guest_levels());
}
