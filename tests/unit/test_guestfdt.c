/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the guest's device tree, read back with libfdt and with dtc. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <libfdt.h>

#include "config/guestfdt.h"
#include "dts.h"
#include "vdev/layout.h"

static u64 tree[GUEST_FDT_MAX / 8];

static const struct vm_spec small = {
	.name = "small", .vcpus = 1, .memory = MiB(256)};

static const struct vm_spec big = {
	.name = "big",
	.boot = BOOT_MACHINE,
	.vcpus = VM_VCPUS_MAX,
	.memory = GiB(5),
	.initrd = {.name = "initrd", .size = 0x12345},
	.bootargs = "console=ttyS0 quiet",
};

static struct guest_fdt_facts facts = {
	.isa = "rv64imafdcsstc_zicsr__zifencei_m",
	.mmu_type = "riscv,sv48",
	.timebase = 10000000,
	.initrd = GPA(0x1fff00000),
};

static void build(const struct vm_spec *spec)
{
	int size = guest_fdt_build(spec, &facts, tree, sizeof(tree));

	assert_true(size > 0);
	assert_int_equal(size, fdt_totalsize(tree));
	assert_int_equal(fdt_check_full(tree, size), 0);
}

static int node_at(const char *path)
{
	return fdt_path_offset(tree, path);
}

static const void *get(const char *path, const char *name, int *len)
{
	int node = node_at(path);

	assert_true(node >= 0);
	return fdt_getprop(tree, node, name, len);
}

/* The property is exactly these bytes: strings of a list end in \0 but one. */
static void check_bytes(const char *path, const char *name, const void *bytes,
			int size)
{
	int len = -1;
	const void *data = get(path, name, &len);

	assert_int_equal(len, size);
	assert_memory_equal(data, bytes, size);
}

#define check_strings(path, name, text) \
	check_bytes(path, name, text, sizeof(text))
#define check_flag(path, name) check_bytes(path, name, "", 0)

static void check_cells(const char *path, const char *name, u32 count,
			const u32 *cells)
{
	int len = -1;
	const fdt32_t *data = get(path, name, &len);

	assert_int_equal(len, 4 * count);
	for (u32 i = 0; i < count; i++)
		assert_int_equal(fdt32_ld(&data[i]), cells[i]);
}

#define CELLS(...)                                          \
	sizeof((u32[]){__VA_ARGS__}) / sizeof(u32), (u32[]) \
	{                                                   \
		__VA_ARGS__                                 \
	}

static u32 cell_of(const char *path, const char *name)
{
	const fdt32_t *data = get(path, name, NULL);

	assert_non_null(data);
	return fdt32_ld(data);
}

static void check_missing(const char *path, const char *name)
{
	assert_null(get(path, name, NULL));
}

static void test_root(void **state)
{
	build(&small);
	check_strings("/", "compatible", "riscv-virtio");
	check_strings("/", "model", "trapeze,virt");
	check_cells("/", "#address-cells", CELLS(2));
	check_cells("/", "#size-cells", CELLS(2));
	check_strings("/aliases", "serial0", "/soc/serial@10000000");
	check_strings("/memory@80000000", "device_type", "memory");
	check_cells("/memory@80000000", "reg",
		    CELLS(0, 0x80000000, 0, 0x10000000));
	build(&big);
	check_cells("/memory@80000000", "reg",
		    CELLS(0, 0x80000000, 1, 0x40000000));
}

static void test_chosen(void **state)
{
	for (u32 i = 0; i < 64; i++)
		facts.rng_seed[i] = 3 * i + 1;
	build(&small);
	check_strings("/chosen", "stdout-path", "/soc/serial@10000000");
	check_bytes("/chosen", "rng-seed", facts.rng_seed, 64);
	check_missing("/chosen", "bootargs");
	check_missing("/chosen", "linux,initrd-start");
	check_missing("/chosen", "linux,initrd-end");
	build(&big);
	check_strings("/chosen", "bootargs", "console=ttyS0 quiet");
	check_cells("/chosen", "linux,initrd-start", CELLS(1, 0xfff00000));
	check_cells("/chosen", "linux,initrd-end", CELLS(1, 0xfff12345));
}

