/* SPDX-License-Identifier: BSD-2-Clause */
/* S-mode in software: CSR instructions, sret, fences, and what gets stale. */
#include "gstage/shadow.h"
#include "soft_bench.h"

/* ---- CSR instructions ---------------------------------------------------- */

/* One instruction in the vcpu and the model, from the same state. */
static void both(struct model *m, u32 raw)
{
	struct model before = *m;
	enum outcome want = m_step(m, raw);
	enum verdict got = run(raw);

	if (want == M_ILLEGAL) {
		*m = before;
		assert_int_equal(got, INJECT);
		assert_int_equal(cpu->fault_cause, 2);
		assert_int_equal(cpu->fault_tval, raw);
	} else {
		assert_int_equal(got, want == M_DONE ? ADVANCE : RESUME);
	}
	same(m);
}

/* All numbers, forms, modes; x0 as source or target, or neither. */
static void check_forms(u64 *seed, bool sstc, u32 number)
{
	static const u32 forms[] = {RW, RS, RC, RWI, RSI, RCI};

	for (u32 i = 0; i < ARRAY_SIZE(forms) * 16; i++) {
		u32 rd = i & 1 ? 10 : 0, rs1 = i & 2 ? 11 : 0;
		struct model m;

		model_random(&m, seed, sstc);
		m.s = i & 4;
		if (i & 8 && rs1)
			rs1 = rd = 10;
		impose(&m);
		both(&m, csr_insn(forms[i / 16], number, rd, rs1));
	}
}

static void test_csr_forms(void **state)
{
	u64 seed = fuzz_seed();

	for (u32 sstc = 0; sstc < 2; sstc++) {
		start(sstc);
		for (u32 number = 0; number < 4096; number++)
			check_forms(&seed, sstc, number);
	}
}

/* Every bit by itself, into zeros and out of ones. */
static void test_csr_bits(void **state)
{
	u64 seed = 1;
	struct model m;

	start(true);
	for (u32 i = 0; i < csr_rows_count * 64; i++) {
		u32 number = csr_rows[i / 64].number;

		model_random(&m, &seed, true);
		m.s = true;
		m.x[11] = BIT(i % 64);
		impose(&m);
		both(&m, csr_insn(RW, number, 10, 11));
		m.x[11] = ~BIT(i % 64);
		memcpy(cpu->state.gpr, m.x, sizeof(m.x));
		both(&m, csr_insn(RW, number, 10, 11));
		both(&m, csr_insn(RS, number, 10, 11));
		both(&m, csr_insn(RC, number, 0, 11));
	}
}

/* Unprivileged, "Zicsr": csrrs, csrrc of x0 do not write: nothing is stale. */
static void test_reads_write_nothing(void **state)
{
	static const u32 forms[] = {RS, RC, RSI, RCI};

	start(true);
	for (u32 i = 0; i < csr_rows_count * 4; i++) {
		u32 raw = csr_insn(forms[i % 4], csr_rows[i / 4].number, 10, 0);

		assert_int_equal(run(raw), ADVANCE);
		assert_int_equal(cpu->stale, 0);
	}
	/* And a counter, which can only be read, may be read this way. */
	assert_int_equal(run(csr_insn(RS, CSR_CYCLE, 10, 0)), ADVANCE);
	assert_int_equal(cpu->state.gpr[10], CYCLES);
	check_illegal(csr_insn(RS, CSR_CYCLE, 10, 11));
	check_illegal(csr_insn(RCI, CSR_CYCLE, 10, 1));
	check_illegal(csr_insn(RW, CSR_CYCLE, 0, 0));
	check_illegal(csr_insn(RWI, CSR_CYCLE, 0, 0));
}

