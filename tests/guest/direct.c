/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For the machine itself, what its firmware does: traps that need no detour,
 * its own memory, harts that fence each other at once, sleep by HSM.
 */
#include "tests/guest/rt/rt.h"

#define FIRMWARE      0x80000000UL
#define ROUNDS        15
#define HSM_SUSPEND   3
#define HSM_SUSPENDED 4

extern char hart_start[]; /* entry.S: a1 = function to call */

static u32 ids[HARTS_MAX], harts;
static u32 ready, done, slept;
static u64 wrong;

#define GET(x)    __atomic_load_n(&(x), __ATOMIC_ACQUIRE)
#define ADD(x, n) __atomic_fetch_add(&(x), n, __ATOMIC_ACQ_REL)

/* ---- traps -----------------------------------------------------------------
 */

static u32 illegal_csr[] = {0x30002573};     /* csrr a0, mstatus */
static u32 illegal_word[] = {0x00000000, 0}; /* illegal by definition */
static u32 breakpoint[] = {0x00100073};      /* ebreak: everybody's */

static u64 cost(void (*run)(struct frame *), const u32 *code, u64 cause)
{
	static struct frame f;
	u64 from, to;

	for (u32 turn = 0; turn < 2; turn++) {
		f.sepc = (u64)code;
		from = csr_read(instret);
		run(&f);
		to = csr_read(instret);
	}
	expect("cause", f.scause, cause);
	expect("sepc is there", f.sepc - (u64)code, 0);
	return to - from;
}

/* Without translation, so U-mode may execute what S-mode may. */
static void compare(const char *mode, void (*run)(struct frame *))
{
	u64 plain = cost(run, breakpoint, CAUSE_BREAK);

	print("%s csr: %ld more than ebreak\n", mode,
	      cost(run, illegal_csr, CAUSE_ILLEGAL) - plain);
	print("%s word: %ld more than ebreak\n", mode,
	      cost(run, illegal_word, CAUSE_ILLEGAL) - plain);
}

/* ---- memory ----------------------------------------------------------------
 */

static void test_memory(void)
{
	u32 len;
	const u8 *reg = fdt_prop("firmware", 0, "reg", &len);
	struct caught c = TRY(read64(FIRMWARE));

	check("the device tree reserves it",
	      reg && len == 16 && fdt_u32(reg + 4) == FIRMWARE);
	print("firmware's memory: %s\n", c.scause == CAUSE_LOAD_ACCESS
						 ? "closed"
					 : c.scause == CAUSE_NONE ? "open"
								  : "odd");
	if (c.scause == CAUSE_LOAD_ACCESS) {
		c = TRY(read64(FIRMWARE + fdt_u32(reg + 12) - 8));
		expect("its last bytes", c.scause, CAUSE_LOAD_ACCESS);
		c = TRY(write64(FIRMWARE, 0));
		expect("store to it", c.scause, CAUSE_STORE_ACCESS);
	}
	c = TRY(read64(FIRMWARE + fdt_u32(reg + 12)));
	expect("behind it", c.scause, CAUSE_NONE);
	expect("write from it", (u64)sbi(SBI_DBCN, 0, 8, FIRMWARE).error,
	       (u64)SBI_INVALID_PARAM);
	expect("read across its start",
	       (u64)sbi(SBI_DBCN, 1, 16, FIRMWARE - 8).error,
	       (u64)SBI_INVALID_PARAM);
	expect("write with a wrap", (u64)sbi(SBI_DBCN, 0, -1UL, RAM_BASE).error,
	       (u64)SBI_INVALID_PARAM);
}

/* ---- several harts ---------------------------------------------------------
 */

static u64 fence_errors(void)
{
	u32 functions = fdt_isa_has("h") ? 7 : 3;
	u64 errors = 0;

	for (u32 round = 0; round < ROUNDS; round++) {
		u64 start = round * PAGE_SIZE, size = round % 3 * PAGE_SIZE;

		for (u32 f = 0; f < functions; f++)
			errors += sbi(SBI_RFENCE, f, 0, -1UL, start, size, f)
					  .error != SBI_OK;
	}
	return errors;
}

static void wait_for(u32 *what, u32 count)
{
	while (GET(*what) != count)
		;
}

/* Asleep with nothing but IPIs enabled: until the first one sends one. */
static void sleep_until_ipi(void)
{
	s64 error;

	csr_write(sie, BIT(IRQ_SOFT));
	do {
		error = sbi(SBI_HSM, HSM_SUSPEND, 0).error;
		ADD(wrong, error != SBI_OK);
	} while (!(csr_read(sip) & BIT(IRQ_SOFT)));
	csr_write(sip, 0);
	csr_write(sie, 0);
	ADD(slept, 1);
}

static void other(void)
{
	ADD(ready, 1);
	while (GET(ready) != harts)
		;
	ADD(wrong, fence_errors());
	ADD(done, 1);
	sleep_until_ipi();
	sbi(SBI_HSM, 1);
}

static void wake(u64 id)
{
	u32 before = GET(slept);

	while (sbi(SBI_HSM, 2, id).value != HSM_SUSPENDED)
		;
	/* A sleeper still does what others need, and sleeps on. */
	expect("fence to a sleeper", (u64)sbi(SBI_RFENCE, 1, 1, id).error, 0);
	expect("it sleeps on", sbi(SBI_HSM, 2, id).value, HSM_SUSPENDED);
	sbi(SBI_IPI, 0, 1, id);
	wait_for(&slept, before + 1);
}

static void test_harts(void)
{
	for (u32 i = 0; i < harts; i++)
		if (ids[i] != boot_hart)
			sbi(SBI_HSM, 0, ids[i], (u64)hart_start, (u64)other);
	ADD(ready, 1);
	wait_for(&ready, harts);
	ADD(wrong, fence_errors());
	wait_for(&done, harts - 1);
	for (u32 i = 0; i < harts; i++)
		if (ids[i] != boot_hart)
			wake(ids[i]);
	expect("calls that failed", wrong, 0);
}

/* Retentive suspend: until the timer, whatever sstatus.SIE says. */
static void test_suspend(void)
{
	u32 len;
	u64 hz = fdt_u32(fdt_prop("cpus", 0, "timebase-frequency", &len));
	u64 deadline = csr_read(time) + hz / 100;

	csr_write(sie, BIT(IRQ_TIMER));
	sbi(SBI_TIME, 0, deadline);
	expect("suspend", (u64)sbi(SBI_HSM, HSM_SUSPEND, 0).error, 0);
	check("until the deadline", csr_read(time) >= deadline);
	check("with the interrupt pending", csr_read(sip) & BIT(IRQ_TIMER));
	sbi(SBI_TIME, 0, -1UL);
	csr_write(sie, 0);
	expect("suspend of another kind",
	       (u64)sbi(SBI_HSM, HSM_SUSPEND, 0x80000000).error,
	       (u64)SBI_NOT_SUPPORTED);
}

int main(void)
{
	begin("direct");
	harts = fdt_harts(ids, HARTS_MAX);
	compare("U", user_run);
	compare("S", super_run);
	test_memory();
	for (u32 i = 0; i < harts; i++)
		if (ids[i] != boot_hart)
			expect("start in the firmware",
			       (u64)sbi(SBI_HSM, 0, ids[i], FIRMWARE).error,
			       (u64)SBI_INVALID_ADDR);
	test_suspend();
	test_harts();
	finish();
}
