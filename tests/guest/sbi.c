/* SPDX-License-Identifier: BSD-2-Clause */
/* The SBI's answers to calls that are right, wrong and wild. */
#include "tests/guest/rt/rt.h"

#define ALL_ONES (-1UL)

static volatile u64 ipis;

static void on_irq(u64 irq)
{
	csr_clear(sip, BIT(IRQ_SOFT));
	ipis += irq == IRQ_SOFT;
}

static void error_is(const char *name, struct sbiret r, s64 want)
{
	if (r.error == want)
		print("%s: %ld\n", name, r.error);
	else
		expect(name, (u64)r.error, (u64)want);
}

/* The specification leaves a choice, or leaves the call to the platform. */
static void error_among(const char *name, struct sbiret r, s64 a, s64 b)
{
	check(name, r.error == a || r.error == b);
	if (r.error != a && r.error != b)
		print("%s gave %ld\n", name, r.error);
}

/* SBI, "Base Extension". */
static void test_base(void)
{
	static const char *const name[] = {
		"spec version",  "implementation id", "implementation version",
		"probe of BASE", "mvendorid",         "marchid",
		"mimpid"};

	for (u64 f = 0; f < ARRAY_SIZE(name); f++)
		error_is(name[f], sbi(SBI_BASE, f, SBI_BASE), SBI_OK);
	check("spec version is 0.2 or later", sbi(SBI_BASE, 0).value >= 2);
	check("its bit 31 is 0", !(sbi(SBI_BASE, 0).value & BIT(31)));
	error_is("BASE function 7", sbi(SBI_BASE, 7), SBI_NOT_SUPPORTED);
	error_is("BASE function ~0", sbi(SBI_BASE, ALL_ONES),
		 SBI_NOT_SUPPORTED);
}

static void test_probe(void)
{
	static const struct {
		const char *name;
		u64 id;
	} there[] = {
		{"TIME", SBI_TIME},     {"IPI", SBI_IPI},   {"HSM", SBI_HSM},
		{"RFENCE", SBI_RFENCE}, {"SRST", SBI_SRST}, {"DBCN", SBI_DBCN},
		{"legacy putchar", 1},
	};
	static const u64 absent[] = {0x0f,       0x11,         0x07ffffff,
				     0x12345678, 0x7fffffffUL, 0x80000010UL};

	for (u32 i = 0; i < ARRAY_SIZE(there); i++) {
		struct sbiret r = sbi(SBI_BASE, 3, there[i].id);

		print("probe %s: %ld %s\n", there[i].name, r.error,
		      r.value ? "there" : "absent");
	}
	for (u32 i = 0; i < ARRAY_SIZE(absent); i++) {
		struct sbiret r = sbi(SBI_BASE, 3, absent[i]);

		print("probe 0x%lx: %ld %lu\n", absent[i], r.error, r.value);
		error_is("call it", sbi(absent[i], 0), SBI_NOT_SUPPORTED);
	}
}

static void test_functions(void)
{
	error_is("TIME function 1", sbi(SBI_TIME, 1, ALL_ONES),
		 SBI_NOT_SUPPORTED);
	error_is("IPI function 1", sbi(SBI_IPI, 1), SBI_NOT_SUPPORTED);
	error_is("RFENCE function 99", sbi(SBI_RFENCE, 99), SBI_NOT_SUPPORTED);
	error_is("HSM function 99", sbi(SBI_HSM, 99), SBI_NOT_SUPPORTED);
	error_is("SRST function 1", sbi(SBI_SRST, 1), SBI_NOT_SUPPORTED);
	error_is("SRST type 0x77", sbi(SBI_SRST, 0, 0x77), SBI_INVALID_PARAM);
	error_is("DBCN function 99", sbi(SBI_DBCN, 99), SBI_NOT_SUPPORTED);
	error_is("set_timer", sbi(SBI_TIME, 0, ALL_ONES), SBI_OK);
}

