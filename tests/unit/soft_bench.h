/* SPDX-License-Identifier: BSD-2-Clause */
/* A vcpu whose S-mode is software, with small stand-ins around it. */
#ifndef TESTS_UNIT_SOFT_BENCH_H
#define TESTS_UNIT_SOFT_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "fuzz.h"
#include "host.h"
#include "hyp/util.h"
#include "soft_model.h"
#include "vcpu/backend.h"
#include "vcpu/soft.h"
#include "vcpu/state.h"
#include "vcpu/vm.h"

#define CYCLES   0x1234567890UL
#define INSTRETS 0x987654321UL

static struct vm vm;
#define cpu (&vm.vcpu[0])

u32 backend_guest_levels = 5;

/* Of the hart it may read only counters; the time is host_time. */
unsigned long host_csr_read(unsigned int csr)
{
	if (csr == CSR_CYCLE)
		return CYCLES;
	assert_int_equal(csr, CSR_INSTRET);
	return INSTRETS;
}

void host_csr_write(unsigned int csr, unsigned long value)
{
	fail_msg("CSR 0x%x was written", csr);
}

static struct fence fenced;
static u32 fences;

static void take_fence(struct vcpu *v, const struct fence *f)
{
	assert_ptr_equal(v, cpu);
	fenced = *f;
	fences++;
}

static const struct backend backend = {
	.soft = true,
	.fence = take_fence,
	.irq = soft_irq,
	.deadline = soft_deadline,
	.pending = soft_waiting,
};

const struct backend *backend_find(enum backend_id id)
{
	return &backend;
}

/* The scheduler's part: only that somebody was woken matters here. */
static u32 wakes;

void task_init(struct task *t, bool (*run)(struct task *), u64 allowed,
	       u32 weight, struct hart *h)
{
}

bool run_vcpu(struct task *t)
{
	return false;
}

void task_wake(struct task *t)
{
	wakes++;
}

void task_kick(struct task *t)
{
}

bool task_runs_elsewhere(const struct task *t)
{
	return false;
}

/* As the run loop does before it enters a guest. */
static inline void answer(void)
{
	u64 asked = cpu->task.attention;

	cpu->task.attention = 0;
	if (asked & (REQ_IRQ | REQ_SSIP))
		soft_irq(cpu, asked & REQ_SSIP);
}

/* A vcpu as after reset, at some pc, on a hart; nothing is stale. */
static inline void start(bool sstc)
{
	host_reset();
	host_time = 1000000;
	memset(&vm, 0, sizeof(vm));
	fences = wakes = 0;
	host.nharts = 1;
	host.features = HOST_SSTC | HOST_FD | HOST_V;
	host.time_closes = host.inval_traps = true;
	vm.spec.force = sstc ? 0 : FORCE_NO_SSTC;
	vm.spec.vcpus = 1;
	isa_rules_make(&vm.rules, &vm.spec, BACKEND_TE);
	vcpu_init(cpu, &vm, 0, &harts[0]);
	cpu->start_pc = 0x80200000;
	vcpu_begin(cpu);
	soft_load(cpu);
	cpu->stale = 0;
}

/* ---- instructions -------------------------------------------------------- */

enum { RW = 1, RS = 2, RC = 3, RWI = 5, RSI = 6, RCI = 7 };

/* Unprivileged, "Zicsr". */
static inline u32 csr_insn(u32 form, u32 csr, u32 rd, u32 rs1)
{
	return csr << 20 | rs1 << 15 | form << 12 | rd << 7 | 0x73;
}

#define SRET 0x10200073U
#define MRET 0x30200073U

/* Privileged, "Supervisor Memory-Management Fence Instruction". */
static inline u32 sfence_insn(u32 rs1, u32 rs2)
{
	return 0x12000073 | rs1 << 15 | rs2 << 20;
}

static inline enum verdict run_with(u32 raw, bool full)
{
	struct vexit x = {
		.tval = raw,
		.full = full,
		.pc = cpu->state.pc,
		.insn = insn_decode(raw),
	};

	return soft_privileged(cpu, &x);
}

static inline enum verdict run(u32 raw)
{
	return run_with(raw, true);
}

/* It is an illegal instruction, and nothing else happens. */
static inline void check_illegal(u32 raw)
{
	struct vcpu_state before = cpu->state;

	cpu->stale = 0;
	assert_int_equal(run(raw), INJECT);
	assert_int_equal(cpu->fault_cause, 2);
	assert_int_equal(cpu->fault_tval, raw);
	assert_memory_equal(&before, &cpu->state, sizeof(before));
	assert_int_equal(cpu->stale, 0);
}

