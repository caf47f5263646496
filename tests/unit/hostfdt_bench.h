/* SPDX-License-Identifier: BSD-2-Clause */
/* Trees of hosts, for the tests of their reader. */
#ifndef TESTS_UNIT_HOSTFDT_BENCH_H
#define TESTS_UNIT_HOSTFDT_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <libfdt.h>

#include "boot/hostfdt.h"
#include "dts.h"
#include "hyp/util.h"

/* What QEMU gave for -M virt -cpu max -smp 4 -m 1G (unit.mk). */
extern const u8 virt[], virt_end[];
asm(".section .rodata\n.balign 8\n"
    "virt: .incbin \"" VIRT_DTB "\"\n"
    "virt_end:\n.previous");

static u64 tree[8192];
static struct host h;

/* Compile a source, and read the blob; gives what hostfdt_read() says. */
static inline const char *read_dts(const char *source)
{
	memset(&h, 0xa5, sizeof(h));
	dts_run("dtc -q -I dts -O dtb", source, strlen(source), tree,
		sizeof(tree));
	return hostfdt_read(tree, &h);
}

#define HEAD                                  \
	"/dts-v1/; / { #address-cells = <2>;" \
	" #size-cells = <2>;"
#define MEMORY                                        \
	"memory@80000000 { device_type = \"memory\";" \
	" reg = <0 0x80000000 1 0>; };"
#define CPUS                                              \
	"cpus { #address-cells = <1>; #size-cells = <0>;" \
	" timebase-frequency = <10000000>;"
#define CPU(id, isa)                                                 \
	"cpu@" #id " { device_type = \"cpu\"; reg = <0x" #id ">;"    \
	" riscv,isa = \"" isa "\"; i" #id ": interrupt-controller {" \
	" #interrupt-cells = <1>; }; };"
#define PLIC(extended)                                       \
	"plic@c000000 { compatible = \"sifive,plic-1.0.0\";" \
	" reg = <0 0xc000000 0 0x600000>;"                   \
	" interrupts-extended = " extended "; };"
#define ONE_CPU CPUS CPU(0, "rv64imafdch_sstc") "};"

#endif
