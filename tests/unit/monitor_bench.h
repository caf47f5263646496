/* SPDX-License-Identifier: BSD-2-Clause */
/* A monitor with a few commands at a console, for its tests. */
#ifndef TESTS_UNIT_MONITOR_BENCH_H
#define TESTS_UNIT_MONITOR_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host.h"
#include "hyp/lock.h"
#include "hyp/monitor.h"
#include "hyp/util.h"

#define PROMPT "trapeze> "

static struct console_port port = {.name = "monitor"};
static u32 wakes;
static char ran[512]; /* "name|arg|arg\n" of each command that ran */

/* What `wait` does. */
static u32 polls, abandons;
static bool finished;
static enum monitor_result outcome;
static bool floods;     /* everybody types when it starts */
static bool reads_keys; /* and ends at 'q' */

static inline void wake(void)
{
	wakes++;
}

static inline enum monitor_result run_note(u32 argc, char **argv)
{
	for (u32 i = 0; i < argc; i++) {
		strcat(ran, i ? "|" : "");
		strcat(ran, argv[i]);
	}
	strcat(ran, "\n");
	assert_null(argv[argc]);
	return MONITOR_OK;
}

static inline enum monitor_result run_bad(u32 argc, char **argv)
{
	return monitor_fail("it is %s", argc > 1 ? argv[1] : "bad");
}

static inline enum monitor_result run_wait(u32 argc, char **argv)
{
	monitor_print("waiting\n");
	while (floods && port.receive(&port, 'a'))
		;
	return MONITOR_WAIT;
}

static inline enum monitor_result poll_wait(bool abandoned)
{
	int key = -1;

	polls++;
	abandons += abandoned;
	if (reads_keys)
		while ((key = monitor_key()) >= 0 && key != 'q')
			monitor_print("key %c\n", key);
	if (!finished && key != 'q')
		return MONITOR_WAIT;
	if (outcome == MONITOR_FAILED)
		return monitor_fail("it came to nothing");
	return outcome;
}

static inline const char *complete_vm(u32 arg, u32 n)
{
	static const char *const names[] = {"alpha", "beta", "my vm", NULL};

	assert_in_range(arg, 1, 2);
	return arg == 1 ? names[n] : NULL;
}

static inline enum monitor_result run_twice(u32 argc, char **argv)
{
	static const char text[] = "note from script\nnote again";

	if (!monitor_script("inner", text, strlen(text)))
		return monitor_fail("too many scripts");
	return MONITOR_OK;
}

static struct monitor_command commands[] = {
	{.name = "start",
	 .args = "VM [COUNT]",
	 .help = "let a VM run",
	 .min = 1,
	 .max = 2,
	 .run = run_note,
	 .complete = complete_vm},
	{.name = "stop",
	 .args = "VM",
	 .help = "stop a VM\nmore of that",
	 .min = 1,
	 .max = 1,
	 .run = run_note},
	{.name = "stopall", .args = "", .help = "stop them", .run = run_note},
	{.name = "note",
	 .args = "[WORD...]",
	 .help = "take down",
	 .max = MONITOR_ANY,
	 .run = run_note},
	{.name = "bad",
	 .args = "[HOW]",
	 .help = "fail",
	 .max = 1,
	 .run = run_bad},
	{.name = "wait",
	 .args = "",
	 .help = "wait",
	 .run = run_wait,
	 .poll = poll_wait},
	{.name = "twice", .args = "", .help = "run a script", .run = run_twice},
};

static inline void begin(bool interactive)
{
	host_reset();
	wakes = polls = abandons = 0;
	finished = floods = reads_keys = false;
	outcome = MONITOR_OK;
	ran[0] = '\0';
	monitor_init(&port, interactive, wake);
	for (u32 i = 0; i < ARRAY_SIZE(commands); i++)
		monitor_add(&commands[i]);
}

static inline int setup(void **state)
{
	begin(true);
	assert_false(monitor_turn());
	assert_string_equal(host_out, PROMPT);
	host_out[0] = '\0';
	return 0;
}

static inline int setup_batch(void **state)
{
	begin(false);
	return 0;
}

/* Turns until there is nothing to do right away. */
static inline void settle(void)
{
	for (u32 n = 0; monitor_turn(); n++)
		assert_true(n < 10000);
}

static inline void press(const char *keys)
{
	for (; *keys; keys++)
		assert_true(port.receive(&port, *keys));
}

/* What the monitor printed when this was typed; no prompt behind it. */
static inline const char *type(const char *keys)
{
	static char text[sizeof(host_out)];
	u64 end;

	host_out[0] = '\0';
	press(keys);
	settle();
	strcpy(text, host_out);
	end = strlen(text);
	if (end >= strlen(PROMPT) &&
	    !strcmp(text + end - strlen(PROMPT), PROMPT))
		text[end - strlen(PROMPT)] = '\0';
	return text;
}

/* The same for a script; without carriage returns. */
static inline const char *script(const char *text)
{
	static char out[sizeof(host_out)];
	char *to = out;

	host_out[0] = '\0';
	assert_true(monitor_script("room.txt", text, strlen(text)));
	settle();
	for (char *from = host_out; *from; from++)
		if (*from != '\r')
			*to++ = *from;
	*to = '\0';
	return out;
}

#endif