static void test_cpus(void **state)
{
	char path[64];

	build(&big);
	check_cells("/cpus", "timebase-frequency", CELLS(10000000));
	check_cells("/cpus", "#address-cells", CELLS(1));
	check_cells("/cpus", "#size-cells", CELLS(0));
	for (u32 hart = 0; hart < VM_VCPUS_MAX; hart++) {
		snprintf(path, sizeof(path), "/cpus/cpu@%x", hart);
		check_cells(path, "reg", CELLS(hart));
		check_strings(path, "device_type", "cpu");
		check_strings(path, "status", "okay");
		check_strings(path, "compatible", "riscv");
		check_strings(path, "mmu-type", "riscv,sv48");
		check_strings(path, "riscv,isa",
			      "rv64imafdcsstc_zicsr__zifencei_m");
		check_strings(path, "riscv,isa-base", "rv64i");
		check_strings(path, "riscv,isa-extensions",
			      "i\0m\0a\0f\0d\0c\0sstc\0zicsr\0zifencei\0m");
		strcat(path, "/interrupt-controller");
		check_strings(path, "compatible", "riscv,cpu-intc");
		check_cells(path, "#interrupt-cells", CELLS(1));
		check_flag(path, "interrupt-controller");
	}
	assert_true(node_at("/cpus/cpu@10") < 0);
}

static void test_cache_blocks(void **state)
{
	build(&small);
	check_missing("/cpus/cpu@0", "riscv,cbom-block-size");
	check_missing("/cpus/cpu@0", "riscv,cboz-block-size");
	facts.cbom_block = 64;
	facts.cboz_block = 128;
	build(&small);
	check_cells("/cpus/cpu@0", "riscv,cbom-block-size", CELLS(64));
	check_cells("/cpus/cpu@0", "riscv,cboz-block-size", CELLS(128));
	facts.cbom_block = facts.cboz_block = 0;
}

static void check_device(const char *path, u64 base, u64 size, u32 irq)
{
	u32 plic = cell_of("/soc/plic@c000000", "phandle");

	check_cells(path, "reg", CELLS(0, base, 0, size));
	if (!irq)
		return check_missing(path, "interrupts");
	check_cells(path, "interrupts", CELLS(irq));
	check_cells(path, "interrupt-parent", CELLS(plic));
}

static void test_devices(void **state)
{
	build(&small);
	check_strings("/soc", "compatible", "simple-bus");
	check_flag("/soc", "ranges");
	check_device("/soc/serial@10000000", GUEST_UART_BASE, GUEST_UART_SIZE,
		     10);
	check_strings("/soc/serial@10000000", "compatible", "ns16550a");
	check_cells("/soc/serial@10000000", "clock-frequency",
		    CELLS(GUEST_UART_CLOCK));
	check_device("/soc/rtc@101000", GUEST_RTC_BASE, GUEST_RTC_SIZE, 11);
	check_strings("/soc/rtc@101000", "compatible", "google,goldfish-rtc");
	check_device("/soc/test@100000", GUEST_TEST_BASE, GUEST_TEST_SIZE, 0);
	check_strings("/soc/test@100000", "compatible",
		      "sifive,test1\0sifive,test0\0syscon");
	for (u32 i = 0; i < 2; i++) {
		const char *path = i ? "/reboot" : "/poweroff";

		check_cells(path, "regmap",
			    CELLS(cell_of("/soc/test@100000", "phandle")));
		check_cells(path, "offset", CELLS(0));
		check_cells(path, "value", CELLS(i ? 0x7777 : 0x5555));
	}
	check_strings("/poweroff", "compatible", "syscon-poweroff");
	check_strings("/reboot", "compatible", "syscon-reboot");
}

