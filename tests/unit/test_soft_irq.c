/* SPDX-License-Identifier: BSD-2-Clause */
/* S-mode in software: interrupts, the timer, what they wake. */
#include "soft_bench.h"

#define SEI 0x8000000000000009
#define SSI 0x8000000000000001
#define STI 0x8000000000000005

/* ---- which interrupt, and when ------------------------------------------- */

static void raise(u32 bits)
{
	cpu->state.csr.sip = bits & BIT(1);
	cpu->irq_lines = bits & (BIT(5) | BIT(9));
}

/* Any set of the three, pending and enabled, in U and S, SIE or not. */
static void test_which(void **state)
{
	static const u32 bit[] = {BIT(9), BIT(1), BIT(5)}; /* by priority */
	static const u64 cause[] = {SEI, SSI, STI};

	start(true);
	for (u32 i = 0; i < 256; i++) {
		bool user = i & 64, sie = i & 128;
		u64 want = 0;
		u32 pending = 0;

		cpu->state.csr.sie = 0;
		for (u32 n = 0; n < 3; n++) {
			pending |= i >> n & 1 ? bit[n] : 0;
			cpu->state.csr.sie |= i >> (3 + n) & 1 ? bit[n] : 0;
			if (!want && i >> n & 1 && i >> (3 + n) & 1)
				want = cause[n];
		}
		raise(pending);
		cpu->state.priv = user ? PRIV_U : PRIV_S;
		cpu->state.csr.sstatus = sie ? SSTATUS_SIE : 0;
		cpu->state.csr.scause = 0;
		assert_int_equal(soft_sip(cpu), pending);
		assert_int_equal(soft_pending(cpu),
				 pending & cpu->state.csr.sie);
		assert_int_equal(soft_waiting(cpu), soft_pending(cpu));
		if (!user && !sie)
			want = 0;
		assert_int_equal(soft_interrupt(cpu), want != 0);
		assert_int_equal(cpu->state.csr.scause, want);
	}
}

/* "Supervisor Trap Vector Base Address Register". */
static void test_vector(void **state)
{
	static const u32 irqs[] = {1, 5, 9};

	for (u32 i = 0; i < 12; i++) {
		u32 irq = irqs[i % 3], mode = i / 3 % 2;
		bool user = i / 6;

		start(true);
		cpu->state.csr.stvec = 0xffffffff80004000 | mode;
		cpu->state.csr.sie = ~0UL;
		cpu->state.csr.sstatus = SSTATUS_SIE | SSTATUS_SUM;
		cpu->state.csr.stval = 1;
		cpu->state.pc = 0x1236;
		cpu->state.priv = user ? PRIV_U : PRIV_S;
		raise(BIT(irq));
		assert_true(soft_interrupt(cpu));
		assert_int_equal(cpu->state.pc,
				 0xffffffff80004000 + mode * 4 * irq);
		assert_int_equal(cpu->state.csr.sepc, 0x1236);
		assert_int_equal(cpu->state.csr.stval, 0);
		assert_int_equal(cpu->state.priv, PRIV_S);
		assert_int_equal(cpu->state.csr.sstatus,
				 SSTATUS_SPIE | SSTATUS_SUM |
					 (user ? 0 : SSTATUS_SPP));
		assert_int_equal(cpu->stale & (SOFT_VIEW | SOFT_ENV),
				 user ? SOFT_VIEW | SOFT_ENV : 0);
		/* SIE is off now. */
		assert_false(soft_interrupt(cpu));
	}
}

/* An exception is never vectored, whatever its number. */
static void test_exception(void **state)
{
	for (u32 user = 0; user < 2; user++) {
		start(true);
		cpu->state.csr.stvec = 0xffffffff80004001;
		cpu->state.pc = 0x1236;
		cpu->state.priv = user ? PRIV_U : PRIV_S;
		soft_inject(cpu, CAUSE_ECALL_U, 77);
		assert_int_equal(cpu->state.pc, 0xffffffff80004000);
		assert_int_equal(cpu->state.csr.sepc, 0x1236);
		assert_int_equal(cpu->state.csr.scause, CAUSE_ECALL_U);
		assert_int_equal(cpu->state.csr.stval, 77);
		assert_int_equal(cpu->state.priv, PRIV_S);
		assert_int_equal(cpu->stale & (SOFT_VIEW | SOFT_ENV),
				 user ? SOFT_VIEW | SOFT_ENV : 0);
	}
}

/* ---- SSIP ---------------------------------------------------------------- */