/* SBI, "Hart list parameter": base -1 is all harts, whatever the mask. */
static void test_ipi(void)
{
	csr_write(sie, BIT(IRQ_SOFT));
	csr_set(sstatus, SSTATUS_SIE);
	error_is("IPI to self", sbi(SBI_IPI, 0, 1, boot_hart), SBI_OK);
	while (ipis < 1)
		;
	error_is("IPI to all", sbi(SBI_IPI, 0, 0, ALL_ONES), SBI_OK);
	while (ipis < 2)
		;
	error_is("IPI to all, mask of ones", sbi(SBI_IPI, 0, -1UL, ALL_ONES),
		 SBI_OK);
	while (ipis < 3)
		;
	error_is("IPI to none", sbi(SBI_IPI, 0, 0, 0), SBI_OK);
	/* OpenSBI 1.6 overlooks these; 1.5 does not. */
	error_among("IPI to nobody", sbi(SBI_IPI, 0, 1, 5000),
		    SBI_INVALID_PARAM, SBI_OK);
	error_among("IPI to nobody, far", sbi(SBI_IPI, 0, 1, -2UL),
		    SBI_INVALID_PARAM, SBI_OK);
	csr_clear(sstatus, SSTATUS_SIE);
	csr_write(sie, 0);
	csr_write(sip, 0);
	show("IPIs that arrived", ipis);
}

static void test_rfence(void)
{
	u64 h = boot_hart;

	error_is("fence.i", sbi(SBI_RFENCE, 0, 1, h), SBI_OK);
	error_is("fence.i all", sbi(SBI_RFENCE, 0, 0, ALL_ONES), SBI_OK);
	error_is("sfence page", sbi(SBI_RFENCE, 1, 1, h, 0x1000, 4096), SBI_OK);
	error_is("sfence all of it", sbi(SBI_RFENCE, 1, 1, h, 0, ALL_ONES),
		 SBI_OK);
	error_is("sfence 0, 0", sbi(SBI_RFENCE, 1, 1, h, 0, 0), SBI_OK);
	error_is("sfence huge", sbi(SBI_RFENCE, 1, 1, h, 0, 1UL << 60), SBI_OK);
	error_is("sfence to the last byte",
		 sbi(SBI_RFENCE, 1, 1, h, -4096UL, 4096), SBI_OK);
	error_is("sfence asid", sbi(SBI_RFENCE, 2, 1, h, 0, 4096, 7), SBI_OK);
	error_among("sfence nobody", sbi(SBI_RFENCE, 1, 1, 5000, 0, 4096),
		    SBI_INVALID_PARAM, SBI_OK);
	for (u64 f = 3; f < 7; f++)
		error_among("hfence without H",
			    sbi(SBI_RFENCE, f, 1, h, 0, 4096),
			    SBI_NOT_SUPPORTED, fdt_isa_has("h") ? 0 : -2);
}

/* SBI, "Hart State Management Extension". */
static void test_hsm(void)
{
	error_is("start nobody", sbi(SBI_HSM, 0, 5000, RAM_BASE, 0),
		 SBI_INVALID_PARAM);
	error_is("start ~0", sbi(SBI_HSM, 0, ALL_ONES, RAM_BASE, 0),
		 SBI_INVALID_PARAM);
	error_is("start myself",
		 sbi(SBI_HSM, 0, boot_hart, RAM_BASE + 0x200000, 0),
		 SBI_ALREADY);
	error_is("status of me", sbi(SBI_HSM, 2, boot_hart), SBI_OK);
	show("is started", sbi(SBI_HSM, 2, boot_hart).value);
	error_is("status of nobody", sbi(SBI_HSM, 2, 5000), SBI_INVALID_PARAM);
	error_among("suspend, reserved type", sbi(SBI_HSM, 3, 0x1234),
		    SBI_INVALID_PARAM, SBI_NOT_SUPPORTED);
}

