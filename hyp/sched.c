/* SPDX-License-Identifier: BSD-2-Clause */
/* Tasks on harts: waking, turns, slices; who is next says sched_queue.c. */
#include "hyp/debug.h"
#include "hyp/lock_check.h"
#include "hyp/sched.h"
#include "hyp/sched_queue.h"
#include "hyp/util.h"

struct lock sched_lock = LOCK_INIT(LOCK_SCHED);
static struct task *held; /* those who wait at a gate; sched_lock */
static u64 idle_harts;    /* a bit an index; sched_lock */

void task_init(struct task *t, bool (*run)(struct task *), u64 allowed,
	       u32 weight, struct hart *h)
{
	BUG_ON(!weight || weight > SCHED_WEIGHT_MAX);
	*t = (struct task){
		.run = run, .allowed = allowed, .weight = weight, .hart = h};
	sched_queue_join(t);
}

/* An idle hart for t, its last one if that is idle; or NULL. */
static struct hart *idle_for_locked(const struct task *t)
{
	u64 fit = idle_harts & t->allowed;

	if (fit >> t->hart->index & 1)
		return t->hart;
	return fit ? &harts[__builtin_ctzl(fit)] : NULL;
}

static void ask_to_yield(struct task *t)
{
	__atomic_fetch_or(&t->attention, TASK_YIELD, __ATOMIC_RELEASE);
}

/* The hart, among those that t may use, whose task has had the most. */
static struct hart *busiest_for_locked(const struct task *t)
{
	struct hart *most = NULL;

	for (u32 i = 0; i < host.nharts; i++) {
		struct hart *h = &harts[i];

		if (!task_may_run(t, h) || !h->current)
			continue;
		if (!most ||
		    vtime_before(most->current->vtime, h->current->vtime))
			most = h;
	}
	return most;
}

/*
 * t became ready and no hart is idle: whoever runs must learn that it shares,
 * and those whose turn has no end yet must get one. Returns harts to kick.
 */
static u64 share_locked(const struct task *t)
{
	struct hart *most = busiest_for_locked(t);
	u64 kick = 0;

	for (u32 i = 0; i < host.nharts; i++) {
		struct hart *h = &harts[i];

		if (!h->current || !task_may_run(t, h) ||
		    (h != most && h->slice.hart))
			continue;
		ask_to_yield(h->current);
		kick |= BIT(i);
	}
	return kick;
}

/* A hart for t, which became ready; returns harts to kick. */
static u64 announce_locked(const struct task *t)
{
	struct hart *h = idle_for_locked(t);

	if (!h)
		return share_locked(t);
	idle_harts &= ~BIT(h->index); /* the next one wakes another */
	return BIT(h->index);
}

/* Somebody waits whom an idle hart could serve; returns harts to kick. */
static u64 rouse_locked(void)
{
	const struct task *t = sched_queue_locked();

	for (; t && idle_harts; t = t->next) {
		if (idle_for_locked(t))
			return announce_locked(t);
	}
	return 0;
}

static void kick(u64 mask)
{
	mask &= ~BIT(this_hart()->index);
	for (u32 i = 0; mask; i++, mask >>= 1) {
		if (mask & 1)
			hart_kick(&harts[i]);
	}
}

/* t has slept, and is ready; returns harts to kick. */
static u64 rise_locked(struct task *t)
{
	u64 now = time_now();

	sched_queue_catch_up_locked(t, now);
	sched_queue_add_locked(t, now);
	return announce_locked(t);
}

static bool held_back_locked(const struct task *t)
{
	return t->gate && t->gate->closed && !(t->attention & t->urgent);
}

static void hold_locked(struct task *t)
{
	t->state = TASK_HELD;
	t->next = held;
	held = t;
}

static void unhold_locked(const struct task *t)
{
	struct task **p = &held;

	while (*p != t)
		p = &(*p)->next;
	*p = t->next;
}

/* t, which is held, may run; returns harts to kick. */
static u64 let_go_locked(struct task *t)
{
	unhold_locked(t);
	t->gate = NULL;
	return rise_locked(t);
}

void gate_close(struct gate *g)
{
	struct task *t = this_hart()->current;

	lock_acquire(&sched_lock);
	g->closed = true;
	if (t) {
		t->gate = g;
		ask_to_yield(t);
	}
	lock_release(&sched_lock);
}

