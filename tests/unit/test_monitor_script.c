/* SPDX-License-Identifier: BSD-2-Clause */
/* The monitor without a person: scripts, failures, the log they leave. */
#include "fuzz.h"
#include "monitor_bench.h"

static void test_log(void **state)
{
	assert_string_equal(script("# prepare\n\n  start alpha 2 # now\r\n"
				   "note 1;note 2"),
			    "> start alpha 2 # now\n> note 1\n> note 2\n");
	assert_string_equal(ran, "start|alpha|2\nnote|1\nnote|2\n");
	assert_int_equal(monitor_failures(), 0);
	assert_false(monitor_busy());
}

/* Every failure has its place and is counted, and the script goes on. */
static void test_failures(void **state)
{
	assert_string_equal(script("bad\nnote 1; bad 2\n\nboot\nstart\n"
				   "note \"x\nnote 2\n"),
			    "> bad\nroom.txt:1: error: it is bad\n"
			    "> note 1\n"
			    "> bad 2\nroom.txt:2: error: it is 2\n"
			    "> boot\nroom.txt:4: error: no command 'boot'; "
			    "'help' lists them\n"
			    "> start\nroom.txt:5: error: usage: start VM "
			    "[COUNT]; 'help start' says more\n"
			    "> note \"x\nroom.txt:6: error: a quote is not "
			    "closed\n"
			    "> note 2\n");
	assert_string_equal(ran, "note|1\nnote|2\n");
	assert_int_equal(monitor_failures(), 5);
}

static void test_one_command_a_turn(void **state)
{
	static const char text[] = "note 1; note 2\nnote 3";
	u32 lines = 0;

	assert_true(monitor_script("s", text, strlen(text)));
	while (monitor_turn()) {
		u32 before = lines;

		lines = 0;
		for (const char *p = ran; *p; p++)
			lines += *p == '\n';
		assert_in_range(lines, before, before + 1);
	}
	assert_string_equal(ran, "note|1\nnote|2\nnote|3\n");
}

static void test_wait(void **state)
{
	outcome = MONITOR_FAILED;
	assert_string_equal(script("note 1\nwait\nnote 2"),
			    "> note 1\n> wait\nwaiting\n");
	assert_true(monitor_busy());
	assert_string_equal(ran, "note|1\n");
	finished = true;
	host_out[0] = '\0';
	settle();
	/* The line is that of the command, not where reading has come to. */
	assert_string_equal(host_out, "room.txt:2: error: it came to nothing"
				      "\r\n> note 2\r\n");
	assert_int_equal(monitor_failures(), 1);
	assert_false(monitor_busy());
}

static void test_wait_at_the_end(void **state)
{
	script("wait");
	finished = true;
	settle();
	assert_false(monitor_busy());
	assert_int_equal(monitor_failures(), 0);
}

static void test_several(void **state)
{
	assert_true(monitor_script("a", "note a; bad", 11));
	assert_true(monitor_script("b", "", 0));
	assert_string_equal(script("bad"),
			    "> note a\n> bad\na:1: error: it is bad\n"
			    "> bad\nroom.txt:1: error: it is bad\n");
	assert_int_equal(monitor_failures(), 2);
}

static void test_too_many(void **state)
{
	u32 n = 0;

	while (n < 1000 && monitor_script("s", "note 1", 6))
		n++;
	assert_in_range(n, 4, 999);
	settle();
	assert_true(monitor_script("s", "note 1", 6));
}

/* A script that a script queues comes after it, with its own lines. */
static void test_script_of_a_script(void **state)
{
	script("twice\nnote first");
	assert_string_equal(ran, "note|first\nnote|from|script\nnote|again\n");
}

static void test_script_of_a_line(void **state)
{
	begin(true);
	settle();
	assert_string_equal(type("twice; note first\r"),
			    "twice; note first\r\n> note from script\r\n"
			    "> note again\r\n");
	assert_string_equal(ran, "note|first\nnote|from|script\nnote|again\n");
}

