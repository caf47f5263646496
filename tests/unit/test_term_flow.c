/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests batches, and a terminal that does not take what it is sent. */
#include "fuzz.h"
#include "term_bench.h"

/* ---- a batch ------------------------------------------------------------ */

static void test_lines(void **state)
{
	struct console_port *a = add(0, "alpha"), *b = add(1, "beta");

	print(a, "one");
	print(b, "two\r\nthree");
	seen("beta| two\r\n");
	print(a, "\n");
	seen("alpha| one\r\n");
	print(a, "\n\r\n");
	seen("alpha| \r\nalpha| \r\n");
	print(a, "\rx\ry");
	console_port_put(a, '\0');
	print(a, "\x1b[0mz\tz\n");
	seen("alpha| xy\x1b[0mz\tz\r\n");
	print(b, "\n");
	seen("beta| three\r\n");
}

static void test_long_line(void **state)
{
	struct console_port *a = add(0, "alpha");
	char text[301], want[400];

	memset(text, 'x', 300);
	text[300] = '\0';
	sprintf(want, "alpha| %.255s\r\nalpha| %.45s\r\n", text, text);
	print(a, text);
	print(a, "\n");
	seen(want);
}

static void test_flush(void **state)
{
	struct console_port *a = add(0, "alpha"), *b = add(1, "beta");

	print(a, "half a line");
	print(b, "another");
	term_flush(a);
	seen("alpha| half a line\r\n");
	term_flush(a); /* there is no more */
	print(a, "x\n");
	seen("alpha| x\r\n");
	term_drain();
	seen("beta| another\r\n");
}

/* Nobody looks: no header, no replay. */
static void test_batch_focus(void **state)
{
	struct console_port *a = add(0, "alpha"), *b = add(1, "beta");

	print(a, "one\n");
	seen("alpha| one\r\n");
	term_focus(b);
	drop(1);
	seen("");
	assert_ptr_equal(term_focused(), a);
	assert_true(term_is_batch());
}

/* ---- a terminal that stands still --------------------------------------- */

/* Nothing is lost, lines stay whole, and none comes twice. */
static void test_stall(void **state)
{
	struct console_port *a = add(0, "alpha"), *b = add(1, "beta");

	room = 12;
	print(a, "one\ntwo\n");
	seen("alpha| one\r\n");
	take(3);
	print(b, "three\n");
	term_line("trapeze: ", "", "four");
	take(5);
	seen("alpha| t");
	take(~0U);
	seen("wo\r\nbeta| three\r\ntrapeze: four\r\n");
	print(b, "five\n");
	seen("beta| five\r\n");
	assert_false(wants);
}

/* One line each: who has much to say does not keep the others. */
static void test_turns(void **state)
{
	struct console_port *a = add(0, "a"), *b = add(1, "b");

	room = 0;
	print(a, "1\n2\n3\n4\n");
	print(b, "5\n6\n");
	term_line("", "", "x");
	take(~0U);
	seen("a| 1\r\nb| 5\r\nx\r\na| 2\r\nb| 6\r\na| 3\r\na| 4\r\n");
}

/* The turn goes on though the one whose it was has left. */
static void test_turn_of_one_who_left(void **state)
{
	struct console_port *b;

	room = 0;
	print(add(0, "a"), "1\n");
	b = add(1, "b");
	take(~0U);
	drop(0);
	room = 0;
	term_line("", "", "x");
	print(b, "2\n");
	take(~0U);
	seen("a| 1\r\nx\r\nb| 2\r\n");
}

/* Much is sent piece by piece, so that nobody waits long for the lock. */
static void test_pieces(void **state)
{
	struct console_port *a = add(0, "a");

	room = 0;
	for (u32 i = 0; i < 500; i++)
		print(a, "some line\n");
	room = ~0U;
	for (u32 i = 0, before = 0; i < 10; i++) {
		turns(1);
		assert_true(shown - before < 3 * 256); /* two turns */
		before = shown;
	}
	turns(100);
	assert_int_equal(shown, 500 * 14);
	shown = 0;
}