/* "Supervisor Counter-Enable Register". */
static void test_counters(void **state)
{
	start(true);
	host_time = 0x123456789;
	for (u64 open = 0; open < 8; open++) {
		cpu->state.csr.scounteren = open;
		for (u32 n = 0; n < 4; n++) {
			u32 raw = csr_insn(RS, CSR_CYCLE + n, 10, 0);
			u64 want[] = {CYCLES, 0x123456789, INSTRETS};

			cpu->state.priv = PRIV_U;
			if (n == 3 || !(open >> n & 1)) {
				check_illegal(raw);
			} else {
				assert_int_equal(run(raw), ADVANCE);
				assert_int_equal(cpu->state.gpr[10], want[n]);
			}
			cpu->state.priv = PRIV_S;
			if (n == 3) {
				check_illegal(raw);
				continue;
			}
			assert_int_equal(run(raw), ADVANCE);
			assert_int_equal(cpu->state.gpr[10], want[n]);
		}
	}
}

/* A guest whose time stood still: PITFALLS of a 64-bit sum that wraps. */
static void test_guest_time(void **state)
{
	start(true);
	vm.time_delta = -600000UL;
	assert_int_equal(run(csr_insn(RS, CSR_TIME, 10, 0)), ADVANCE);
	assert_int_equal(cpu->state.gpr[10], 400000);
}

/* Only where the host has Sstc, and the guest is told of it. */
static void test_no_sstc(void **state)
{
	start(false);
	check_illegal(csr_insn(RS, CSR_STIMECMP, 10, 0));
	start(true);
	host.features &= ~HOST_SSTC;
	vcpu_init(cpu, &vm, 0, &harts[0]);
	check_illegal(csr_insn(RS, CSR_STIMECMP, 10, 0));
}

/* The guest may use no larger mode than hw would let it ("satp"). */
static void test_satp_levels(void **state)
{
	start(true);
	for (backend_guest_levels = 3; backend_guest_levels <= 5;
	     backend_guest_levels++) {
		for (u64 mode = 8; mode < 12; mode++) {
			u64 satp = mode << 60 | 0x80123;

			cpu->state.csr.satp = 0;
			cpu->state.gpr[11] = satp;
			assert_int_equal(run(csr_insn(RW, CSR_SATP, 0, 11)),
					 ADVANCE);
			assert_int_equal(cpu->state.csr.satp,
					 mode <= 5 + backend_guest_levels ? satp
									  : 0);
		}
	}
	backend_guest_levels = 5;
}

/* ---- what gets stale ----------------------------------------------------- */

/* Who looks: U-mode knows no SUM ("Memory Privilege in sstatus Register"). */
static void test_view(void **state)
{
	start(true);
	for (u32 i = 0; i < 8; i++) {
		cpu->state.priv = i & 1 ? PRIV_U : PRIV_S;
		cpu->state.csr.sstatus = (i & 2 ? SSTATUS_SUM : 0) |
					 (i & 4 ? SSTATUS_MXR : 0);
		assert_int_equal(soft_view(cpu),
				 (i & 1 ? VIEW_USER : 0) |
					 ((i & 3) == 2 ? VIEW_SUM : 0) |
					 (i & 4 ? VIEW_MXR : 0));
	}
}

