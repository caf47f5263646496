/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the reading of the host's tree: QEMU's, and strange ones. */
#include "hostfdt_bench.h"

static void check_range(const struct host_range *r, u64 base, u64 size)
{
	assert_int_equal(r->base, base);
	assert_int_equal(r->size, size);
}

static void test_virt(void **state)
{
	assert_null(hostfdt_read(virt, &h));
	assert_int_equal(h.nharts, 4);
	assert_int_equal(h.timebase, 10000000);
	for (u32 i = 0; i < 4; i++) {
		assert_int_equal(h.hart_ids[i], i);
		assert_int_equal(h.plic_context[i], 2 * i + 1);
	}
	assert_int_equal(h.nmemory, 1);
	check_range(&h.memory[0], 0x80000000, GiB(1));
	assert_int_equal(h.nreserved, 0);
	check_range(&h.plic, 0xc000000, 0x600000);
	check_range(&h.uart, 0x10000000, 0x100);
	check_range(&h.test, 0x100000, 0x1000);
	check_range(&h.rtc, 0x101000, 0x1000);
	check_range(&h.initrd, 0, 0);
	assert_int_equal(h.uart_irq, 10);
	assert_int_equal(h.uart_shift, 0);
	assert_int_equal(h.cbom_block, 64);
	assert_int_equal(h.cboz_block, 64);
	assert_int_equal(h.features, HOST_H | HOST_SSTC | HOST_V | HOST_ZICBOM |
					     HOST_ZICBOZ | HOST_STATEEN |
					     HOST_SVPBMT | HOST_FD |
					     HOST_SVNAPOT);
	assert_memory_equal(h.isa, "rv64imafdc", 10);
	assert_string_equal(h.bootargs, "");
	assert_int_equal(h.rng_seed_len, 32);
}

/* ---- harts ------------------------------------------------------------- */

/* In the order of the tree, whatever the numbers and the PLIC's order. */
static void test_harts(void **state)
{
	static const struct {
		u64 id;
		u32 context;
	} want[] = {{3, 4}, {1, 1}, {8, ~0U}, {0x10, 5}};

	assert_null(read_dts(
		HEAD MEMORY CPUS CPU(3, "rv64gch") CPU(1, "rv64gc") CPU(
			8, "rv64gc")
			CPU(10,
			    "rv64gc") "}; other: other { phandle = <99>; "
				      "};" PLIC("<&i1 11>, <&i1 9>, <&i8 11>, "
						"<&i3 11>, <&i3 9>,"
						"<&i10 9>, <99 9>, <1234 9>, "
						"<&i1 0xffffffff>") "};"));
	assert_int_equal(h.nharts, ARRAY_SIZE(want));
	for (u32 i = 0; i < ARRAY_SIZE(want); i++) {
		assert_int_equal(h.hart_ids[i], want[i].id);
		assert_int_equal(h.plic_context[i], want[i].context);
	}
	/* The features are the first one's. */
	assert_string_equal(h.isa, "rv64gch");
	assert_int_equal(h.features, HOST_H | HOST_FD);
}

/* A hart that is not for us is no hart; two-cell ids are read whole. */
static void test_disabled_hart(void **state)
{
	assert_null(read_dts(
		HEAD MEMORY
		"cpus { #address-cells = <2>; #size-cells = <0>;"
		" timebase-frequency = <1000>;"
		" cpu@0 { device_type = \"cpu\"; reg = <0 0>;"
		"  status = \"disabled\"; riscv,isa = \"rv64imac\"; };"
		" cpu@1 { device_type = \"cpu\"; reg = <1 2>;"
		"  status = \"okay\"; riscv,isa = \"rv64gch\"; };"
		" cpu-map { reg = <0 7>; };"
		" l2 { device_type = \"cache\"; reg = <0 9>; }; }; };"));
	assert_int_equal(h.nharts, 1);
	assert_int_equal(h.hart_ids[0], 1UL << 32 | 2);
	assert_string_equal(h.isa, "rv64gch");
	assert_int_equal(h.timebase, 1000);
}

