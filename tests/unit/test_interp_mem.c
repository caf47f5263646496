/* SPDX-License-Identifier: BSD-2-Clause */
/* The interpreter's loads and stores, under a guest's page table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "fuzz.h"
#include "interp_bench.h"

/* x5 from or to 0(x6), by funct3; LR, SC and amoadd by width. */
#define LOAD(f3)   (0x00030283U | (f3) << 12)
#define STORE(f3)  (0x00530023U | (f3) << 12)
#define LR(f3)     (0x1003202fU + ((f3) - 2) * 4096 + (5 << 7))
#define SC(f3)     (0x1873202fU + ((f3) - 2) * 4096 + (5 << 7))
#define AMOADD(f3) (0x0073202fU + ((f3) - 2) * 4096 + (5 << 7))
#define value      cpu->state.gpr[5]
#define address    cpu->state.gpr[6]
#define operand    cpu->state.gpr[7]

/* ---- widths, alignment, pages -------------------------------------------- */

static u8 byte_at(u64 va)
{
	return *ram((va - VA < PAGE_SIZE ? PAGE(5) : PAGE(3)) + va % PAGE_SIZE);
}

static void scatter(u64 *seed)
{
	for (u32 n = 0; n < 2; n++) {
		u8 *page = ram(n ? PAGE(3) : PAGE(5));

		for (u32 i = 0; i < PAGE_SIZE; i++)
			page[i] = fuzz_random(seed);
	}
}

static u64 expected(u64 va, u32 f3)
{
	u32 len = 1U << (f3 & 3);
	u64 data = 0;

	for (u32 n = 0; n < len; n++)
		data |= (u64)byte_at(va + n) << 8 * n;
	return f3 & 4 ? data : (u64)sign_extend(data, 8 * len);
}

static void test_loads(void **state)
{
	u64 seed = fuzz_seed();

	start();
	scatter(&seed);
	for (u32 f3 = 0; f3 < 7; f3++) {
		for (u64 off = PAGE_SIZE - 16; off < PAGE_SIZE + 16; off++) {
			address = VA + off;
			good(LOAD(f3));
			assert_int_equal(value, expected(address, f3));
			good(LOAD(f3)); /* by the quick way, where there is */
			assert_int_equal(value, expected(address, f3));
		}
	}
	good(LOAD(3) & ~0xf80U); /* to x0 */
	assert_int_equal(cpu->state.gpr[0], 0);
	bench_end();
}

static void test_stores(void **state)
{
	u64 seed = fuzz_seed();

	start();
	for (u32 f3 = 0; f3 < 4; f3++) {
		for (u64 off = PAGE_SIZE - 16; off < PAGE_SIZE + 16; off++) {
			u32 len = 1U << f3;
			u8 before, after;

			scatter(&seed);
			address = VA + off;
			value = fuzz_random(&seed);
			before = byte_at(address - 1);
			after = byte_at(address + len);
			good(STORE(f3));
			assert_int_equal(expected(address, f3),
					 sign_extend(value, 8 * len));
			assert_int_equal(byte_at(address - 1), before);
			assert_int_equal(byte_at(address + len), after);
		}
	}
	bench_end();
}

/* Each part has its own faults; nothing is stored if one has. */
static void test_crossing(void **state)
{
	u64 end = VA + PAGE_SIZE;

	start();
	address = end - 3;
	value = ~0UL;
	map(1, PAGE(3), 0);
	bad(LOAD(3), CAUSE_LOAD_PAGE, end);
	bad(STORE(3), CAUSE_STORE_PAGE, end);
	assert_int_equal(byte_at(end - 1), 0);
	map(1, PAGE(3), RW & ~D);
	bad(STORE(2), CAUSE_STORE_PAGE, end);
	good(LOAD(2));
	fence(0, ~0UL);
	map(0, PAGE(5), 0);
	bad(LOAD(3), CAUSE_LOAD_PAGE, address);
	map(0, PAGE(5), RW);
	map(1, 0x10000000, RW); /* a device */
	bad(LOAD(3), CAUSE_LOAD_ACCESS, end);
	bad(STORE(3), CAUSE_STORE_ACCESS, end);
	address = end + PAGE_SIZE - 3; /* on to code, which is read-only */
	value = ~0UL;
	bad(STORE(3), CAUSE_STORE_ACCESS, address);
	map(1, PAGE(3), RW);
	bad(STORE(3), CAUSE_STORE_PAGE, end + PAGE_SIZE);
	bench_end();
}