/* No prompt; and nobody types, whatever comes from the terminal. */
static void test_batch(void **state)
{
	assert_false(monitor_turn());
	press("note 1\r");
	settle();
	assert_string_equal(host_out, "");
	assert_string_equal(ran, "");
}

/* The prompt comes when the scripts are done; typed lines wait for it. */
static void test_before_the_prompt(void **state)
{
	begin(true);
	press("note typed\r");
	assert_true(monitor_script("s", "note 1\nnote 2", 13));
	settle();
	assert_string_equal(ran, "note|1\nnote|2\nnote|typed\n");
	assert_string_equal(host_out, "> note 1\r\n> note 2\r\n" PROMPT
				      "note typed\r\n" PROMPT);
}

/* Ctrl-C ends the command, its script and those behind it. */
static void test_ended_from_the_terminal(void **state)
{
	static const char text[] = "note 1\nwait; note never";

	begin(true);
	assert_true(monitor_script("first", text, strlen(text)));
	script("note never");
	assert_string_equal(type("lost\003note 2\r"),
			    "^C\r\nfirst:2: error: ended from the terminal"
			    "\r\n" PROMPT "note 2\r\n");
	assert_string_equal(ran, "note|1\nnote|2\n");
	assert_int_equal(abandons, 1);
	assert_int_equal(monitor_failures(), 1);
}

/* Also where nothing waits. */
static void test_ended_between_commands(void **state)
{
	begin(true);
	assert_true(monitor_script("s", "note 1\nnote 2", 13));
	assert_true(monitor_turn());
	press("\003");
	settle();
	assert_string_equal(ran, "note|1\n");
	assert_int_equal(monitor_failures(), 1);
}

static void test_no_size_beyond_the_end(void **state)
{
	char *text = malloc(6);

	memcpy(text, "note 1", 6);
	assert_true(monitor_script("s", text, 6));
	settle();
	free(text);
	assert_string_equal(ran, "note|1\n");
}

static char damaged[512];

/* Whatever a script is, it comes to its end, and the next one runs. */
static void test_random(void **state)
{
	static const char good[] =
		"start alpha 2 # x\nnote \"a;b\\\"\"; bad\n;;echo 1\nhelp x\n";
	u64 seed = fuzz_seed();

	for (u32 i = 0; i < 3000; i++) {
		begin(i % 2);
		outcome = MONITOR_OK;
		finished = true;
		fuzz_damage(&seed, (u8 *)damaged, (const u8 *)good,
			    sizeof(good));
		assert_true(monitor_script("s", damaged, sizeof(good)));
		settle();
		for (u32 n = 0; monitor_busy(); n++) {
			assert_true(n < 100); /* it may have found `wait` */
			settle();
		}
		ran[0] = host_out[0] = '\0';
		script("note end");
		assert_string_equal(ran, "note|end\n");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_log, setup_batch),
		cmocka_unit_test_setup(test_failures, setup_batch),
		cmocka_unit_test_setup(test_one_command_a_turn, setup_batch),
		cmocka_unit_test_setup(test_wait, setup_batch),
		cmocka_unit_test_setup(test_wait_at_the_end, setup_batch),
		cmocka_unit_test_setup(test_several, setup_batch),
		cmocka_unit_test_setup(test_too_many, setup_batch),
		cmocka_unit_test_setup(test_script_of_a_script, setup_batch),
		cmocka_unit_test_setup(test_script_of_a_line, setup_batch),
		cmocka_unit_test_setup(test_batch, setup_batch),
		cmocka_unit_test_setup(test_before_the_prompt, setup_batch),
		cmocka_unit_test_setup(test_ended_from_the_terminal,
				       setup_batch),
		cmocka_unit_test_setup(test_ended_between_commands,
				       setup_batch),
		cmocka_unit_test_setup(test_no_size_beyond_the_end,
				       setup_batch),
		cmocka_unit_test_setup(test_random, setup_batch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
