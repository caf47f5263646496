/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xdemo: an accumulator. `demo.mac rd, rs1, rs2` adds rs1 * rs2 to the CSR
 * xacc and gives the sum; the CSR xmacs counts them. See TUTORIAL.md.
 */
#include "vcpu/ext/ext.h"

/* custom-0, R-type, funct3 and funct7 0. */
#define MAC_MATCH 0x0000000bU
#define MAC_MASK  0xfe00707fU

enum word { XACC, XMACS };

static const struct ext_csr csrs[] = {
	{0x800, XACC, ~0UL}, /* custom, for U-mode, to read and write */
	{0xcc0, XMACS, 0},   /* custom, for U-mode, read-only */
	{},
};

static bool exec(struct vcpu *v, u64 *state, u32 raw, enum priv priv)
{
	u64 *gpr = v->state.gpr;

	if ((raw & MAC_MASK) != MAC_MATCH)
		return false;
	state[XACC] += gpr[raw >> 15 & 31] * gpr[raw >> 20 & 31];
	state[XMACS]++;
	gpr[raw >> 7 & 31] = state[XACC];
	return true;
}

const struct ext ext_xdemo = {"xdemo", exec, csrs};
