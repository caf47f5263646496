/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wake-ups: tokens pass from hart to hart, each by one IPI to whoever sleeps in
 * wfi, with no timer that would make up for one that is lost; then with timers
 * that go off at any moment. One lost wake-up, and the kernel hangs.
 */
#include "tests/guest/rt/rt.h"

#define HOPS      1000
#define HSM_START 0
#define GET(x)    __atomic_load_n(&(x), __ATOMIC_ACQUIRE)
#define PUT(x, v) __atomic_store_n(&(x), v, __ATOMIC_RELEASE)
#define ADD(x, n) __atomic_add_fetch(&(x), n, __ATOMIC_ACQ_REL)

extern char hart_start[]; /* entry.S: a1 = function to call */

static u32 ids[HARTS_MAX], harts;
static u64 shortest; /* of a timer's ticks */

/* By the hart's place in ids. */
static struct hart {
	s64 tokens; /* that it has to pass on */
	u64 seed, timers;
} hart[HARTS_MAX] __attribute__((aligned(64)));

/* A game; all but main wait for the next number. */
static u64 game, hops, out; /* out: harts that have finished it */
static u32 chief, over;
static bool with_timers;

static u32 my_place(void)
{
	u64 id;

	asm volatile("mv %0, tp" : "=r"(id));
	for (u32 i = 0; i < harts; i++)
		if (ids[i] == id)
			return i;
	return 0;
}

static void send_ipi(u32 place)
{
	sbi(SBI_IPI, 0, 1, ids[place]);
}

/*
 * Until an IPI is pending, which it takes, or a timer is. That may come early:
 * QEMU 10.0.2 leaves STIP set where stimecmp is written as it expires.
 */
static void sleep_until(u64 deadline)
{
	u64 pending;

	sbi(SBI_TIME, 0, deadline);
	while (!(pending = csr_read(sip) & csr_read(sie)))
		asm volatile("wfi" ::: "memory");
	csr_clear(sip, BIT(IRQ_SOFT));
	if (pending & BIT(IRQ_TIMER)) {
		hart[my_place()].timers++;
		sbi(SBI_TIME, 0, -1UL);
	}
}

static u64 next_deadline(struct hart *h)
{
	if (!with_timers || random_next(&h->seed) % 4 == 0)
		return -1UL;
	return csr_read(time) + random_next(&h->seed) % (20 * shortest);
}

/* Whose turn is over tells everybody, once. */
static void end_game(void)
{
	if (__atomic_exchange_n(&over, 1, __ATOMIC_ACQ_REL))
		return;
	for (u32 i = 0; i < harts; i++)
		send_ipi(i);
}

static void pass_on(struct hart *h)
{
	u32 to = random_next(&h->seed) % harts;

	ADD(h->tokens, -1);
	if (ADD(hops, 1) >= HOPS) {
		end_game();
		return;
	}
	ADD(hart[to].tokens, 1);
	send_ipi(to);
}

static void play(struct hart *h)
{
	while (!GET(over)) {
		if (GET(h->tokens) > 0)
			pass_on(h);
		else
			sleep_until(next_deadline(h));
	}
	ADD(out, 1);
	send_ipi(chief);
}

static void other(void)
{
	struct hart *h = &hart[my_place()];

	csr_write(sie, BIT(IRQ_SOFT) | BIT(IRQ_TIMER));
	for (u64 next = 1;; next++) {
		while (GET(game) < next)
			sleep_until(-1UL);
		play(h);
	}
}

static void start_game(const char *name, u32 tokens, bool timers)
{
	u64 fired = 0;

	hops = out = 0;
	over = 0;
	with_timers = timers;
	for (u32 i = 0; i < harts; i++)
		hart[i].tokens = hart[i].timers = 0;
	for (u32 i = 0; i < tokens; i++)
		hart[i % harts].tokens++;
	ADD(game, 1);
	for (u32 i = 0; i < harts; i++)
		send_ipi(i);
	play(&hart[chief]);
	while (GET(out) < harts)
		sleep_until(-1UL);
	for (u32 i = 0; i < harts; i++)
		fired += hart[i].timers;
	check(name, hops >= HOPS && !fired == !timers);
}

int main(void)
{
	u32 len;

	begin("wake");
	shortest = fdt_u32(fdt_prop("cpus", 0, "timebase-frequency", &len)) /
		   1000000;
	harts = fdt_harts(ids, HARTS_MAX);
	print("harts: %u\n", harts);
	csr_write(sie, BIT(IRQ_SOFT) | BIT(IRQ_TIMER));
	chief = my_place();
	for (u32 i = 0; i < harts; i++) {
		hart[i].seed = 0x5eed + i;
		if (i != chief)
			sbi(SBI_HSM, HSM_START, ids[i], (u64)hart_start,
			    (u64)other);
	}
	start_game("one token, no timers", 1, false);
	start_game("fewer tokens than harts, no timers", (harts + 1) / 2,
		   false);
	start_game("more tokens than harts, no timers", harts + 1, false);
	start_game("one token, timers", 1, true);
	start_game("fewer tokens than harts, timers", (harts + 1) / 2, true);
	finish();
}
