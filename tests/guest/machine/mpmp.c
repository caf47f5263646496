/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Physical memory protection and MPRV: who may do what, in each mode, with
 * regions of every kind. Privileged, "Physical Memory Protection".
 */
#include "tests/guest/machine/m.h"

#define PLAY  0x84000000UL
#define R     1
#define W     2
#define X     4
#define TOR   0x08
#define NA4   0x10
#define NAPOT 0x18
#define L     0x80

static u64 do_load32(u64 arg)
{
	return read32(arg);
}

static u64 napot(u64 base, u64 size)
{
	return (base | (size / 2 - 1)) >> 2;
}

/* Entry 15 opens all that the ones before leave. */
static void set(u64 cfg, u64 a0, u64 a1)
{
	csr_write(pmpaddr15, ~0UL);
	csr_write(pmpcfg2, 0x1fUL << 56);
	csr_write(pmpaddr0, a0);
	csr_write(pmpaddr1, a1);
	csr_write(pmpcfg0, cfg);
	asm volatile("sfence.vma" ::: "memory");
}

/* RWX, or what of it is wanting, for M, S and U. */
static void probe(const char *name, u64 at)
{
	print("%s:", name);
	print(" M %lu %lu %lu", TRY(do_load(at)).scause,
	      TRY(do_store(at)).scause, TRY(do_fetch(at)).scause);
	for (u32 m = MODE_S;; m = MODE_U) {
		print(" %c %lu", m == MODE_S ? 'S' : 'U',
		      lower(m, do_load, at)->scause);
		print(" %lu", lower(m, do_store, at)->scause);
		print(" %lu", lower(m, do_fetch, at)->scause);
		if (m == MODE_U)
			break;
	}
	print("\n");
}

static void prepare(void)
{
	for (u64 at = PLAY; at < PLAY + 0x4000; at += 8)
		write64(at, 0x0000806700008067); /* ret, ret */
	asm volatile("fence.i" ::: "memory");
}

static void test_none(void)
{
	csr_write(pmpcfg0, 0UL);
	csr_write(pmpcfg2, 0UL);
	asm volatile("sfence.vma" ::: "memory");
	expect("without entries S has nothing",
	       lower(MODE_S, do_load, PLAY)->scause, CAUSE_FETCH_ACCESS);
	expect("M has all", TRY(do_load(PLAY)).scause, CAUSE_NONE);
}

static void test_kinds(void)
{
	static const u8 rights[] = {0, R, R | W, X, R | X, R | W | X};

	for (u32 i = 0; i < ARRAY_SIZE(rights); i++) {
		print("rights %u\n", rights[i]);
		set(NAPOT | rights[i], napot(PLAY, 4096), 0);
		probe("a page", PLAY + 8);
		probe("behind it", PLAY + 4096);
		set(NAPOT | rights[i], napot(PLAY, 16), 0);
		probe("16 bytes", PLAY + 8);
		probe("behind them", PLAY + 16);
		set((TOR | rights[i]) << 8, PLAY >> 2, (PLAY + 0x2008) >> 2);
		probe("up to an address", PLAY + 0x2000);
		probe("from it on", PLAY + 0x2008);
		set((TOR | rights[i]) << 8, PLAY >> 2, PLAY >> 2);
		probe("nothing", PLAY);
		set(NAPOT | rights[i], napot(PLAY, 0x200000), 0);
		probe("2 MiB", PLAY + 0x1000);
	}
}

/* An access that only a part of is in the entry that decides. */
static void test_parts(void)
{
	set(NA4 | R | W | X, PLAY >> 2, 0);
	expect("half of it", lower(MODE_S, do_load, PLAY)->scause,
	       CAUSE_LOAD_ACCESS);
	expect("M, half of it", TRY(do_load(PLAY)).scause, CAUSE_LOAD_ACCESS);
	expect("all of it", lower(MODE_S, do_load32, PLAY)->scause, RETURNED);
	expect("the other half", lower(MODE_S, do_load32, PLAY + 4)->scause,
	       RETURNED);
	set(NA4, PLAY >> 2, 0);
	expect("denied", lower(MODE_S, do_load32, PLAY)->scause,
	       CAUSE_LOAD_ACCESS);
	expect("beside it", lower(MODE_S, do_load32, PLAY + 4)->scause,
	       RETURNED);
	/* The first that matches decides. */
	set(NAPOT | R | (u64)(NAPOT | R | W | X) << 8, napot(PLAY, 64),
	    napot(PLAY, 4096));
	probe("the first", PLAY);
	probe("the second", PLAY + 64);
}

