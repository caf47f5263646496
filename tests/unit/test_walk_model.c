/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest-table walk against the specification's steps, on random tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "fuzz.h"
#include "gstage/walk.h"

#define RAM    0x80000000UL
#define TABLES 8

static u64 ram[TABLES][512];

static bool load(u64 at, u64 *pte)
{
	if (at < RAM || at >= RAM + sizeof(ram))
		return false;
	*pte = ram[(at - RAM) / 4096][at % 4096 / 8];
	return true;
}

static bool view_read(void *ctx, gpa_t at, u64 *pte)
{
	return load(at.raw, pte);
}

/* ---- Privileged, "Virtual Address Translation Process" ------------------ */

struct bits {
	u64 v, r, w, x, u, a, d, ppn, reserved, pbmt, n;
};

static struct bits fields(u64 pte)
{
	return (struct bits){
		.v = pte & 1,
		.r = pte >> 1 & 1,
		.w = pte >> 2 & 1,
		.x = pte >> 3 & 1,
		.u = pte >> 4 & 1,
		.a = pte >> 6 & 1,
		.d = pte >> 7 & 1,
		.ppn = pte >> 10 & 0xfffffffffff,
		.reserved = pte >> 54 & 0x7f,
		.pbmt = pte >> 61 & 3,
		.n = pte >> 63,
	};
}

/* Step 3, and what Svpbmt and Svnapot say of reserved encodings. */
static bool reserved(const struct walk_view *v, struct bits p, u32 i)
{
	if (!p.v || (!p.r && p.w) || p.reserved)
		return true;
	if (p.pbmt == 3 || (p.pbmt && !v->pbmte))
		return true;
	if (!p.r && !p.x)
		return p.d || p.a || p.u || p.pbmt || p.n;
	return p.n && (!v->napot || i > 0 || (p.ppn & 0xf) != 0x8);
}

/* Steps 6 to 8: U with SUM, then R, W, X with MXR. */
static bool denied(const struct walk_view *v, struct bits p,
		   enum walk_access access)
{
	if (v->user && !p.u)
		return true;
	if (!v->user && p.u && access == WALK_FETCH)
		return true;
	if (!v->user && p.u && !v->sum)
		return true;
	if (access == WALK_FETCH)
		return !p.x;
	if (access == WALK_STORE)
		return !p.w;
	return v->mxr ? !p.r && !p.x : !p.r;
}

static u64 address(struct bits p, u64 va, u32 i)
{
	u64 ppn = p.ppn, vpn = va >> 12;

	if (p.n)
		return (ppn & ~0xfUL) << 12 | (vpn & 0xf) << 12 | va % 4096;
	for (u32 k = 0; k < i; k++) {
		ppn &= ~(0x1ffUL << (9 * k));
		ppn |= vpn & 0x1ffUL << (9 * k);
	}
	return ppn << 12 | va % 4096;
}

static enum walk_result reference(const struct walk_view *v, u64 va,
				  enum walk_access access, u64 *pa, u32 *level)
{
	u32 levels = (v->satp >> 60) - 5, i = levels - 1;
	u64 a = v->satp % (1UL << 44) * 4096, top, pte;
	struct bits p;

	*level = 0;
	top = va >> (12 + 9 * levels - 1);
	if (top && top != ~0UL >> (12 + 9 * levels - 1))
		return WALK_PAGE_FAULT;
	for (;; i--) {
		*level = i;
		if (!load(a + (va >> (12 + 9 * i)) % 512 * 8, &pte))
			return WALK_ACCESS_FAULT;
		p = fields(pte);
		if (reserved(v, p, i))
			return WALK_PAGE_FAULT;
		if (p.r || p.x)
			break;
		if (i == 0)
			return WALK_PAGE_FAULT;
		a = p.ppn * 4096;
	}
	/* Step 5: a misaligned superpage. */
	if (p.ppn % (1UL << (9 * i)))
		return WALK_PAGE_FAULT;
	if (denied(v, p, access))
		return WALK_PAGE_FAULT;
	*pa = address(p, va, i);
	return !p.a || (access == WALK_STORE && !p.d) ? WALK_NEEDS_AD : WALK_OK;
}

/* ---- random tables ----------------------------------------------------- */

/* Mostly sound, so that walks go deep. */
static u64 random_pte(u64 *seed)
{
	u64 r = fuzz_random(seed), bits = r & 0x3fe, ppn;

	if (r >> 10 & 1) { /* a pointer, outside RAM once in a while */
		ppn = (RAM >> 12) + (r >> 16) % TABLES;
		if (r >> 24 & 15)
			bits &= 0x320;
		bits &= ~0xeUL;
		ppn += (r >> 32) % 64 ? 0 : 0x1000;
	} else {
		ppn = fuzz_random(seed) >> 20;
		ppn &= ~0UL << 9 * ((r >> 16) % 5);
		bits |= r >> 24 & 3 ? 1UL << 6 : 0;
	}
	if ((r >> 36) % 16 == 0)
		bits |= (r >> 40) << 54 & 3UL << 61;
	if ((r >> 44) % 64 == 0)
		bits |= (r >> 40) << 54;
	if ((r >> 50) % 16 == 0) {
		bits |= 1UL << 63;
		ppn = (ppn & ~15UL) | ((r >> 52) % 4 ? 8 : (r >> 54) % 16);
	}
	return (ppn & 0xfffffffffff) << 10 | bits | ((r >> 59) % 16 != 0);
}

static u64 random_va(u64 *seed, u32 levels)
{
	u64 r = fuzz_random(seed);
	u32 spare = 64 - 12 - 9 * levels;

	return r % 16 ? (u64)((s64)(r << spare) >> spare) : r;
}

static void compare(u64 *seed, u64 seen[4])
{
	u64 r = fuzz_random(seed), pa = 0;
	u32 levels = 3 + r % 3, level;
	struct walk_view v = {
		.satp = (5UL + levels) << 60 | (r >> 8 & 0xffff) << 44 |
			((RAM >> 12) + (r >> 24) % TABLES),
		.user = r >> 32 & 1,
		.sum = r >> 33 & 1,
		.mxr = r >> 34 & 1,
		.pbmte = r >> 35 & 1,
		.napot = r >> 36 & 1,
		.read = view_read,
	};
	u64 va = random_va(seed, levels);
	enum walk_access access = (r >> 40) % 3;
	enum walk_result want = reference(&v, va, access, &pa, &level);
	struct walk w;

	assert_int_equal(walk_guest(&v, GVA(va), access, &w), want);
	assert_int_equal(w.level, level);
	if (want == WALK_OK || want == WALK_NEEDS_AD)
		assert_int_equal(w.gpa.raw, pa);
	seen[want]++;
}

static void test_random(void **state)
{
	u64 seed = fuzz_seed(), seen[4] = {0};

	for (u32 round = 0; round < 100; round++) {
		for (u32 i = 0; i < TABLES * 512; i++)
			ram[i / 512][i % 512] = random_pte(&seed);
		for (u32 i = 0; i < 20000; i++)
			compare(&seed, seen);
	}
	/* No result is so rare that nothing was tried. */
	for (u32 i = 0; i < 4; i++) {
		print_message("result %u: %lu walks\n", i, (long)seen[i]);
		assert_true(seen[i] > 10000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