static void test_many_harts(void **state)
{
	char source[8192] = HEAD MEMORY CPUS;
	u32 len = strlen(source);

	for (u32 i = 0; i < HOST_HARTS_MAX + 3; i++)
		len += snprintf(source + len, sizeof(source) - len,
				"cpu@%x { device_type = \"cpu\";"
				" reg = <%u>; };",
				i, i);
	snprintf(source + len, sizeof(source) - len, "}; };");
	assert_null(read_dts(source));
	assert_int_equal(h.nharts, HOST_HARTS_MAX);
	assert_int_equal(h.hart_ids[HOST_HARTS_MAX - 1], HOST_HARTS_MAX - 1);
	assert_string_equal(h.isa, "");
	assert_int_equal(h.features, 0);
}

/* ---- the ISA ----------------------------------------------------------- */

#define ISA(props)                                                         \
	HEAD MEMORY CPUS "cpu@0 { device_type = \"cpu\"; reg = <0>;" props \
			 "}; }; };"
#define BASE(name)       "riscv,isa-base = \"" name "\";"
#define EXTENSIONS(list) "riscv,isa-extensions = " list ";"
#define STRING(isa)      "riscv,isa = \"" isa "\";"

/* A list of names says as much as a string does, and is believed first. */
static void test_isa_extensions(void **state)
{
	assert_null(read_dts(
		ISA(BASE("rv64i") EXTENSIONS("\"zicsr\", \"i\", \"sstc\", "
					     "\"h\", \"m\", \"svpbmt\""))));
	assert_string_equal(h.isa, "rv64ihm_zicsr_sstc_svpbmt");
	assert_int_equal(h.features, HOST_H | HOST_SSTC | HOST_SVPBMT);
	assert_null(read_dts(ISA(STRING("rv64gcv") BASE("rv64i")
					 EXTENSIONS("\"i\", \"h\""))));
	assert_string_equal(h.isa, "rv64ih");
	assert_int_equal(h.features, HOST_H);
}

/* A list that is none, or of another base, leaves the string. */
static void test_isa_string(void **state)
{
	static const char *const lists[] = {
		"",
		BASE("rv64i"),
		EXTENSIONS("\"i\", \"v\""),
		BASE("rv32i") EXTENSIONS("\"i\", \"v\""),
		BASE("rv64i") "riscv,isa-extensions;",
		BASE("rv64i") EXTENSIONS("[69 00 76]"),
	};

	for (u32 i = 0; i < ARRAY_SIZE(lists); i++) {
		char source[1024];

		snprintf(source, sizeof(source), ISA(STRING("rv64gch") "%s"),
			 lists[i]);
		assert_null(read_dts(source));
		assert_string_equal(h.isa, "rv64gch");
		assert_int_equal(h.features, HOST_H | HOST_FD);
	}
}

/* Names that do not fit are left out, each as a whole. */
static void test_isa_long(void **state)
{
	char source[2 * HOST_ISA_MAX] = HEAD MEMORY CPUS
		"cpu@0 { device_type = \"cpu\"; reg = <0>;" BASE(
			"rv64i") "riscv,isa-extensions = \"i\"";
	u32 len = strlen(source);

	for (u32 i = 0; i < HOST_ISA_MAX / 10 + 3; i++)
		len += snprintf(source + len, sizeof(source) - len,
				", \"zx%07u\"", i);
	len += snprintf(source + len, sizeof(source) - len,
			", \"h\"; }; }; };");
	assert_in_range(len, HOST_ISA_MAX, sizeof(source) - 1);
	assert_null(read_dts(source));
	assert_int_equal(strlen(h.isa), 6 + (HOST_ISA_MAX - 7) / 10 * 10);
	assert_int_equal(h.features, HOST_H);
}

/* ---- memory ------------------------------------------------------------ */

