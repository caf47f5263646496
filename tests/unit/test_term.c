/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests what is on the terminal: focus, replay, our own lines. */
#include "term_bench.h"

#define HEADER(name) "trapeze: console of " name "\r\n"

/* What the focus prints is there at once; what others print is not. */
static void test_focus_alone(void **state)
{
	struct console_port *a = add(0, "alpha"), *b = add(1, "beta");

	print(b, "quiet\r\n");
	print(a, "one\r\ntw");
	seen("one\r\ntw");
	print(b, "still");
	seen("");
	assert_ptr_equal(term_focused(), a);
}

/* What was printed meanwhile comes with the focus, prompt and all. */
static void test_replay(void **state)
{
	struct console_port *a = add(0, "alpha"), *b = add(1, "beta");

	print(b, "one\r\ntwo\r\n$ ");
	print(a, "x\r\n");
	seen("x\r\n");
	term_focus(b);
	seen(HEADER("beta") "one\r\ntwo\r\n$ ");
	print(b, "ls");
	seen("ls");
	term_focus(a); /* in the middle of beta's line */
	seen("\r\n" HEADER("alpha") "x\r\n");
	term_focus(b);
	seen(HEADER("beta") "one\r\ntwo\r\n$ ls");
}

static void test_focus_of_the_focus(void **state)
{
	struct console_port *a = add(0, "alpha");

	print(a, "one\r\n$ ");
	seen("one\r\n$ ");
	term_focus(a);
	seen("\r\n" HEADER("alpha") "one\r\n$ ");
}

/* The ring has wrapped: what is replayed starts with a whole line. */
static void test_replay_wrapped(void **state)
{
	static char want[2 * RING_BYTES];
	struct console_port *b;
	u32 used, size = 0;
	char line[32];

	add(0, "alpha");
	b = add(1, "beta");
	for (u32 i = 0; i < 2000; i++) {
		snprintf(line, sizeof(line), "line %u of many\r\n", i);
		print(b, line);
	}
	print(b, "$ ");
	term_focus(b);
	turns(100);
	screen[shown] = '\0';
	used = sprintf(want, "%s", HEADER("beta"));
	for (u32 i = 1999; size + 18 + 2 <= RING_FULL; i--)
		size += snprintf(line, sizeof(line), "line %u of many\r\n", i);
	for (u32 i = 2000 - size / 19; i < 2000; i++)
		used += sprintf(want + used, "line %u of many\r\n", i);
	sprintf(want + used, "$ ");
	shown = 0;
	assert_true(strlen(screen) > RING_FULL - 19);
	assert_true(strlen(screen) < RING_FULL + 40);
	assert_string_equal(screen, want);
}

/* The first byte that is left begins a line: that one is whole. */
static void test_replay_from_the_edge(void **state)
{
	struct console_port *b;

	assert_int_equal(RING_FULL % 20, 0);
	add(0, "alpha");
	b = add(1, "beta");
	for (u32 i = 0; i < 2 * RING_BYTES / 20; i++)
		print(b, "exactly 20 bytes..\r\n");
	term_focus(b);
	turns(100);
	assert_int_equal(shown, strlen(HEADER("beta")) + RING_FULL);
	shown = 0;
}

/* One line that is longer than the ring: all that is left of it. */
static void test_replay_of_one_line(void **state)
{
	struct console_port *b;

	add(0, "alpha");
	b = add(1, "beta");
	for (u32 i = 0; i < 3 * RING_BYTES; i++)
		console_port_put(b, 'x');
	term_focus(b);
	turns(100);
	assert_int_equal(shown, strlen(HEADER("beta")) + RING_FULL);
	shown = 0;
}

/* ---- the VMM's own lines ------------------------------------------------ */

static void test_line(void **state)
{
	struct console_port *a = add(0, "alpha");

	term_line("trapeze: ", "warning: ", "it rains");
	seen("trapeze: warning: it rains\r\n");
	print(a, "one\r\n");
	term_line("trapeze: ", "", "again");
	seen("one\r\ntrapeze: again\r\n");
}

/* An unfinished line of a guest's goes on behind it. */
static void test_line_between(void **state)
{
	struct console_port *a = add(0, "alpha");

	print(a, "one tw");
	term_line("trapeze: ", "", "here");
	term_line("trapeze: ", "", "there");
	print(a, "o\r\n");
	seen("one tw\r\ntrapeze: here\r\ntrapeze: there\r\no\r\n");
}

/* A prompt and what is being typed there is printed again. */
static void test_line_redraw(void **state)
{
	struct console_port *m = add_monitor(0);

	print(m, "done\r\n> li");
	term_line("trapeze: ", "", "here");
	print(m, "st");
	seen("done\r\n> li\r\ntrapeze: here\r\n> list");
	term_line("trapeze: ", "", "there");
	seen("\r\ntrapeze: there\r\n> list");
	print(m, "\r\n");
	term_line("trapeze: ", "", "and");
	seen("\r\ntrapeze: and\r\n");
}