/* f5 from or to 0(x6). */
#define FLOAD(f3)  (LOAD(f3) | 4)
#define FSTORE(f3) (STORE(f3) | 4)

/* FP registers: boxed, FS dirty afterwards; not with FS off, not misaligned. */
static void test_fp(void **state)
{
	u64 data = 0x8877665544332211;

	start();
	put(PAGE(5) + 16, &data, 8);
	address = VA + 16;
	bad(FLOAD(3), CAUSE_ILLEGAL, FLOAD(3));
	bad(FSTORE(2), CAUSE_ILLEGAL, FSTORE(2));
	cpu->state.csr.sstatus = XS_INITIAL << SSTATUS_FS_SHIFT;
	good(FLOAD(3));
	assert_int_equal(bench_f[5], data);
	assert_int_equal(cpu->state.csr.sstatus, SSTATUS_FS | SSTATUS_SD);
	cpu->state.csr.sstatus = XS_CLEAN << SSTATUS_FS_SHIFT;
	good(FSTORE(2));
	assert_int_equal(cpu->state.csr.sstatus, XS_CLEAN << SSTATUS_FS_SHIFT);
	good(FLOAD(2));
	assert_int_equal(bench_f[5], 0xffffffff44332211);
	address = VA + 24;
	good(FSTORE(3));
	assert_int_equal(expected(address, 3), 0xffffffff44332211);
	good(FSTORE(2));
	address = VA + 18;
	bad(FLOAD(2), CAUSE_ILLEGAL, FLOAD(2)); /* left to the hart */
	map(0, PAGE(5), V | R | A);
	fence(0, ~0UL);
	address = VA + 16;
	good(FLOAD(3));
	bad(FSTORE(3), CAUSE_STORE_PAGE, address);
	bench_end();
}

/* ---- devices, memory that is short --------------------------------------- */

static void test_device(void **state)
{
	struct vexit x;

	start();
	map(0, 0x10000000, RW);
	address = VA + 5;
	assert_int_equal(run(LOAD(4), &x), INTERP_EXIT);
	assert_int_equal(x.kind, EXIT_mmio);
	assert_int_equal(x.gpa.raw, 0x10000005);
	assert_int_equal(x.gva.raw, VA + 5);
	assert_int_equal(x.access, ACCESS_LOAD);
	assert_int_equal(x.insn.kind, INSN_LOAD);
	assert_int_equal(x.insn.rd, 5);
	assert_int_equal(x.pc, VA + 2 * PAGE_SIZE);
	assert_int_equal(cpu->state.pc, x.pc);
	assert_true(x.full);
	assert_int_equal(run(STORE(0), &x), INTERP_EXIT);
	assert_int_equal(x.access, ACCESS_STORE);
	assert_int_equal(x.insn.rs2, 5);
	address = VA + 8;
	bad(LR(2), CAUSE_LOAD_ACCESS, VA + 8);
	good(SC(2)); /* without a reservation nothing is looked at */
	assert_int_equal(value, 1);
	bad(AMOADD(3), CAUSE_STORE_ACCESS, VA + 8);
	map(3, 0x10000000, RX);
	cpu->state.pc = VA + 3 * PAGE_SIZE;
	assert_int_equal(interp_step(cpu, &x), INTERP_FAULT);
	assert_int_equal(cpu->fault_cause, CAUSE_FETCH_ACCESS);
	assert_int_equal(cpu->fault_tval, cpu->state.pc);
	bench_end();
}

static void test_no_memory(void **state)
{
	struct vexit x;

	start();
	address = VA + PAGE_SIZE + 8;
	good(LOAD(3)); /* the caches are there now */
	map(0, RAM + MiB(12), RW);
	address = VA + 8;
	host_exhaust(0);
	assert_int_equal(run(LOAD(3), &x), INTERP_EXIT);
	assert_int_equal(x.kind, EXIT_ram);
	assert_int_equal(x.gpa.raw, RAM + MiB(12) + 8);
	host_relieve();
	good(LOAD(3));
	bench_end();
}

