/* SPDX-License-Identifier: BSD-2-Clause */
/* All harts: started by HSM, interrupted, fenced, stopped and started again. */
#include "tests/guest/rt/rt.h"

#define TURNS       2
#define ROUNDS      10
#define FENCES      6 /* the firmware waits for the others in each */
#define OPAQUE(i)   (0x8000000000000000UL ^ 0x123456789abcdef0UL * ((i) + 1))
#define HSM_STARTED 0
#define HSM_STOPPED 1
#define DATA_VA     0xc0000000UL

extern char hart_start[];

/* What a hart is told to do; 0: to wait for the next. */
enum order { NOTHING, SEND_IPIS, READ_PAGE, STOP, RUN_CODE };

static u32 ids[HARTS_MAX], harts;
static u64 *root, nap;
static u8 page_a[PAGE_SIZE] __attribute__((aligned(4096)));
static u8 page_b[PAGE_SIZE] __attribute__((aligned(4096)));
static u32 code[4] __attribute__((aligned(64)));

/* By the hart's place in ids. */
static struct hart {
	u64 opaque, seen_id, result;
	u64 ipis;  /* interrupts taken */
	u32 turns; /* times it has been started */
	enum order order;
	bool up;
} hart[HARTS_MAX] __attribute__((aligned(64)));

#define GET(x)    __atomic_load_n(&(x), __ATOMIC_ACQUIRE)
#define PUT(x, v) __atomic_store_n(&(x), v, __ATOMIC_RELEASE)

static u32 place_of(u64 id)
{
	for (u32 i = 0; i < harts; i++)
		if (ids[i] == id)
			return i;
	return 0;
}

static u32 my_place(void)
{
	u64 id;

	asm volatile("mv %0, tp" : "=r"(id));
	return place_of(id);
}

static void on_irq(u64 irq)
{
	if (irq == IRQ_TIMER) {
		sbi(SBI_TIME, 0, -1UL);
		return;
	}
	csr_clear(sip, BIT(IRQ_SOFT));
	__atomic_fetch_add(&hart[my_place()].ipis, 1, __ATOMIC_RELAXED);
}

/*
 * Sleep for a moment: harts that share a real one get on faster so. With SIE
 * off until wfi is over, no wake-up is lost.
 */
static void relax(void)
{
	csr_clear(sstatus, SSTATUS_SIE);
	sbi(SBI_TIME, 0, csr_read(time) + nap);
	asm volatile("wfi" ::: "memory");
	csr_set(sstatus, SSTATUS_SIE);
}

static u64 mask_of_all(void)
{
	u64 mask = 0;

	for (u32 i = 0; i < harts; i++)
		mask |= BIT(ids[i]);
	return mask;
}

/* ---- the others ------------------------------------------------------------
 */

static void send_ipis(void)
{
	for (u32 i = 0; i < harts; i++)
		sbi(SBI_IPI, 0, 1, ids[i]);
}

static void obey(struct hart *h, enum order order)
{
	if (order == SEND_IPIS)
		send_ipis();
	if (order == READ_PAGE)
		h->result = *(volatile u64 *)DATA_VA;
	if (order == RUN_CODE)
		h->result = ((u64(*)(void))code)();
	PUT(h->order, NOTHING);
}

/* From hart_start with a1 = opaque; entered as the C function `other`. */
static void serve(struct hart *h)
{
	enum order order;

	csr_write(sie, BIT(IRQ_SOFT) | BIT(IRQ_TIMER));
	csr_set(sstatus, SSTATUS_SIE);
	mmu_on(root, 0);
	PUT(h->up, true);
	/* Looked at once a turn: what comes after the look is for the next. */
	while ((order = GET(h->order)) != STOP)
		if (order)
			obey(h, order);
		else
			relax();
	csr_clear(sstatus, SSTATUS_SIE);
	mmu_off();
	PUT(h->order, NOTHING);
	sbi(SBI_HSM, 1);
	check("hart_stop returned", false);
}

void smp_other(u64 id, u64 opaque);
void smp_other(u64 id, u64 opaque)
{
	struct hart *h = &hart[place_of(id)];

	h->seen_id = id;
	h->opaque = opaque;
	h->turns++;
	serve(h);
}

/* HSM enters with a1 = opaque; hart_start wants a function there. */
asm(".text\n.globl smp_entry\n"
    "smp_entry: mv s1, a1\n\tla a1, smp_first\n\tj hart_start\n"
    "smp_first: mv a0, tp\n\tmv a1, s1\n\tj smp_other\n");
extern char smp_entry[];

/* ---- the first -------------------------------------------------------------
 */

static bool is_other(u32 i)
{
	return ids[i] != boot_hart;
}

static void start_all(u32 turn)
{
	bool good = true, args = true;

	for (u32 i = 0; i < harts; i++) {
		if (!is_other(i))
			continue;
		hart[i].up = false;
		good &= !sbi(SBI_HSM, 0, ids[i], (u64)smp_entry, OPAQUE(i))
				 .error;
		while (!GET(hart[i].up))
			relax();
		good &= sbi(SBI_HSM, 2, ids[i]).value == HSM_STARTED;
		good &= sbi(SBI_HSM, 0, ids[i], (u64)smp_entry, 0).error ==
			SBI_ALREADY;
		args &= hart[i].seen_id == ids[i] &&
			hart[i].opaque == OPAQUE(i) && hart[i].turns == turn;
	}
	check("all started, once", good);
	check("hart id and 64-bit opaque", args);
}

