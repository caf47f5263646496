/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests every complaint about a VM description, word for word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <libfdt.h>

#include "descs.h"

/* What stands in a VM beside NEED, and what is said about it. */
struct mistake {
	const char *body;
	const char *error; /* behind "FILE: VM: " */
};

#define PRINTABLE "must be one string of printable text"
#define BACKENDS  "hw, hybrid, te, interp"
#define A_PAGE    "\"page:0x80200000\""
#define CSRS                                                                 \
	"sstatus, sie, stvec, scounteren, senvcfg, sscratch, sepc, scause, " \
	"stval, sip, stimecmp, satp, cycle, time, instret"

static const struct mistake mistakes[] = {
	{"colour = <1>;", "colour: unknown property"},
	{"Backend = \"hw\";", "Backend: unknown property"},
	{"disk = \"a\";", "disk: unknown property"},
	{"disk0a = \"a\";", "disk0a: unknown property"},
	{"disk0 = \"a\";", "disk0: a: not in the archive"},
	{"disk0 = \"empty\";", "disk0: empty: empty file"},
	{"disk0 = \"host:0\";", "disk0: the host has 0 virtio disks"},
	{"disk0 = \"ram:0\";",
	 "disk0: \"ram:0\" is no size; write it like \"ram:64M\""},
	{"disk0 = \"ram:1001\";", "disk0: 1001 is no multiple of 512 bytes"},
	{"disk0 = \"ram:257G\";", "disk0: 257G is more than 256 GiB"},
	{"disk0 = \"ram:1M\", \"ro\", \"ro\";",
	 "disk0: behind the first string comes \"ro\" or nothing"},
	{"disk8 = \"ram:1M\";", "disk8: there are disk0 to disk7"},
	{"disk10 = \"ram:1M\";", "disk10: there are disk0 to disk7"},
	{"disk0;", "disk0: must be a list of strings of printable text"},
	{"rng = <1>;", "rng: a flag takes no value"},
	{"net0 = \"lan\"; disk7 = \"ram:1M\";",
	 "net0 and disk7 would share a slot"},
	{"rng; disk0 = \"ram:1M\"; disk1 = \"ram:1M\"; disk2 = \"ram:1M\"; "
	 "disk3 = \"ram:1M\"; net0 = \"a\"; net1 = \"a\"; net2 = \"a\"; "
	 "net3 = \"a\";",
	 "rng: disks and cards have all slots"},
	{"ports = \"a\", \"b\", \"c\", \"d\";", "ports: more than 3"},
	{"ports = \"a/b\";",
	 "ports: \"a/b\" is not a name of up to 31 letters, "
	 "digits, . _ -"},
	{"ports = \".\";", "ports: \".\" is not a name of up to 31 letters, "
			   "digits, . _ -"},
	{"ports = \"a\", \"a\";", "ports: \"a\" is there twice"},
	{"ports = \"hvc0\";", "ports: \"hvc0\" is there twice"},
	{"ports;", "ports: must be a list of strings of printable text"},
	{"balloon = \"64M\";", "balloon: a flag takes no value"},
	{"balloon; lockstep = \"interp\"; backend = \"te\";",
	 "balloon: not with lockstep"},
	{"net12 = \"lan\";", "net12: there are net0 to net3"},
	{"aia;", "aia: not supported yet"},
	{"shadow = \"eager\";", "shadow: \"eager\" is none of: fence, sync"},
	{"shadow;", "shadow: " PRINTABLE},
	{"lockstep = \"te\";", "lockstep: \"te\" is none of: interp"},
	{"lockstep;", "lockstep: " PRINTABLE},
	{"personality = \"x\";",
	 "personality: \"x\" is none of: htinst-zero, htval-zero, no-vmid, "
	 "svade, no-sstc, vu-illegal, stval-zero, 4k-only"},
	{"trap;", "trap: must be a list of strings of printable text"},
	{"trap = \"satp\";", "trap: \"satp\" is none of: csr:NAME, insn:NAME, "
			     "ecall, page:ADDRESS"},
	{"trap = \"csr:mstatus\";",
	 "trap: \"csr:mstatus\": there are csr: " CSRS},
	{"trap = \"csr:\";", "trap: \"csr:\": there are csr: " CSRS},
	{"trap = \"insn:mret\";",
	 "trap: \"insn:mret\": there are insn: ebreak, sret, wfi, sfence.vma, "
	 "sinval.vma"},
	{"trap = \"page:\";", "trap: \"page:\" is not like " A_PAGE},
	{"trap = \"page:0x\";", "trap: \"page:0x\" is not like " A_PAGE},
	{"trap = \"page:80001000\";",
	 "trap: \"page:80001000\" is not like " A_PAGE},
	{"trap = \"page:0x8000g000\";",
	 "trap: \"page:0x8000g000\" is not like " A_PAGE},
	{"trap = \"page:0x10000000080001000\";",
	 "trap: \"page:0x10000000080001000\" is not like " A_PAGE},
	{"trap = \"page:0x80000800\";",
	 "trap: page:0x80000800 is no multiple of 4 KiB"},
	{"trap = \"page:0x80100000\";",
	 "trap: page:0x80100000 is not in its RAM"},
	{"trap = \"page:0x7ffff000\";",
	 "trap: page:0x7ffff000 is not in its RAM"},
	{"trap = \"ecall\", \"insn:ecall\";",
	 "trap: \"insn:ecall\" is there twice"},
	{"trap = \"csr:satp\", \"csr:satp\";",
	 "trap: \"csr:satp\" is there twice"},
	{"trap = \"page:0x80001000\", \"page:0x080001000\";",
	 "trap: \"page:0x080001000\" is there twice"},
	{"trap = \"csr:sie\", \"csr:sip\", \"csr:satp\", \"csr:sepc\", "
	 "\"csr:time\", \"ecall\", \"insn:wfi\", \"insn:sret\", "
	 "\"csr:cycle\";",
	 "trap: \"csr:cycle\" is one more than 8"},
	{"trap = \"ecall\"; lockstep = \"interp\"; backend = \"te\";",
	 "trap: not with lockstep"},
	{"backend = \"kvm\";", "backend: \"kvm\" is none of: " BACKENDS},
	{"backend = \"\";", "backend: \"\" is none of: " BACKENDS},
	{"backend;", "backend: " PRINTABLE},
	{"backend = <1>;", "backend: " PRINTABLE},
	{"backend = [6877];", "backend: " PRINTABLE},
	{"backend = \"hw\", \"te\";", "backend: " PRINTABLE},
	{"backend = \"h\\x07w\";", "backend: " PRINTABLE},
	{"boot = \"uefi\";", "boot: \"uefi\" is none of: sbi, machine"},
	{"pages = \"2m\";", "pages: \"2m\" is none of: 4K, 2M, 1G"},
	{"vcpus = <0>;", "vcpus: 0 is not in 1 to 16"},
	{"vcpus = <17>;", "vcpus: 17 is not in 1 to 16"},
	{"vcpus = <0xffffffff>;", "vcpus: 4294967295 is not in 1 to 16"},
	{"vcpus = <1 2>;", "vcpus: must be one number in <>"},
	{"vcpus = \"2\";", "vcpus: must be one number in <>"},
	{"vcpus;", "vcpus: must be one number in <>"},
	{"weight = <0>;", "weight: 0 is not in 1 to 10000"},
	{"weight = <10001>;", "weight: 10001 is not in 1 to 10000"},
	{"harts;", "harts: must be a list of numbers in <>"},
	{"harts = [00 00 01];", "harts: must be a list of numbers in <>"},
	{"harts = <0 4>;", "harts: no hart 4: the host has 4"},
	{"harts = <0xffffffff>;", "harts: no hart 4294967295: the host has 4"},
	{"autostart = \"yes\";", "autostart: a flag takes no value"},
	{"autostart = <0>;", "autostart: a flag takes no value"},
	{"force = \"warp\";", "force: \"warp\" is none of: no-htinst, "
			      "no-htval, no-sstc, 4k, vtw, no-idle-zero, "
			      "no-asid, no-roots, no-fast"},
	{"force;", "force: must be a list of strings of printable text"},
	{"force = \"vtw\", \"\", \"4k\";",
	 "force: must be a list of strings of printable text"},
	{"initrd = \"gone\";", "initrd: gone: not in the archive"},
	{"initrd = \"empty\";", "initrd: empty: empty file"},
	{"isa = \"rv64gc\";",
	 "isa: \"rv64gc\" is not like \"rv64imac_zicsr\" (without g)"},
	{"inner { };", "inner: a VM has no nodes inside"},
	{"in { in { in { in { in { in { in { deep; }; }; }; }; }; }; };",
	 "in: a VM has no nodes inside"},
};

