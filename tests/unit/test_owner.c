/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests whose each instruction is that the interpreter computes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "hyp/util.h"
#include "vcpu/owner.h"

/* As interp.def has them, each behind the name of its extension. */
static const struct {
	const char *name, *ext;
	u32 match;
} insns[] = {
#define OP(name, match, ...)   {#name, NULL, match},
#define OP_C(name, match, ...) {#name, NULL, match},
#define OP_EXT(name)           {NULL, name, 0},
#include "vcpu/interp.def"
};

static const char *const names[] = {
#define EXT(name, gates, with)       #name,
#define EXT_NEVER(name, gates, with) #name,
#include "vcpu/ext.def"
#undef EXT
#undef EXT_NEVER
};

static bool is(u32 ext, const char *name)
{
	return !strcmp(names[ext], name);
}

/* M stands among the base's rows; Zca is what C is. */
static const char *owner(u32 i, const char *ext)
{
	if ((insns[i].match & 0xfe000077) == 0x02000033 && !ext)
		return "m";
	return ext && !strcmp(ext, "c") ? "zca" : ext;
}

static bool hidden_by(u32 i, const char *lacking)
{
	struct isa_rules r = {0};

	for (u32 e = 0; e < ISA_EXTS; e++)
		r.lacks[e] = !lacking || is(e, lacking) ||
			     (is(e, "c") && !strcmp(lacking, "zca")) ||
			     (is(e, "zbkb") && !strcmp(lacking, "zbb"));
	return owner_hides(&r, insns[i].match);
}

/* Who lacks everything has the base; who lacks nothing has all. */
static void test_base(void **state)
{
	static const struct isa_rules all;
	const char *ext = NULL;

	for (u32 i = 0; i < ARRAY_SIZE(insns); i++) {
		if (!insns[i].name) {
			ext = insns[i].ext;
			continue;
		}
		assert_false(owner_hides(&all, insns[i].match));
		if (hidden_by(i, NULL) != !!owner(i, ext))
			fail_msg("%s of %s", insns[i].name,
				 ext ? ext : "the base");
	}
}

/* It is its own extension's alone, but for what is compressed. */
static void test_each(void **state)
{
	const char *ext = NULL;

	for (u32 i = 0; i < ARRAY_SIZE(insns); i++) {
		const char *mine = owner(i, ext);

		if (!insns[i].name) {
			ext = insns[i].ext;
			continue;
		}
		for (u32 e = 0; e < ISA_EXTS; e++) {
			bool want = mine && is(e, mine);

			/* Zcb's instructions are of C's as well. */
			if (mine && !strcmp(mine, "zcb") && is(e, "zca"))
				want = true;
			if (hidden_by(i, names[e]) != want)
				fail_msg("%s without %s", insns[i].name,
					 names[e]);
		}
	}
}

/* Bytes and halfwords are swapped with both. */
static void test_both(void **state)
{
	struct isa_rules r = {0};

	r.lacks[ISA_zabha] = true;
	assert_true(owner_hides(&r, 0x2800002f)); /* amocas.b */
	assert_true(owner_hides(&r, 0x0000102f)); /* amoadd.h */
	assert_false(owner_hides(&r, 0x2800202f));
	r.lacks[ISA_zabha] = false;
	r.lacks[ISA_zacas] = true;
	assert_true(owner_hides(&r, 0x2800002f));
	assert_false(owner_hides(&r, 0x0000102f));
	assert_true(owner_hides(&r, 0x2800402f)); /* amocas.q */
}

static void test_known(void **state)
{
	assert_true(owner_knows(ISA_zbb) && owner_knows(ISA_m));
	assert_true(owner_knows(ISA_c) && owner_knows(ISA_zvbb));
	assert_false(owner_knows(ISA_zvfh) || owner_knows(ISA_svinval));
	assert_false(owner_knows(ISA_v) || owner_knows(ISA_ssnpm));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base),
		cmocka_unit_test(test_each),
		cmocka_unit_test(test_both),
		cmocka_unit_test(test_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
