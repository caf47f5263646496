/* SPDX-License-Identifier: BSD-2-Clause */
/* What te's assembly is told to do with an instruction, and where it finds it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include <string.h>

#include "hyp/csr.h"
#include "hyp/util.h"
#include "vcpu/te.h"

/* The assembly's labels. */
#define LABELS(name) char te_read_##name[8], te_write_##name[8]
LABELS(sscratch);
LABELS(sepc);
LABELS(scause);
LABELS(stval);
LABELS(sstatus);
char te_decoded[8], te_set_sstatus[8], te_clear_sstatus[8], te_sret[8];
char te_get[32 * 8], te_put[32 * 8], te_imm[32 * 8];

#define SRET 0x10200073U

static struct te_site sites[TE_SITES];
static struct vcpu_stat stat;

static const struct te_site *learn(u32 raw)
{
	struct vexit x = {.kind = EXIT_csr, .insn = insn_decode(raw)};

	te_sites_init(sites);
	te_site_learn(sites, &stat, raw, &x);
	return te_site(sites, raw);
}

/* Unprivileged, "Zicsr". */
static u32 csr_insn(u32 form, u32 csr, u32 rd, u32 rs1)
{
	return csr << 20 | rs1 << 15 | form << 12 | rd << 7 | 0x73;
}

/* ---- handlers ------------------------------------------------------------ */

static const struct {
	u32 csr;
	const char *read, *write, *set, *clear;
} known[] = {
	{0x140, te_read_sscratch, te_write_sscratch, te_decoded, te_decoded},
	{0x141, te_read_sepc, te_write_sepc, te_decoded, te_decoded},
	{0x142, te_read_scause, te_write_scause, te_decoded, te_decoded},
	{0x143, te_read_stval, te_write_stval, te_decoded, te_decoded},
	{0x100, te_read_sstatus, te_write_sstatus, te_set_sstatus,
	 te_clear_sstatus},
};

/* Forms 1 to 3, and 5 to 7 with a number; set and clear of x0 only read. */
static const char *handler(u32 form, u32 csr, u32 rs1)
{
	for (u32 i = 0; i < ARRAY_SIZE(known); i++) {
		if (known[i].csr != csr)
			continue;
		if (form % 4 == 1)
			return known[i].write;
		if (!rs1)
			return known[i].read;
		return form % 4 == 2 ? known[i].set : known[i].clear;
	}
	return te_decoded;
}

static void test_handlers(void **state)
{
	for (u32 csr = 0; csr < 4096; csr++) {
		for (u32 form = 1; form < 8; form++) {
			for (u32 rs1 = 0; form % 4 && rs1 < 32; rs1++) {
				u32 raw = csr_insn(form, csr, rs1, rs1);

				assert_ptr_equal(learn(raw)->handler,
						 handler(form, csr, rs1));
			}
		}
	}
}

static void test_other_instructions(void **state)
{
	assert_ptr_equal(learn(SRET)->handler, te_sret);
	assert_ptr_equal(learn(0x12000073)->handler, te_decoded);
	assert_ptr_equal(learn(0x12b50073)->handler, te_decoded);
	assert_ptr_equal(learn(0x10500073)->handler, te_decoded);
}

/* ---- thunks -------------------------------------------------------------- */

/* Of 8 bytes each, by number; csrrwi's number is no register. */
static void test_thunks(void **state)
{
	for (u32 rd = 0; rd < 32; rd++) {
		for (u32 rs1 = 0; rs1 < 32; rs1++) {
			for (u32 form = 1; form < 8; form++) {
				u32 raw = csr_insn(form, 0x100, rd, rs1);
				const char *get = form < 4 ? te_get : te_imm;

				if (form == 4)
					continue;
				assert_ptr_equal(learn(raw)->get,
						 get + 8 * rs1);
				assert_ptr_equal(learn(raw)->put,
						 te_put + 8 * rd);
			}
		}
	}
}

/* ---- places -------------------------------------------------------------- */

/* As te.inc computes it. */
static u32 place(u64 raw)
{
	return (raw >> 15 ^ raw >> 7) & 127;
}

static void test_place(void **state)
{
	assert_int_equal(TE_SITES, 128);
	assert_int_equal(sizeof(struct te_site), 64);
	for (u32 i = 0; i < 65536; i++) {
		u32 raw = i * 0x9e3779b1;

		assert_ptr_equal(te_site(sites, raw), &sites[place(raw)]);
	}
}

