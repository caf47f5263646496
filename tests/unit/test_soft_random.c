/* SPDX-License-Identifier: BSD-2-Clause */
/* S-mode in software beside a second model of it, step by random step. */
#include "soft_bench.h"

#define ROUNDS 400
#define STEPS  400

static u64 seed;

static u64 dice(u64 sides)
{
	return fuzz_random(&seed) % sides;
}

/* ---- what happens to a hart ---------------------------------------------- */

/* Mostly what there is; sometimes any number at all. */
static u32 any_csr(void)
{
	static const u32 others[] = {0x001, 0x003, 0x008, 0x010, 0x10b, 0x10c,
				     0x120, 0x145, 0x15a, 0x180, 0x1c0, 0x200,
				     0x280, 0x300, 0x5a8, 0x600, 0x680, 0x800,
				     0xc00, 0xc01, 0xc02, 0xc03, 0xc1f, 0xc80,
				     0xda0, 0xe12, 0xf14, 0xfff};
	u64 r = dice(16);

	if (r == 0)
		return dice(4096);
	if (r < 4)
		return others[dice(ARRAY_SIZE(others))];
	return csr_rows[dice(csr_rows_count)].number;
}

static u32 any_insn(void)
{
	u64 r = dice(16);

	if (r < 2)
		return SRET;
	if (r == 2)
		return sfence_insn(dice(32), dice(32));
	if (r == 3)
		return dice(2) ? MRET : csr_insn(0, dice(4096), 0, dice(32));
	return csr_insn(dice(3) + (dice(2) ? RW : RWI), any_csr(),
			dice(4) ? dice(32) : 0, dice(4) ? dice(32) : 0);
}

/* With half of the registers, then, if it wants them, with all. */
static enum verdict carry_out(u32 raw)
{
	struct vcpu_state before = cpu->state;
	enum verdict got;

	if (dice(2))
		return run(raw);
	got = run_with(raw, false);
	if (got != FULL)
		return got;
	assert_memory_equal(&before, &cpu->state, sizeof(before));
	return run(raw);
}

/* As the run loop does with the verdict. */
static void instruction(struct model *m)
{
	u32 raw = any_insn();
	struct model before = *m;
	enum outcome want = m_step(m, raw);
	enum verdict got = carry_out(raw);

	if (want == M_ILLEGAL) {
		*m = before;
		if (got != INJECT)
			fail_msg("%x: %d", raw, got);
		m_trap(m, 2, raw);
		soft_inject(cpu, cpu->fault_cause, cpu->fault_tval);
	} else if (want == M_DONE) {
		assert_int_equal(got, ADVANCE);
		m->pc += 4;
		cpu->state.pc += 4;
	} else {
		assert_int_equal(got, RESUME);
	}
}

/* The guest computes: a register and the pc. */
static void compute(struct model *m)
{
	u32 n = 1 + dice(31);

	m->x[n] = cpu->state.gpr[n] = value(&seed);
	m->pc = cpu->state.pc = value(&seed) & ~1UL;
}

static void exception(struct model *m)
{
	u64 cause = dice(16), tval = value(&seed);

	m_trap(m, cause, tval);
	soft_inject(cpu, cause, tval);
}

static void external(struct model *m)
{
	m->seip = dice(2);
	vcpu_set_line(cpu, IRQ_S_EXT, m->seip);
	answer();
}

static void ipi(struct model *m)
{
	m->ssip = true;
	vcpu_request(cpu, REQ_SSIP);
	answer();
}

static void time_goes_by(struct model *m)
{
	u64 ticks = dice(1UL << dice(20));

	host_advance(host_time + ticks);
	m->time += ticks;
	answer();
}

/* Soon, long ago, far away, or never. */
static void set_timer(struct model *m)
{
	u64 deadline = m->time + dice(1UL << dice(20));

	if (!dice(4))
		deadline = value(&seed);
	m->stimecmp = deadline;
	soft_timer(cpu, deadline);
}

/* It was paused, or had another hart, or another way to run. */
static void reload(struct model *m)
{
	u64 stood = dice(100000);

	if (dice(2)) {
		host_time += stood;
		vm.time_delta -= stood;
		vcpu_rearm(cpu);
	} else {
		soft_detach(cpu);
	}
	soft_load(cpu);
	assert_int_equal(cpu->stale & 15, 15);
}

static void interrupts(struct model *m)
{
	bool want = m_interrupt(m);

	assert_int_equal(soft_interrupt(cpu), want);
}

/* ---- side by side -------------------------------------------------------- */

static void (*const things[])(struct model *) = {
	instruction, instruction, instruction, instruction,  instruction,
	instruction, compute,     exception,   external,     ipi,
	set_timer,   reload,      interrupts,  time_goes_by,
};

static void step(struct model *m)
{
	struct model before = *m;
	u32 must;

	cpu->stale = 0;
	things[dice(ARRAY_SIZE(things))](m);
	/* What stood before need not be said again. */
	must = must_be_stale(&before, m);
	if (m_sip(&before) & m_sie(&before) && (!before.s || before.sie))
		must &= ~SOFT_IRQ;
	assert_int_equal(cpu->stale & must, must);
	same(m);
}

static void life(bool sstc)
{
	struct model m;

	start(sstc);
	model_random(&m, &seed, sstc);
	impose(&m);
	for (u32 i = 0; i < STEPS; i++)
		step(&m);
}

static void test_random(void **state)
{
	seed = fuzz_seed();
	for (u32 i = 0; i < ROUNDS; i++) {
		backend_guest_levels = 3 + i % 3;
		life(i % 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