/* Interactive: our line comes first, then the rest of the focus. */
static void test_stall_interactive(void **state)
{
	struct console_port *a = add(0, "alpha");

	room = 4;
	print(a, "one two\r\n");
	term_line("trapeze: ", "", "here");
	seen("one ");
	take(6);
	term_line("trapeze: ", "", "there");
	take(30);
	print(a, "> ");
	take(~0U);
	seen("\r\ntrapeze: here\r\ntrapeze: there\r\ntwo\r\n> ");
}

/* A prompt that is being sent: the line breaks it, and it is sent again. */
static void test_stall_redraw(void **state)
{
	struct console_port *m = add_monitor(0);

	print(m, "done\r\n");
	room = 2;
	print(m, "> list");
	term_line("trapeze: ", "", "here");
	take(~0U);
	seen("done\r\n> \r\ntrapeze: here\r\n> list");
}

/* In a batch a port that goes takes nothing with it. */
static void test_remove_in_stall(void **state)
{
	struct console_port *a = add(0, "alpha"), *b = add(1, "beta");

	room = 3;
	print(a, "one\n");
	print(b, "two\nthree");
	refill = 2;
	drop(1);
	drop(0);
	term_drain();
	seen("alpha| one\r\nbeta| two\r\nbeta| three\r\n");
}

/* ---- who prints too much ------------------------------------------------ */

static struct talker {
	struct task task;
	struct console_port *port;
	u32 printed; /* lines */
	u32 lines;   /* that it wants to print */
	u32 runs;
	bool refused;
} talker[3];

/* One line a turn, as a vcpu that is interrupted after each. */
static bool talk(struct task *t)
{
	struct talker *k = container_of(t, struct talker, task);
	char line[40];

	k->runs++;
	if (k->printed >= k->lines)
		return false;
	snprintf(line, sizeof(line), "line %u\n", k->printed++);
	k->refused |= !print(k->port, line);
	return true;
}

static void begin(u32 i, struct console_port *p, u32 lines)
{
	talker[i] = (struct talker){.port = p, .lines = lines};
	task_init(&talker[i].task, talk, 1, SCHED_WEIGHT, &harts[0]);
	talker[i].task.urgent = 1;
	task_wake(&talker[i].task);
}

/* It is held back when its ring is full; others are not. */
static void test_held_back(void **state)
{
	struct console_port *a = add(0, "alpha"), *b = add(1, "beta");

	room = 0;
	begin(0, a, 100000);
	begin(1, b, 5);
	turns(5000);
	assert_int_equal(talker[0].task.state, TASK_HELD);
	assert_int_equal(shown, 0);
	assert_true(talker[0].refused);
	assert_true(talker[0].printed < RING_BYTES / 10);
	assert_true(a->ring.end > RING_FULL);
	assert_int_equal(talker[1].printed, 5);
	assert_false(talker[1].refused);
	assert_int_equal(talker[1].task.state, TASK_BLOCKED);
	task_wake(&talker[0].task); /* an interrupt does not let it pass */
	turns(5);
	assert_int_equal(talker[0].task.state, TASK_HELD);
	talker[0].task.attention |= 1; /* but what is urgent does */
	task_wake(&talker[0].task);
	assert_int_equal(talker[0].task.state, TASK_READY);
	talker[0].lines = 0;
	shown = 0;
}

/* Other tasks go on while it is sent; and it does when half is. */
static void test_goes_on(void **state)
{
	struct console_port *a = add(0, "alpha");
	u32 printed;

	room = 0;
	begin(0, a, 3000);
	turns(4000);
	printed = talker[0].printed;
	take(RING_BYTES / 4);
	assert_int_equal(talker[0].printed, printed);
	take(RING_BYTES / 2);
	assert_true(talker[0].printed > printed);
	take(~0U);
	turns(10000);
	assert_int_equal(talker[0].printed, 3000);
	assert_int_equal(talker[0].task.state, TASK_BLOCKED);
	shown = 0;
}