static void keep_line(void *ctx, const char *line)
{
	strcat(ctx, line);
	strcat(ctx, ";");
}

static void test_log(void **state)
{
	char all[100] = "";

	term_log_replay(keep_line, all);
	assert_string_equal(all, "");
	term_line("trapeze: ", "", "one");
	term_line("", "", "stat a b 1"); /* no log line */
	term_line("trapeze: ", "error: ", "two");
	term_log_replay(keep_line, all);
	assert_string_equal(all, "trapeze: one;trapeze: error: two;");
}

struct log_lines {
	u32 count, last;
};

static void check_line(void *ctx, const char *line)
{
	struct log_lines *l = ctx;
	u32 number;

	assert_int_equal(sscanf(line, "trapeze: number %u.", &number), 1);
	assert_int_equal(line[strlen(line) - 1], '.');
	assert_true(!l->count || number == l->last + 1);
	l->count++;
	l->last = number;
}

/* The oldest are forgotten, as whole lines. */
static void test_log_wrapped(void **state)
{
	struct log_lines l = {0};
	char text[40];

	for (u32 i = 0; i < 5000; i++) {
		snprintf(text, sizeof(text), "number %u.", i);
		term_line("trapeze: ", "", text);
	}
	term_log_replay(check_line, &l);
	assert_int_equal(l.last, 4999);
	assert_true(l.count > 300);
}

static void test_panic(void **state)
{
	add(0, "alpha");
	lock_acquire(&term.lock);
	term_panic_line("last words");
	lock_release(&term.lock);
	seen("last words\r\n");
}

/* ---- ports that come and go --------------------------------------------- */

/* Guests come before the monitor, whoever was there first. */
static void test_first_focus(void **state)
{
	struct console_port *m = add_monitor(0), *a;

	assert_ptr_equal(term_focused(), m);
	print(m, "> ");
	a = add(1, "alpha");
	assert_ptr_equal(term_focused(), a);
	assert_false(term_monitor_opened());
	seen("> \r\n" HEADER("alpha"));
	add(2, "beta");
	assert_ptr_equal(term_focused(), a);
	assert_ptr_equal(term.ports, a);
	assert_ptr_equal(a->next, &guest[2].port);
	assert_ptr_equal(a->next->next, m);
}

/* But who was asked for is not taken away. */
static void test_monitor_stays(void **state)
{
	struct console_port *m = add_monitor(0);

	term_focus(m);
	assert_true(term_monitor_opened());
	add(1, "alpha");
	assert_ptr_equal(term_focused(), m);
}

static void test_typing_opens_monitor(void **state)
{
	struct console_port *m = add_monitor(0);

	assert_false(term_monitor_opened());
	type("h");
	assert_true(term_monitor_opened());
	add(1, "alpha");
	assert_ptr_equal(term_focused(), m);
}

/* Whoever has the focus; across the edge of the ring, and while it lasts. */
static void test_says(void **state)
{
	struct console_port *b;

	add(0, "alpha");
	b = add(1, "beta");
	assert_false(term_says(b, "login:"));
	print(b, "one two\r\nlogi");
	assert_true(term_says(b, "one t"));
	assert_false(term_says(b, "login:"));
	print(b, "n:");
	assert_true(term_says(b, "login:"));
	assert_false(term_says(b, "login: "));
	while (b->ring.end % RING_BYTES != RING_BYTES - 3)
		print(b, "x");
	assert_false(term_says(b, "login:"));
	print(b, "edge");
	assert_true(term_says(b, "xedge"));
}

static void test_remove(void **state)
{
	struct console_port *a = add(0, "alpha"), *b = add(1, "beta"), *m;

	add(2, "gamma");
	print(b, "mine\r\n");
	drop(2); /* not the focus */
	seen("");
	drop(0);
	seen(HEADER("beta") "mine\r\n");
	m = add_monitor(3);
	a = add(0, "alpha");
	print(m, "> ");
	drop(1);
	seen(HEADER("monitor") "> ");
	assert_false(term_monitor_opened());
	drop(3);
	assert_ptr_equal(term_focused(), a);
	drop(0);
	assert_null(term_focused());
	shown = 0;
}

static void test_no_memory(void **state)
{
	struct console_port *a = add(0, "alpha");

	host_exhaust(3);
	assert_false(term_add(&guest[1].port));
	host_relieve();
	assert_ptr_equal(term.ports, a);
	assert_null(a->next);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_focus_alone),
		TEST(test_replay),
		TEST(test_focus_of_the_focus),
		TEST(test_replay_wrapped),
		TEST(test_replay_from_the_edge),
		TEST(test_replay_of_one_line),
		TEST(test_line),
		TEST(test_line_between),
		TEST(test_line_redraw),
		TEST(test_log),
		TEST(test_log_wrapped),
		TEST(test_panic),
		TEST(test_first_focus),
		TEST(test_monitor_stays),
		TEST(test_typing_opens_monitor),
		TEST(test_says),
		TEST(test_remove),
		TEST(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
