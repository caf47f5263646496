/* SPDX-License-Identifier: BSD-2-Clause */
/* The PLIC: registers, the rules one by one, and a model on random work. */
#include <string.h>

#include "mmio.h"
#include "hyp/util.h"
#include "vdev/plic.h"

#define PRIORITY(s)  (GUEST_PLIC_BASE + 4 * (s))
#define PENDING      (GUEST_PLIC_BASE + 0x1000)
#define ENABLE(c)    (GUEST_PLIC_BASE + 0x2000 + 0x80 * (c))
#define THRESHOLD(c) (GUEST_PLIC_BASE + 0x200000 + 0x1000 * (c))
#define CLAIM(c)     (THRESHOLD(c) + 4)

static struct plic plic;
static bool seen[PLIC_CONTEXTS]; /* what the far ends of the outputs saw */

static void out_set(struct irq_line *line, bool level)
{
	assert_true(lock_held(&plic.dev.lock));
	assert_ptr_equal(line, &plic.out[line->number]);
	assert_int_not_equal(seen[line->number], level);
	seen[line->number] = level;
}

static void start(u32 harts)
{
	plic_init(&plic, harts);
	for (u32 c = 0; c < PLIC_CONTEXTS; c++)
		plic.out[c].set = out_set;
	memset(seen, 0, sizeof(seen));
	memset(&bus, 0, sizeof(bus));
	assert_true(vbus_add(&bus, &plic.dev));
}

static int setup(void **state)
{
	start(2);
	return 0;
}

static void raise(u32 source)
{
	irq_line_set(plic_source(&plic, source), true);
}

static void lower(u32 source)
{
	irq_line_set(plic_source(&plic, source), false);
}

static void enable(u32 ctx, u32 sources)
{
	mmio_write(ENABLE(ctx), 4, sources);
}

static void priority(u32 source, u32 value)
{
	mmio_write(PRIORITY(source), 4, value);
}

static u32 claim(u32 ctx)
{
	return mmio_read(CLAIM(ctx), 4);
}

static void complete(u32 ctx, u32 source)
{
	mmio_write(CLAIM(ctx), 4, source);
}

static void test_registers(void **state)
{
	for (u32 s = 1; s <= GUEST_PLIC_NDEV; s++) {
		assert_int_equal(mmio_read(PRIORITY(s), 4), 0);
		priority(s, 0xfffffff8 | (s & 7));
		assert_int_equal(mmio_read(PRIORITY(s), 4), s & 7);
	}
	for (u32 c = 0; c < 4; c++) {
		assert_int_equal(mmio_read(ENABLE(c), 4), 0);
		enable(c, 0xffffffff - (2 << c));
		assert_int_equal(mmio_read(ENABLE(c), 4),
				 0xfffffffe - (2 << c));
		mmio_write(THRESHOLD(c), 4, 0xfffffff8 | c);
		assert_int_equal(mmio_read(THRESHOLD(c), 4), c);
		assert_int_equal(claim(c), 0);
	}
	raise(3);
	raise(31);
	assert_int_equal(mmio_read(PENDING, 4), 0x80000008);
	mmio_write(PENDING, 4, 0);
	assert_int_equal(mmio_read(PENDING, 4), 0x80000008);
}

static void test_reserved(void **state)
{
	static const u64 reserved[] = {
		PRIORITY(0),      PRIORITY(32),
		PRIORITY(1023),   PENDING + 4,
		PENDING + 124,    PENDING + 0xffc,
		ENABLE(0) + 4,    ENABLE(0) + 124,
		ENABLE(4),        ENABLE(15871),
		THRESHOLD(0) + 8, THRESHOLD(1) - 4,
		THRESHOLD(4),     CLAIM(4),
		THRESHOLD(31),    GUEST_PLIC_BASE + GUEST_PLIC_SIZE - 4,
	};
	struct plic before = plic;

	for (u32 i = 0; i < ARRAY_SIZE(reserved); i++) {
		mmio_write(reserved[i], 4, 0xffffffff);
		assert_int_equal(mmio_read(reserved[i], 4), 0);
	}
	before.dev.accesses = plic.dev.accesses;
	assert_memory_equal(&before, &plic, sizeof(plic));
}

static void test_widths(void **state)
{
	static const u64 regs[] = {PRIORITY(1),  PENDING,  ENABLE(0),
				   THRESHOLD(1), CLAIM(1), PRIORITY(500)};

	for (u32 i = 0; i < ARRAY_SIZE(regs); i++) {
		mmio_refused(regs[i], 1);
		mmio_refused(regs[i], 2);
		mmio_refused(regs[i], 8);
		for (u32 o = 1; o < 4; o++)
			mmio_refused(regs[i] + o, 4);
	}
	mmio_refused(GUEST_PLIC_BASE + GUEST_PLIC_SIZE, 4);
}

static void test_claim_and_complete(void **state)
{
	priority(10, 1);
	enable(1, BIT(10));
	assert_false(seen[1]);
	raise(10);
	assert_true(seen[1]);
	assert_int_equal(claim(1), 10);
	assert_false(seen[1]);
	assert_int_equal(mmio_read(PENDING, 4), 0);
	assert_int_equal(claim(1), 0);
	lower(10);
	complete(1, 10);
	assert_false(seen[1]);
	raise(10);
	assert_true(seen[1]);
}

/* Still high at completion: pending again. Not before, however it toggles. */
static void test_level(void **state)
{
	priority(10, 1);
	enable(1, BIT(10));
	raise(10);
	assert_int_equal(claim(1), 10);
	lower(10);
	raise(10);
	assert_false(seen[1]);
	assert_int_equal(mmio_read(PENDING, 4), 0);
	complete(1, 10);
	assert_true(seen[1]);
	assert_int_equal(claim(1), 10);
	complete(1, 10);
	assert_true(seen[1]);
}