/* Who loses the focus has nobody to wait for. */
static void test_focus_lost(void **state)
{
	struct console_port *a = add(0, "alpha"), *b = add(1, "beta");

	room = 0;
	begin(0, a, 100000);
	turns(4000);
	assert_int_equal(talker[0].task.state, TASK_HELD);
	term_focus(b);
	turns(3);
	assert_int_not_equal(talker[0].task.state, TASK_HELD);
	turns(4000);
	assert_int_not_equal(talker[0].task.state, TASK_HELD);
	talker[0].lines = 0;
	shown = 0;
}

/* Who cannot be held back waits for a while, and loses the oldest. */
static void test_deaf(void **state)
{
	struct console_port *a = add(0, "alpha");
	u64 began = host_time;

	room = 0;
	for (u32 i = 0; i < 2 * RING_BYTES; i++)
		console_port_put(a, i == 2 * RING_BYTES - 1 ? '!' : 'x');
	assert_true(host_time - began <
		    3 * RING_BYTES); /* but not for each byte */
	take(~0U);
	turns(100);
	assert_true(shown > RING_FULL && shown <= RING_BYTES);
	assert_int_equal(screen[shown - 1], '!');
	shown = 0;
	term_line("trapeze: ", "", "here");
	seen("\r\ntrapeze: here\r\n");
}

/* In a batch it waits for ever: nothing is lost. */
static void test_batch_waits(void **state)
{
	struct console_port *a = add(0, "a");
	char want[12];

	room = 0;
	refill = 100;
	for (u32 i = 10000; i < 20000; i++) {
		snprintf(want, sizeof(want), "%u\n", i);
		print(a, want);
		term_line("", "", want);
	}
	term_drain();
	screen[shown] = '\0';
	for (u32 i = 10000; i < 20000; i++) {
		snprintf(want, sizeof(want), "a| %u\r", i);
		assert_non_null(strstr(screen, want));
	}
	assert_int_equal(shown, 10000 * (10 + 8));
	shown = 0;
}

/* Tasks and a UART that takes what it likes: every line, whole, in order. */
static void test_random(void **state)
{
	u64 seed = fuzz_seed();
	u32 next[3] = {0}, vm, number;
	char *line;

	for (u32 i = 0; i < 3; i++) {
		static const char *const names[] = {"vm0", "vm1", "vm2"};

		add(i, names[i]);
		begin(i, &guest[i].port, 10000);
	}
	for (u32 i = 0; i < 2000; i++) {
		room = fuzz_random(&seed) % 4 ? 0 : fuzz_random(&seed) % 3000;
		turns(fuzz_random(&seed) % 100);
	}
	take(~0U);
	turns(100000);
	screen[shown] = '\0';
	for (line = strtok(screen, "\n"); line; line = strtok(NULL, "\n")) {
		assert_int_equal(sscanf(line, "vm%u| line %u\r", &vm, &number),
				 2);
		assert_true(vm < 3);
		assert_int_equal(number, next[vm]);
		next[vm]++;
	}
	for (u32 i = 0; i < 3; i++)
		assert_int_equal(next[i], 10000);
	shown = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_BATCH(test_lines),
		TEST_BATCH(test_long_line),
		TEST_BATCH(test_flush),
		TEST_BATCH(test_batch_focus),
		TEST_BATCH(test_stall),
		TEST_BATCH(test_turns),
		TEST_BATCH(test_turn_of_one_who_left),
		TEST_BATCH(test_pieces),
		TEST(test_stall_interactive),
		TEST(test_stall_redraw),
		TEST_BATCH(test_remove_in_stall),
		TEST_BATCH(test_held_back),
		TEST_BATCH(test_goes_on),
		TEST(test_focus_lost),
		TEST(test_deaf),
		TEST_BATCH(test_batch_waits),
		TEST_BATCH(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
