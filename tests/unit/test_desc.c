/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the reader of VM descriptions: every property, names, the root. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "descs.h"

static void test_all_properties(void **state)
{
	struct newc n = {0};
	struct archive a = pack_dts(
		&n, HEAD "alpha { backend = \"te\"; boot = \"machine\"; "
			 "vcpus = <16>; memory = \"256M\"; kernel = \"Image\"; "
			 "initrd = \"initrd.gz\"; bootargs = \"a=b c\"; "
			 "isa = \"rv64imafdc_zicsr_sstc\"; weight = <10000>; "
			 "harts = <0 3>; pages = \"1G\"; autostart; "
			 "shadow = \"sync\"; lockstep = \"interp\"; "
			 "force = \"no-htinst\", \"no-htval\", \"no-sstc\", "
			 "\"4k\", \"vtw\", "
			 "\"no-idle-zero\", \"no-asid\", \"no-roots\", "
			 "\"no-fast\"; disk7 = \"ram:1536\"; "
			 "disk0 = \"initrd.gz\", \"ro\"; }; };");
	const struct vm_spec *s = specs;

	assert_int_equal(read_archive(&a), 1);
	assert_int_equal(errors, 0);
	assert_string_equal(host_log, "");
	assert_string_equal(s->name, "alpha");
	assert_int_equal(s->backend, BACKEND_TE);
	assert_int_equal(s->boot, BOOT_MACHINE);
	assert_int_equal(s->vcpus, 16);
	assert_int_equal(s->memory, MiB(256));
	assert_int_equal(s->page_max, GiB(1));
	assert_string_equal(s->kernel.name, "Image");
	assert_int_equal(s->kernel.size, 6);
	assert_memory_equal(s->kernel.data, "kernel", 6);
	assert_true(s->kernel.data > a.data &&
		    s->kernel.data < a.data + a.size);
	assert_int_equal(s->initrd.size, 7);
	assert_memory_equal(s->initrd.data, "initrd!", 7);
	assert_string_equal(s->bootargs, "a=b c");
	assert_string_equal(s->isa, "rv64imafdc_zicsr_sstc");
	assert_int_equal(s->weight, 10000);
	assert_int_equal(s->harts, BIT(0) | BIT(3));
	assert_int_equal(s->force, FORCE_NO_HTINST | FORCE_NO_HTVAL |
					   FORCE_NO_SSTC | FORCE_4K |
					   FORCE_VTW | FORCE_NO_IDLE_ZERO |
					   FORCE_NO_ASID | FORCE_NO_ROOTS |
					   FORCE_NO_FAST);
	assert_int_equal(s->disk[7].size, 1536);
	assert_false(s->disk[7].read_only || s->disk[7].file.size);
	assert_int_equal(s->disk[0].size, 512);
	assert_int_equal(s->disk[0].file.size, 7);
	assert_true(s->disk[0].read_only);
	assert_int_equal(s->disk[1].size, 0);
	assert_true(s->autostart);
	assert_true(s->shadow_sync);
	assert_true(s->lockstep);
	free(n.data);
}

static void test_defaults(void **state)
{
	memset(specs, 0xee, sizeof(specs));
	assert_int_equal(read_dts(HEAD "a { " NEED "}; };"), 1);
	assert_int_equal(errors, 0);
	assert_int_equal(specs->backend, BACKEND_HW);
	assert_int_equal(specs->boot, BOOT_SBI);
	assert_int_equal(specs->vcpus, 1);
	assert_int_equal(specs->page_max, MiB(2));
	assert_int_equal(specs->initrd.size, 0);
	assert_string_equal(specs->bootargs, "");
	assert_string_equal(specs->isa, "");
	assert_int_equal(specs->weight, 100);
	assert_int_equal(specs->harts, 0);
	assert_int_equal(specs->force, 0);
	assert_false(specs->autostart);
	assert_false(specs->shadow_sync);
	assert_false(specs->lockstep);
	assert_int_equal(read_dts(HEAD "a { " NEED "shadow = \"fence\"; }; };"),
			 1);
	assert_false(specs->shadow_sync);
}