/* ---- beside the model ---------------------------------------------------- */

static inline u64 value(u64 *seed)
{
	static const u64 special[] = {0, ~0UL, 1, 1UL << 63,
				      0x8000000080200000};
	u64 r = fuzz_random(seed);

	if (r % 8 < ARRAY_SIZE(special))
		return special[r % 8];
	return fuzz_random(seed) >> (r >> 8) % 64;
}

/* Any state that a guest can get into by itself. */
static inline void model_random(struct model *m, u64 *seed, bool sstc)
{
	*m = (struct model){
		.s = true,
		.sstc = sstc,
		.levels = backend_guest_levels,
		.cycle = CYCLES,
		.instret = INSTRETS,
		.time = host_time,
		.stimecmp = ~0UL,
		.pc = value(seed) & ~1UL,
	};
	for (u32 n = 1; n < 32; n++)
		m->x[n] = value(seed);
	for (u32 csr = 0x100; csr < 0x200; csr++)
		if (csr != 0x14d)
			m_write(m, csr, value(seed));
	m->s = fuzz_random(seed) % 2;
}

/* Put the vcpu into that state. */
static inline void impose(const struct model *m)
{
	struct vcpu_state *s = &cpu->state;

	memcpy(s->gpr, m->x, sizeof(s->gpr));
	s->pc = m->pc;
	s->priv = m->s ? PRIV_S : PRIV_U;
	s->csr.sstatus = m_sstatus(m);
	s->csr.sie = m_sie(m);
	s->csr.stvec = m->stvec;
	s->csr.scounteren = m->scounteren;
	s->csr.senvcfg = m->senvcfg;
	s->csr.sscratch = m->sscratch;
	s->csr.sepc = m->sepc;
	s->csr.scause = m->scause;
	s->csr.stval = m->stval;
	s->csr.sip = (u64)m->ssip << 1;
	s->csr.satp = m->satp;
	cpu->irq_lines = (u64)m->seip << 9;
	soft_timer(cpu, m->stimecmp);
	cpu->stale = 0;
}

/* It is in that state, by all that a guest can see of it. */
static inline void same(const struct model *m)
{
	const struct vcpu_state *s = &cpu->state;

	assert_memory_equal(s->gpr, m->x, sizeof(s->gpr));
	assert_int_equal(s->pc, m->pc);
	assert_int_equal(s->priv, m->s ? PRIV_S : PRIV_U);
	assert_int_equal(s->csr.sstatus, m_sstatus(m));
	assert_int_equal(s->csr.sie, m_sie(m));
	assert_int_equal(s->csr.stvec, m->stvec);
	assert_int_equal(s->csr.scounteren, m->scounteren);
	assert_int_equal(s->csr.senvcfg, m->senvcfg);
	assert_int_equal(s->csr.sscratch, m->sscratch);
	assert_int_equal(s->csr.sepc, m->sepc);
	assert_int_equal(s->csr.scause, m->scause);
	assert_int_equal(s->csr.stval, m->stval);
	assert_int_equal(s->csr.sip, (u64)m->ssip << 1);
	assert_int_equal(s->csr.satp, m->satp);
	assert_int_equal(soft_sip(cpu), m_sip(m));
	assert_int_equal(soft_pending(cpu), m_sip(m) & m_sie(m));
	assert_int_equal(soft_waiting(cpu), m_sip(m) & m_sie(m));
	assert_int_equal(soft_deadline(cpu), m->stie ? m->stimecmp : ~0UL);
}

/* What has to be looked at again, at least, between two states. */
static inline u32 must_be_stale(const struct model *a, const struct model *b)
{
	bool takes = m_sip(b) & m_sie(b) && (!b->s || b->sie);
	u32 stale = 0;

	if (a->s != b->s || a->sum != b->sum || a->mxr != b->mxr ||
	    a->satp != b->satp)
		stale |= SOFT_VIEW;
	if (takes)
		stale |= SOFT_IRQ;
	if (a->fs != b->fs || a->vs != b->vs)
		stale |= SOFT_UNITS;
	if (a->s != b->s || a->senvcfg != b->senvcfg ||
	    a->scounteren != b->scounteren)
		stale |= SOFT_ENV;
	return stale;
}

#endif
