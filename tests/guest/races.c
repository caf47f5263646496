/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Harts that get in each other's way, for Trapeze only; a word of the boot
 * arguments says how: two start a third at once, one fences another that is
 * restarted all the time, one resets the machine while others start harts, or
 * the only one stops itself.
 */
#include "tests/guest/rt/rt.h"

#define SECONDS     2
#define HSM_START   0
#define HSM_STOP    1
#define RFENCE_VMA  1
#define SRST_REBOOT 1

extern char hart_start[]; /* entry.S: a1 = function to call */

static volatile u64 round_;
static u64 hz;

/* A hart that stops itself as its first act; one that does in odd rounds. */
extern char stop_at_once[], stop_by_round[];
asm(".text\n.balign 4\n"
    "stop_at_once: li a7, 0x48534d\n li a6, 1\n ecall\n j .\n"
    "stop_by_round: ld t0, 0(a1)\n andi t1, t0, 1\n beqz t1, stop_at_once\n"
    "1: ld t2, 0(a1)\n beq t2, t0, 1b\n j stop_at_once\n");

static bool time_left(void)
{
	return csr_read(time) < SECONDS * hz;
}

static void start(u64 id, void *pc, u64 arg)
{
	sbi(SBI_HSM, HSM_START, id, (u64)pc, arg);
}

static void start_second(void)
{
	for (;;)
		start(2, stop_at_once, 0);
}

static void start_others(void)
{
	for (;;)
		for (u64 id = 2; id < 4; id++)
			start(id, stop_at_once, 0);
}

static void restart_fenced(void)
{
	for (;;)
		start(2, stop_by_round, (u64)&round_);
}

static void race_starts(void)
{
	start(1, hart_start, (u64)start_second);
	while (time_left())
		start(2, stop_at_once, 0);
}

static void race_fences(void)
{
	start(1, hart_start, (u64)restart_fenced);
	while (time_left()) {
		round_++;
		sbi(SBI_RFENCE, RFENCE_VMA, 1UL << 2, 0, 0, 0);
		round_++;
	}
}

/* At another moment each time: the machine's time goes on over resets. */
static void race_reset(void)
{
	u64 end = csr_read(time) + hz / 1000 + csr_read(cycle) % (hz / 500);

	start(1, hart_start, (u64)start_others);
	while (csr_read(time) < end)
		;
	sbi(SBI_SRST, 0, SRST_REBOOT, 0);
}

int main(void)
{
	hz = timebase();
	if (bootargs_has("stop"))
		sbi(SBI_HSM, HSM_STOP);
	else if (bootargs_has("starts"))
		race_starts();
	else if (bootargs_has("fences"))
		race_fences();
	else if (bootargs_has("resets"))
		race_reset();
	print("PASS\n");
	power_off(true);
}
