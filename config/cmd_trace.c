/* SPDX-License-Identifier: BSD-2-Clause */
/* The command trace: begin, end, print for programs, explain for people. */
#include <string.h>

#include "config/cmd.h"
#include "config/control.h"
#include "hyp/debug.h"
#include "hyp/trace.h"
#include "hyp/util.h"
#include "vcpu/watch.h"

#define LINES_A_TURN 8
#define EXPLAIN_LAST 20
#define SENTENCE_MAX 512

static struct {
	struct trace_reader reader;
	u64 printed;
	u64 origin; /* of the times that are explained */
	void (*print)(u32 hart, const struct trace_event *e);
} out;

/* ---- begin and end ------------------------------------------------------- */

static void ask_all(void)
{
	for (struct vm *vm = vm_list; vm; vm = vm->next)
		watch_ask(vm);
}

static enum monitor_result on(u32 argc, char **argv)
{
	u64 events = 0;

	if (!ACCOUNTING)
		return monitor_fail("this build does not count instructions");
	if (argc > 2 && !cmd_number(argv[2], TRACE_MAX, &events))
		return MONITOR_FAILED;
	if (!trace_start(events))
		return monitor_fail("no memory for so many events");
	ask_all();
	return MONITOR_OK;
}

static enum monitor_result off(u32 argc, char **argv)
{
	trace_stop();
	ask_all();
	return MONITOR_OK;
}

/* ---- out ----------------------------------------------------------------- */

/* For config/trace.py; the header says what the fields are. */
static void print_event(u32 hart, const struct trace_event *e)
{
	const char *kind = "-", *verdict = "-";

	if (e->type == TRACE_exit) {
		kind = exit_name(e->kind);
		verdict = verdict_name(e->verdict);
	}
	monitor_print("trace %u %s %lu %lu %s %u %s %s %u 0x%lx 0x%lx 0x%lx "
		      "0x%lx\n",
		      hart, trace_type_name(e->type), e->when, e->until,
		      trace_name(e->who), e->vcpu, kind, verdict, e->priv,
		      e->pc, e->arg[0], e->arg[1], e->arg[2]);
}

static void explain_event(u32 hart, const struct trace_event *e)
{
	char text[SENTENCE_MAX];

	if (!out.printed)
		out.origin = e->when;
	explain(e, text, sizeof(text));
	monitor_print("%+ld hart %u: %s\n", (long)(e->when - out.origin), hart,
		      text);
}

static enum monitor_result poll(bool abandoned)
{
	struct trace_event e;
	u32 hart;

	for (u32 i = 0; i < LINES_A_TURN && !abandoned; i++) {
		if (!trace_next(&out.reader, &e, &hart)) {
			monitor_print(
				"trace end: %lu events, %lu older ones not\n",
				out.printed, out.reader.lost);
			return MONITOR_OK;
		}
		out.print(hart, &e);
		out.printed++;
	}
	control_wake();
	return MONITOR_WAIT;
}

static enum monitor_result begin(u64 last,
				 void (*print)(u32, const struct trace_event *))
{
	if (trace_is_on())
		off(0, NULL);
	trace_rewind(&out.reader, last);
	out.print = print;
	out.printed = 0;
	return poll(false);
}

static enum monitor_result dump(u32 argc, char **argv)
{
	u64 last = 0;

	if (argc > 2 && !cmd_number(argv[2], TRACE_MAX, &last))
		return MONITOR_FAILED;
	monitor_print("trace begin: hart type when until vm vcpu kind verdict "
		      "mode pc arg0 arg1 arg2\n");
	return begin(last, print_event);
}

static enum monitor_result tell(u32 argc, char **argv)
{
	u64 last = EXPLAIN_LAST;

	if (argc > 2 && !cmd_number(argv[2], TRACE_MAX, &last))
		return MONITOR_FAILED;
	return begin(last, explain_event);
}

/* ---- the command --------------------------------------------------------- */

static const struct {
	const char *name;
	enum monitor_result (*run)(u32 argc, char **argv);
} verbs[] = {
	{"on", on},
	{"off", off},
	{"dump", dump},
	{"explain", tell},
};

static enum monitor_result trace(u32 argc, char **argv)
{
	if (argc == 1) {
		monitor_print("%s\n", trace_is_on() ? "on" : "off");
		return MONITOR_OK;
	}
	for (u32 i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (!strcmp(argv[1], verbs[i].name))
			return verbs[i].run(argc, argv);
	}
	return monitor_fail("%s: none of: on, off, dump, explain", argv[1]);
}

static const char *complete(u32 arg, u32 n)
{
	return arg == 1 && n < ARRAY_SIZE(verbs) ? verbs[n].name : NULL;
}

static struct monitor_command command = {
	.name = "trace",
	.args = "[on [EVENTS]|off|dump [LAST]|explain [LAST]]",
	.help = "record why guests stop, and print or explain it\n"
		"While it is on, exits take no shortcut. Each hart keeps the "
		"last EVENTS (8192).\n"
		"dump: lines for config/trace.py, which makes JSON for "
		"Perfetto of them; explain: sentences, the LAST 20.\n"
		"Both end it. Times are in instructions, under icount.",
	.max = 2,
	.run = trace,
	.poll = poll,
	.complete = complete,
};

void cmd_trace_init(void)
{
	monitor_add(&command);
}