struct accepted {
	const char *text;
	u64 value;
};

static void test_memory(void **state)
{
	static const struct accepted sizes[] = {
		{"4096", 4096},         {"64K", KiB(64)},  {"256M", MiB(256)},
		{"1G", GiB(1)},         {"1T", GiB(1024)}, {"1024G", GiB(1024)},
		{"00000016M", MiB(16)},
	};
	char dts[256];

	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		snprintf(dts, sizeof(dts),
			 HEAD "a { kernel = \"Image\"; memory = \"%s\"; }; };",
			 sizes[i].text);
		assert_int_equal(read_dts(dts), 1);
		assert_int_equal(specs->memory, sizes[i].value);
	}
}

static void test_choices(void **state)
{
	static const struct accepted backends[] = {
		{"hw", BACKEND_HW},
		{"hybrid", BACKEND_HYBRID},
		{"te", BACKEND_TE},
		{"interp", BACKEND_INTERP},
	};
	static const struct accepted pages[] = {
		{"4K", KiB(4)}, {"2M", MiB(2)}, {"1G", GiB(1)}};
	char dts[256];

	for (u32 i = 0; i < 12; i++) {
		snprintf(dts, sizeof(dts),
			 HEAD "a { backend = \"%s\"; pages = \"%s\"; " NEED
			      "}; };",
			 backends[i % 4].text, pages[i % 3].text);
		assert_int_equal(read_dts(dts), 1);
		assert_int_equal(specs->backend, backends[i % 4].value);
		assert_int_equal(specs->page_max, pages[i % 3].value);
	}
}

static void test_isa(void **state)
{
	static const char *const good[] = {"rv64i",
					   "rv64imafdcv",
					   "rv64imafdch_zba_zbb",
					   "rv64imac_zve32x",
					   "rv64imafdcsstc_svpbmt",
					   "rv64imac_xvendor1"};
	static const char *const bad[] = {
		"",          "rv32i",         "rv64",         "rv64gc",
		"rv64imac_", "rv64imac__zba", "rv64imac_m",   "RV64IMAC",
		"rv64i2p1",  "rv64imac zba",  "rv64imac_ZBA", "rv64imac_zba-",
		"rv64e"};
	char dts[256];

	for (u32 i = 0; i < ARRAY_SIZE(good); i++) {
		snprintf(dts, sizeof(dts),
			 HEAD "a { isa = \"%s\"; " NEED "}; };", good[i]);
		assert_int_equal(read_dts(dts), 1);
		assert_string_equal(specs->isa, good[i]);
	}
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		snprintf(dts, sizeof(dts),
			 HEAD "a { isa = \"%s\"; " NEED "}; };", bad[i]);
		assert_int_equal(read_dts(dts), 0);
		assert_int_equal(errors, 1);
		assert_non_null(strstr(host_log, "is not like"));
	}
}

static void test_long_strings(void **state)
{
	char dts[4096], text[VM_ARGS_MAX + 1];

	memset(text, 'm', sizeof(text));
	text[VM_ARGS_MAX - 1] = '\0';
	snprintf(dts, sizeof(dts), HEAD "a { bootargs = \"%s\"; " NEED "}; };",
		 text);
	assert_int_equal(read_dts(dts), 1);
	assert_string_equal(specs->bootargs, text);
	text[VM_ARGS_MAX - 1] = 'm';
	text[VM_ARGS_MAX] = '\0';
	snprintf(dts, sizeof(dts),
		 HEAD "a { bootargs = \"%s\"; isa = \"rv64i%s\"; " NEED "}; };",
		 text, text);
	assert_int_equal(read_dts(dts), 0);
	assert_string_equal(host_log,
			    DESC ": a: bootargs: longer than 1023 bytes\n" DESC
				 ": a: isa: longer than 511 bytes\n");
}