/* Each CSR, written with what changes it: this, and no more, to look at. */
static void test_stale(void **state)
{
	static const struct {
		u32 csr;
		u64 value;
		u32 stale;
	} writes[] = {
		{CSR_SSTATUS, SSTATUS_SUM, SOFT_VIEW},
		{CSR_SSTATUS, SSTATUS_MXR, SOFT_VIEW},
		{CSR_SSTATUS, 1UL << 13, SOFT_UNITS},
		{CSR_SSTATUS, 1UL << 10, SOFT_UNITS},
		{CSR_SSTATUS, SSTATUS_SIE, SOFT_IRQ},
		{CSR_SSTATUS, SSTATUS_SPP | SSTATUS_SPIE, 0},
		{CSR_SIE, BIT(1), SOFT_IRQ},
		{CSR_SIP, BIT(1), SOFT_IRQ},
		{CSR_STVEC, 0x1000, 0},
		{CSR_SCOUNTEREN, 5, SOFT_ENV},
		{CSR_SENVCFG, 1, SOFT_ENV},
		{CSR_SSCRATCH, 1, 0},
		{CSR_SEPC, 2, 0},
		{CSR_SCAUSE, 1, 0},
		{CSR_STVAL, 1, 0},
		{CSR_STIMECMP, 1, SOFT_IRQ},
		{CSR_STIMECMP, ~0UL - 1, 0},
		{CSR_SATP, 8UL << 60 | 1, SOFT_VIEW},
	};

	for (u32 i = 0; i < ARRAY_SIZE(writes); i++) {
		start(true);
		cpu->state.csr.sstatus = 0;
		cpu->state.gpr[11] = writes[i].value;
		assert_int_equal(run(csr_insn(RW, writes[i].csr, 0, 11)),
				 ADVANCE);
		assert_int_equal(cpu->stale, writes[i].stale);
	}
}

/* "Cache-Management Operation Extensions": inval becomes flush, no more. */
static void test_env(void **state)
{
	static const u64 cbie[] = {0, 0x10, 0x20, 0x10};

	start(true);
	for (u64 n = 0; n < 4; n++) {
		cpu->state.csr.senvcfg = 0x3000000c1 | n << 4;
		assert_int_equal(soft_env(cpu, PRIV_U), 0x3000000c1 | cbie[n]);
		assert_int_equal(soft_env(cpu, PRIV_S), 0xd0);
	}
	cpu->state.csr.senvcfg = 0;
	assert_int_equal(soft_env(cpu, PRIV_U), 0);
}

/* ---- sret and privilege -------------------------------------------------- */

static void test_sret(void **state)
{
	u64 rest = SSTATUS_SUM | SSTATUS_MXR | SSTATUS_FS | SSTATUS_SD;

	for (u32 i = 0; i < 8; i++) {
		bool spp = i & 1, spie = i & 2, sie = i & 4;

		start(true);
		cpu->state.csr.sepc = 0xffffffff80001234;
		cpu->state.csr.sstatus = rest | (spp ? SSTATUS_SPP : 0) |
					 (spie ? SSTATUS_SPIE : 0) |
					 (sie ? SSTATUS_SIE : 0);
		assert_int_equal(run(SRET), RESUME);
		assert_int_equal(cpu->state.priv, spp ? PRIV_S : PRIV_U);
		assert_int_equal(cpu->state.pc, 0xffffffff80001234);
		assert_int_equal(cpu->state.csr.sstatus,
				 rest | SSTATUS_SPIE |
					 (spie ? SSTATUS_SIE : 0));
		assert_true(cpu->stale & SOFT_IRQ);
		assert_int_equal(cpu->stale & (SOFT_VIEW | SOFT_ENV),
				 spp ? 0 : SOFT_VIEW | SOFT_ENV);
	}
}

/* What is S-mode's is illegal in U-mode, and M-mode's in both. */
static void test_privilege(void **state)
{
	start(true);
	check_illegal(MRET);
	check_illegal(0x10500073); /* wfi is an exit of its own */
	cpu->state.priv = PRIV_U;
	check_illegal(SRET);
	check_illegal(MRET);
	check_illegal(sfence_insn(0, 0));
	check_illegal(sfence_insn(10, 11));
	check_illegal(0x16b50073); /* sinval.vma a0, a1 */
	check_illegal(0x18000073); /* sfence.w.inval */
	check_illegal(0x18100073); /* sfence.inval.ir */
	assert_int_equal(fences, 0);
}

/* ---- fences -------------------------------------------------------------- */

static void check_fence(u32 raw, u64 fence_start, u64 size, bool has_asid,
			u64 asid)
{
	fences = 0;
	assert_int_equal(run(raw), ADVANCE);
	assert_int_equal(fences, 1);
	assert_int_equal(fenced.kinds, FENCE_VMA);
	assert_int_equal(fenced.start, fence_start);
	assert_int_equal(fenced.size, size);
	assert_int_equal(fenced.has_asid, has_asid);
	if (has_asid)
		assert_int_equal(fenced.asid, asid);
}