/* Every hart has two lines, first and second, from the controller at path. */
static void check_lines(const char *path, u32 first, u32 second)
{
	int len = 0;
	const fdt32_t *line = get(path, "interrupts-extended", &len);
	char intc[64];
	u32 harts;

	for (harts = 0; harts < (u32)len / 16; harts++, line += 4) {
		snprintf(intc, sizeof(intc),
			 "/cpus/cpu@%x/interrupt-controller", harts);
		assert_int_equal(fdt32_ld(&line[0]), cell_of(intc, "phandle"));
		assert_int_equal(fdt32_ld(&line[1]), first);
		assert_int_equal(fdt32_ld(&line[2]), fdt32_ld(&line[0]));
		assert_int_equal(fdt32_ld(&line[3]), second);
	}
	assert_int_equal(len, 16 * harts);
	snprintf(intc, sizeof(intc), "/cpus/cpu@%x", harts);
	assert_true(node_at(intc) < 0);
}

static void test_plic(void **state)
{
	build(&small);
	check_device("/soc/plic@c000000", GUEST_PLIC_BASE, GUEST_PLIC_SIZE, 0);
	check_strings("/soc/plic@c000000", "compatible",
		      "sifive,plic-1.0.0\0riscv,plic0");
	check_cells("/soc/plic@c000000", "riscv,ndev", CELLS(GUEST_PLIC_NDEV));
	check_cells("/soc/plic@c000000", "#interrupt-cells", CELLS(1));
	check_flag("/soc/plic@c000000", "interrupt-controller");
	check_lines("/soc/plic@c000000", 0xffffffff, 9);
	build(&big);
	check_lines("/soc/plic@c000000", 11, 9);
}

static void test_clint(void **state)
{
	build(&small);
	assert_true(node_at("/soc/clint@2000000") < 0);
	build(&big);
	check_device("/soc/clint@2000000", GUEST_ACLINT_BASE, GUEST_ACLINT_SIZE,
		     0);
	check_strings("/soc/clint@2000000", "compatible",
		      "sifive,clint0\0riscv,clint0");
	check_lines("/soc/clint@2000000", 3, 7);
}

static void test_phandles_differ(void **state)
{
	u64 seen = 0;
	int count = 0;

	build(&big);
	for (int node = 0; node >= 0; node = fdt_next_node(tree, node, NULL)) {
		u32 phandle = fdt_get_phandle(tree, node);

		if (!phandle)
			continue;
		assert_true(phandle < 64);
		assert_int_equal(seen & BIT(phandle), 0);
		seen |= BIT(phandle);
		count++;
	}
	assert_int_equal(count, VM_VCPUS_MAX + 2);
}

/* Whatever the room, it is enough or the result is an error. */
static void test_no_room(void **state)
{
	int need;

	build(&small);
	need = fdt_totalsize(tree);
	for (int size = 0; size < need + 64; size++) {
		void *buf = malloc(size);
		int used = guest_fdt_build(&small, &facts, buf, size);

		if (used < 0)
			assert_int_equal(used, -FDT_ERR_NOSPACE);
		else
			assert_true(used <= size);
		assert_true(used >= 0 || size < need + 32);
		free(buf);
	}
}

static void test_largest(void **state)
{
	static struct vm_spec spec;
	char isa[VM_ISA_MAX];

	spec = big;
	memset(spec.bootargs, 'b', VM_ARGS_MAX - 1);
	memset(isa, 'c', sizeof(isa) - 1);
	memcpy(isa, "rv64i", 5);
	isa[sizeof(isa) - 1] = '\0';
	facts.isa = isa;
	build(&spec);
	facts.isa = "rv64imac";
}

/* QEMU's own tree makes dtc warn of missing #address-cells; ours does not. */
static void test_dtc_is_silent(void **state)
{
	char said[4096] = "";

	for (u32 i = 0; i < 2; i++) {
		build(i ? &big : &small);
		dts_run("2>&1 dtc -I dtb -O dts -o /dev/null", tree,
			fdt_totalsize(tree), said, sizeof(said));
		assert_string_equal(said, "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_root),
		cmocka_unit_test(test_chosen),
		cmocka_unit_test(test_cpus),
		cmocka_unit_test(test_cache_blocks),
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_plic),
		cmocka_unit_test(test_clint),
		cmocka_unit_test(test_phandles_differ),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_largest),
		cmocka_unit_test(test_dtc_is_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
