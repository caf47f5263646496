/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Work in M-mode that is plain for long: what a VMM may leave to the hart, and
 * all that may come in the middle of it.
 */
#include "tests/guest/machine/m.h"

#define PLAY  0x84000000UL
#define NAPOT 0x18UL
#define RWX   7UL
#define LOCK  BIT(7)
#define FAR   (1UL << 40)

/* Long enough that whoever looks at M-mode now and then has looked. */
#define LONG  30000

static volatile u64 sink;

static u64 work(u64 seed)
{
	for (u64 i = 0; i < LONG; i++) {
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
	}
	return seed;
}

/* ---- what is computed ---------------------------------------------------- */

static u64 count_primes(volatile u8 *sieve, u64 n)
{
	u64 found = 0;

	for (u64 i = 2; i < n; i++)
		sieve[i] = 1;
	for (u64 i = 2; i < n; i++) {
		if (!sieve[i])
			continue;
		found++;
		for (u64 k = 2 * i; k < n; k += i)
			sieve[k] = 0;
	}
	return found;
}

static u64 odd_accesses(u64 at)
{
	u64 sum = 0;

	for (u64 i = 0; i < 3 * PAGE_SIZE; i += 3) {
		*(volatile u64 *)(at + i) = i;
		sum += *(volatile u32 *)(at + i) + *(volatile u16 *)(at + i);
	}
	return sum;
}

static u64 add_atomically(u64 at)
{
	u64 old, failed;

	*(volatile u64 *)at = 0;
	for (u64 i = 0; i < LONG; i++) {
		asm volatile("amoadd.d zero, %0, (%1)" ::"r"(i), "r"(at)
			     : "memory");
		do
			asm volatile("lr.d	%0, (%2)\n"
				     "addi	%0, %0, 1\n"
				     "sc.d	%1, %0, (%2)"
				     : "=&r"(old), "=&r"(failed)
				     : "r"(at)
				     : "memory");
		while (failed);
	}
	return *(volatile u64 *)at;
}

static u64 add_doubles(u64 n)
{
	u64 bits;

	asm volatile(".option	push\n"
		     ".option	arch, +d\n"
		     "fmv.d.x	fa0, zero\n"
		     "1: fcvt.d.lu	fa1, %1\n"
		     "fsqrt.d	fa1, fa1\n"
		     "fadd.d	fa0, fa0, fa1\n"
		     "addi	%1, %1, -1\n"
		     "bnez	%1, 1b\n"
		     "fmv.x.d	%0, fa0\n"
		     ".option	pop"
		     : "=r"(bits), "+r"(n));
	return bits;
}

static void test_results(void)
{
	show("xorshift", work(1));
	show("primes", count_primes((volatile u8 *)PLAY, 20000));
	show("odd", odd_accesses(PLAY + 1));
	show("atomics", add_atomically(PLAY));
	csr_clear(mstatus, 0x6000UL);
	csr_set(mstatus, 0x2000UL); /* FS: initial */
	show("doubles", add_doubles(LONG));
	show("FS", csr_read(mstatus) & 0x6000);
}

/* ---- what ends it -------------------------------------------------------- */

#define IN_THE_MIDDLE(...)               \
	({                               \
		struct caught caught_;   \
		trap_arm();              \
		sink = work(2);          \
		__VA_ARGS__;             \
		sink = work(3);          \
		caught_ = trap_caught(); \
		caught_;                 \
	})

static void tell(const char *what, struct caught c)
{
	print("%s: cause %ld tval 0x%lx, %lu\n", what, c.scause,
	      c.scause == CAUSE_BREAK ? 0 : c.stval, c.count);
}

static void test_traps(void)
{
	tell("ecall", IN_THE_MIDDLE(asm volatile("ecall" :: : "memory")));
	tell("ebreak", IN_THE_MIDDLE(asm volatile(".option push\n"
						  ".option norvc\n"
						  "ebreak\n"
						  ".option pop")));
	tell("no instruction", IN_THE_MIDDLE(asm volatile(".word 0xffffffff")));
	tell("no CSR", IN_THE_MIDDLE(asm volatile("csrr t0, 0x5c0" :: : "t0")));
	csr_clear(mstatus, 0x6000UL);
	tell("FS off", IN_THE_MIDDLE(asm volatile(".option push\n"
						  ".option arch, +d\n"
						  "fadd.d fa0, fa0, fa0\n"
						  ".option pop")));
	csr_set(mstatus, 0x2000UL);
}

/* Wherever a VMM may be: to the guest there is nothing. */
static void test_nothing(void)
{
	u64 loads = 0, stores = 0, fetches = 0;

	for (u32 bit = 36; bit < 64; bit++) {
		for (u64 at = -(1UL << bit), n = 0; n < 4; n++) {
			u64 place = at + n * (n == 3 ? 0x200000 : PAGE_SIZE);

			loads += TRY(do_load(place)).scause ==
				 CAUSE_LOAD_ACCESS;
			stores += TRY(do_store(place)).scause ==
				  CAUSE_STORE_ACCESS;
			fetches += TRY(do_fetch(place)).scause ==
				   CAUSE_FETCH_ACCESS;
		}
		sink = work(bit);
	}
	print("nothing there: %lu %lu %lu\n", loads, stores, fetches);
}