/* ---- translations -------------------------------------------------------- */

/* What was fenced is looked up again; what was not may be as it was. */
static void test_fences(void **state)
{
	static const u64 sizes[] = {PAGE_SIZE, 2 * PAGE_SIZE, ~0UL};

	start();
	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		address = VA + 16;
		map(0, PAGE(5), RW);
		fence(0, ~0UL);
		good(LOAD(3));
		good(STORE(3));
		map(0, PAGE(5), V | R | A);
		fence(sizes[i] == ~0UL ? 0 : VA, sizes[i]);
		good(LOAD(3));
		bad(STORE(3), CAUSE_STORE_PAGE, address);
	}
	bench_end();
}

/* One address of a large page is all of it. */
static void test_fence_large(void **state)
{
	start();
	for (u64 off = 0; off < MiB(2); off += 37 * PAGE_SIZE) {
		address = BIG + off;
		good(LOAD(3));
	}
	set_entry(TABLES + PAGE_SIZE, 1, 0, 0);
	fence(BIG + MiB(1), PAGE_SIZE);
	for (u64 off = 0; off < MiB(2); off += 37 * PAGE_SIZE) {
		address = BIG + off;
		bad(LOAD(3), CAUSE_LOAD_PAGE, address);
	}
	bench_end();
}

/* Modes and spaces are kept apart, and found again. */
static void test_views(void **state)
{
	u64 satp;

	start();
	satp = cpu->state.csr.satp;
	address = VA + 8;
	good(LOAD(3));
	cpu->state.priv = PRIV_U;
	mmu_use(cpu);
	map(2, PAGE(8), RX | U);
	bad(LOAD(3), CAUSE_LOAD_PAGE, address);
	map(0, PAGE(5), RW | U);
	good(LOAD(3));
	cpu->state.priv = PRIV_S;
	map(2, PAGE(8), RX);
	fence(0, ~0UL);
	mmu_use(cpu);
	bad(LOAD(3), CAUSE_LOAD_PAGE, address);
	cpu->state.csr.sstatus |= SSTATUS_SUM;
	mmu_use(cpu);
	good(LOAD(3));
	cpu->state.csr.sstatus &= ~SSTATUS_SUM;
	mmu_use(cpu);
	bad(LOAD(3), CAUSE_LOAD_PAGE, address);
	map(0, PAGE(5), V | X | A);
	fence(VA, PAGE_SIZE);
	bad(LOAD(3), CAUSE_LOAD_PAGE, address);
	cpu->state.csr.sstatus |= SSTATUS_MXR;
	mmu_use(cpu);
	good(LOAD(3));
	/* More spaces than there are views. */
	for (u64 n = 0; n < 3 * VIEWS; n++) {
		cpu->state.csr.satp = satp | n << 44;
		mmu_use(cpu);
		good(LOAD(3));
	}
	bench_end();
}

/* ---- reservations -------------------------------------------------------- */

static void test_reservations(void **state)
{
	start();
	for (u32 f3 = 2; f3 < 4; f3++) {
		address = VA + 16;
		operand = 0x1122334455667788;
		put(PAGE(5) + 16, &(u64){~0UL}, 8);
		good(LR(f3));
		assert_int_equal(value, ~0UL);
		good(SC(f3));
		assert_int_equal(value, 0);
		assert_int_equal(expected(address, f3),
				 f3 == 2 ? (u64)(s32)operand : operand);
		good(SC(f3)); /* the reservation is used up */
		assert_int_equal(value, 1);
		good(LR(f3));
		*(u32 *)ram(PAGE(5) + 16) ^= 1; /* another hart */
		good(SC(f3));
		assert_int_equal(value, 1);
		good(LR(f3));
		address += 8; /* elsewhere */
		good(SC(f3));
		assert_int_equal(value, 1);
	}
	bench_end();
}

static int setup(void **state)
{
	host_memory(MiB(256));
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loads),
		cmocka_unit_test(test_stores),
		cmocka_unit_test(test_crossing),
		cmocka_unit_test(test_fp),
		cmocka_unit_test(test_device),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_fences),
		cmocka_unit_test(test_fence_large),
		cmocka_unit_test(test_views),
		cmocka_unit_test(test_reservations),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
