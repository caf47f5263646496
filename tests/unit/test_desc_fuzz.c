/* SPDX-License-Identifier: BSD-2-Clause */
/* Damages descriptions and their archives at random, and cuts them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <libfdt.h>

#include "descs.h"
#include "fuzz.h"

#define FUZZED                                                             \
	HEAD "alpha { backend = \"te\"; vcpus = <2>; memory = \"256M\"; "  \
	     "kernel = \"Image\"; initrd = \"initrd.gz\"; harts = <0 3>; " \
	     "isa = \"rv64imac_zicsr\"; force = \"vtw\", \"4k\"; "         \
	     "bootargs = \"quiet\"; autostart; }; beta@2 { weight = "      \
	     "<7>; " NEED "}; gamma { inner { }; }; };"

/* A spec that was let through keeps the promises of vcpu/spec.h. */
static void check_spec(const struct vm_spec *s, const struct archive *a)
{
	assert_true(strlen(s->name) > 0 && strlen(s->name) < VM_NAME_MAX);
	assert_true(s->vcpus >= 1 && s->vcpus <= VM_VCPUS_MAX);
	assert_true(s->memory && s->memory <= GiB(1024));
	assert_int_equal(s->memory % 4096, 0);
	assert_true(s->kernel.size > 0);
	assert_true(range_inside(s->kernel.data - a->data, s->kernel.size, 0,
				 a->size));
	assert_true(strlen(s->bootargs) < VM_ARGS_MAX);
	assert_true(strlen(s->isa) < VM_ISA_MAX);
	assert_true(s->weight >= 1 && s->weight <= 10000);
	assert_true(s->harts < 16);
	assert_true(s->backend <= BACKEND_INTERP);
}

/* Damage length bytes from the first on, again and again. */
static void fuzz(const struct archive *a, u64 first, u64 length)
{
	u64 seed = fuzz_seed(), good = 0;
	u8 *copy = malloc(a->size);
	struct archive bad = {.data = copy, .size = a->size};

	memcpy(copy, a->data, a->size);
	for (u32 i = 0; i < FUZZ_ROUNDS; i++) {
		u32 count;

		fuzz_damage(&seed, copy + first, a->data + first, length);
		count = read_archive(&bad);
		assert_true(count <= DESC_VMS_MAX);
		for (u32 k = 0; k < count; k++)
			check_spec(&specs[k], &bad);
		assert_true(count || errors);
		assert_true(!errors == !*host_log);
		good += count;
	}
	assert_true(good > 0);
	free(copy);
}

static void test_flips_in_tree(void **state)
{
	struct newc n = {0};
	struct archive a = pack_dts(&n, FUZZED);
	struct file f;

	assert_int_equal(read_archive(&a), 2);
	assert_true(archive_find(&a, DESC, &f));
	fuzz(&a, f.data - a.data, f.size);
	free(n.data);
}

static void test_flips_in_archive(void **state)
{
	struct newc n = {0};
	struct archive a = pack_dts(&n, FUZZED);

	fuzz(&a, 0, a.size);
	free(n.data);
}

static void test_cut_tree(void **state)
{
	struct newc n = {0};
	struct archive a = pack_dts(&n, FUZZED);
	struct file f;

	assert_true(archive_find(&a, DESC, &f));
	for (u64 size = 0; size < f.size; size++) {
		struct newc cut = {0};
		struct archive b = pack(&cut, f.data, size);

		assert_int_equal(read_archive(&b), 0);
		assert_int_equal(errors, 1);
		free(cut.data);
	}
	free(n.data);
}

/* Headers that fdt_check_full() falls over: a good tree, one cell changed. */
static void test_bad_headers(void **state)
{
	static const struct {
		u32 field; /* of struct fdt_header, in cells */
		u32 value;
		const char *error;
	} bad[] = {
		{2, 0x3a, "FDT_ERR_BADSTRUCTURE"},    /* off_dt_struct */
		{5, 3, "FDT_ERR_BADVERSION"},         /* version */
		{5, 16, "FDT_ERR_BADVERSION"},        /* version */
		{1, 100000, "FDT_ERR_TRUNCATED"},     /* totalsize */
		{9, 0x7ffffff0, "FDT_ERR_TRUNCATED"}, /* size_dt_struct */
	};
	struct newc n = {0};
	struct archive a = pack_dts(&n, FUZZED);
	u8 good[sizeof(struct fdt_header)];
	struct file f;

	assert_true(archive_find(&a, DESC, &f));
	memcpy(good, f.data, sizeof(good));
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		u8 *header = n.data + (f.data - a.data);

		memcpy(header, good, sizeof(good));
		fdt32_st(header + 4 * bad[i].field, bad[i].value);
		if (bad[i].field == 5) /* last_comp_version goes with it */
			fdt32_st(header + 24, 2);
		assert_int_equal(read_archive(&a), 0);
		assert_int_equal(errors, 1);
		assert_non_null(strstr(host_log, bad[i].error));
	}
	free(n.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flips_in_tree),
		cmocka_unit_test(test_flips_in_archive),
		cmocka_unit_test(test_cut_tree),
		cmocka_unit_test(test_bad_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
