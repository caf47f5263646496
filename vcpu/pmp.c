/* SPDX-License-Identifier: BSD-2-Clause */
/* Physical memory protection: who decides, and what is written to it. */
#include "hyp/util.h"
#include "vcpu/pmp.h"

static u8 cfg_of(const struct pmp *m, u32 n)
{
	return m->cfg[n / 8] >> n % 8 * 8;
}

/* [*from, *to), in bytes; empty: the entry is off. */
static void range(const struct pmp *m, u32 n, u64 *from, u64 *to)
{
	u64 addr = m->addr[n], ones;

	*from = *to = 0;
	switch (cfg_of(m, n) & PMP_A) {
	case PMP_TOR:
		*from = n ? m->addr[n - 1] << 2 : 0;
		*to = addr << 2;
		break;
	case PMP_NA4:
		*from = addr << 2;
		*to = *from + 4;
		break;
	case PMP_NAPOT:
		ones = addr ^
		       (addr + 1); /* 1 for each trailing one, one more */
		*from = (addr & ~ones) << 2;
		*to = *from + ((ones + 1) << 2);
		break;
	}
}

enum match { MATCH_NONE, MATCH_PART, MATCH_ALL };

static enum match match(const struct pmp *m, u32 n, u64 at, u64 len)
{
	u64 from, to;

	range(m, n, &from, &to);
	if (from >= to || at >= to || at + len <= from)
		return MATCH_NONE;
	return at >= from && at + len <= to ? MATCH_ALL : MATCH_PART;
}

u32 pmp_allows(const struct pmp *m, enum priv priv, gpa_t gpa, u64 len)
{
	for (u32 n = 0; n < PMP_ENTRIES; n++) {
		u8 cfg = cfg_of(m, n);
		enum match how = match(m, n, gpa.raw, len);

		if (how == MATCH_PART)
			return 0;
		if (how == MATCH_ALL)
			return priv == PRIV_M && !(cfg & PMP_L) ? PMP_RWX
								: cfg & PMP_RWX;
	}
	return priv == PRIV_M ? PMP_RWX : 0;
}

bool pmp_same(const struct pmp *m, gpa_t gpa, u64 len)
{
	for (u32 n = 0; n < PMP_ENTRIES; n++) {
		enum match how = match(m, n, gpa.raw, len);

		if (how != MATCH_NONE)
			return how == MATCH_ALL;
	}
	return true;
}

/* The first border of an entry behind at, or end. */
static u64 border(const struct pmp *m, u64 at, u64 end)
{
	for (u32 n = 0; n < PMP_ENTRIES; n++) {
		u64 from, to;

		range(m, n, &from, &to);
		if (from >= to)
			continue;
		if (from > at)
			end = MIN(end, from);
		if (to > at)
			end = MIN(end, to);
	}
	return end;
}

bool pmp_all(const struct pmp *m, enum priv priv, gpa_t gpa, u64 len)
{
	u64 end = gpa.raw + len, next;

	for (u64 at = gpa.raw; at < end; at = next) {
		next = border(m, at, end);
		if (pmp_allows(m, priv, GPA(at), next - at) != PMP_RWX)
			return false;
	}
	return true;
}

static void narrow(u64 at, u64 border, u64 *from, u64 *to)
{
	if (border <= at)
		*from = MAX(*from, border);
	else
		*to = MIN(*to, border);
}

void pmp_span(const struct pmp *m, gpa_t gpa, u64 *from, u64 *to)
{
	*from = 0;
	*to = ~0UL;
	for (u32 n = 0; n < PMP_ENTRIES; n++) {
		u64 first, end;

		range(m, n, &first, &end);
		if (first >= end)
			continue;
		narrow(gpa.raw, first, from, to);
		narrow(gpa.raw, end, from, to);
	}
}

bool pmp_splits(const struct pmp *m, gpa_t gpa, u64 len)
{
	for (u32 n = 0; n < PMP_ENTRIES; n++) {
		u64 from, to;

		range(m, n, &from, &to);
		if (from >= to)
			continue;
		if ((from % PAGE_SIZE && from - gpa.raw < len) ||
		    (to % PAGE_SIZE && to - gpa.raw < len))
			return true;
	}
	return false;
}

/* ---- writes -------------------------------------------------------------- */

void pmp_write_cfg(struct pmp *m, u32 which, u64 value)
{
	u64 all = m->cfg[which];

	for (u32 shift = 0; shift < 64; shift += 8) {
		u8 cfg = value >> shift & (PMP_L | PMP_A | PMP_RWX);

		if (all >> shift & PMP_L)
			continue;
		if ((cfg & (PMP_R | PMP_W)) == PMP_W) /* reserved */
			cfg &= ~PMP_W;
		all = (all & ~(0xffUL << shift)) | (u64)cfg << shift;
	}
	m->cfg[which] = all;
}

void pmp_write_addr(struct pmp *m, u32 n, u64 value)
{
	u8 next = n + 1 < PMP_ENTRIES ? cfg_of(m, n + 1) : 0;

	if (cfg_of(m, n) & PMP_L || (next & PMP_L && (next & PMP_A) == PMP_TOR))
		return;
	m->addr[n] = value & (BIT(54) - 1);
}