/* Nothing has the bits of a free place: not even 32 ones. */
static void test_free_places(void **state)
{
	memset(sites, 0, sizeof(sites));
	te_sites_init(sites);
	for (u32 i = 0; i < TE_SITES; i++) {
		assert_true(sites[i].tag > ~0U);
		assert_true(te_no_sites[i].tag > ~0U);
	}
}

static void test_learn(void **state)
{
	u32 raw = csr_insn(1, 0x180, 10, 11),
	    other = csr_insn(5, 0x140, 10, 11);
	struct vexit x = {.kind = EXIT_fence, .insn = insn_decode(raw)};
	const struct te_site *s = te_site(sites, raw);
	u32 used = 0;

	te_sites_init(sites);
	te_site_learn(sites, &stat, raw, &x);
	assert_int_equal(s->tag, raw);
	assert_int_equal(s->kind, EXIT_fence);
	assert_memory_equal(&s->insn, &x.insn, sizeof(x.insn));
	for (u32 i = 0; i < TE_SITES; i++)
		used += sites[i].tag != TE_SITE_NONE;
	assert_int_equal(used, 1);
	/* One with the same place takes it, whole. */
	x.insn = insn_decode(other);
	x.kind = EXIT_csr;
	assert_ptr_equal(te_site(sites, other), s);
	te_site_learn(sites, &stat, other, &x);
	assert_int_equal(s->tag, other);
	assert_int_equal(s->kind, EXIT_csr);
	assert_int_equal(s->insn.csr, 0x140);
	assert_ptr_equal(s->get, te_imm + 8 * 11);
}

/* What a place has counted is not lost with it, and nothing counts twice. */
static void test_count(void **state)
{
	u32 raw = csr_insn(1, 0x180, 10, 11),
	    other = csr_insn(5, 0x140, 10, 11);
	struct vexit x = {.kind = EXIT_csr, .insn = insn_decode(raw)};
	struct vcpu_stat now;

	memset(&stat, 0, sizeof(stat));
	memset(sites, 0xff, sizeof(sites)); /* of a page that was another's */
	te_sites_init(sites);
	te_site_learn(sites, &stat, raw, &x);
	te_site(sites, raw)->count += 5;
	now = stat;
	te_sites_count(sites, &now);
	assert_int_equal(now.csr[CSR_ROW_satp], 5);
	assert_int_equal(now.exits[EXIT_csr], 5);
	assert_int_equal(stat.exits[EXIT_csr], 0);
	x.insn = insn_decode(other);
	te_site_learn(sites, &stat, other, &x);
	te_site(sites, other)->count += 3;
	te_sites_count(sites, &stat);
	assert_int_equal(stat.csr[CSR_ROW_satp], 5);
	assert_int_equal(stat.csr[CSR_ROW_sscratch], 3);
	assert_int_equal(stat.exits[EXIT_csr], 8);
	x = (struct vexit){.kind = EXIT_sret, .insn = insn_decode(SRET)};
	te_site_learn(sites, &stat, SRET, &x);
	te_site(sites, SRET)->count++;
	te_sites_count(sites, &stat);
	assert_int_equal(stat.exits[EXIT_sret], 1);
}

/* A kernel that swaps sscratch goes on with loads and stores. */
static void test_alone(void **state)
{
	for (u32 csr = 0x100; csr < 0x200; csr++)
		assert_int_equal(learn(csr_insn(1, csr, 4, 4))->alone,
				 csr == 0x140);
	assert_int_equal(learn(SRET)->alone, 0);
}

/*
 * What needs rs1 and no other register: csrw, sfence.vma of an address; of
 * what is read besides, or of x0 for an address, C asks the whole frame.
 */
static void test_write(void **state)
{
	for (u32 i = 0; i < 4; i++) {
		u32 a = i & 1 ? 11 : 0, b = i & 2 ? 12 : 0;
		u32 fence = 0x12000073 | a << 15 | b << 20;
		struct vexit x = {.kind = EXIT_fence};

		assert_int_equal(learn(csr_insn(1, 0x180, b, a))->write, !b);
		assert_int_equal(learn(csr_insn(5, 0x104, b, a))->write, !b);
		assert_int_equal(learn(csr_insn(2, 0x104, b, a))->write, 0);
		assert_int_equal(learn(csr_insn(7, 0x104, b, a))->write, 0);
		x.insn = insn_decode(fence);
		te_site_learn(sites, &stat, fence, &x);
		assert_int_equal(te_site(sites, fence)->write, a && !b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_handlers),
		cmocka_unit_test(test_other_instructions),
		cmocka_unit_test(test_thunks),
		cmocka_unit_test(test_place),
		cmocka_unit_test(test_free_places),
		cmocka_unit_test(test_learn),
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_alone),
		cmocka_unit_test(test_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