static const struct mistake bare_mistakes[] = {
	{"memory = \"1M\";", "kernel: missing"},
	{"memory = \"1M\"; kernel = \"gone\";",
	 "kernel: gone: not in the archive"},
	{"memory = \"1M\"; kernel = \"empty\";", "kernel: empty: empty file"},
	{"memory = \"1M\"; kernel;", "kernel: " PRINTABLE},
	{"kernel = \"Image\";", "memory: missing"},
	{"kernel = \"Image\"; memory = <0x10000000>;", "memory: " PRINTABLE},
	{"kernel = \"Image\"; memory = \"0\";", "memory: a VM needs some"},
	{"kernel = \"Image\"; memory = \"0G\";", "memory: a VM needs some"},
	{"kernel = \"Image\"; memory = \"6000\";",
	 "memory: 6000 is no multiple of 4 KiB"},
	{"kernel = \"Image\"; memory = \"1025G\";",
	 "memory: 1025G is more than 1 TiB"},
	{"kernel = \"Image\"; memory = \"1099511627777\";",
	 "memory: 1099511627777 is more than 1 TiB"},
	{"kernel = \"Image\"; memory = \"18446744073709551616\";",
	 "memory: 18446744073709551616 is more than 1 TiB"},
	{"kernel = \"Image\"; memory = \"18014398509481985K\";",
	 "memory: 18014398509481985K is more than 1 TiB"},
};

