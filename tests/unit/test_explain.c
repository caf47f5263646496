/* SPDX-License-Identifier: BSD-2-Clause */
/* The narrator has a sentence for every event: one of each is put to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "host.h"
#include "hyp/util.h"
#include "vcpu/backend.h"
#include "vcpu/watch.h"

const char *backend_name(enum backend_id id)
{
	return id == BACKEND_TE ? "te" : "another backend";
}

static const char *tell(const struct trace_event *e)
{
	static char text[512];

	memset(text, '#', sizeof(text));
	explain(e, text, sizeof(text));
	assert_in_range(strlen(text), 20, sizeof(text) - 1);
	assert_non_null(strchr(".)", text[strlen(text) - 1]));
	assert_null(strchr(text, '?'));
	return text;
}

static struct trace_event exit_of(enum exit_kind kind)
{
	return (struct trace_event){
		.type = TRACE_exit,
		.who = trace_who("alpha"),
		.vcpu = 2,
		.kind = kind,
		.priv = PRIV_S,
		.when = 1000,
		.until = 1042,
		.pc = 0x80201234,
		.arg = {0x18059073, 0x5678, 0x9abc},
		.width = 4,
	};
}

/* What each must at least say, by kind: nothing here, no test passes. */
static const char *const words[EXIT_KINDS] = {
	[EXIT_timer] = "host's timer",
	[EXIT_ipi] = "another hart",
	[EXIT_device] = "device of the host",
	[EXIT_sbi] = "extension 0x18059073, which there is not, function 22136",
	[EXIT_ram] = "load from GPA 0x5678, its RAM",
	[EXIT_mmio] = "load from GPA 0x5678, which is no RAM",
	[EXIT_wfi] = "nothing to do until",
	[EXIT_wrs] = "another vcpu's store",
	[EXIT_csr] = "wrote 0x5678 to satp",
	[EXIT_sret] = "returned from a trap, to 0x18059073",
	[EXIT_fence] = "address 0x18059073 of ASID 22136",
	[EXIT_shadow] = "its own page tables allow",
	[EXIT_reflect] = "the guest's own exception",
	[EXIT_step] = "the interpreter did it",
	[EXIT_table] = "one of its page tables",
	[EXIT_virtual] = "0x18059073 is not allowed to a guest in S-mode",
	[EXIT_illegal] = "0x18059073 is illegal in S-mode",
	[EXIT_other] = "no guest should cause",
};

static void test_every_exit(void **state)
{
	for (u32 kind = 0; kind < EXIT_KINDS; kind++) {
		struct trace_event e = exit_of(kind);
		const char *text = tell(&e);

		assert_non_null(words[kind]);
		assert_non_null(strstr(text, words[kind]));
		assert_non_null(strstr(text, "alpha, vcpu 2, at 0x80201234"));
		assert_non_null(strstr(text, "It took 42 instructions."));
		/* The section. */
		assert_true(strstr(text, "(Privileged, ") ||
			    strstr(text, "(Unprivileged, ") ||
			    strstr(text, "(SBI, "));
	}
}

static void test_every_verdict(void **state)
{
	struct trace_event e = exit_of(EXIT_wfi);

	for (e.verdict = ADVANCE; e.verdict < ANOTHER; e.verdict++) {
		const char *text = tell(&e);

		assert_null(strstr(text, ")  It"));
		assert_string_not_equal(verdict_name(e.verdict), "?");
	}
	assert_string_equal(verdict_name(200), "?");
}

static void test_csr_forms(void **state)
{
	struct trace_event e = exit_of(EXIT_csr);

	e.arg[0] = 0x100022f3; /* csrr t0, sstatus */
	assert_non_null(strstr(tell(&e), "read 0x9abc from sstatus"));
	e.arg[0] = 0x10017073; /* csrci sstatus, 2 */
	assert_non_null(strstr(tell(&e), "cleared the bits 0x5678 of sstatus"));
	e.arg[0] = 0x10016073; /* csrsi */
	assert_non_null(strstr(tell(&e), "set the bits 0x5678 of sstatus"));
	e.arg[0] = 0xc00022f3; /* rdcycle t0 */
	assert_non_null(strstr(tell(&e), "from CSR 0xc00"));
}

static void test_every_type(void **state)
{
	for (u32 type = 0; type < TRACE_TYPES; type++) {
		struct trace_event e = exit_of(EXIT_timer);

		e.type = type;
		tell(&e);
		assert_in_range(strlen(trace_type_name(type)), 1, 10);
	}
}

/* What does not fit is cut, and nothing is written behind it. */
static void test_cut(void **state)
{
	struct trace_event e = exit_of(EXIT_mmio);
	char text[64];

	for (u64 size = 1; size < sizeof(text); size++) {
		memset(text, '#', sizeof(text));
		explain(&e, text, size);
		assert_int_equal(strlen(text), size - 1);
		assert_int_equal(text[size], '#');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_exit),
		cmocka_unit_test(test_every_verdict),
		cmocka_unit_test(test_csr_forms),
		cmocka_unit_test(test_every_type),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
