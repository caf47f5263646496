/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Harts that really interleave, for tests of the scheduler: each runs
 * sched_loop() on a stack of its own, and gives way to the others before and
 * after every lock, at every interrupt, and while a task runs. Who goes on is
 * drawn by lot. Timers are the real ones.
 */
#ifndef TESTS_UNIT_SCHED_SIM_H
#define TESTS_UNIT_SCHED_SIM_H

#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "fuzz.h"
#include "host.h"
#include "hyp/csr.h"
#include "hyp/hart.h"
#include "hyp/lock_check.h"
#include "hyp/sbi.h"
#include "hyp/sched.h"
#include "hyp/timer.h"
#include "hyp/timer_run.h"
#include "hyp/util.h"

#define SIM_HARTS 8
#define SIM_STACK 65536UL
#define SLICE     100000UL /* 10 ms */

static struct sim_hart {
	ucontext_t context;
	char stack[SIM_STACK] __attribute__((aligned(64)));
	void *fake; /* ASan's */
	u64 stimecmp;
	bool ipi;
	bool device; /* an interrupt of the host's devices */
	bool asleep;
} sim_harts[SIM_HARTS];

static struct {
	u64 seed, start; /* start: that of this schedule */
	ucontext_t context;
	const void *stack;
	size_t stack_size;
	void *fake;
	bool inside;     /* a hart runs, not the driver */
	u32 lock_odds;   /* give way at one lock in so many */
	u64 round_ticks; /* in a round, on average */
	void (*on_device)(void);
} sim;

static inline u64 sim_random(u64 n)
{
	return fuzz_random(&sim.seed) % n;
}

/* A property does not hold: say which schedule, and end at once. */
#define sim_check(condition, ...)                                              \
	do {                                                                   \
		if (condition)                                                 \
			break;                                                 \
		fprintf(stderr,                                                \
			"%s:%d: %s\nhart %u, SEED=%lu, ticks %lu: ", __FILE__, \
			__LINE__, #condition, host_hart,                       \
			(unsigned long)sim.start, (unsigned long)host_time);   \
		fprintf(stderr, __VA_ARGS__);                                  \
		fprintf(stderr, "\n");                                         \
		abort();                                                       \
	} while (0)

/* ---- who goes on --------------------------------------------------------- */

/* From a hart back to the driver. */
static inline void sim_pause(void)
{
	struct sim_hart *h = &sim_harts[host_hart];

	__sanitizer_start_switch_fiber(&h->fake, sim.stack, sim.stack_size);
	swapcontext(&h->context, &sim.context);
	__sanitizer_finish_switch_fiber(h->fake, NULL, NULL);
}

static inline void sim_maybe_pause(void)
{
	if (sim.inside && !sim_random(sim.lock_odds))
		sim_pause();
}

static void sim_enter(void)
{
	__sanitizer_finish_switch_fiber(NULL, &sim.stack, &sim.stack_size);
	sched_loop();
}

static inline void sim_resume(u32 hart)
{
	struct sim_hart *h = &sim_harts[hart];

	host_hart = hart;
	sim.inside = true;
	__sanitizer_start_switch_fiber(&sim.fake, h->stack, SIM_STACK);
	swapcontext(&sim.context, &h->context);
	__sanitizer_finish_switch_fiber(sim.fake, NULL, NULL);
	sim.inside = false;
	host_hart = 0;
}

static inline bool sim_interrupted(const struct sim_hart *h)
{
	return h->ipi || h->device || h->stimecmp <= host_time;
}

/* It sleeps, and nothing will wake it now. */
static inline bool sim_asleep(u32 hart)
{
	const struct sim_hart *h = &sim_harts[hart];

	return h->asleep && !sim_interrupted(h);
}

/* Time passes; then each hart that is awake goes on, in any order, some twice.
 */
static inline void sim_round(void)
{
	u32 first = sim_random(host.nharts), up = sim_random(2);

	host_time += sim_random(2 * sim.round_ticks + 1);
	for (u32 i = 0; i < host.nharts; i++) {
		u32 n = up ? i : host.nharts - 1 - i;
		u32 hart = (first + n) % host.nharts;

		for (u32 more = 1; more && !sim_asleep(hart);
		     more = !sim_random(4))
			sim_resume(hart);
	}
}

static void sim_power_on(u32 hart)
{
	struct sim_hart *h = &sim_harts[hart];

	harts[hart].index = hart;
	harts[hart].timer_set = TIMER_NEVER;
	lock_init(&harts[hart].timer_lock, LOCK_TIMER);
	__asan_unpoison_memory_region(h->stack, SIM_STACK);
	h->stimecmp = TIMER_NEVER;
	h->ipi = h->device = h->asleep = false;
	getcontext(&h->context);
	h->context.uc_stack.ss_sp = h->stack;
	h->context.uc_stack.ss_size = SIM_STACK;
	makecontext(&h->context, sim_enter, 0);
}

static inline void sim_start(u32 nharts)
{
	memset(harts, 0, sizeof(harts));
	host.timebase = 10000000;
	host.nharts = nharts;
	host.features = HOST_SSTC;
	for (u32 i = 0; i < SIM_HARTS; i++)
		sim_power_on(i);
}

/* ---- the machine --------------------------------------------------------- */

void lock_acquire(struct lock *l)
{
	sim_maybe_pause();
	sim_check(!l->owner, "a lock is held across a pause");
	lock_check_acquire(l, __builtin_return_address(0));
	l->owner = this_hart();
}

void lock_release(struct lock *l)
{
	sim_check(l->owner == this_hart(), "not the holder's");
	lock_check_release(l, __builtin_return_address(0));
	l->owner = NULL;
	sim_maybe_pause();
}

void hart_kick(struct hart *h)
{
	sim_maybe_pause();
	sim_harts[h->index].ipi = true;
	sim_maybe_pause();
}

void hart_interrupts(void)
{
	struct sim_hart *h = &sim_harts[host_hart];

	sim_maybe_pause();
	h->ipi = false;
	if (h->stimecmp <= host_time)
		timer_run();
	if (h->device) {
		h->device = false;
		sim.on_device();
	}
}

void hart_idle(void)
{
	struct sim_hart *h = &sim_harts[host_hart];

	h->asleep = true;
	while (!sim_interrupted(h))
		sim_pause();
	h->asleep = false;
}

unsigned long host_csr_read(unsigned int csr)
{
	sim_check(csr == CSR_TIME, "CSR %u", csr);
	return host_time;
}

void host_csr_write(unsigned int csr, unsigned long value)
{
	sim_check(csr == CSR_STIMECMP, "CSR %u", csr);
	sim_harts[host_hart].stimecmp = value;
}

void sbi_set_timer(u64 deadline)
{
	sim_check(false, "the host has Sstc");
}

#endif
