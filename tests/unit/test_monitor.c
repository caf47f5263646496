/* SPDX-License-Identifier: BSD-2-Clause */
/* The monitor as a person uses it: commands, help, completion, waiting. */
#include "monitor_bench.h"

static void test_command(void **state)
{
	assert_string_equal(type("start alpha 3\r"), "start alpha 3\r\n");
	assert_string_equal(ran, "start|alpha|3\n");
	assert_string_equal(type("\r"), "\r\n");
	assert_string_equal(type("# nothing\r"), "# nothing\r\n");
	assert_int_equal(monitor_failures(), 0);
}

static void test_prefix(void **state)
{
	type("star alpha\rn 1\r");
	assert_string_equal(ran, "start|alpha\nnote|1\n");
	ran[0] = '\0';
	type("stop beta\r"); /* whole, whatever else starts so */
	assert_string_equal(ran, "stop|beta\n");
	assert_string_equal(type("st alpha\r"),
			    "st alpha\r\nerror: 'st' may be: start stop "
			    "stopall\r\n");
}

static void test_unknown(void **state)
{
	assert_string_equal(type("boot x\r"),
			    "boot x\r\nerror: no command 'boot'; 'help' "
			    "lists them\r\n");
	assert_string_equal(type("\"\"\r"), "\"\"\r\nerror: no command ''; "
					    "'help' lists them\r\n");
}

static void test_usage(void **state)
{
	static const char usage[] =
		"error: usage: start VM [COUNT]; 'help start' says more\r\n";

	assert_non_null(strstr(type("start\r"), usage));
	assert_non_null(strstr(type("star 1 2 3\r"), usage));
	assert_non_null(strstr(type("stopall x\r"), "usage: stopall; "));
	assert_string_equal(ran, "");
}

static void test_mistakes_in_words(void **state)
{
	assert_non_null(
		strstr(type("note \"a\r"), "error: a quote is not closed\r\n"));
	for (u32 i = 0; i < 40; i++)
		press("n ");
	assert_non_null(strstr(type("\r"), "error: too many words\r\n"));
	assert_string_equal(ran, "");
}

static void test_several_in_a_line(void **state)
{
	type("note \"a;b\" ; bad; note c;\r");
	assert_string_equal(ran, "note|a;b\nnote|c\n");
	assert_int_equal(monitor_failures(), 0); /* counts scripts only */
}

static void test_help(void **state)
{
	const char *out = type("help\r");
	const char *start = strstr(out, "start VM [COUNT]");

	assert_non_null(start);
	assert_non_null(strstr(out, "stop VM                        stop a "
				    "VM\r\n"));
	assert_null(strstr(out, "more of that"));
	assert_true(strstr(out, "bad [HOW]") < start); /* in order */
	assert_true(strstr(out, "history") < start);
	assert_true(strstr(out, "echo [WORD...]") < start);
	assert_string_equal(type("help stop\r"),
			    "help stop\r\nstop VM\r\nstop a VM\r\nmore of "
			    "that\r\n");
	assert_string_equal(type("help stopa\r"),
			    "help stopa\r\nstopall\r\nstop them\r\n");
	assert_non_null(strstr(type("help x\r"), "error: no command 'x'"));
}

static void test_echo(void **state)
{
	assert_string_equal(type("echo a  \"b  c\" \"\" %s\r"),
			    "echo a  \"b  c\" \"\" %s\r\na b  c  %s\r\n");
	assert_string_equal(type("echo\r"), "echo\r\n\r\n");
}

static void test_history(void **state)
{
	type("note 1\rbad\r");
	assert_string_equal(type("history\r"), "history\r\n    1  note 1\r\n"
					       "    2  bad\r\n"
					       "    3  history\r\n");
	type("\033[A\033[A\033[A\r"); /* the line of note 1 */
	assert_string_equal(ran, "note|1\nnote|1\n");
}

static void test_completion(void **state)
{
	type("star\tal\t3\r");
	assert_string_equal(ran, "start|alpha|3\n");
	ran[0] = '\0';
	type("star m\t\r");
	assert_string_equal(ran, "start|my vm\n");
	assert_non_null(strstr(type("\t\t"), "\r\nbad  echo  help  history  "
					     "note  start  stop  stopall  "
					     "twice  wait\r\n"));
}

/* Those without completion, or unknown, or past their last argument. */
static void test_completion_of_nothing(void **state)
{
	static const char *const lines[] = {"stop a\t", "nothing a\t", "st a\t",
					    "start a 1 a\t", "stopall a\t"};

	for (u32 i = 0; i < ARRAY_SIZE(lines); i++) {
		assert_non_null(strchr(type(lines[i]), '\a'));
		type("\003");
	}
	assert_non_null(strstr(type("help sto\t\t\t"), "stop  stopall"));
}

static void test_abandoned_line(void **state)
{
	assert_string_equal(type("note 1\003note 2\r"),
			    "note 1^C\r\n" PROMPT "note 2\r\n");
	assert_string_equal(ran, "note|2\n");
}

static void test_wait(void **state)
{
	type("wait; note after\r");
	assert_true(monitor_busy());
	assert_int_equal(polls, 0);
	assert_false(monitor_turn());
	assert_false(monitor_turn());
	assert_int_equal(polls, 2);
	assert_string_equal(ran, "");
	finished = true;
	settle();
	assert_int_equal(polls, 3);
	assert_string_equal(ran, "note|after\n");
	assert_false(monitor_busy());
	assert_string_equal(host_out, "wait; note after\r\nwaiting\r\n" PROMPT);
}

