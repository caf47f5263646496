/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the SBI says of stolen time (SBI, "Steal-time Accounting Extension"),
 * while this hart works, while it sleeps, and of a hart that shares with it:
 * bootargs `nap`, `pair`. With `again` it begins anew, by a reset, for ever.
 */
#include "tests/guest/rt/rt.h"

#define SBI_STA   0x535441
#define TIME_MS   500
#define PAIR_MS   50
#define SCRIBBLE  0xa5
#define GET(x)    __atomic_load_n(&(x), __ATOMIC_ACQUIRE)
#define PUT(x, v) __atomic_store_n(&(x), v, __ATOMIC_RELEASE)

extern char hart_start[];

static struct shmem {
	u32 sequence, flags;
	u64 steal;
	u8 preempted, pad[47];
} area[2] __attribute__((aligned(64)));

static u64 hz;
static u32 up;
static bool stop;

static void on_irq(u64 irq)
{
	if (irq == IRQ_TIMER)
		sbi(SBI_TIME, 0, -1UL);
}

/* "The supervisor-mode software MUST check this field before and after." */
static u64 steal_of(struct shmem *s)
{
	for (;;) {
		u32 sequence = GET(s->sequence);
		u64 steal = GET(s->steal);

		if (!(sequence & 1) && sequence == GET(s->sequence))
			return steal;
	}
}

static bool all_are(const void *at, u64 len, u8 value)
{
	for (u64 i = 0; i < len; i++)
		if (((const volatile u8 *)at)[i] != value)
			return false;
	return true;
}

static void ask(struct shmem *s)
{
	struct sbiret r;

	memset(s, SCRIBBLE, sizeof(*s));
	r = sbi(SBI_STA, 0, (u64)s, 0, 0);
	check("set_shmem", !r.error && !r.value);
	check("zeroed", !s->flags && all_are(s->pad, sizeof(s->pad), 0));
}

/* Until then by doing something, or by sleeping. */
static void pass(u64 ms, bool nap)
{
	u64 end = csr_read(time) + ms * (hz / 1000), last = 0;
	bool grows = true, runs = true;

	while (csr_read(time) < end) {
		u64 steal = steal_of(&area[0]);

		grows &= steal >= last;
		runs &= !GET(area[0].preempted);
		last = steal;
		if (!nap)
			continue;
		csr_clear(sstatus, SSTATUS_SIE);
		sbi(SBI_TIME, 0, csr_read(time) + hz / 1000);
		asm volatile("wfi" ::: "memory");
		csr_set(sstatus, SSTATUS_SIE);
	}
	check("it never goes back", grows);
	check("who looks, runs", runs);
}

static void alone(bool nap)
{
	u64 from;

	ask(&area[0]);
	from = csr_read(time);
	pass(TIME_MS, nap);
	print("asked: %lu ticks\n", from);
	print("passed: %lu ticks\n", csr_read(time) - from);
	print("stolen: %lu ns\n", steal_of(&area[0]));
}

/* ---- two harts that share one of the host's -------------------------------
 */

static void other(void)
{
	ask(&area[1]);
	PUT(up, 1);
	while (!GET(stop))
		;
	sbi(SBI_HSM, 1);
}

static void silent_other(void)
{
	PUT(up, 2);
	for (;;)
		asm volatile("" ::: "memory");
}

static void start_other(void (*fn)(void), u32 mark)
{
	check("start",
	      !sbi(SBI_HSM, 0, boot_hart ^ 1, (u64)hart_start, (u64)fn).error);
	while (GET(up) != mark)
		;
}

static void pair(void)
{
	u64 before;

	ask(&area[0]);
	start_other(other, 1);
	check("the other does not run", GET(area[1].preempted) == 1);
	before = steal_of(&area[1]);
	pass(PAIR_MS, false);
	check("the other waited", steal_of(&area[1]) > before);
	PUT(stop, true);
	while (sbi(SBI_HSM, 2, boot_hart ^ 1).value != 1)
		;
	/* Started again it has not asked, so nothing may be written. */
	memset(&area[1], SCRIBBLE, sizeof(area[1]));
	start_other(silent_other, 2);
	pass(PAIR_MS, false);
	check("left alone", all_are(&area[1], sizeof(area[1]), SCRIBBLE));
}

int main(void)
{
	u32 len;

	begin("steal");
	hz = fdt_u32(fdt_prop("cpus", 0, "timebase-frequency", &len));
	irq_hook = on_irq;
	csr_write(sie, BIT(IRQ_TIMER));
	check("probe", sbi(SBI_BASE, 3, SBI_STA).value == 1);
	if (bootargs_has("pair"))
		pair();
	else
		alone(bootargs_has("nap"));
	if (bootargs_has("again"))
		sbi(SBI_SRST, 0, 1, 0);
	finish();
}