/*
 * "Supervisor Memory-Management Fence Instruction": x0, not zero, is all; of
 * an ASID the bits above 15 are ignored.
 */
static void test_fence(void **state)
{
	start(true);
	cpu->state.gpr[10] = 0xffffffc000123456;
	cpu->state.gpr[11] = 0x123;
	check_fence(sfence_insn(0, 0), 0, ~0UL, false, 0);
	check_fence(sfence_insn(10, 0), 0xffffffc000123000, 4096, false, 0);
	check_fence(sfence_insn(0, 11), 0, ~0UL, true, 0x123);
	check_fence(sfence_insn(10, 11), 0xffffffc000123000, 4096, true, 0x123);
	check_fence(0x16b50073, 0xffffffc000123000, 4096, true, 0x123);
	cpu->state.gpr[10] = cpu->state.gpr[11] = 0;
	check_fence(sfence_insn(10, 11), 0, 4096, true, 0);
	cpu->state.gpr[10] = ~0UL;
	cpu->state.gpr[11] = 0xabcd0005;
	check_fence(sfence_insn(10, 11), -4096UL, 4096, true, 5);
	assert_int_equal(cpu->stale, 0);
}

/* ---- registers that are not at hand -------------------------------------- */

/* Calling convention: all but gp and s0 to s11 are saved at each exit. */
static bool saved(u32 reg)
{
	return reg != 3 && reg != 8 && reg != 9 && !(reg >= 18 && reg <= 27);
}

static void check_full(u32 raw, bool wants)
{
	struct vcpu_state before = cpu->state;
	struct vcpu *v = cpu;

	v->stale = fences = 0;
	if (!wants) {
		assert_int_equal(run_with(raw, false), ADVANCE);
		return;
	}
	assert_int_equal(run_with(raw, false), FULL);
	assert_memory_equal(&before, &v->state, sizeof(before));
	assert_int_equal(v->stale, 0);
	assert_int_equal(fences, 0);
	assert_int_equal(run_with(raw, true), ADVANCE);
}

static void test_full(void **state)
{
	start(true);
	for (u32 a = 0; a < 32; a++) {
		for (u32 b = 0; b < 32; b++) {
			bool both_saved = saved(a) && saved(b);

			check_full(csr_insn(RW, CSR_SSCRATCH, a, b),
				   !both_saved);
			check_full(csr_insn(RWI, CSR_SSCRATCH, a, b),
				   !saved(a));
			check_full(sfence_insn(a, b), !both_saved);
		}
		check_full(csr_insn(RS, CSR_TIME, a, 0), !saved(a));
	}
	assert_int_equal(run_with(SRET, false), RESUME);
}

/* x0 stays zero, whatever is read into it. */
static void test_x0(void **state)
{
	start(true);
	cpu->state.csr.sscratch = 5;
	assert_int_equal(run(csr_insn(RS, CSR_SSCRATCH, 0, 0)), ADVANCE);
	assert_int_equal(run(csr_insn(RS, CSR_TIME, 0, 0)), ADVANCE);
	assert_int_equal(cpu->state.gpr[0], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_csr_forms),
		cmocka_unit_test(test_csr_bits),
		cmocka_unit_test(test_reads_write_nothing),
		cmocka_unit_test(test_counters),
		cmocka_unit_test(test_guest_time),
		cmocka_unit_test(test_no_sstc),
		cmocka_unit_test(test_satp_levels),
		cmocka_unit_test(test_view),
		cmocka_unit_test(test_stale),
		cmocka_unit_test(test_env),
		cmocka_unit_test(test_sret),
		cmocka_unit_test(test_privilege),
		cmocka_unit_test(test_fence),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_x0),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
