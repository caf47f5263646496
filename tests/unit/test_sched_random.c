/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tests the scheduler in random schedules of 1 to 8 harts and 1 to 40 tasks:
 * nothing is lost, nobody starves, nobody runs where or when he must not, and
 * shares are as the weights.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "sched_jobs.h"

#define SCHEDULES 250
#define ROUNDS    1500
#define UNNOTICED 40 /* rounds until whoever is on his way has said so */

static u64 begun; /* host time of the schedule's start */

/* ---- properties ---------------------------------------------------------- */

/* Somebody ought to do something about it soon. */
static bool unnoticed(const struct job *j)
{
	const struct task *t = &j->task;

	if (t->state == TASK_BLOCKED)
		return j->handled != j->posted;
	if (t->state == TASK_HELD)
		return !gate.closed || t->attention & t->urgent;
	for (u32 i = 0; t->state == TASK_READY && i < host.nharts; i++) {
		if (t->allowed >> i & 1 && sim_asleep(i))
			return true;
	}
	return false;
}

/*
 * Nobody waits for more than two seconds because of weights; after that there
 * may be others in front who did, and each has a slice and a bit.
 */
static u64 longest_wait(void)
{
	return 200 * SLICE + 3 * njobs * (SLICE + 20 * sim.round_ticks);
}

static void check_job(struct job *j)
{
	struct task *t = &j->task;
	u64 since = host_time - t->since, age;

	/* Time passes between rounds only: it has not run yet. */
	if (!j->born && t->state != TASK_BLOCKED)
		j->born = host_time;
	age = host_time - j->born;
	sim_check(t->ran >= j->ran && t->waited >= j->waited,
		  "job %ld: ran %lu, waited %lu", j - jobs, t->ran, t->waited);
	j->ran = t->ran;
	j->waited = t->waited;
	sim_check(t->ran + t->waited <= age, "job %ld: %lu + %lu of %lu ticks",
		  j - jobs, t->ran, t->waited, age);
	if (j->hog && !gates && t->state != TASK_BLOCKED && !stopping)
		sim_check(t->ran + t->waited + since == age,
			  "job %ld: %lu + %lu + %lu of %lu ticks", j - jobs,
			  t->ran, t->waited, since, age);
	sim_check(t->state != TASK_READY || since <= longest_wait(),
		  "job %ld starves", j - jobs);
	if (unnoticed(j))
		j->unnoticed++;
	else
		j->unnoticed = 0;
	sim_check(j->unnoticed < UNNOTICED, "job %ld is %s", j - jobs,
		  t->state == TASK_READY ? "ready, and a hart sleeps"
					 : "asleep in spite of a wake-up");
}

static void check_all(void)
{
	u64 ran = 0;

	for (u32 i = 0; i < njobs; i++) {
		check_job(&jobs[i]);
		ran += jobs[i].ran;
	}
	sim_check(ran <= host.nharts * (host_time - begun),
		  "more than there was: %lu", ran);
}

/* ---- schedules ----------------------------------------------------------- */

static u64 random_mask(void)
{
	u64 all = BIT(host.nharts) - 1, mask = fuzz_random(&sim.seed) & all;

	return mask && sim_random(2) ? mask : all;
}

/* 1 to 10000, each decade as likely as the others. */
static u32 random_weight(void)
{
	u32 weight = 1 + sim_random(10);

	for (u32 i = sim_random(4); i; i--)
		weight *= 10;
	return MIN(weight, 10000U);
}

static void add(struct job *j, u64 allowed, u32 weight)
{
	u32 at;

	do
		at = sim_random(host.nharts);
	while (!(allowed >> at & 1));
	*j = (struct job){
		.alarm = {.fire = alarm_fired, .deadline = TIMER_NEVER}};
	task_init(&j->task, run, allowed, weight, &harts[at]);
	j->task.urgent = URGENT;
}

static void rounds(u32 n)
{
	while (n--) {
		if (!stopping && !sim_random(device_odds))
			sim_harts[sim_random(host.nharts)].device = true;
		sim_round();
		check_all();
	}
}

static bool all_asleep(void)
{
	for (u32 i = 0; i < host.nharts; i++) {
		if (!sim_asleep(i) || sim_harts[i].stimecmp != TIMER_NEVER)
			return false;
	}
	return true;
}

/* No new work: whatever was asked for is done, and then all sleep. */
static void finish(void)
{
	u32 left = 100 * ROUNDS;

	stopping = true;
	gates = false;
	while (!all_asleep() && --left)
		rounds(1);
	sim_harts[0].device = true; /* so that the gate is open */
	while (!all_asleep() && --left)
		rounds(1);
	sim_check(left, "harts do not come to rest");
	sim_check(!sched_contended(), "somebody is still queued");
	for (u32 i = 0; i < njobs; i++) {
		struct job *j = &jobs[i];

		sim_check(j->task.state == TASK_BLOCKED, "job %u", i);
		sim_check(j->handled == j->posted,
			  "job %u was asked %u times, has seen %u", i,
			  j->posted, j->handled);
	}
}

