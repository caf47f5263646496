/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults of our own, one a name. */
#include <string.h>

#include "boot/selftest.h"
#include "hyp/host.h"
#include "hyp/lock.h"
#include "hyp/log.h"
#include "hyp/power.h"
#include "hyp/sched.h"
#include "hyp/util.h"

#define STATUS_SURVIVED 4

static void load(void)
{
	volatile u64 *nowhere =
		(u64 *)(u64)host.timebase; /* not in the window */

	(void)*nowhere;
}

static void store_text(void)
{
	*(volatile u64 *)(u64)selftest = 0;
}

static void store_rodata(void)
{
	*(volatile char *)"constant" = 0;
}

static void exec_data(void)
{
	static u32 ret_instruction = 0x8067;

	((void (*)(void))&ret_instruction)();
}

/* Deeper than the stack, into the guard page below it. */
static u64 recurse(u64 depth)
{
	volatile u64 frame[32];

	frame[0] = depth;
	return depth ? recurse(depth - 1) + frame[0] : 0;
}

static void stack(void)
{
	recurse(4096);
}

static void bug_on(void)
{
	BUG_ON("on purpose");
}

static struct lock outer = LOCK_INIT(LOCK_VM), inner = LOCK_INIT(LOCK_PAGE);

/* Only a debug build notices these. */
static __attribute__((noinline)) void take_outer(void)
{
	lock_acquire(&outer);
	lock_release(&outer);
}

static void lock_order(void)
{
	lock_acquire(&inner);
	take_outer();
	lock_release(&inner);
}

static void lock_release_order(void)
{
	lock_acquire(&outer);
	lock_acquire(&inner);
	lock_release(&outer);
	lock_release(&inner);
}

static void lock_class(void)
{
	static struct lock nobody;

	lock_acquire(&nobody);
	lock_release(&nobody);
}

static void lock_kept(void)
{
	lock_acquire(&outer);
	sched_loop();
}

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	{"load", load},
	{"store-text", store_text},
	{"store-rodata", store_rodata},
	{"exec-data", exec_data},
	{"stack", stack},
	{"bug", bug_on},
	{"lock-order", lock_order},
	{"lock-release-order", lock_release_order},
	{"lock-class", lock_class},
	{"lock-kept", lock_kept},
};

void selftest(void)
{
	char name[32];

	if (!host_option("selftest", name, sizeof(name)))
		return;
	for (u32 i = 0; i < ARRAY_SIZE(tests); i++) {
		if (!strcmp(name, tests[i].name))
			tests[i].run();
	}
	log_error("selftest=%s: nothing stopped the VMM", name);
	power_off(STATUS_SURVIVED);
}