static void test_names(void **state)
{
#define N30 "a23456789012345678901234567890"
	assert_int_equal(read_dts(HEAD N30 "1 { " NEED "}; };"), 1);
	assert_string_equal(specs->name, N30 "1");
	assert_int_equal(read_dts(HEAD N30 "12 { " NEED "}; };"), 0);
	assert_string_equal(host_log, DESC ": " N30 "1: a name has at most 31 "
					   "characters\n");
	assert_int_equal(read_dts(HEAD "vm@7 { " NEED "}; vn@8 { " NEED
				       "}; vm@9 { " NEED "}; };"),
			 2);
	assert_string_equal(host_log, DESC ": vm: another VM has this name\n");
	assert_string_equal(specs[0].name, "vm");
	assert_string_equal(specs[1].name, "vn");
}

static void test_root(void **state)
{
	assert_int_equal(read_dts("/dts-v1/; / { a { " NEED "}; };"), 0);
	assert_string_equal(host_log,
			    DESC ": compatible: must be \"trapeze,vms\"\n");
	assert_int_equal(read_dts(HEAD "model = \"x\"; a { " NEED "}; };"), 1);
	assert_string_equal(host_log, DESC ": model: unknown property\n");
	assert_int_equal(read_dts(HEAD "};"), 0);
	assert_string_equal(host_log, DESC ": no VM in it\n");
	assert_int_equal(errors, 1);
}

static void test_many_vms(void **state)
{
	char dts[8192] = HEAD;

	for (u32 i = 0; i <= DESC_VMS_MAX; i++)
		sprintf(dts + strlen(dts), "vm%u { " NEED "};\n", i);
	strcat(dts, "vm65 { colour; }; };");
	assert_int_equal(read_dts(dts), DESC_VMS_MAX);
	assert_string_equal(host_log, DESC ": more than 64 VMs\n");
	assert_string_equal(specs[63].name, "vm63");
}

/* No more specs are written than there is room for. */
static void test_max(void **state)
{
	struct newc n = {0};
	struct archive a = pack_dts(&n, HEAD "a { " NEED "}; b { " NEED
					     "}; c { " NEED "}; };");

	host_reset();
	memset(specs, 0xee, sizeof(specs));
	assert_int_equal(desc_read(&a, DESC, &limits, specs, 2, &errors), 2);
	assert_string_equal(host_log, DESC ": more than 2 VMs\n");
	assert_int_equal((u8)specs[2].name[0], 0xee);
	free(n.data);
}

#define TEXT "no tree at all, just a text longer than a tree's header"

static void test_no_tree(void **state)
{
	struct newc n = {0}, odd = {0};
	struct archive a = pack(&n, TEXT, sizeof(TEXT));

	assert_int_equal(read_archive(&a), 0);
	assert_string_equal(host_log, DESC ": no device tree, or a damaged one"
					   ": FDT_ERR_BADMAGIC\n");
	host_reset();
	assert_int_equal(desc_read(&a, "x", &limits, specs, 1, &errors), 0);
	assert_string_equal(host_log, "x: not in the archive\n");
	assert_int_equal(errors, 1);
	a.size = 150;
	assert_int_equal(read_archive(&a), 0);
	assert_string_equal(host_log,
			    DESC ": broken archive: file data cut short "
				 "at offset 128\n");
	newc_add(&odd, NEWC_FILE, "1", "x", 1, 4);
	newc_add(&odd, NEWC_FILE, DESC, "12345678", 8, 4);
	a = newc_end(&odd);
	assert_int_equal(read_archive(&a), 0);
	assert_string_equal(host_log,
			    DESC ": not aligned to 8 bytes in the archive\n");
	free(n.data);
	free(odd.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_properties),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_choices),
		cmocka_unit_test(test_isa),
		cmocka_unit_test(test_long_strings),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_root),
		cmocka_unit_test(test_many_vms),
		cmocka_unit_test(test_max),
		cmocka_unit_test(test_no_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
