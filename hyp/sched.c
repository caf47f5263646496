/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scheduler: one queue, sorted by how much each task has run for its
 * weight. A free hart takes the first that may run there, so shares are fair
 * across harts without any balancing.
 */
#include "hyp/csr.h"
#include "hyp/page.h"
#include "hyp/sched.h"
#include "hyp/util.h"

#define SLICE_MS  10
#define MAX_SCALE 10000 /* vtime is in ticks * this / weight */
#define SCALE     (MAX_SCALE / SCHED_WEIGHT) /* a tick of the usual weight */

static struct lock lock;
static struct task *queue; /* ready tasks, by vtime; lock */
static u64 vtime_floor;    /* what the last task began at; lock */
static u64 idle_harts;     /* a bit an index; lock */

static u64 slice(void)
{
	return (u64)host.timebase / 1000 * SLICE_MS;
}

static bool may_run(const struct task *t, const struct hart *h)
{
	return t->allowed >> h->index & 1;
}

/* vtime wraps: a comes before b. */
static bool before(u64 a, u64 b)
{
	return (s64)(a - b) < 0;
}

static void enqueue_locked(struct task *t)
{
	struct task **p = &queue;

	BUG_ON(!lock_held(&lock));
	while (*p && !before(t->vtime, (*p)->vtime))
		p = &(*p)->next;
	t->next = *p;
	*p = t;
	t->state = TASK_READY;
	t->since = time_now();
}

/*
 * The first that may run here; but one that ran here last and is not far
 * behind is better: its registers and translations may still be here.
 */
static struct task **choose_locked(const struct hart *h)
{
	struct task **first = NULL;

	for (struct task **p = &queue; *p; p = &(*p)->next) {
		if (!may_run(*p, h))
			continue;
		if (!first)
			first = p;
		if (before((*first)->vtime + slice() * SCALE, (*p)->vtime))
			break;
		if ((*p)->hart == h)
			return p;
	}
	return first;
}

void task_init(struct task *t, bool (*run)(struct task *), u64 allowed,
	       u32 weight, struct hart *h)
{
	BUG_ON(!weight || weight > MAX_SCALE);
	*t = (struct task){
		.run = run, .allowed = allowed, .weight = weight, .hart = h};
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

		if (!may_run(t, h) || !h->current)
			continue;
		if (!most || before(most->current->vtime, h->current->vtime))
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

		if (!h->current || !may_run(t, h) ||
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
	for (const struct task *t = queue; t && idle_harts; t = t->next) {
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

/*
 * A sleeper is not owed what it did not use, but it comes before whoever runs
 * at length: half a slice.
 */
void task_wake(struct task *t)
{
	u64 credit = slice() * SCALE / 2, wake = 0;

	lock_acquire(&lock);
	t->woken = true;
	if (t->state == TASK_BLOCKED) {
		if (before(t->vtime, vtime_floor - credit))
			t->vtime = vtime_floor - credit;
		enqueue_locked(t);
		wake = announce_locked(t);
	}
	lock_release(&lock);
	kick(wake);
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

/* A hint, without the lock: whoever is queued asks for attention as well. */
bool sched_contended(void)
{
	return __atomic_load_n(&queue, __ATOMIC_RELAXED);
}

static struct task *take(struct hart *h)
{
	struct task **p, *t = NULL;
	u64 now = time_now(), wake;

	lock_acquire(&lock);
	p = choose_locked(h);
	if (p) {
		t = *p;
		*p = t->next;
		t->state = TASK_RUNNING;
		t->woken = false;
		t->hart = h;
		t->waited += now - t->since;
		t->since = now;
		if (before(vtime_floor, t->vtime))
			vtime_floor = t->vtime;
		idle_harts &= ~BIT(h->index);
	} else {
		idle_harts |= BIT(h->index);
	}
	h->current = t;
	wake = rouse_locked();
	lock_release(&lock);
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
	u64 now = time_now(), ran = now - t->since;

	lock_acquire(&lock);
	h->current = NULL;
	t->ran += ran;
	t->vtime += ran * MAX_SCALE / t->weight;
	if (more || t->woken)
		enqueue_locked(t);
	else
		t->state = TASK_BLOCKED;
	lock_release(&lock);
}

static void run_one(struct hart *h, struct task *t)
{
	h->slice.fire = slice_end;
	if (sched_contended())
		timer_arm(&h->slice, time_now() + slice());
	put_back(h, t, t->run(t));
}

/*
 * wfi with interrupts off wakes on what is pending and enabled, so there is
 * no gap between the last look and the sleep (Privileged, "Wait for
 * Interrupt").
 */
static void idle(void)
{
	if (!page_zero_idle())
		asm volatile("wfi" ::: "memory");
	hart_interrupts();
}

void sched_loop(void)
{
	struct hart *h = this_hart();

	for (;;) {
		struct task *t = take(h);

		if (t)
			run_one(h, t);
		else
			idle();
		hart_interrupts();
	}
}