void gate_open(struct gate *g)
{
	struct task *t, *next;
	u64 wake = 0;

	lock_acquire(&sched_lock);
	g->closed = false;
	for (t = held; t; t = next) {
		next = t->next;
		if (t->gate == g)
			wake |= let_go_locked(t);
	}
	lock_release(&sched_lock);
	kick(wake);
}

void task_wake(struct task *t)
{
	u64 wake = 0;

	lock_acquire(&sched_lock);
	t->woken = true;
	if (t->state == TASK_BLOCKED)
		wake = rise_locked(t);
	else if (t->state == TASK_HELD && !held_back_locked(t))
		wake = let_go_locked(t);
	lock_release(&sched_lock);
	kick(wake);
}

bool task_retire(struct task *t)
{
	bool quiet;

	lock_acquire(&sched_lock);
	if (t->state == TASK_READY)
		sched_queue_drop_locked(t);
	else if (t->state == TASK_HELD)
		unhold_locked(t);
	quiet = t->state != TASK_RUNNING;
	if (quiet)
		t->state = TASK_BLOCKED;
	lock_release(&sched_lock);
	return quiet;
}

void task_times(const struct task *t, u64 *ran, u64 *waited)
{
	u64 lasted;

	lock_acquire(&sched_lock);
	lasted = task_lasted(t, time_now());
	*ran = t->ran + (t->state == TASK_RUNNING ? lasted : 0);
	*waited = t->waited + (t->state == TASK_READY ? lasted : 0);
	lock_release(&sched_lock);
}

u64 hart_busy(const struct hart *h)
{
	u64 busy;

	lock_acquire(&sched_lock);
	busy = h->busy;
	if (h->current)
		busy += task_lasted(h->current, time_now());
	lock_release(&sched_lock);
	return busy;
}

bool task_runs_elsewhere(const struct task *t)
{
	return __atomic_load_n(&t->state, __ATOMIC_ACQUIRE) == TASK_RUNNING &&
	       __atomic_load_n(&t->hart, __ATOMIC_ACQUIRE) != this_hart();
}

void task_kick(struct task *t)
{
	if (task_runs_elsewhere(t))
		hart_kick(t->hart);
}

bool task_movable(const struct task *t)
{
	return t->allowed & (BIT(host.nharts) - 1) & ~BIT(t->hart->index);
}

static struct task *take(struct hart *h)
{
	struct task *t;
	u64 now, wake;

	lock_acquire(&sched_lock);
	now = time_now();
	t = sched_queue_take_locked(h, now);
	if (t) {
		t->state = TASK_RUNNING;
		t->woken = t->gives_way = false;
		t->hart = h;
		t->waited += task_lasted(t, now);
		t->since = now;
		idle_harts &= ~BIT(h->index);
	} else {
		idle_harts |= BIT(h->index);
	}
	h->current = t;
	wake = rouse_locked();
	lock_release(&sched_lock);
	kick(wake);
	return t;
}

static void slice_end(struct timer *timer)
{
	struct task *t = this_hart()->current;

	if (t)
		ask_to_yield(t);
}

static void put_back(struct hart *h, struct task *t, bool more)
{
	u64 now, ran;

	lock_acquire(&sched_lock);
	now = time_now(); /* not before: what is counted must add up */
	ran = task_lasted(t, now);
	h->current = NULL;
	t->ran += ran;
	h->busy += ran;
	t->vtime = task_vtime(t, now);
	if (more && held_back_locked(t))
		hold_locked(t);
	else if (more || t->woken)
		sched_queue_again_locked(t, now);
	else
		t->state = TASK_BLOCKED;
	if (t->state != TASK_HELD)
		t->gate = NULL;
	lock_release(&sched_lock);
}

static void run_one(struct hart *h, struct task *t)
{
	h->slice.fire = slice_end;
	if (sched_contended())
		timer_arm(&h->slice, time_now() + sched_slice());
	put_back(h, t, t->run(t));
}

void sched_loop(void)
{
	struct hart *h = this_hart();

	for (;;) {
		struct task *t = take(h);

		if (DEBUG_CHECKS)
			lock_check_none();
		if (t)
			run_one(h, t);
		else
			hart_idle();
		hart_interrupts();
	}
}
