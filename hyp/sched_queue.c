/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who is next: the scheduler's policy. One queue, sorted by how much each task
 * has run for its weight (vtime). A free hart takes the first that may run
 * there, so shares are fair across harts without any balancing.
 */
#include "hyp/sched_queue.h"
#include "hyp/util.h"

#define SLICE_MS   10
#define MAX_SCALE  SCHED_WEIGHT_MAX /* vtime is in ticks * this / weight */
#define PATIENCE_S 1                /* see forgive_locked() */

static struct task *queue; /* ready tasks, by vtime; sched_lock */
static u64 vtime_floor;    /* what the last task began at; sched_lock */
static u64 forgiven;       /* host time of the last look; sched_lock */

u64 sched_slice(void)
{
	return (u64)host.timebase / 1000 * SLICE_MS;
}

/* A slice of t's in vtime; of a light task less, for it is much to others. */
static u64 slice_of(const struct task *t)
{
	return sched_slice() * MAX_SCALE / MAX(t->weight, SCHED_WEIGHT);
}

/* Harts' clocks differ by a tick at most. */
u64 task_lasted(const struct task *t, u64 now)
{
	return now > t->since ? now - t->since : 0;
}

u64 task_vtime(const struct task *t, u64 now)
{
	return t->vtime + task_lasted(t, now) * MAX_SCALE / t->weight;
}

/* A hint, without the lock: whoever is queued asks for attention as well. */
bool sched_contended(void)
{
	const struct task *t = this_hart()->current;

	return __atomic_load_n(&queue, __ATOMIC_RELAXED) || (t && t->gate);
}

const struct task *sched_queue_locked(void)
{
	BUG_ON(!lock_held(&sched_lock));
	return queue;
}

void sched_queue_join(struct task *t)
{
	t->vtime = __atomic_load_n(&vtime_floor, __ATOMIC_RELAXED);
}

static void insert_locked(struct task *t)
{
	struct task **p = &queue;

	BUG_ON(!lock_held(&sched_lock));
	while (*p && !vtime_before(t->vtime, (*p)->vtime))
		p = &(*p)->next;
	t->next = *p;
	*p = t;
}

void sched_queue_add_locked(struct task *t, u64 now)
{
	insert_locked(t);
	t->state = TASK_READY;
	t->since = now;
}

void sched_queue_drop_locked(struct task *t)
{
	struct task **p = &queue;

	BUG_ON(!lock_held(&sched_lock));
	while (*p != t)
		p = &(*p)->next;
	*p = t->next;
}

/*
 * The least vtime of those who run now where t may, if anyone does. Turns have
 * no end while nobody waits, so what they ran in this one counts.
 */
static bool least_running_locked(const struct task *t, u64 now, u64 *least)
{
	bool any = false;

	for (u32 i = 0; i < host.nharts; i++) {
		const struct task *c = harts[i].current;

		if (!c || !task_may_run(t, &harts[i]))
			continue;
		if (!any || vtime_before(task_vtime(c, now), *least))
			*least = task_vtime(c, now);
		any = true;
	}
	return any;
}

/* The first in the queue who may run where t may, or NULL. */
static const struct task *first_rival_locked(const struct task *t)
{
	const struct task *u = queue;

	while (u && !(u->allowed & t->allowed))
		u = u->next;
	return u;
}

/*
 * Who gives way goes behind the first of the others that its hart may take, or
 * the hart would take it again at once. Equals are hardly more than a slice
 * apart; who is owed twice that comes first all the same, and keeps its share.
 */
static void step_back_locked(struct task *t)
{
	u64 most = 2 * sched_slice() * MAX_SCALE / SCHED_WEIGHT;
	const struct task *u = queue;

	while (u && !task_may_run(u, t->hart))
		u = u->next;
	if (u && u->vtime - t->vtime <= most)
		t->vtime = u->vtime;
}

void sched_queue_again_locked(struct task *t, u64 now)
{
	if (t->gives_way)
		step_back_locked(t);
	sched_queue_add_locked(t, now);
}

/*
 * A sleeper is not owed what it did not use, but it comes before whoever runs
 * at length: half a slice.
 */
void sched_queue_catch_up_locked(struct task *t, u64 now)
{
	const struct task *first = first_rival_locked(t);
	u64 least = first ? first->vtime : vtime_floor;

	least_running_locked(t, now, &least);
	least -= slice_of(t) / 2;
	if (vtime_before(t->vtime, least))
		t->vtime = least;
}

/* Before all rivals, by hardly anything. */
static void overtake_locked(struct task *t, u64 now)
{
	const struct task *first = first_rival_locked(t);
	u64 least;

	if (first && vtime_before(first->vtime, t->vtime))
		t->vtime = first->vtime;
	if (least_running_locked(t, now, &least) &&
	    vtime_before(least, t->vtime))
		t->vtime = least;
	t->vtime -= task_lasted(t, now) / 1000;
	insert_locked(t);
}

/*
 * vtime is fair among tasks that may run on the same harts. Where they may
 * not, or where one weighs more than a hart, some get ever further ahead of
 * others, to be starved where they meet. So whoever waited that long, twice at
 * most, comes first now, the longest of them before the others. The price: a
 * share below 1 % is more than its weight says.
 */
static void forgive_locked(u64 now)
{
	struct task **p = &queue, *patient = NULL, *t;

	if (now - forgiven < (u64)host.timebase * PATIENCE_S)
		return;
	while ((t = *p)) {
		if (t->since >= forgiven) {
			p = &t->next;
			continue;
		}
		*p = t->next;
		t->next = patient;
		patient = t;
	}
	while ((t = patient)) {
		patient = t->next;
		overtake_locked(t, now);
	}
	forgiven = now;
}

/*
 * The first that may run here; but one that ran here last and is not far
 * behind is better: its registers and translations may still be here. Not far
 * is one slice of its own, so it does not do this twice to the first. And not
 * if it waits for what the first may do.
 */
static struct task **choose_locked(const struct hart *h)
{
	struct task **first = NULL;
	u64 ahead;

	for (struct task **p = &queue; *p; p = &(*p)->next) {
		if (!task_may_run(*p, h))
			continue;
		if (!first)
			first = p;
		ahead = (*p)->vtime - (*first)->vtime;
		if (ahead > sched_slice() * MAX_SCALE / SCHED_WEIGHT)
			break;
		if ((*p)->hart == h && ahead <= slice_of(*p) &&
		    (p == first || !(*p)->gives_way))
			return p;
	}
	return first;
}

struct task *sched_queue_take_locked(const struct hart *h, u64 now)
{
	struct task **p, *t;

	forgive_locked(now);
	p = choose_locked(h);
	if (!p)
		return NULL;
	t = *p;
	*p = t->next;
	if (vtime_before(vtime_floor, t->vtime))
		vtime_floor = t->vtime;
	return t;
}