static void wait_idle(void)
{
	for (u32 i = 0; i < harts; i++)
		while (is_other(i) && GET(hart[i].order))
			relax();
}

static void tell_all(enum order order)
{
	for (u32 i = 0; i < harts; i++)
		if (is_other(i))
			PUT(hart[i].order, order);
}

/* Each IPI may merge with one before it, none may be lost: wait for each. */
static void test_one_by_one(void)
{
	u64 lost = 0;

	for (u32 round = 0; round < ROUNDS; round++) {
		for (u32 i = 0; i < harts; i++) {
			u64 before = GET(hart[i].ipis);

			sbi(SBI_IPI, 0, 1, ids[i]);
			while (GET(hart[i].ipis) == before)
				relax();
			lost += GET(hart[i].ipis) != before + 1;
		}
	}
	expect("IPIs that came twice", lost, 0);
}

static void test_broadcast(const char *name, u64 mask, u64 base)
{
	u64 before[HARTS_MAX];
	bool exact = true;

	for (u32 round = 0; round < ROUNDS; round++) {
		for (u32 i = 0; i < harts; i++)
			before[i] = GET(hart[i].ipis);
		sbi(SBI_IPI, 0, mask, base);
		for (u32 i = 0; i < harts; i++) {
			while (GET(hart[i].ipis) == before[i])
				relax();
			exact &= GET(hart[i].ipis) == before[i] + 1;
		}
	}
	check(name, exact);
}

/* All send to all at once: each has at least one from the storm. */
static void test_storm(void)
{
	u64 before[HARTS_MAX];

	for (u32 round = 0; round < ROUNDS; round++) {
		for (u32 i = 0; i < harts; i++)
			before[i] = GET(hart[i].ipis);
		tell_all(SEND_IPIS);
		send_ipis();
		wait_idle();
		for (u32 i = 0; i < harts; i++)
			while (GET(hart[i].ipis) == before[i])
				relax();
	}
	check("IPIs from all to all", true);
}

static u32 stale(u64 want)
{
	u32 n = 0;

	for (u32 i = 0; i < harts; i++)
		n += is_other(i) && hart[i].result != want;
	return n;
}

/* A page is replaced under the others; after the remote fence they see it. */
static void test_rfence(void)
{
	u64 n = 0;

	*(u64 *)page_a = 0xaaaa;
	*(u64 *)page_b = 0xbbbb;
	for (u32 round = 0; round < FENCES; round++) {
		bool b = round % 2;

		mmu_map(root, DATA_VA, (u64)(b ? page_b : page_a), PTE_KERNEL);
		sbi(SBI_RFENCE, 1, mask_of_all(), 0, DATA_VA, PAGE_SIZE);
		tell_all(READ_PAGE);
		wait_idle();
		n += stale(b ? 0xbbbb : 0xaaaa);
	}
	expect("stale pages after remote sfence", n, 0);
}

static void test_fence_i(void)
{
	u64 n = 0;

	for (u32 round = 0; round < FENCES; round++) {
		code[0] = 0x00000513 | round << 20; /* li a0, round */
		code[1] = 0x00008067;               /* ret */
		sbi(SBI_RFENCE, 0, 0, -1UL);
		tell_all(RUN_CODE);
		wait_idle();
		n += stale(round);
	}
	expect("stale code after remote fence.i", n, 0);
}

static void stop_all(void)
{
	tell_all(STOP);
	for (u32 i = 0; i < harts; i++)
		while (is_other(i) &&
		       sbi(SBI_HSM, 2, ids[i]).value != HSM_STOPPED)
			relax();
	check("all stopped", true);
}

/* A stopped hart takes no interrupt, and has none left over when it starts. */
static void test_stopped(void)
{
	u64 before[HARTS_MAX], taken = 0;

	for (u32 i = 0; i < harts; i++)
		before[i] = GET(hart[i].ipis);
	sbi(SBI_IPI, 0, 0, -1UL);
	for (u32 i = 0; i < harts; i++)
		taken += is_other(i) && GET(hart[i].ipis) != before[i];
	expect("IPIs taken by stopped harts", taken, 0);
}

int main(void)
{
	begin("smp");
	nap = timebase() / 20000;
	harts = fdt_harts(ids, HARTS_MAX);
	print("harts: %u\n", harts);
	irq_hook = on_irq;
	root = mmu_new();
	mmu_map(root, DATA_VA, (u64)page_a, PTE_KERNEL);
	mmu_on(root, 0);
	csr_write(sie, BIT(IRQ_SOFT) | BIT(IRQ_TIMER));
	csr_set(sstatus, SSTATUS_SIE);
	for (u32 turn = 1; turn <= TURNS; turn++) {
		start_all(turn);
		test_one_by_one();
		test_broadcast("IPIs by mask", mask_of_all(), 0);
		test_broadcast("IPIs by base -1", 0, -1UL);
		test_storm();
		test_rfence();
		test_fence_i();
		stop_all();
		test_stopped();
	}
	csr_clear(sstatus, SSTATUS_SIE);
	finish();
}
