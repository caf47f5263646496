/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the reading of the host's tree where that is damaged or cut off. */
#include "fuzz.h"
#include "hostfdt_bench.h"

static void check_sane(const void *blob)
{
	if (hostfdt_read(blob, &h))
		return;
	assert_in_range(h.nharts, 1, HOST_HARTS_MAX);
	assert_in_range(h.nmemory, 1, HOST_RANGES_MAX);
	assert_true(h.nreserved <= HOST_RANGES_MAX);
	assert_non_null(memchr(h.isa, 0, sizeof(h.isa)));
	assert_non_null(memchr(h.bootargs, 0, sizeof(h.bootargs)));
	assert_true(h.rng_seed_len <= sizeof(h.rng_seed));
}

static void fuzz(const u8 *good, u32 size, u32 rounds)
{
	u64 seed = fuzz_seed();

	for (u32 i = 0; i < rounds; i++) {
		u64 r = fuzz_random(&seed);
		u32 cut = r % 4 ? size
				: sizeof(struct fdt_header) +
					  (r >> 8) % (size - 40);
		u8 *bad = malloc(size), *blob = malloc(cut);

		fuzz_damage(&seed, bad, good, size);
		memcpy(blob, bad, cut);
		/* The size is the one thing that must be believed. */
		fdt_set_totalsize(blob, cut);
		check_sane(blob);
		free(blob);
		free(bad);
	}
}

static void test_fuzz(void **state)
{
	fuzz(virt, fdt_totalsize(virt), 8000);
	assert_null(read_dts(HEAD MEMORY ONE_CPU PLIC(
		"<&i0 11>, <&i0 9>") "reserved-memory { #address-cells = <2>; "
				     "#size-cells = <2>;"
				     " mmode@0 { reg = <0 0x80000000 0 "
				     "0x40000>; no-map; }; };"
				     "chosen { bootargs = \"batch\"; "
				     "linux,initrd-start = <5>;"
				     " linux,initrd-end = <9>; rng-seed = [01 "
				     "02]; }; };"));
	assert_int_equal(h.plic_context[0], 1);
	fuzz((u8 *)tree, fdt_totalsize(tree), 30000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fuzz),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