static u64 do_amo(u64 arg)
{
	u64 old;

	asm volatile("amoadd.d %0, %1, (%2)" : "=r"(old) : "r"(3UL), "r"(arg));
	return old;
}

static u64 do_lr_sc(u64 arg)
{
	u64 failed;

	asm volatile("1: lr.w a0, (%1)\n\taddi a0, a0, 1\n\t"
		     "sc.w %0, a0, (%1)\n\tbnez %0, 1b"
		     : "=&r"(failed)
		     : "r"(arg)
		     : "a0", "memory");
	return 0;
}

static u64 do_misaligned(u64 arg)
{
	write64(arg + 1, read64(arg + 1) + 1);
	return read64(arg + 1);
}

static u64 twice_amo(u64 arg)
{
	do_amo(arg);
	return do_amo(arg) + read64(arg);
}

/* Atomics and what is misaligned, in a page of which there is but a part. */
static void test_in_part(void)
{
	static u64 (*const what[])(u64) = {do_amo, do_lr_sc, do_misaligned,
					   twice_amo};
	static const u64 rights[] = {R | W, R, 0};

	for (u32 r = 0; r < ARRAY_SIZE(rights); r++) {
		for (u32 i = 0; i < ARRAY_SIZE(what); i++) {
			struct frame *f;

			write64(PLAY + 64, 0x100);
			write64(PLAY + 72, 0x200);
			write64(PLAY + 128, 0x300);
			set(NAPOT | rights[r], napot(PLAY + 64, 64), 0);
			f = lower(MODE_S, what[i], PLAY + 64);
			print("part %lx %u: S %lu", rights[r], i, f->scause);
			f = lower(MODE_U, what[i], PLAY + 128);
			print(" U %lu", f->scause);
			trap_arm();
			what[i](PLAY + 64);
			print(" M %ld", trap_caught().scause);
			set(0, 0, 0);
			print(" 0x%lx 0x%lx 0x%lx\n", read64(PLAY + 64),
			      read64(PLAY + 72), read64(PLAY + 128));
		}
	}
	set(NAPOT | R | X, napot(PLAY + 64, 64), 0);
	print("over its end: S %lu",
	      lower(MODE_S, do_misaligned, PLAY + 120)->scause);
	print(" into it: S %lu\n",
	      lower(MODE_S, do_misaligned, PLAY + 56)->scause);
	prepare();
}

/* From where code is allowed to where it is not, without a jump. */
static void test_run_over(void)
{
	struct frame *f;

	for (u64 at = PLAY + 64; at < PLAY + 128; at += 4)
		write32(at, 0x00000013); /* nop; then a ret */
	asm volatile("fence.i" ::: "memory");
	set(NAPOT | R, napot(PLAY + 128, 64), 0);
	f = lower(MODE_S, do_fetch, PLAY + 64);
	print("run over the end: %lu at 0x%lx\n", f->scause, f->sepc - PLAY);
	prepare();
}

/* Devices, too. */
static void test_devices(void)
{
	set(NAPOT, napot(CLINT_BASE, 0x10000), 0);
	expect("a device in S", lower(MODE_S, do_load32, CLINT_BASE)->scause,
	       CAUSE_LOAD_ACCESS);
	expect("in M", TRY(do_load32(CLINT_BASE)).scause, CAUSE_NONE);
}

