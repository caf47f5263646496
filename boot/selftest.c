/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults of our own, one a name. */
#include <string.h>

#include "boot/selftest.h"
#include "hyp/host.h"
#include "hyp/log.h"
#include "hyp/power.h"
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