static void test_ssip(void **state)
{
	start(true);
	soft_irq(cpu, false);
	assert_int_equal(soft_sip(cpu), 0);
	assert_true(cpu->stale & SOFT_IRQ);
	cpu->stale = 0;
	soft_irq(cpu, true);
	assert_int_equal(soft_sip(cpu), BIT(1));
	assert_true(cpu->stale & SOFT_IRQ);
	/* The lines are not software's: neither set nor kept by a write. */
	raise(BIT(9) | BIT(5) | BIT(1));
	assert_int_equal(run(csr_insn(RCI, CSR_SIP, 10, 2)), ADVANCE);
	assert_int_equal(cpu->state.gpr[10], BIT(9) | BIT(5) | BIT(1));
	assert_int_equal(soft_sip(cpu), BIT(9) | BIT(5));
	cpu->irq_lines = 0;
	assert_int_equal(soft_sip(cpu), 0);
	cpu->state.gpr[11] = ~0UL;
	assert_int_equal(run(csr_insn(RS, CSR_SIP, 0, 11)), ADVANCE);
	assert_int_equal(soft_sip(cpu), BIT(1));
	/* Whatever else a backend keeps among the lines is not shown. */
	cpu->irq_lines = ~0UL;
	assert_int_equal(soft_sip(cpu), BIT(9) | BIT(5) | BIT(1));
}

/* ---- the timer ----------------------------------------------------------- */

static bool stip(void)
{
	return soft_sip(cpu) & BIT(5);
}

/* "Supervisor Timer Register": STIP is time >= stimecmp, and no more. */
static void check_timer(bool sstc)
{
	start(sstc);
	assert_false(stip());
	assert_int_equal(cpu->timer.deadline, TIMER_NEVER);
	soft_timer(cpu, host_time + 50);
	assert_int_equal(cpu->timer.deadline, host_time + 50);
	host_advance(host_time + 49);
	assert_false(stip());
	assert_int_equal(wakes, 0);
	host_advance(host_time + 1);
	assert_int_equal(wakes, 1);
	answer();
	assert_true(stip());
	assert_true(cpu->stale & SOFT_IRQ);
	/* It stays until another deadline. */
	answer();
	assert_true(stip());
	soft_timer(cpu, host_time + 1);
	assert_false(stip());
	/* In the past: at once, and nobody needs to be waited for. */
	cpu->stale = 0;
	soft_timer(cpu, host_time);
	assert_true(stip());
	assert_true(cpu->stale & SOFT_IRQ);
	assert_int_equal(cpu->timer.deadline, TIMER_NEVER);
	soft_timer(cpu, ~0UL);
	assert_false(stip());
	assert_int_equal(cpu->timer.deadline, TIMER_NEVER);
	soft_timer(cpu, 0);
	assert_true(stip());
}

static void test_timer(void **state)
{
	check_timer(true);
	check_timer(false);
}

/* By the guest's own hand. */
static void test_stimecmp(void **state)
{
	start(true);
	cpu->state.gpr[11] = host_time + 70;
	assert_int_equal(run(csr_insn(RW, CSR_STIMECMP, 10, 11)), ADVANCE);
	assert_int_equal(cpu->state.gpr[10], ~0UL);
	assert_int_equal(cpu->timer.deadline, host_time + 70);
	assert_false(stip());
	cpu->state.gpr[11] = 3;
	assert_int_equal(run(csr_insn(RW, CSR_STIMECMP, 10, 11)), ADVANCE);
	assert_int_equal(cpu->state.gpr[10], host_time + 70);
	assert_true(stip());
	/* SBI set_timer is the same register. */
	soft_timer(cpu, 123456789);
	assert_int_equal(cpu->state.csr.stimecmp, 123456789);
	/* Without Sstc it is not there, and the SBI's is not shown. */
	start(false);
	soft_timer(cpu, 123456789);
	assert_int_equal(cpu->state.csr.stimecmp, ~0UL);
	assert_int_equal(cpu->sbi_deadline, 123456789);
	check_illegal(csr_insn(RW, CSR_STIMECMP, 10, 11));
}

/* A guest whose time stood still is behind, or (PITFALLS) far ahead. */
static void test_delta(void **state)
{
	start(true);
	vm.time_delta = -600000UL; /* host_time is 1000000 */
	soft_timer(cpu, 400001);
	assert_false(stip());
	assert_int_equal(cpu->timer.deadline, 1000001);
	host_advance(1000001);
	answer();
	assert_true(stip());
	/* Guest time is past host time's end: for ever. */
	vm.time_delta = -2000000UL;
	soft_timer(cpu, -999999UL + 5);
	assert_false(stip());
	assert_int_equal(cpu->timer.deadline, 1000001 + 5);
	vm.time_delta = 10;
	soft_timer(cpu, 5);
	assert_true(stip());
	vm.time_delta = -1000UL;
	soft_timer(cpu, ~0UL - 100);
	assert_false(stip());
	assert_int_equal(cpu->timer.deadline, TIMER_NEVER);
}

