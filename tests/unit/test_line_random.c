/* SPDX-License-Identifier: BSD-2-Clause */
/* The line editor under random keys: against the terminal, and a model. */
#include "fuzz.h"
#include "line_bench.h"

#define ROUNDS 60000

/* ---- a model: characters in an array, done the simple way -------------- */

struct model {
	char c[LINE_SIZE][5]; /* a character each */
	u32 n, cursor;
};

static struct model now, edited; /* edited: while `back` */
static struct model past[LINE_HISTORY];
static u32 past_count, back;

static struct model *model_past(u32 age)
{
	return &past[(past_count - age) % LINE_HISTORY];
}

static u32 model_bytes(void)
{
	u32 bytes = 0;

	for (u32 i = 0; i < now.n; i++)
		bytes += strlen(now.c[i]);
	return bytes;
}

static void model_insert(const char *c)
{
	if (model_bytes() + strlen(c) >= LINE_SIZE)
		return;
	memmove(now.c[now.cursor + 1], now.c[now.cursor],
		(now.n - now.cursor) * 5);
	strcpy(now.c[now.cursor++], c);
	now.n++;
}

static void model_erase(u32 from, u32 to)
{
	memmove(now.c[from], now.c[to], (now.n - to) * 5);
	now.n -= to - from;
	now.cursor = from;
}

static u32 model_word(bool right)
{
	u32 at = now.cursor;

	if (right) {
		while (at < now.n && !strcmp(now.c[at], " "))
			at++;
		while (at < now.n && strcmp(now.c[at], " "))
			at++;
		return at;
	}
	while (at && !strcmp(now.c[at - 1], " "))
		at--;
	while (at && strcmp(now.c[at - 1], " "))
		at--;
	return at;
}

static bool model_same(const struct model *a, const struct model *b)
{
	for (u32 i = 0; i < a->n && i < b->n; i++)
		if (strcmp(a->c[i], b->c[i]))
			return false;
	return a->n == b->n;
}

static void model_enter(void)
{
	bool blank = true;

	for (u32 i = 0; i < now.n; i++)
		blank = blank && !strcmp(now.c[i], " ");
	if (!blank && !(past_count && model_same(model_past(1), &now)))
		past[past_count++ % LINE_HISTORY] = now;
	now.n = now.cursor = back = 0;
}

static void model_browse(bool older)
{
	if (older ? back == MIN(past_count, LINE_HISTORY) : !back)
		return;
	if (!back)
		edited = now;
	back += older ? 1 : -1;
	now = back ? *model_past(back) : edited;
	now.cursor = now.n;
}

/* ---- keys, and what the model does at each ----------------------------- */

enum action {
	LEFT,
	RIGHT,
	HOME,
	END,
	WORD_LEFT,
	WORD_RIGHT,
	ERASE_LEFT,
	ERASE_RIGHT,
	ERASE_HOME,
	ERASE_END,
	ERASE_WORD,
	OLDER,
	NEWER,
	ENTER,
	ABANDON,
	NOTHING,
};

static const struct key {
	const char *bytes;
	enum action action;
} keys[] = {
	{"\033[D", LEFT},
	{"\002", LEFT},
	{"\033[C", RIGHT},
	{"\006", RIGHT},
	{"\033[H", HOME},
	{"\001", HOME},
	{"\033[4~", END},
	{"\005", END},
	{"\033b", WORD_LEFT},
	{"\033[1;5D", WORD_LEFT},
	{"\033f", WORD_RIGHT},
	{"\033[1;5C", WORD_RIGHT},
	{"\177", ERASE_LEFT},
	{"\b", ERASE_LEFT},
	{"\033[3~", ERASE_RIGHT},
	{"\004", ERASE_RIGHT},
	{"\025", ERASE_HOME},
	{"\013", ERASE_END},
	{"\027", ERASE_WORD},
	{"\014", NOTHING},
	{"\033[A", OLDER},
	{"\020", OLDER},
	{"\033[B", NEWER},
	{"\016", NEWER},
	{"\r", ENTER},
	{"\r\n", ENTER},
	{"\002\n", ENTER},
	{"\003", ABANDON},
	{"\033[2~", NOTHING},
	{"\033OP", NOTHING},
	{"\033\033x", NOTHING},
	{"\033[[A", NOTHING},
	{"\t", NOTHING},
	{"\xa9", NOTHING},
};