/* ---- interrupts ---------------------------------------------------------- */

static volatile u64 ticks;

static void on_tick(u64 number)
{
	ticks += number == 7;
	write64(MTIMECMP(0), read64(MTIME) + 2000);
}

/* Nothing of the work is lost when it is interrupted. */
static void test_ticks(void)
{
	u64 want = work(5), wrong = 0, rounds = 0;

	m_irq = on_tick;
	write64(MTIMECMP(0), 0);
	csr_set(mie, BIT(7));
	csr_set(mstatus, MSTATUS_MIE);
	while (ticks < 20 || rounds < 5) {
		wrong += work(5) != want;
		rounds++;
	}
	csr_clear(mstatus, MSTATUS_MIE);
	csr_clear(mie, BIT(7));
	write64(MTIMECMP(0), ~0UL);
	show("wrong", wrong);
}

/* ---- counters ------------------------------------------------------------ */

static void test_time(void)
{
	u64 back = 0, before = csr_read(time);

	csr_write(mcycle, FAR);
	for (u32 i = 0; i < 8; i++) {
		u64 now;

		sink = work(i);
		now = csr_read(time);
		back += now < before;
		before = now;
	}
	show("time goes back", back);
	show("cycle", csr_read(cycle) / FAR);
}

/* ---- code ---------------------------------------------------------------- */

#define LI_A0(n) ((u32)(n) << 20 | 0x513)
#define RET      0x8067

static u64 new_code(u64 at)
{
	u64 sum = 0;

	write32(at + 4, RET);
	for (u32 n = 0; n < 1000; n++) {
		write32(at, LI_A0(n));
		asm volatile("fence.i" ::: "memory");
		sum += ((u64(*)(void))at)();
	}
	return sum;
}

/* Written by plain code and run beside what is not, and the other way about. */
static u64 mixed_code(u64 at)
{
	u64 sum = 0;

	for (u32 n = 0; n < 40; n++) {
		write32(at, LI_A0(n));
		if (n & 1)
			csr_write(stval, n);
		asm volatile("fence.i" ::: "memory");
		if (n & 2)
			sum += csr_read(stval);
		sum += ((u64(*)(void))at)();
		if (n & 4)
			sink = work(n);
		sum += ((u64(*)(void))at)();
	}
	return sum;
}

static void test_code(void)
{
	show("new code", new_code(PLAY));
	show("mixed", mixed_code(PLAY));
}

/* ---- physical memory protection ------------------------------------------ */

static u64 fill(u64 at, u64 size)
{
	u64 faults = 0;

	for (u64 i = 0; i < 2 * size; i += 8)
		*(volatile u64 *)(at + 4 * PAGE_SIZE + i) = i;
	for (u64 i = 0; i < size; i += 64)
		faults += TRY(write64(at + i, i)).scause == CAUSE_STORE_ACCESS;
	return faults;
}

/* The second page, then a part of the third; a locked entry is M-mode's too. */
static void test_pmp(void)
{
	csr_write(pmpaddr1, ~0UL);
	csr_write(pmpcfg0, (NAPOT | RWX) << 8);
	show("before", fill(PLAY, 4 * PAGE_SIZE));
	csr_write(pmpaddr0, (PLAY + PAGE_SIZE) >> 2 | (PAGE_SIZE / 8 - 1));
	csr_write(pmpcfg0, (NAPOT | RWX) << 8 | NAPOT);
	show("not locked", fill(PLAY, 4 * PAGE_SIZE));
	csr_clear(mstatus, MSTATUS_MPP);
	csr_set(mstatus, MSTATUS_MPRV);
	show("MPRV", fill(PLAY, 4 * PAGE_SIZE));
	csr_clear(mstatus, MSTATUS_MPRV);
	show("no MPRV", fill(PLAY, 4 * PAGE_SIZE));
	csr_write(pmpcfg0, (NAPOT | RWX) << 8 | NAPOT | LOCK | 1);
	show("locked, to be read", fill(PLAY, 4 * PAGE_SIZE));
	csr_write(pmpaddr2, (PLAY + 2 * PAGE_SIZE) >> 2 | (64 / 8 - 1));
	csr_write(pmpaddr3, ~0UL);
	csr_write(pmpcfg0, (NAPOT | RWX) << 24 | (NAPOT | LOCK) << 16 | NAPOT |
				   LOCK | 1);
	show("64 bytes as well", fill(PLAY, 4 * PAGE_SIZE));
	show("primes beside", count_primes((volatile u8 *)PLAY + 0x3000, 9000));
}

int main(void)
{
	begin("mplain");
	write64(MTIMECMP(0), ~0UL);
	pmp_open();
	test_results();
	test_traps();
	test_nothing();
	test_ticks();
	test_time();
	test_code();
	test_pmp();
	finish();
}
