/* SPDX-License-Identifier: BSD-2-Clause */
/* The monitor: typed bytes, scripts, and the command that runs. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "hyp/line.h"
#include "hyp/monitor_input.h"
#include "hyp/monitor_table.h"
#include "hyp/util.h"

#define SCRIPTS_MAX 8  /* that are queued, a typed line included */
#define KEYS_A_TURN 64 /* typed bytes */

/* Text that commands are read from. */
struct source {
	const char *name; /* NULL: the typed line */
	const char *text;
	u64 size, at;
	u32 line;
};

/* Used by one task only. */
static struct {
	struct console_port *port;
	bool interactive;
	bool prompted; /* the editor has its prompt on the terminal */
	bool midline;  /* the output is not at the start of a row */
	/* The first is running. A typed line comes when there is none. */
	struct source sources[SCRIPTS_MAX];
	u32 source_count;
	u32 line;                        /* of the first, where it is */
	struct words words;              /* of the command that runs */
	struct monitor_command *waiting; /* or NULL */
	u32 failures;
	struct line editor;
} mon;

/* ---- output ------------------------------------------------------------ */

static void put_raw(const char *bytes, u32 n)
{
	for (u32 i = 0; i < n; i++)
		console_port_put(mon.port, bytes[i]);
	if (n)
		mon.midline = bytes[n - 1] != '\n';
}

static void put(const char *bytes, u32 n)
{
	for (u32 i = 0; i < n; i++) {
		if (bytes[i] == '\n')
			put_raw("\r", 1);
		put_raw(bytes + i, 1);
	}
}

static void fresh_row(void)
{
	if (mon.midline)
		put("\n", 1);
}

static void print(const char *fmt, va_list ap)
{
	static char text[MONITOR_PRINT + 1];
	int n = vsnprintf(text, sizeof(text), fmt, ap);

	BUG_ON(n < 0);
	put(text, MIN((u32)n, MONITOR_PRINT));
}

void monitor_print(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print(fmt, ap);
	va_end(ap);
}

enum monitor_result monitor_fail(const char *fmt, ...)
{
	const struct source *s = mon.sources;
	va_list ap;

	fresh_row();
	if (mon.source_count && s->name)
		monitor_print("%s:%u: ", s->name, mon.line);
	monitor_print("error: ");
	va_start(ap, fmt);
	print(fmt, ap);
	va_end(ap);
	monitor_print("\n");
	return MONITOR_FAILED;
}

/* ---- commands ---------------------------------------------------------- */

static void push_source(const char *name, const char *text, u64 size)
{
	mon.sources[mon.source_count++] = (struct source){
		.name = name, .text = text, .size = size, .line = 1};
}

static void pop_source(void)
{
	mon.source_count--;
	memmove(mon.sources, mon.sources + 1,
		mon.source_count * sizeof(mon.sources[0]));
}

bool monitor_script(const char *name, const char *text, u64 size)
{
	if (mon.source_count == SCRIPTS_MAX)
		return false;
	push_source(name, text, size);
	return true;
}

static void set_waiting(struct monitor_command *c)
{
	mon.waiting = c;
	monitor_input_ignored(c);
}

int monitor_key(void)
{
	return monitor_input_take(true);
}

/* The command that started or waited gave this. */
static void finish(enum monitor_result result)
{
	if (result == MONITOR_FAILED && mon.sources[0].name)
		mon.failures++;
}

/* "> command": a batch's log shows what the output belongs to. */
static void show(const char *text, u64 size)
{
	while (size && (u8)*text <= ' ') {
		text++;
		size--;
	}
	fresh_row();
	put("> ", 2);
	put(text, size);
	put("\n", 1);
}

/* One command of the first source. */
static void run_next(void)
{
	struct source *s = &mon.sources[0];
	const char *text = s->text + s->at;
	struct monitor_command *c;
	enum monitor_result result;

	mon.line = s->line;
	words_read(&mon.words, text, s->size - s->at);
	if (s->name && (mon.words.argc || mon.words.error))
		show(text, mon.words.used);
	result = monitor_start(&mon.words, &c);
	if (result == MONITOR_WAIT)
		set_waiting(c);
	else
		finish(result);
	s->at += mon.words.used;
	if (s->at < s->size)
		s->line += s->text[s->at++] == '\n';
	if (s->at == s->size && !mon.waiting)
		pop_source();
}

/* Ctrl-C ends what runs, and the scripts that would follow. */
static void abandon(void)
{
	struct monitor_command *c = mon.waiting;

	put("^C\n", 3);
	set_waiting(NULL);
	if (c)
		c->poll(true);
	if (mon.sources[0].name)
		finish(monitor_fail("ended from the terminal"));
	mon.source_count = 0;
}

static void poll(void)
{
	enum monitor_result result = mon.waiting->poll(false);

	if (result == MONITOR_WAIT)
		return;
	set_waiting(NULL);
	finish(result);
}

/* ---- the typed line ---------------------------------------------------- */

static void put_line(struct line *l, const char *bytes, u32 n)
{
	put_raw(bytes, n);
}

static const char *complete(struct line *l, const struct words *w, u32 n)
{
	u32 arg = w->argc - 1;
	struct monitor_command *c;

	if (!arg) {
		c = monitor_nth(n);
		return c ? c->name : NULL;
	}
	c = monitor_find(w->argv[0], false);
	return c && c->complete && arg <= c->max ? c->complete(arg, n) : NULL;
}

static void prompt(void)
{
	if (mon.prompted || !mon.interactive)
		return;
	fresh_row();
	line_start(&mon.editor);
	mon.prompted = true;
}

/* Typed bytes, to the end of a line at most: then its first command. */
static void read_keys(void)
{
	prompt();
	for (u32 i = 0; i < KEYS_A_TURN; i++) {
		int byte = monitor_input_take(false);
		enum line_event event;

		if (byte < 0)
			return;
		if (!mon.interactive)
			continue;
		event = line_key(&mon.editor, byte);
		if (event == LINE_MORE)
			continue;
		mon.prompted = false;
		if (event == LINE_DONE) {
			push_source(NULL, mon.editor.text, mon.editor.len);
			run_next();
		}
		return;
	}
}

static enum monitor_result run_history(u32 argc, char **argv)
{
	const char *text;
	u64 number;

	for (u32 n = 0; (text = line_history(&mon.editor, n, &number)); n++)
		monitor_print("%5lu  %s\n", (unsigned long)number, text);
	return MONITOR_OK;
}

static struct monitor_command history_command = {
	.name = "history",
	.args = "",
	.help = "list the lines that were typed",
	.run = run_history,
};

/* ---- turns ------------------------------------------------------------- */

bool monitor_turn(void)
{
	if (!monitor_busy())
		read_keys();
	else if (monitor_input_interrupted())
		abandon();
	else if (mon.waiting)
		poll();
	else
		run_next();
	if (mon.waiting)
		return false;
	if (mon.source_count)
		return true;
	prompt();
	return monitor_input_any();
}

bool monitor_busy(void)
{
	return mon.source_count;
}

u32 monitor_failures(void)
{
	return mon.failures;
}

void monitor_init(struct console_port *port, bool interactive,
		  void (*wake)(void))
{
	memset(&mon, 0, sizeof(mon));
	mon.port = port;
	mon.interactive = interactive;
	line_init(&mon.editor, "trapeze> ", put_line, complete);
	monitor_input_init(port, wake);
	monitor_table_init();
	monitor_add(&history_command);
}