static void model_move(enum action action)
{
	switch (action) {
	case LEFT:
		now.cursor -= now.cursor > 0;
		break;
	case RIGHT:
		now.cursor += now.cursor < now.n;
		break;
	case HOME:
		now.cursor = 0;
		break;
	case END:
		now.cursor = now.n;
		break;
	default:
		now.cursor = model_word(action == WORD_RIGHT);
	}
}

static void model_key(enum action action)
{
	if (action <= WORD_RIGHT)
		model_move(action);
	else if (action == ERASE_LEFT && now.cursor)
		model_erase(now.cursor - 1, now.cursor);
	else if (action == ERASE_RIGHT && now.cursor < now.n)
		model_erase(now.cursor, now.cursor + 1);
	else if (action == ERASE_HOME)
		model_erase(0, now.cursor);
	else if (action == ERASE_END)
		model_erase(now.cursor, now.n);
	else if (action == ERASE_WORD)
		model_erase(model_word(false), now.cursor);
	else if (action == OLDER || action == NEWER)
		model_browse(action == OLDER);
	else if (action == ENTER)
		model_enter();
	else if (action == ABANDON)
		now.n = now.cursor = back = 0;
}

static void check_model(void)
{
	char text[LINE_SIZE] = "";
	u32 cursor = 0;

	for (u32 i = 0; i < now.n; i++) {
		if (i == now.cursor)
			cursor = strlen(text);
		strcat(text, now.c[i]);
	}
	if (now.cursor == now.n)
		cursor = strlen(text);
	assert_string_equal(line.text, text);
	assert_int_equal(line.cursor, cursor);
}

/* ---- tests ------------------------------------------------------------- */

static void press_all(const char *bytes)
{
	for (; *bytes; bytes++) {
		press(*bytes);
		if (event != LINE_MORE)
			start_line();
	}
}

/* Mostly characters, so that lines grow beyond the window and the limit. */
static void test_model(void **state)
{
	static const char *const chars[] = {
		"a", "b", " ",        "\"",           ";",
		"~", "[", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
	u64 seed = fuzz_seed();
	u32 longest = 0;

	for (u32 i = 0; i < ROUNDS; i++) {
		u64 r = fuzz_random(&seed);
		const struct key *k = &keys[(r >> 8) % ARRAY_SIZE(keys)];
		bool growing = i % 2000 < 1000;

		if (r % 256 < (growing ? 240 : 128)) {
			const char *c = chars[(r >> 8) % ARRAY_SIZE(chars)];

			press_all(c);
			model_insert(c);
		} else if (!growing || k->action < ERASE_HOME) {
			press_all(k->bytes);
			model_key(k->action);
		}
		check_model();
		longest = MAX(longest, line.len);
	}
	assert_int_equal(longest, LINE_SIZE - 1);
	assert_true(past_count > LINE_HISTORY);
}

static const char *candidate(struct line *l, const struct words *w, u32 n)
{
	static const char *const words[] = {
		"alpha",
		"alpine",
		"b c",
		"b d\"e",
		"\xc3\xa9t\xc3\xa9",
		"\xc3\xa8re",
		"long-long-long-long-long-long-long-word",
	};

	assert_true(w->argc && w->argc <= WORDS_MAX);
	return n < ARRAY_SIZE(words) ? words[n] : NULL;
}

/* Any bytes, and Tab with words: the terminal shows what the line is. */
static void test_bytes(void **state)
{
	static const char likely[] =
		"\t\t\t\tabl  ;\"\\\033[O1;~ABCDHF\177\002";
	u64 seed = fuzz_seed();

	begin(candidate);
	for (u32 i = 0; i < ROUNDS; i++) {
		u64 r = fuzz_random(&seed);

		if (r % 4)
			press(likely[(r >> 8) % (sizeof(likely) - 1)]);
		else
			press(r >> 8);
		if (event != LINE_MORE)
			start_line();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_model, setup),
		cmocka_unit_test_setup(test_bytes, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