/* "Interrupt Gateways": what was requested is not taken back. */
static void test_lowered_before_claim(void **state)
{
	priority(10, 1);
	enable(1, BIT(10));
	raise(10);
	lower(10);
	assert_true(seen[1]);
	assert_int_equal(claim(1), 10);
	complete(1, 10);
	assert_false(seen[1]);
	assert_int_equal(claim(1), 0);
}

/* PITFALLS 47: completing one of two keeps the output up. */
static void test_two_pending(void **state)
{
	priority(3, 1);
	priority(4, 1);
	enable(1, BIT(3) | BIT(4));
	raise(3);
	raise(4);
	assert_int_equal(claim(1), 3);
	assert_true(seen[1]);
	lower(3);
	complete(1, 3);
	assert_true(seen[1]);
	assert_int_equal(claim(1), 4);
	assert_false(seen[1]);
}

/* PITFALLS 47: the threshold lowers and raises the output, not the claim. */
static void test_threshold(void **state)
{
	priority(5, 4);
	enable(1, BIT(5));
	raise(5);
	mmio_write(THRESHOLD(1), 4, 3);
	assert_true(seen[1]);
	mmio_write(THRESHOLD(1), 4, 4);
	assert_false(seen[1]);
	mmio_write(THRESHOLD(1), 4, 7);
	assert_false(seen[1]);
	mmio_write(THRESHOLD(1), 4, 0);
	assert_true(seen[1]);
	mmio_write(THRESHOLD(1), 4, 7);
	assert_int_equal(claim(1), 5);
}

static void test_priorities(void **state)
{
	enable(1, 0xfffffffe);
	for (u32 s = 1; s <= GUEST_PLIC_NDEV; s++) {
		priority(s, s == 7 || s == 20 ? 6 : s == 30 ? 7 : 1);
		raise(s);
	}
	assert_int_equal(claim(1), 30);
	assert_int_equal(claim(1), 7);
	assert_int_equal(claim(1), 20);
	assert_int_equal(claim(1), 1);
	assert_int_equal(claim(1), 2);
}

static void test_priority_zero_never(void **state)
{
	enable(1, BIT(5));
	raise(5);
	assert_false(seen[1]);
	assert_int_equal(claim(1), 0);
	priority(5, 1);
	assert_true(seen[1]);
	priority(5, 0);
	assert_false(seen[1]);
	assert_int_equal(mmio_read(PENDING, 4), BIT(5));
}

/* One claim wins; the others find nothing, and may complete for it. */
static void test_contexts_share(void **state)
{
	priority(8, 1);
	enable(1, BIT(8));
	enable(3, BIT(8));
	raise(8);
	assert_true(seen[1]);
	assert_true(seen[3]);
	assert_false(seen[0]);
	assert_false(seen[2]);
	assert_int_equal(claim(3), 8);
	assert_false(seen[1]);
	assert_int_equal(claim(1), 0);
	complete(1, 8);
	assert_true(seen[1]);
	assert_true(seen[3]);
}

static void test_completion_ignored(void **state)
{
	priority(8, 1);
	enable(1, BIT(8));
	raise(8);
	assert_int_equal(claim(1), 8);
	complete(0, 8); /* not enabled there */
	complete(1, 9);
	complete(1, 0);
	complete(1, 32);
	complete(1, 8 + 32);
	complete(1, 0xffffffff);
	assert_false(seen[1]);
	enable(1, 0);
	complete(1, 8);
	enable(1, BIT(8));
	assert_false(seen[1]);
	complete(1, 8);
	assert_true(seen[1]);
}

static void test_enable_moves_output(void **state)
{
	priority(8, 1);
	raise(8);
	enable(0, BIT(8));
	assert_true(seen[0]);
	enable(0, BIT(9));
	assert_false(seen[0]);
}

static void test_reset(void **state)
{
	priority(8, 1);
	priority(9, 1);
	enable(1, BIT(8) | BIT(9));
	mmio_write(THRESHOLD(3), 4, 5);
	raise(8);
	raise(9);
	assert_int_equal(claim(1), 8);
	lower(9);
	vbus_reset(&bus);
	assert_false(seen[1]);
	assert_int_equal(mmio_read(PENDING, 4), BIT(8));
	assert_int_equal(mmio_read(ENABLE(1), 4), 0);
	assert_int_equal(mmio_read(PRIORITY(8), 4), 0);
	assert_int_equal(mmio_read(THRESHOLD(3), 4), 0);
	priority(8, 1);
	enable(1, BIT(8));
	assert_int_equal(claim(1), 8);
}

/* ---- a reference model, as plain as can be ----------------------------- */

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
		cmocka_unit_test_setup(test_registers, setup),
		cmocka_unit_test_setup(test_reserved, setup),
		cmocka_unit_test_setup(test_widths, setup),
		cmocka_unit_test_setup(test_claim_and_complete, setup),
		cmocka_unit_test_setup(test_level, setup),
		cmocka_unit_test_setup(test_lowered_before_claim, setup),
		cmocka_unit_test_setup(test_two_pending, setup),
		cmocka_unit_test_setup(test_threshold, setup),
		cmocka_unit_test_setup(test_priorities, setup),
		cmocka_unit_test_setup(test_priority_zero_never, setup),
		cmocka_unit_test_setup(test_contexts_share, setup),
		cmocka_unit_test_setup(test_completion_ignored, setup),
		cmocka_unit_test_setup(test_enable_moves_output, setup),
		cmocka_unit_test_setup(test_reset, setup),
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_wild),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