/* A deadline that sie does not let through wakes nobody. */
static void test_deadline(void **state)
{
	for (u32 sstc = 0; sstc < 2; sstc++) {
		start(sstc);
		assert_int_equal(soft_deadline(cpu), ~0UL);
		soft_timer(cpu, 5000000);
		assert_int_equal(soft_deadline(cpu), ~0UL);
		cpu->state.csr.sie = BIT(1) | BIT(9);
		assert_int_equal(soft_deadline(cpu), ~0UL);
		cpu->state.csr.sie = BIT(5);
		assert_int_equal(soft_deadline(cpu), 5000000);
	}
}

/* ---- coming to a hart, and another way to run ---------------------------- */

static void test_load(void **state)
{
	/* From a backend whose hart had stimecmp: no line, no timer. */
	start(true);
	cpu->state.csr.stimecmp = host_time + 9;
	soft_load(cpu);
	assert_int_equal(cpu->timer.deadline, host_time + 9);
	assert_false(stip());
	assert_int_equal(cpu->stale & 15, 15);
	host_time += 9;
	soft_load(cpu);
	assert_true(stip());
	/* And back: the line is the hart's to raise. */
	soft_detach(cpu);
	assert_false(stip());
	assert_int_equal(cpu->timer.deadline, TIMER_NEVER);
	/* While it waits: nothing of it may fire later. */
	soft_timer(cpu, host_time + 100);
	soft_detach(cpu);
	host_advance(host_time + 200);
	assert_false(stip());
	assert_int_equal(wakes, 0);
}

/* What the SBI's timer does outlives both. */
static void test_load_without_sstc(void **state)
{
	start(false);
	soft_timer(cpu, host_time);
	soft_load(cpu);
	assert_true(stip());
	soft_detach(cpu);
	assert_true(stip());
	soft_timer(cpu, host_time + 100);
	soft_load(cpu);
	soft_detach(cpu);
	assert_false(stip());
	host_advance(host_time + 100);
	assert_true(stip());
}

/*
 * A timer that fires on the hart where the vcpu was before, after it has set
 * another deadline here: the interrupt is not that one's.
 */
static void test_late_timer(void **state)
{
	start(true);
	soft_timer(cpu, host_time + 10);
	host_time += 20;
	soft_timer(cpu, host_time + 1000);
	cpu->timer.fire(&cpu->timer);
	answer();
	assert_false(stip());
	assert_int_equal(cpu->timer.deadline, host_time + 1000);
	/* One that fires early, by its hart's time, is not lost. */
	timer_cancel(&cpu->timer);
	cpu->timer.fire(&cpu->timer);
	answer();
	assert_false(stip());
	assert_int_equal(cpu->timer.deadline, host_time + 1000);
	host_advance(host_time + 1000);
	answer();
	assert_true(stip());
	/* And none is left behind where stimecmp is the hart's own. */
	soft_timer(cpu, host_time + 10);
	soft_detach(cpu);
	cpu->timer.fire(&cpu->timer);
	assert_false(stip());
}

/* ---- the vcpu asks and is asked ------------------------------------------ */

static void test_lines(void **state)
{
	start(true);
	cpu->state.csr.sie = BIT(9);
	cpu->state.csr.sstatus = SSTATUS_SIE;
	vcpu_set_line(cpu, IRQ_S_EXT, true);
	assert_true(cpu->task.attention & REQ_IRQ);
	assert_int_equal(wakes, 1);
	assert_int_equal(soft_pending(cpu), BIT(9));
	answer();
	assert_true(cpu->stale & SOFT_IRQ);
	vcpu_set_line(cpu, IRQ_S_EXT, false);
	answer();
	assert_false(soft_interrupt(cpu));
	vcpu_request(cpu, REQ_SSIP);
	answer();
	assert_int_equal(soft_sip(cpu), BIT(1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_which),
		cmocka_unit_test(test_vector),
		cmocka_unit_test(test_exception),
		cmocka_unit_test(test_ssip),
		cmocka_unit_test(test_timer),
		cmocka_unit_test(test_stimecmp),
		cmocka_unit_test(test_delta),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_load_without_sstc),
		cmocka_unit_test(test_late_timer),
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
