/* SPDX-License-Identifier: BSD-2-Clause */
/* Each hart's timers, sorted by deadline, over its one hardware timer. */
#include "hyp/csr.h"
#include "hyp/hart.h"
#include "hyp/sbi.h"
#include "hyp/timer.h"
#include "hyp/util.h"
#include "hyp/timer_run.h"

u64 time_now(void)
{
	return csr_read(CSR_TIME);
}

/* Program this hart's timer for the head of its list. */
static void program(struct hart *h)
{
	u64 deadline = h->timers ? h->timers->deadline : TIMER_NEVER;

	if (deadline == h->timer_set)
		return;
	h->timer_set = deadline;
	if (host_has(HOST_SSTC))
		csr_write(CSR_STIMECMP, deadline);
	else
		sbi_set_timer(deadline);
}

static void remove_locked(struct timer *t)
{
	struct timer **p;

	BUG_ON(!lock_held(&t->hart->timer_lock));
	for (p = &t->hart->timers; *p != t; p = &(*p)->next)
		BUG_ON(!*p);
	*p = t->next;
	__atomic_store_n(&t->hart, NULL, __ATOMIC_RELEASE);
}

/* Off whatever list it is on; it may move or fire until we hold that lock. */
static void disarm(struct timer *t)
{
	struct hart *h;

	while ((h = __atomic_load_n(&t->hart, __ATOMIC_ACQUIRE))) {
		lock_acquire(&h->timer_lock);
		if (t->hart == h)
			remove_locked(t);
		lock_release(&h->timer_lock);
	}
}

void timer_arm(struct timer *t, u64 deadline)
{
	struct hart *h = this_hart();
	struct timer **p = &h->timers;

	disarm(t);
	t->deadline = deadline;
	if (deadline == TIMER_NEVER)
		return;
	lock_acquire(&h->timer_lock);
	while (*p && (*p)->deadline <= deadline)
		p = &(*p)->next;
	t->next = *p;
	__atomic_store_n(&t->hart, h, __ATOMIC_RELEASE);
	*p = t;
	program(h);
	lock_release(&h->timer_lock);
}

void timer_cancel(struct timer *t)
{
	disarm(t);
	t->deadline = TIMER_NEVER;
}

void timer_wait_fired(void)
{
	for (u32 i = 0; i < host.nharts; i++) {
		struct hart *h = &harts[i];

		if (h == this_hart())
			continue;
		lock_acquire(&h->timer_lock); /* who took one off has said so */
		lock_release(&h->timer_lock);
		while (__atomic_load_n(&h->firing, __ATOMIC_ACQUIRE))
			;
	}
}

void timer_run(void)
{
	struct hart *h = this_hart();

	for (;;) {
		struct timer *t;

		lock_acquire(&h->timer_lock);
		t = h->timers;
		if (!t || t->deadline > time_now())
			break;
		remove_locked(t);
		h->firing = true;
		lock_release(&h->timer_lock);
		t->fire(t);
		__atomic_store_n(&h->firing, false, __ATOMIC_RELEASE);
	}
	h->timer_set = 0; /* program again even if nothing changed */
	program(h);
	lock_release(&h->timer_lock);
}