/* What is typed meanwhile is there afterwards. */
static void test_typed_ahead(void **state)
{
	type("wait\r");
	assert_string_equal(type("note 1\rnote 2\rnot"), "");
	finished = true;
	settle();
	assert_string_equal(ran, "note|1\nnote|2\n");
	type("e 3\r");
	assert_string_equal(ran, "note|1\nnote|2\nnote|3\n");
}

static void test_wait_abandoned(void **state)
{
	type("wait; note after\r");
	assert_string_equal(type("forgotten\003note b\r"),
			    "^C\r\n" PROMPT "note b\r\n");
	assert_int_equal(abandons, 1);
	assert_string_equal(ran, "note|b\n");
	assert_false(monitor_busy());
}

static void test_wait_fails(void **state)
{
	outcome = MONITOR_FAILED;
	type("wait\r");
	finished = true;
	host_out[0] = '\0';
	settle();
	assert_string_equal(host_out, "error: it came to nothing\r\n" PROMPT);
}

static void test_keys_of_a_wait(void **state)
{
	reads_keys = true;
	type("wait\r");
	assert_string_equal(type("ab"), "key a\r\nkey b\r\n");
	assert_string_equal(type("cqnote 1\r"),
			    "key c\r\n" PROMPT "note 1\r\n");
	assert_string_equal(ran, "note|1\n");
	type("wait\r");
	type("\003");
	assert_int_equal(abandons, 1);
}

/* A key read in the moment when Ctrl-C comes is not that one. */
static void test_key_is_never_ctrl_c(void **state)
{
	press("\003x");
	assert_int_equal(monitor_key(), -1);
}

static enum monitor_result run_half(u32 argc, char **argv)
{
	monitor_print("half");
	return argc > 1 ? monitor_fail("of a row") : MONITOR_OK;
}

/* What comes next stands in a row of its own. */
static void test_output_without_newline(void **state)
{
	static struct monitor_command half = {.name = "half",
					      .args = "[X]",
					      .help = "",
					      .max = 1,
					      .run = run_half};

	monitor_add(&half);
	assert_string_equal(type("half\r"), "half\r\nhalf\r\n");
	assert_string_equal(type("half x\r"),
			    "half x\r\nhalf\r\nerror: of a row\r\n");
}

static void test_every_byte_wakes(void **state)
{
	press("ab");
	assert_int_equal(wakes, 2);
}

/* More than the ring holds is held back, and asked for again. */
static void test_flood(void **state)
{
	u32 taken = 0;

	while (taken < 5000 && port.receive(&port, 'a'))
		taken++;
	assert_in_range(taken, 256, 4999);
	assert_int_equal(host_ready, 0);
	monitor_turn();
	assert_int_equal(host_ready, 1);
	press("b");
	type("\003note 1\r");
	assert_string_equal(ran, "note|1\n");
}

/* But Ctrl-C gets to a command that waits, whatever was typed before. */
static void test_flood_of_a_wait(void **state)
{
	type("wait\r");
	for (u32 i = 0; i < 5000; i++)
		press("a");
	assert_int_equal(host_ready, 0);
	type("\003");
	assert_int_equal(abandons, 1);
	type("note 1\r");
	assert_string_equal(ran, "note|1\n");
}

static void test_no_room_when_a_wait_begins(void **state)
{
	floods = true;
	press("wait\r");
	monitor_turn();
	assert_true(monitor_busy());
	assert_int_equal(host_ready, 1);
	type("\003");
	assert_int_equal(abandons, 1);
}

static void add_twice(void *arg)
{
	monitor_add(&commands[0]);
}

static void test_name_twice(void **state)
{
	assert_true(host_dies(add_twice, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_command, setup),
		cmocka_unit_test_setup(test_prefix, setup),
		cmocka_unit_test_setup(test_unknown, setup),
		cmocka_unit_test_setup(test_usage, setup),
		cmocka_unit_test_setup(test_mistakes_in_words, setup),
		cmocka_unit_test_setup(test_several_in_a_line, setup),
		cmocka_unit_test_setup(test_help, setup),
		cmocka_unit_test_setup(test_echo, setup),
		cmocka_unit_test_setup(test_history, setup),
		cmocka_unit_test_setup(test_completion, setup),
		cmocka_unit_test_setup(test_completion_of_nothing, setup),
		cmocka_unit_test_setup(test_abandoned_line, setup),
		cmocka_unit_test_setup(test_wait, setup),
		cmocka_unit_test_setup(test_typed_ahead, setup),
		cmocka_unit_test_setup(test_wait_abandoned, setup),
		cmocka_unit_test_setup(test_wait_fails, setup),
		cmocka_unit_test_setup(test_keys_of_a_wait, setup),
		cmocka_unit_test_setup(test_key_is_never_ctrl_c, setup),
		cmocka_unit_test_setup(test_output_without_newline, setup),
		cmocka_unit_test_setup(test_every_byte_wakes, setup),
		cmocka_unit_test_setup(test_flood, setup),
		cmocka_unit_test_setup(test_flood_of_a_wait, setup),
		cmocka_unit_test_setup(test_no_room_when_a_wait_begins, setup),
		cmocka_unit_test_setup(test_name_twice, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
