/* SPDX-License-Identifier: BSD-2-Clause */
/* The monitor's commands: lookup, usage, `help` and `echo`. */
#include <stdio.h>
#include <string.h>

#include "hyp/monitor_table.h"
#include "hyp/util.h"

#define USAGE_WIDTH 30

static struct monitor_command *commands; /* in order of name */

void monitor_add(struct monitor_command *c)
{
	struct monitor_command **at = &commands;

	BUG_ON(!c->name || !c->args || !c->help || !c->run || c->min > c->max);
	while (*at && strcmp((*at)->name, c->name) < 0)
		at = &(*at)->next;
	BUG_ON(*at && !strcmp((*at)->name, c->name));
	c->next = *at;
	*at = c;
}

struct monitor_command *monitor_nth(u32 n)
{
	struct monitor_command *c = commands;

	while (c && n--)
		c = c->next;
	return c;
}

/* The prefix has `count` > 1 commands, next to each other in the list. */
static void fail_ambiguous(const char *word, struct monitor_command *c,
			   u32 count)
{
	char names[256];
	u32 used = 0;

	names[0] = '\0';
	for (; count && used < sizeof(names); c = c->next, count--)
		used += snprintf(names + used, sizeof(names) - used, " %s",
				 c->name);
	monitor_fail("'%s' may be:%s", word, names);
}

struct monitor_command *monitor_find(const char *word, bool loud)
{
	struct monitor_command *first = NULL;
	u32 count = 0;

	for (struct monitor_command *c = commands; c; c = c->next) {
		if (!strcmp(c->name, word))
			return c;
		if (!*word || strncmp(c->name, word, strlen(word)))
			continue;
		if (!count++)
			first = c;
	}
	if (count == 1)
		return first;
	if (loud && count)
		fail_ambiguous(word, first, count);
	else if (loud)
		monitor_fail("no command '%s'; 'help' lists them", word);
	return NULL;
}

enum monitor_result monitor_start(struct words *w, struct monitor_command **c)
{
	enum monitor_result result;

	if (w->error)
		return monitor_fail("%s", words_complaint(w->error));
	if (!w->argc)
		return MONITOR_OK;
	*c = monitor_find(w->argv[0], true);
	if (!*c)
		return MONITOR_FAILED;
	if (w->argc - 1 < (*c)->min || w->argc - 1 > (*c)->max)
		return monitor_fail("usage: %s%s%s; 'help %s' says more",
				    (*c)->name, (*c)->args[0] ? " " : "",
				    (*c)->args, (*c)->name);
	w->argv[0] = (char *)(*c)->name;
	result = (*c)->run(w->argc, w->argv);
	BUG_ON(result == MONITOR_WAIT && !(*c)->poll);
	return result;
}

/* ---- built in ---------------------------------------------------------- */

static void print_usage(const struct monitor_command *c)
{
	monitor_print("%s%s%s", c->name, c->args[0] ? " " : "", c->args);
}

static enum monitor_result run_help(u32 argc, char **argv)
{
	struct monitor_command *c;

	if (argc == 2) {
		c = monitor_find(argv[1], true);
		if (!c)
			return MONITOR_FAILED;
		print_usage(c);
		monitor_print("\n%s\n", c->help);
		return MONITOR_OK;
	}
	for (c = commands; c; c = c->next) {
		int width = USAGE_WIDTH - (int)strlen(c->name) - 1;

		monitor_print("%s %-*s %.*s\n", c->name, MAX(width, 0), c->args,
			      (int)strcspn(c->help, "\n"), c->help);
	}
	return MONITOR_OK;
}

static const char *complete_help(u32 arg, u32 n)
{
	struct monitor_command *c = monitor_nth(n);

	return arg == 1 && c ? c->name : NULL;
}

static enum monitor_result run_echo(u32 argc, char **argv)
{
	for (u32 i = 1; i < argc; i++)
		monitor_print(i > 1 ? " %s" : "%s", argv[i]);
	monitor_print("\n");
	return MONITOR_OK;
}

static struct monitor_command help_command = {
	.name = "help",
	.args = "[COMMAND]",
	.help = "list the commands, or say what one does",
	.max = 1,
	.run = run_help,
	.complete = complete_help,
};

static struct monitor_command echo_command = {
	.name = "echo",
	.args = "[WORD...]",
	.help = "print the words",
	.max = MONITOR_ANY,
	.run = run_echo,
};

void monitor_table_init(void)
{
	commands = NULL;
	monitor_add(&help_command);
	monitor_add(&echo_command);
}