static void test_memory(void **state)
{
	assert_null(read_dts(
		HEAD ONE_CPU
		"memory@80000000 { device_type = \"memory\";"
		" reg = <0 0x80000000 0 0x8000000>, <2 0 4 0>; };"
		"memory@9 { device_type = \"memory\"; reg = <9 0 0 4096>; };"
		"memory@7 { reg = <7 0 0 4096>; };" /* nothing says so */
		"memory@6 { device_type = \"memory\"; };"
		"memory@5 { device_type = \"memory\"; reg = <5 0 0>; };"
		"reserved-memory { #address-cells = <2>; #size-cells = <2>;"
		" mmode@0 { reg = <0 0x80000000 0 0x40000>; no-map; };"
		" two@1 { reg = <0 1 0 2>, <3 4 5 6>; };"
		" later { size = <0 4096>; }; }; };"));
	assert_int_equal(h.nmemory, 3);
	check_range(&h.memory[0], 0x80000000, 0x8000000);
	check_range(&h.memory[1], 2UL << 32, 4UL << 32);
	check_range(&h.memory[2], 9UL << 32, 4096);
	assert_int_equal(h.nreserved, 3);
	check_range(&h.reserved[0], 0x80000000, 0x40000);
	check_range(&h.reserved[1], 1, 2);
	check_range(&h.reserved[2], 3UL << 32 | 4, 5UL << 32 | 6);
}

/* The header's own list (Devicetree, "Memory Reservation Block"). */
static void test_reservation_block(void **state)
{
	assert_null(read_dts(
		"/dts-v1/; /memreserve/ 0x81000000 0x2000;"
		"/memreserve/ 0x90000000 0x100000000; / {"
		"#address-cells = <2>; #size-cells = <2>;" MEMORY ONE_CPU
		"};"));
	assert_int_equal(h.nreserved, 2);
	check_range(&h.reserved[0], 0x81000000, 0x2000);
	check_range(&h.reserved[1], 0x90000000, 0x100000000);
}

static void test_one_cell(void **state)
{
	assert_null(read_dts(
		"/dts-v1/; / { #address-cells = <1>;"
		" #size-cells = <1>; memory@80000000 {"
		" device_type = \"memory\";"
		" reg = <0x80000000 0x1000>, <0xf0000000 8>; };" ONE_CPU "};"));
	assert_int_equal(h.nmemory, 2);
	check_range(&h.memory[0], 0x80000000, 0x1000);
	check_range(&h.memory[1], 0xf0000000, 8);
}

/* More ranges, or wider numbers, than there is room for. */
static void test_too_much_memory(void **state)
{
	char source[4096] = HEAD ONE_CPU MEMORY
		"reserved-memory {"
		"#address-cells = <1>; #size-cells = <1>; x { reg = <";
	u32 len = strlen(source);

	for (u32 i = 0; i < HOST_RANGES_MAX + 3; i++)
		len += snprintf(source + len, sizeof(source) - len, "%u 1 ", i);
	snprintf(source + len, sizeof(source) - len, ">; }; }; };");
	assert_non_null(strstr(read_dts(source), "more memory ranges"));
	assert_non_null(read_dts(
		"/dts-v1/; / { #address-cells = <3>;"
		" #size-cells = <2>; memory { device_type = \"memory\";"
		" reg = <0 0 0 1 0>; };" ONE_CPU "};"));
}

/* ---- devices and boot arguments ---------------------------------------- */

static void test_no_devices(void **state)
{
	assert_null(read_dts(HEAD MEMORY ONE_CPU "};"));
	assert_int_equal(h.nharts, 1);
	assert_int_equal(h.plic_context[0], ~0U);
	check_range(&h.plic, 0, 0);
	check_range(&h.uart, 0, 0);
	check_range(&h.test, 0, 0);
	check_range(&h.rtc, 0, 0);
	check_range(&h.initrd, 0, 0);
	assert_int_equal(h.uart_irq, 0);
	assert_int_equal(h.rng_seed_len, 0);
	assert_string_equal(h.bootargs, "");
	assert_int_equal(h.features, HOST_H | HOST_SSTC | HOST_FD);
}

