/* SPDX-License-Identifier: BSD-2-Clause */
/* Timer interrupts by SBI and by stimecmp: on time, cleared, never too soon. */
#include "tests/guest/rt/rt.h"

#define NEVER (-1UL)

extern char timer_vectors[], trap_vector[];
extern u64 timer_vectored_at;

static u64 hz, deadline;
static volatile u64 fired, early;
static bool use_stimecmp;

static void set_timer(u64 at)
{
	if (use_stimecmp)
		asm volatile("csrw 0x14d, %0" ::"r"(at) : "memory");
	else
		sbi(SBI_TIME, 0, at);
}

static void on_irq(u64 irq)
{
	if (irq != IRQ_TIMER)
		check("interrupt is the timer's", false);
	early += csr_read(time) < deadline;
	fired++;
	set_timer(NEVER);
}

static void arm(u64 delay)
{
	fired = early = 0;
	deadline = csr_read(time) + delay;
	set_timer(deadline);
}

static void wait_until(u64 at)
{
	while (csr_read(time) < at)
		;
}

static bool pending(void)
{
	return csr_read(sip) & BIT(IRQ_TIMER);
}

/* Nothing reads sip in between: the interrupt has to come by itself. */
static void test_interrupt(void)
{
	csr_write(sie, BIT(IRQ_TIMER));
	csr_set(sstatus, SSTATUS_SIE);
	for (u64 delay = 0; delay < 4; delay++) {
		arm(delay * hz / 200);
		while (!fired)
			;
		expect("fired", fired, 1);
		expect("early", early, 0);
	}
	arm(hz / 100);
	wait_until(deadline - hz / 1000);
	check("nothing before the deadline",
	      !fired || csr_read(time) >= deadline);
	while (!fired)
		;
	wait_until(deadline + hz / 100);
	expect("fired once", fired, 1);
	csr_clear(sstatus, SSTATUS_SIE);
}

static void test_pending(void)
{
	csr_write(sie, 0);
	set_timer(NEVER);
	expect("STIP with the timer off", pending(), 0);
	set_timer(0);
	while (!pending())
		;
	expect("STIP when due", pending(), 1);
	csr_write(sip, 0);
	expect("STIP is read-only", pending(), 1);
	set_timer(csr_read(time) + hz);
	expect("STIP after re-arming", pending(), 0);
	set_timer(csr_read(time));
	while (!pending())
		;
	expect("STIP again", pending(), 1);
	set_timer(NEVER);
	expect("STIP when off again", pending(), 0);
}

static void test_far(void)
{
	static const u64 far[] = {NEVER, NEVER - 1, 1UL << 63, (1UL << 63) - 1};

	csr_write(sie, BIT(IRQ_TIMER));
	csr_set(sstatus, SSTATUS_SIE);
	for (u32 i = 0; i < ARRAY_SIZE(far); i++) {
		fired = 0;
		deadline = far[i];
		set_timer(far[i]);
		wait_until(csr_read(time) + hz / 100);
		expect("fired for a far deadline", fired, 0);
	}
	set_timer(NEVER);
	csr_clear(sstatus, SSTATUS_SIE);
}

/* wfi ends with a pending interrupt that sie has, whatever sstatus.SIE is. */
static void test_wfi(void)
{
	csr_write(sie, BIT(IRQ_TIMER));
	arm(hz / 50);
	while (!pending())
		asm volatile("wfi" ::: "memory");
	check("wfi woke after the deadline", csr_read(time) >= deadline);
	expect("and was not interrupted", fired, 0);
	csr_set(sstatus, SSTATUS_SIE);
	expect("until SIE is set", fired, 1);
	arm(hz / 50);
	while (!fired)
		asm volatile("wfi" ::: "memory");
	expect("wfi with SIE: early", early, 0);
	csr_clear(sstatus, SSTATUS_SIE);
	arm(0);
	while (!pending())
		;
	asm volatile("wfi" ::: "memory");
	check("wfi with one pending returns", true);
	set_timer(NEVER);
}

/* "Supervisor Trap Vector Base Address (stvec) Register": base + 4 * cause. */
static void test_vectored(void)
{
	csr_write(sie, BIT(IRQ_TIMER));
	csr_write(stvec, (u64)timer_vectors | 1);
	set_timer(0);
	timer_vectored_at = 0;
	asm volatile("csrsi sstatus, 2\n1:\tld t0, (%0)\n\tbeqz t0, 1b" ::"r"(
			     &timer_vectored_at)
		     : "t0", "t5", "t6", "memory");
	csr_clear(sstatus, SSTATUS_SIE);
	csr_write(stvec, trap_vector);
	expect("vectored entry", timer_vectored_at - 1, IRQ_TIMER);
	set_timer(NEVER);
	csr_write(sie, 0);
}

static void test_all(const char *how)
{
	print("timer by %s\n", how);
	test_pending();
	test_interrupt();
	test_far();
	test_wfi();
	test_vectored();
}

int main(void)
{
	begin("timer");
	hz = timebase();
	irq_hook = on_irq;
	test_all("SBI");
	if (fdt_isa_has("sstc")) {
		use_stimecmp = true;
		test_all("stimecmp");
	}
	finish();
}