static void begin(u32 nharts, u32 lock_odds, u64 round_ticks)
{
	static const u32 odds[] = {8, 64, 1000};

	sim_start(nharts);
	sim.lock_odds = lock_odds;
	sim.round_ticks = round_ticks;
	sim.on_device = device;
	post_odds = odds[sim_random(ARRAY_SIZE(odds))];
	device_odds = odds[sim_random(ARRAY_SIZE(odds))];
	stopping = gates = gate.closed = false;
	begun = host_time;
	njobs = started = 0;
}

/* All at once, or one after another. */
static void start_all(void)
{
	u32 pace = 1 + sim_random(2) * 30;

	while (started < njobs) {
		sim_harts[sim_random(host.nharts)].device = true;
		rounds(1 + sim_random(pace));
	}
}

/* Give whoever comes next a vtime of this, by one who had as much. */
static void set_clock(u64 vtime)
{
	for (u32 steps = 4; steps; steps--) {
		struct job *j = &jobs[0];

		begin(1, 1000, SLICE);
		add(j, 1, SCHED_WEIGHT);
		j->task.vtime += (vtime - j->task.vtime) / steps;
		njobs = 1;
		start_all();
		finish();
	}
}

static void schedule_any(void)
{
	u64 step = SLICE / (2 + sim_random(sim_random(2) ? 100 : 10));
	u32 n = 1 + sim_random(sim_random(2) ? JOBS : 6), hogs = sim_random(3);

	sim.start = sim.seed;
	/* Half of them at the end of the numbers. */
	set_clock(sim_random(2) ? -sim_random(1000 * SLICE * 10000) : 0);
	begin(1 + sim_random(SIM_HARTS), 1 + sim_random(8), step);
	for (u32 i = 0; i < n; i++) {
		add(&jobs[i], random_mask(), random_weight());
		jobs[i].hog = !sim_random(2) && hogs;
	}
	njobs = n;
	gates = !sim_random(4);
	start_all();
	rounds(ROUNDS);
	finish();
}

static void test_any(void **state)
{
	sim.seed = fuzz_seed();
	host_time++; /* 0 stands for never */
	for (u32 i = 0; i < SCHEDULES; i++)
		schedule_any();
}

/*
 * What each gets of the time that all got, in ticks: as the weights, but who
 * would get more than one hart gets that, and the others share the rest.
 */
static void fair_shares(u64 total, u64 *fair)
{
	u64 hart = total / host.nharts, weights = 0;
	bool whole[JOBS] = {0}, more = true;

	for (u32 i = 0; i < njobs; i++)
		weights += jobs[i].task.weight;
	while (more) {
		more = false;
		for (u32 i = 0; i < njobs; i++) {
			if (whole[i])
				continue;
			fair[i] = total * jobs[i].task.weight / weights;
			if (fair[i] <= hart)
				continue;
			fair[i] = hart;
			whole[i] = more = true;
			total -= hart;
			weights -= jobs[i].task.weight;
			break;
		}
	}
}

/* Within three slices, and what it gets while the lightest has two. */
static void check_shares(const u64 *before)
{
	u64 fair[JOBS], total = 0;

	for (u32 i = 0; i < njobs; i++)
		total += jobs[i].task.ran - before[i];
	fair_shares(total, fair);
	for (u32 i = 0; i < njobs; i++) {
		u64 got = jobs[i].task.ran - before[i];
		u64 bound = 3 * SLICE + 2 * SLICE * jobs[i].task.weight / 100;

		sim_check(got + bound >= fair[i] && got <= fair[i] + bound,
			  "job %u of %u on %u harts, weight %u: %lu, not %lu",
			  i, njobs, host.nharts, jobs[i].task.weight, got,
			  fair[i]);
	}
}

/* All always busy, and allowed everywhere; none so light that it is forgiven.
 */
static void schedule_shares(void)
{
	u64 ran[JOBS];

	sim.start = sim.seed;
	set_clock(sim_random(2) ? -sim_random(1000 * SLICE * 100) : 0);
	begin(1 + sim_random(SIM_HARTS), 20, SLICE / 12);
	njobs = host.nharts + sim_random(2 * host.nharts + 2);
	for (u32 i = 0; i < njobs; i++) {
		add(&jobs[i], BIT(host.nharts) - 1, 100 + sim_random(500));
		jobs[i].hog = true;
	}
	start_all();
	rounds(sim_random(200));
	for (u32 i = 0; i < njobs; i++)
		ran[i] = jobs[i].task.ran;
	rounds(3 * ROUNDS);
	check_shares(ran);
	finish();
}

static void test_shares(void **state)
{
	sim.seed = fuzz_seed();
	host_time++; /* 0 stands for never */
	for (u32 i = 0; i < SCHEDULES / 8; i++)
		schedule_shares();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any),
		cmocka_unit_test(test_shares),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