static void test_devices(void **state)
{
	u8 seed[64];

	assert_null(read_dts(
		HEAD MEMORY ONE_CPU
		"soc { #address-cells = <1>; #size-cells = <1>; ranges;"
		" serial@1 { compatible = \"x,y\", \"ns16550a\";"
		"  reg = <0x20000000 0x1000>; reg-shift = <2>;"
		"  interrupts = <33>; }; };"
		"chosen { bootargs = \"batch vm=a.dts\";"
		" linux,initrd-start = <0x88000000>;"
		" linux,initrd-end = <0 0x88000123>;"
		" rng-seed = [01 02 03 04 05 06 07 08]; }; };"));
	check_range(&h.uart, 0x20000000, 0x1000);
	assert_int_equal(h.uart_shift, 2);
	assert_int_equal(h.uart_irq, 33);
	assert_string_equal(h.bootargs, "batch vm=a.dts");
	check_range(&h.initrd, 0x88000000, 0x123);
	assert_int_equal(h.rng_seed_len, 8);
	memset(seed, 0, sizeof(seed));
	memcpy(seed, "\1\2\3\4\5\6\7\10", 8);
	assert_memory_equal(h.rng_seed, seed, sizeof(seed));
}

/* The first UART may be the firmware's own. */
static void test_disabled_device(void **state)
{
	assert_null(read_dts(
		HEAD MEMORY ONE_CPU
		"serial@1 { compatible = \"ns16550a\"; reg = <0 1 0 2>;"
		" status = \"reserved\"; };"
		"serial@3 { compatible = \"ns16550a\"; reg = <0 3 0 4>;"
		" status = \"ok\"; };"
		"test { compatible = \"sifive,test0\"; reg = <0 5 0 6>;"
		" status = \"okay \"; }; };"));
	check_range(&h.uart, 3, 4);
	check_range(&h.test, 0, 0);
}

static void test_initrd(void **state)
{
#define CHOSEN(props) HEAD MEMORY ONE_CPU "chosen {" props "}; };"
	assert_null(read_dts(CHOSEN("linux,initrd-start = <5>;"
				    "linux,initrd-end = <5>;")));
	check_range(&h.initrd, 0, 0);
	assert_null(read_dts(CHOSEN("linux,initrd-start = <6>;"
				    "linux,initrd-end = <5>;")));
	check_range(&h.initrd, 0, 0);
	assert_null(read_dts(CHOSEN("linux,initrd-start = <1 2>;"
				    "linux,initrd-end = <3 4>;")));
	check_range(&h.initrd, 1UL << 32 | 2, (2UL << 32) + 2);
}

/* Strings that do not end, or do not fit, are left out. */
static void test_strings(void **state)
{
	char source[2048];
	int len;

	assert_null(read_dts(CHOSEN("bootargs = [61 62 63];")));
	assert_string_equal(h.bootargs, "");
	for (u32 size = HOST_BOOTARGS_MAX - 2; size < HOST_BOOTARGS_MAX + 2;
	     size++) {
		len = snprintf(source, sizeof(source),
			       CHOSEN("bootargs = \"%0*d\";"), (int)size, 7);
		assert_in_range(len, size, sizeof(source) - 1);
		assert_null(read_dts(source));
		assert_int_equal(strlen(h.bootargs),
				 size < HOST_BOOTARGS_MAX ? size : 0);
	}
}

/* ---- trees without the least ------------------------------------------- */

static void test_useless(void **state)
{
	static const char zeros[64];

	assert_non_null(strstr(hostfdt_read(zeros, &h), "no device tree"));
	assert_non_null(strstr(read_dts(HEAD "};"), "memory"));
	assert_non_null(strstr(read_dts(HEAD ONE_CPU "};"), "memory"));
	assert_non_null(strstr(read_dts(HEAD MEMORY "};"), "hart"));
	assert_non_null(strstr(read_dts(HEAD MEMORY CPUS "}; };"), "hart"));
	assert_non_null(strstr(
		read_dts(HEAD MEMORY
			 "cpus { #address-cells = <1>; #size-cells = <0>;" CPU(
				 0, "rv64gc") "}; };"),
		"timebase"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_virt),
		cmocka_unit_test(test_harts),
		cmocka_unit_test(test_disabled_hart),
		cmocka_unit_test(test_many_harts),
		cmocka_unit_test(test_isa_extensions),
		cmocka_unit_test(test_isa_string),
		cmocka_unit_test(test_isa_long),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_reservation_block),
		cmocka_unit_test(test_one_cell),
		cmocka_unit_test(test_too_much_memory),
		cmocka_unit_test(test_no_devices),
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_disabled_device),
		cmocka_unit_test(test_initrd),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_useless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
