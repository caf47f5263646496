/* SPDX-License-Identifier: BSD-2-Clause */
/* The PLIC against a model on random work, and under wild writes. */
#include "plic_bench.h"
#include "hyp/util.h"

/* The reference model, as plain as can be. */
static struct {
	bool level[32], pending[32], claimed[32];
	bool enabled[32][32]; /* context, source */
	u32 priority[32], threshold[32];
} model;

static u32 model_best(u32 c)
{
	u32 found = 0, top = 0;

	for (u32 s = 31; s >= 1; s--) {
		if (!model.pending[s] || !model.enabled[c][s])
			continue;
		if (model.priority[s] == 0 || model.priority[s] < top)
			continue;
		top = model.priority[s];
		found = s;
	}
	return found;
}

static bool model_output(u32 c)
{
	for (u32 s = 1; s < 32; s++)
		if (model.pending[s] && model.enabled[c][s] &&
		    model.priority[s] > model.threshold[c])
			return true;
	return false;
}

static void model_sample(u32 s)
{
	if (model.level[s] && !model.claimed[s])
		model.pending[s] = true;
}

static void model_claim(u32 c)
{
	u32 s = model_best(c);

	assert_int_equal(claim(c), s);
	model.pending[s] = false;
	model.claimed[s] = s != 0;
}

static void model_complete(u32 c, u32 s)
{
	complete(c, s);
	if (s == 0 || s > 31 || !model.enabled[c][s])
		return;
	model.claimed[s] = false;
	model_sample(s);
}

static void model_enable(u32 c, u32 bits)
{
	enable(c, bits);
	for (u32 s = 1; s < 32; s++)
		model.enabled[c][s] = bits >> s & 1;
}

static void model_drive(u32 s, bool level)
{
	irq_line_set(plic_source(&plic, s), level);
	model.level[s] = level;
	model_sample(s);
}

static void model_step(u32 contexts)
{
	u32 s = 1 + rnd_below(31), c = rnd_below(contexts);

	switch (rnd_below(8)) {
	case 0:
		model.priority[s] = rnd_below(8);
		priority(s, model.priority[s]);
		break;
	case 1:
		model.threshold[c] = rnd_below(8) & rnd();
		mmio_write(THRESHOLD(c), 4, model.threshold[c]);
		break;
	case 2:
		model_enable(c, rnd() | rnd());
		break;
	case 3:
	case 4:
		model_drive(s, rnd() & 1);
		break;
	case 5:
	case 6:
		model_claim(c);
		break;
	default:
		model_complete(c, rnd_below(40));
		break;
	}
}

static void model_compare(u32 contexts)
{
	u32 pending = 0;

	for (u32 c = 0; c < contexts; c++) {
		assert_int_equal(seen[c], model_output(c));
		assert_int_equal(plic.out[c].level, seen[c]);
	}
	for (u32 s = 1; s < 32; s++)
		pending |= (u32)model.pending[s] << s;
	assert_int_equal(mmio_read(PENDING, 4), pending);
}

static void test_model(void **state)
{
	rnd_init();
	for (u32 harts = 1; harts <= GUEST_HARTS_MAX; harts *= 4) {
		start(harts);
		memset(&model, 0, sizeof(model));
		for (u32 i = 0; i < 200000 / harts; i++) {
			model_step(2 * harts);
			model_compare(2 * harts);
		}
	}
}

/* ---- wild writes ------------------------------------------------------- */

static void check_outputs(void)
{
	for (u32 c = 0; c < PLIC_CONTEXTS; c++) {
		bool up = false;

		for (u32 s = 1; s < 32; s++)
			up |= (plic.pending & plic.enable[c]) >> s & 1 &&
			      plic.priority[s] > plic.threshold[c];
		assert_int_equal(plic.out[c].level, up);
		assert_int_equal(seen[c], up);
	}
	assert_int_equal(plic.pending & plic.claimed, 0);
	assert_int_equal((plic.pending | plic.claimed) & 1, 0);
}

static void test_wild(void **state)
{
	static const struct {
		u64 base, size;
	} where[] = {
		{GUEST_PLIC_BASE, GUEST_PLIC_SIZE},
		{PRIORITY(0), 4 * 40},
		{ENABLE(0), 0x80 * 10},
		{THRESHOLD(0), 12},
		{THRESHOLD(1), 12},
		{THRESHOLD(7), 0x2000},
	};

	rnd_init();
	start(4);
	for (u32 i = 0; i < 200000; i++) {
		u32 w = rnd_below(ARRAY_SIZE(where));

		mmio_wild(where[w].base, where[w].size);
		if (i % 4 == 0)
			irq_line_set(plic_source(&plic, 1 + rnd_below(31)),
				     rnd() & 1);
		check_outputs();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_wild),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