/* SBI, "Debug Console Extension". Holes are left to hostile.c: OpenSBI reads
 * what is neither a device's nor its own, and stops there. */
static void test_dbcn(void)
{
	static char text[] = "written by DBCN\n";
	struct sbiret r;
	u64 len = sizeof(text) - 1;

	r = sbi(SBI_DBCN, 0, len, (u64)text, 0);
	error_is("DBCN write", r, SBI_OK);
	show("bytes", r.value);
	r = sbi(SBI_DBCN, 0, 0, (u64)text, 0);
	error_is("DBCN write of nothing", r, SBI_OK);
	error_is("DBCN write from a device",
		 sbi(SBI_DBCN, 0, len, UART_BASE, 0), SBI_INVALID_PARAM);
	r = sbi(SBI_DBCN, 1, len, (u64)text, 0);
	error_is("DBCN read", r, SBI_OK);
	show("bytes", r.value);
	error_is("DBCN byte", sbi(SBI_DBCN, 2, '!'), SBI_OK);
	print("\n");
}

/* SBI, "Legacy Extensions": the answer is in a0 alone, a1 is kept. */
static void test_legacy(void)
{
	struct sbiret r = {0, 0};

	for (const char *s = "legacy putchar\n"; *s; s++)
		r = sbi(1, 0, (u64)*s, 0x1234);
	expect("putchar's answer", (u64)r.error, 0);
	expect("a1 after putchar", r.value, 0x1234);
	r = sbi(2, 0, 0, 0x4321);
	print("getchar: %ld\n", r.error);
	expect("a1 after getchar", r.value, 0x4321);
	r = sbi(0, 0, ALL_ONES, 0x99);
	expect("legacy set_timer", (u64)r.error, 0);
	csr_write(sip, 2);
	r = sbi(3, 0);
	check("legacy clear_ipi, if there",
	      r.error == SBI_NOT_SUPPORTED || !(csr_read(sip) & 2));
}

/* All registers but a0 and a1 are the caller's. */
static void test_preserved(void)
{
	u64 bad;

	asm volatile("li a7, 0x10\n\tli a6, 0\n\t"
		     "li t0, 5\n\tli t1, 6\n\tli t2, 7\n\tli a2, 12\n\t"
		     "li a3, 13\n\tli a4, 14\n\tli a5, 15\n\tli t3, 28\n\t"
		     "li t4, 29\n\tli t5, 30\n\tli t6, 31\n\tecall\n\t"
		     "xori t0, t0, 5\n\txori t1, t1, 6\n\txori t2, t2, 7\n\t"
		     "xori a2, a2, 12\n\txori a3, a3, 13\n\t"
		     "xori a4, a4, 14\n\txori a5, a5, 15\n\t"
		     "xori a6, a6, 0\n\txori a7, a7, 0x10\n\t"
		     "xori t3, t3, 28\n\txori t4, t4, 29\n\t"
		     "xori t5, t5, 30\n\txori t6, t6, 31\n\t"
		     "or t0, t0, t1\n\tor t0, t0, t2\n\tor t0, t0, a2\n\t"
		     "or t0, t0, a3\n\tor t0, t0, a4\n\tor t0, t0, a5\n\t"
		     "or t0, t0, a6\n\tor t0, t0, a7\n\tor t0, t0, t3\n\t"
		     "or t0, t0, t4\n\tor t0, t0, t5\n\tor %0, t0, t6"
		     : "=r"(bad)
		     :
		     : "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a0", "a1",
		       "a2", "a3", "a4", "a5", "a6", "a7");
	expect("registers that a call changed", bad, 0);
}

int main(void)
{
	begin("sbi");
	irq_hook = on_irq;
	test_base();
	test_probe();
	test_functions();
	test_ipi();
	test_rfence();
	test_hsm();
	test_dbcn();
	test_legacy();
	test_preserved();
	finish();
}
