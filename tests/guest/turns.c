/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counts the instructions of turns on a hart that is shared, under "qemu
 * -icount shift=0": instret is then one for all, guests and VMM. A word of the
 * bootargs says what:
 *
 *	gaps	where this guest lost the hart and got it back; with another's
 *		gaps: what a switch costs
 *	lost	what others took of the hart in a second
 *	ipi	from an IPI to the first instruction of the vcpu that slept
 *		on the same hart; two vcpus in turn
 *	timer	of a sleep in wfi that a timer ends
 *	sleep	nothing; ticks=N: wakes N times a second, else once
 */
#include "tests/guest/rt/rt.h"

#define GAPS_MAX  256
#define GAPS_MS   500
#define LOST_MS   1000
#define SETTLE_MS 100 /* until all have started and are asleep */
#define GAP       300 /* instructions: more than an interrupt's exit */
#define ROUNDS    1000
#define SLEEPS    100
#define WARM_UP   200 /* sleeps in which the VMM zeroes memory ahead */

extern char hart_start[];

static void row(const char *name, u64 tenths)
{
	print("bench %s %lu.%lu\n", name, tenths / 10, tenths % 10);
}

static u64 ms_from_now(u64 ms)
{
	return csr_read(time) + timebase() / 1000 * ms;
}

/* ---- gaps ------------------------------------------------------------------
 */

static struct {
	struct gap {
		u64 left, back; /* the last look before, the first after it */
	} gap[GAPS_MAX];
	u32 gaps;
	u64 looks, least; /* instructions from look to look */
	u64 all;          /* instructions from the first to the last */
} seen;

static void look_until(u64 end)
{
	u64 first = csr_read(instret), last = first, now;

	seen.gaps = seen.looks = 0;
	seen.least = ~0UL;
	while (csr_read(time) < end) {
		now = csr_read(instret);
		if (now - last > GAP && seen.gaps < GAPS_MAX)
			seen.gap[seen.gaps++] = (struct gap){last, now};
		if (now - last < seen.least)
			seen.least = now - last;
		seen.looks++;
		last = now;
	}
	seen.all = last - first;
}

static void count_gaps(void)
{
	look_until(ms_from_now(GAPS_MS));
	print("look %lu\n", seen.least);
	for (u32 i = 0; i < seen.gaps; i++)
		print("gap %lu %lu\n", seen.gap[i].left, seen.gap[i].back);
}

static void count_lost(void)
{
	look_until(ms_from_now(SETTLE_MS));
	look_until(ms_from_now(LOST_MS));
	print("lost %lu\n", seen.all - seen.looks * seen.least);
}

/* ---- IPIs ------------------------------------------------------------------
 */

static volatile u64 sent; /* instret before the last IPI */
static u64 total;         /* from sending to waking; of the hart that runs */

static void send(u64 id)
{
	sent = csr_read(instret);
	sbi(SBI_IPI, 0, 1, id);
}

/* Until an IPI comes; returns instret then. */
static u64 await_ipi(void)
{
	u64 now;

	do {
		asm volatile("wfi" ::: "memory");
		now = csr_read(instret);
	} while (!(csr_read(sip) & BIT(IRQ_SOFT)));
	csr_clear(sip, BIT(IRQ_SOFT));
	return now;
}

static void answer(void)
{
	csr_write(sie, BIT(IRQ_SOFT));
	for (;;) {
		total += await_ipi() - sent;
		send(boot_hart);
	}
}

static void count_ipis(void)
{
	csr_write(sie, BIT(IRQ_SOFT));
	sbi(SBI_HSM, 0, !boot_hart, (u64)hart_start, (u64)answer);
	for (u32 i = 0; i < 10 + ROUNDS; i++) {
		if (i == 10)
			total = 0;
		send(!boot_hart);
		total += await_ipi() - sent;
	}
	row("vcpu_ipi", total * 10 / (2 * ROUNDS));
}

/* ---- sleeps ----------------------------------------------------------------
 */

/* instret stands still while all sleep: what is counted is work. */
static u64 doze(u64 ticks)
{
	u64 before;

	sbi(SBI_TIME, 0, csr_read(time) + ticks);
	before = csr_read(instret);
	asm volatile("wfi" ::: "memory");
	return csr_read(instret) - before;
}

static void count_timers(void)
{
	u64 work = 0;

	csr_write(sie, BIT(IRQ_TIMER));
	for (u32 i = 0; i < WARM_UP; i++)
		doze(timebase() / 1000);
	for (u32 i = 0; i < SLEEPS; i++)
		work += doze(timebase() / 1000);
	row("timer_wake", work * 10 / SLEEPS);
}

static void sleep(void)
{
	u64 end = ms_from_now(SETTLE_MS + LOST_MS);
	u64 ticks = bootargs_number("ticks", 0);

	csr_write(sie, BIT(IRQ_TIMER));
	while (csr_read(time) < end)
		doze(ticks ? timebase() / ticks : end - csr_read(time));
}

int main(void)
{
	begin("turns");
	if (bootargs_has("gaps"))
		count_gaps();
	if (bootargs_has("lost"))
		count_lost();
	if (bootargs_has("ipi"))
		count_ipis();
	if (bootargs_has("timer"))
		count_timers();
	if (bootargs_has("sleep"))
		sleep();
	finish();
}