static const char *const garbage_sizes[] = {"",     "M",   "-1",   "0x1000",
					    "1 M",  "1m",  "1MB",  "1.5G",
					    " 64K", "1KM", "+64K", "much"};

/* The mistake leaves its VM out, and no other. */
static void check_mistake(const char *need, const char *body, const char *error)
{
	char dts[512], line[512];

	snprintf(dts, sizeof(dts),
		 HEAD "before { " NEED "}; bad { %s%s }; after { " NEED "}; };",
		 need, body);
	snprintf(line, sizeof(line), DESC ": bad: %s\n", error);
	assert_int_equal(read_dts(dts), 2);
	assert_string_equal(host_log, line);
	assert_int_equal(errors, 1);
	assert_string_equal(specs[0].name, "before");
	assert_string_equal(specs[1].name, "after");
}

static void test_mistakes(void **state)
{
	char body[128], error[128];

	for (u32 i = 0; i < ARRAY_SIZE(mistakes); i++)
		check_mistake(NEED, mistakes[i].body, mistakes[i].error);
	for (u32 i = 0; i < ARRAY_SIZE(bare_mistakes); i++)
		check_mistake("", bare_mistakes[i].body,
			      bare_mistakes[i].error);
	for (u32 i = 0; i < ARRAY_SIZE(garbage_sizes); i++) {
		snprintf(body, sizeof(body),
			 "kernel = \"Image\"; memory = \"%s\";",
			 garbage_sizes[i]);
		snprintf(error, sizeof(error),
			 "memory: \"%s\" is no size; write it like \"256M\"",
			 garbage_sizes[i]);
		check_mistake("", body, error);
	}
}

static void test_several_mistakes(void **state)
{
	assert_int_equal(read_dts(HEAD "bad { vcpus = <0>; colour; "
				       "kernel = \"gone\"; harts = <8 9>; "
				       "inner { }; }; };"),
			 0);
	assert_int_equal(errors, 7);
	assert_string_equal(host_log, DESC
			    ": bad: vcpus: 0 is not in 1 to 16\n" DESC
			    ": bad: colour: unknown property\n" DESC
			    ": bad: kernel: gone: not in the archive\n" DESC
			    ": bad: harts: no hart 8: the host has 4\n" DESC
			    ": bad: harts: no hart 9: the host has 4\n" DESC
			    ": bad: memory: missing\n" DESC
			    ": bad: inner: a VM has no nodes inside\n");
}

/* What dtc refuses to write: a name twice, a property twice, odd bytes. */
static void test_hand_made(void **state)
{
	u8 dtb[1024] __attribute__((aligned(8)));
	struct newc n = {0};
	struct archive a;

	assert_int_equal(fdt_create(dtb, sizeof(dtb)), 0);
	fdt_finish_reservemap(dtb);
	fdt_begin_node(dtb, "");
	fdt_property_string(dtb, "compatible", "trapeze,vms");
	for (u32 i = 0; i < 2; i++) {
		fdt_begin_node(dtb, "a");
		fdt_property_string(dtb, "memory", "1M");
		fdt_property_string(dtb, "kernel", "Image");
		fdt_end_node(dtb);
	}
	fdt_begin_node(dtb, "b \033[2J");
	fdt_property_string(dtb, "memory", "1M");
	fdt_property_string(dtb, "memory", "2M");
	fdt_property_string(dtb, "kernel", "Image");
	fdt_property_u32(dtb, "\033", 1);
	fdt_end_node(dtb);
	fdt_begin_node(dtb, "@1");
	fdt_property_string(dtb, "memory", "1M");
	fdt_property_string(dtb, "kernel", "Image");
	fdt_end_node(dtb);
	fdt_end_node(dtb);
	assert_int_equal(fdt_finish(dtb), 0);
	a = pack(&n, dtb, fdt_totalsize(dtb));
	assert_int_equal(read_archive(&a), 1);
	assert_string_equal(
		host_log,
		DESC ": a: another VM has this name\n" DESC
		     ": b??[2J: a name is of letters, digits and ,._+-\n" DESC
		     ": b??[2J: memory: given twice\n" DESC
		     ": b??[2J: ?: unknown property\n" DESC
		     ": : a name is of letters, digits and ,._+-\n");
	free(n.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_several_mistakes),
		cmocka_unit_test(test_hand_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