static void test_mprv(void)
{
	u64 *root = mmu_new();
	u64 va = 5UL << 30;

	set(0, 0, 0);
	mmu_map(root, va, PLAY, PTE_USER);
	mmu_map(root, va + 4096, PLAY + 4096, PTE_KERNEL);
	write64(PLAY, 11);
	write64(PLAY + 4096, 22);
	csr_write(satp, SATP_SV39 | (u64)root >> 12);
	asm volatile("sfence.vma" ::: "memory");
	for (u32 mode = 0; mode < 4; mode += mode == 1 ? 2 : 1) {
		u64 user, kernel, flat;

		csr_clear(mstatus, MSTATUS_MPP);
		csr_set(mstatus, (u64)mode << 11);
		trap_arm();
		csr_set(mstatus, MSTATUS_MPRV);
		user = *(volatile u64 *)va;
		csr_clear(mstatus, MSTATUS_MPRV);
		print("MPRV %u: user %ld", mode, trap_caught().scause);
		csr_clear(mstatus, MSTATUS_MPP);
		csr_set(mstatus, (u64)mode << 11);
		trap_arm();
		csr_set(mstatus, MSTATUS_MPRV);
		kernel = *(volatile u64 *)(va + 4096);
		csr_clear(mstatus, MSTATUS_MPRV);
		print(" kernel %ld", trap_caught().scause);
		csr_clear(mstatus, MSTATUS_MPP);
		csr_set(mstatus, (u64)mode << 11);
		trap_arm();
		csr_set(mstatus, MSTATUS_MPRV);
		flat = *(volatile u64 *)PLAY;
		csr_clear(mstatus, MSTATUS_MPRV);
		print(" flat %ld\n", trap_caught().scause);
		(void)user, (void)kernel, (void)flat;
	}
	csr_write(satp, 0UL);
	/* Bare, but as S or U for PMP. */
	set(NAPOT, napot(PLAY, 4096), 0);
	csr_clear(mstatus, MSTATUS_MPP);
	trap_arm();
	csr_set(mstatus, MSTATUS_MPRV);
	(void)*(volatile u64 *)PLAY;
	csr_clear(mstatus, MSTATUS_MPRV);
	expect("MPRV and PMP", trap_caught().scause, CAUSE_LOAD_ACCESS);
}

/* For the rest of time. */
static void test_locked(void)
{
	set((u64)(TOR | R | L) << 8, PLAY >> 2, (PLAY + 4096) >> 2);
	probe("locked", PLAY);
	csr_write(pmpcfg0, 0UL);
	show("pmpcfg0", csr_read(pmpcfg0));
	csr_write(pmpaddr1, 0UL);
	show("pmpaddr1", csr_read(pmpaddr1));
	csr_write(pmpaddr0, 0UL);
	show("pmpaddr0, below it", csr_read(pmpaddr0));
	probe("still", PLAY);
}

/* A walk reads as S-mode does, and writes where it sets A and D. */
static void test_walks(void)
{
	static const u8 rights[] = {R | W | X, R, 0, X, R | W};
	u64 root = PLAY + 0x2000;

	for (u64 at = root; at < root + 4096; at += 8)
		write64(at, 0);
	for (u32 i = 0; i < 2 * ARRAY_SIZE(rights); i++) {
		set(0, 0, 0);
		write64(root + 16, 0x80000000UL >> 2 | (i & 1 ? 0xcf : 0x0f));
		set(NAPOT | rights[i / 2], napot(root, 4096), 0);
		csr_write(satp, 8UL << 60 | root >> 12);
		asm volatile("sfence.vma" ::: "memory");
		print("walk, rights %u: S %ld\n", rights[i / 2],
		      lower(MODE_S, do_load32, PLAY)->scause);
		csr_write(satp, 0UL);
		set(0, 0, 0);
		print("left: %lx\n", read64(root + 16) & 0xff);
	}
}

int main(void)
{
	begin("mpmp");
	prepare();
	test_none();
	test_kinds();
	test_parts();
	test_in_part();
	test_walks();
	test_run_over();
	test_devices();
	prepare();
	test_mprv();
	prepare();
	test_locked();
	finish();
}
