/* SPDX-License-Identifier: BSD-2-Clause */
/* The scheduler: queues, time slices, idle harts. */
#include "hyp/csr.h"
#include "hyp/page.h"
#include "hyp/sched.h"
#include "hyp/util.h"

#define SLICE_MS 10

static void enqueue_locked(struct hart *h, struct task *t)
{
	BUG_ON(!lock_held(&h->rq_lock));
	t->state = TASK_READY;
	t->next = NULL;
	if (h->rq_head)
		h->rq_tail->next = t;
	else
		h->rq_head = t;
	h->rq_tail = t;
}

/* Whoever runs must learn that it has to share its hart. */
static void ask_to_yield(struct task *t)
{
	if (t)
		__atomic_fetch_or(&t->attention, TASK_YIELD, __ATOMIC_RELEASE);
}

static struct task *dequeue(struct hart *h)
{
	struct task *t;

	lock_acquire(&h->rq_lock);
	t = h->rq_head;
	if (t) {
		h->rq_head = t->next;
		t->state = TASK_RUNNING;
		t->woken = false;
	}
	h->current = t;
	lock_release(&h->rq_lock);
	return t;
}

void task_init(struct task *t, bool (*run)(struct task *), struct hart *h)
{
	t->run = run;
	t->hart = h;
	t->state = TASK_BLOCKED;
}

void task_wake(struct task *t)
{
	struct hart *h = t->hart;
	bool queued = false;

	lock_acquire(&h->rq_lock);
	t->woken = true;
	if (t->state == TASK_BLOCKED) {
		enqueue_locked(h, t);
		ask_to_yield(h->current);
		queued = true;
	}
	lock_release(&h->rq_lock);
	if (queued && h != this_hart())
		hart_kick(h);
}

void task_kick(struct task *t)
{
	if (t->state == TASK_RUNNING && t->hart != this_hart())
		hart_kick(t->hart);
}

static void slice_end(struct timer *t)
{
	ask_to_yield(this_hart()->current);
}

static void run_one(struct hart *h, struct task *t)
{
	bool more;

	h->slice.fire = slice_end;
	if (sched_contended())
		timer_arm(&h->slice,
			  time_now() + host.timebase / 1000 * SLICE_MS);
	more = t->run(t);
	lock_acquire(&h->rq_lock);
	h->current = NULL;
	if (more || t->woken)
		enqueue_locked(h, t);
	else
		t->state = TASK_BLOCKED;
	lock_release(&h->rq_lock);
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
		struct task *t = dequeue(h);

		if (t)
			run_one(h, t);
		else
			idle();
		hart_interrupts();
	}
}
