/* SPDX-License-Identifier: BSD-2-Clause */
/* A vcpu on a test bench: RAM, registers, and an interpreter that steps it. */
#ifndef TESTS_UNIT_INTERP_BENCH_H
#define TESTS_UNIT_INTERP_BENCH_H

#include <string.h>

#include "host.h"
#include "vcpu/backend.h"
#include "vcpu/fpu.h"
#include "vcpu/interp_core.h"
#include "vcpu/run.h"
#include "vcpu/vm.h"

#define RAM      0x80000000UL
#define RAM_SIZE MiB(16)
#define CODE     (RAM + 0x10000)

static struct vm vm;
#define cpu (&vm.vcpu[0])

/* What the interpreter calls beside pure code. */
u32 backend_guest_levels = 5;

unsigned long host_csr_read(unsigned int csr)
{
	return 0;
}

/* This host knows no instruction. */
enum native_result native_step(struct vcpu *v, struct native *n, u32 raw,
			       u32 len)
{
	v->fault_cause = CAUSE_ILLEGAL;
	v->fault_tval = raw;
	return NATIVE_FAULT;
}

bool native_stretches(const struct vcpu *v)
{
	return false;
}

bool native_stretch(struct vcpu *v, struct native *n)
{
	return false;
}

void native_fence(struct native *n, const struct fence *f)
{
}

void native_destroy(struct native *n)
{
}

void native_arrived(void)
{
}

void native_close(void)
{
}

static u64 bench_f[32];

u64 fp_get(u32 n)
{
	return bench_f[n];
}

void fp_set(u32 n, u64 to)
{
	bench_f[n] = to;
}

void host_csr_write(unsigned int csr, unsigned long value)
{
}

void fpu_load(struct vcpu *v)
{
}

void fpu_save(struct vcpu *v)
{
}

enum run_next run_vexit(struct vcpu *v, struct vexit *x)
{
	return RUN_LEAVE;
}

enum run_next run_answer(struct vcpu *v)
{
	return RUN_LEAVE;
}

void vcpu_set_line(struct vcpu *v, u32 bit, bool level)
{
}

void vcpu_set_machine_line(struct vcpu *v, u32 bit, bool level)
{
}

bool mach_page_allows(const struct vcpu *v, gpa_t gpa, enum access access,
		      bool *same)
{
	return *same = true;
}

bool mach_allows(const struct vcpu *v, gpa_t gpa, u32 len, enum access access)
{
	return true;
}

bool mach_borders(const struct vcpu *v)
{
	return false;
}

u64 vcpu_host_deadline(const struct vcpu *v, u64 deadline)
{
	return deadline;
}

/* Host memory behind gpa. */
static inline u8 *ram(u64 gpa)
{
	struct gpage page;

	BUG_ON(!gmap_get(&vm.gmap, GPA(gpa), &page));
	return (u8 *)hpa_ptr(page.hpa) + (gpa - page.gpa.raw);
}

static inline void put(u64 gpa, const void *bytes, u64 len)
{
	BUG_ON(!gmap_write(&vm.gmap, GPA(gpa), bytes, len));
}

static inline void put_insn(u64 gpa, u32 raw)
{
	put(gpa, &raw, (raw & 3) == 3 ? 4 : 2);
}

/* A fresh vcpu in S-mode without translation, its pc at CODE. */
static inline void bench_start(void)
{
	memset(&vm, 0, sizeof(vm));
	strcpy(host.isa, "rv64imafdc_zba_zbb_zbs_zicond_zcb");
	host.features = HOST_SSTC | HOST_SVPBMT | HOST_FD | HOST_V;
	vm.spec.vcpus = 1;
	BUG_ON(!gmap_init(&vm.gmap, GPA(RAM), RAM_SIZE, 0, &vm.pages));
	isa_rules_make(&vm.rules, &vm.spec, BACKEND_INTERP);
	cpu->vm = &vm;
	cpu->backend = &backend_interp;
	cpu->sstc = true;
	cpu->state.priv = PRIV_S;
	cpu->state.pc = CODE;
	BUG_ON(!interp_attach(cpu));
	mmu_use(cpu);
}

static inline void bench_end(void)
{
	interp_detach(cpu);
	gmap_destroy(&vm.gmap);
	BUG_ON(vm.pages.pages);
}

/* One instruction that is retired. */
static inline bool step(void)
{
	struct vexit x;

	return interp_step(cpu, &x) == INTERP_AGAIN;
}

/* ---- under a page table ----------------------------------------------- */

/* PTE bits (Privileged, "Sv39: Page-Based 39-bit Virtual-Memory System"). */
enum { V = 1, R = 2, W = 4, X = 8, U = 16, A = 64, D = 128 };
#define RW      (V | R | W | A | D)
#define RX      (V | R | X | A)

/* Tables at TABLES; virtual VA is mapped by 4 KiB pages, BIG by one of 2 MiB.
 */
#define TABLES  (RAM + 0x100000)
#define VA      0x1000000000UL
#define BIG     (VA + MiB(2))
#define PAGE(n) (RAM + 0x200000 + (n) * PAGE_SIZE)

static inline void set_entry(u64 table, u64 index, u64 gpa, u64 bits)
{
	u64 pte = gpa >> 2 | bits;

	put(table + index * 8, &pte, 8);
}

/* The n-th page behind VA. */
static inline void map(u64 n, u64 gpa, u64 bits)
{
	set_entry(TABLES + 2 * PAGE_SIZE, n, gpa, bits);
}

static inline void fence(u64 start, u64 size)
{
	struct fence f = {.kinds = FENCE_VMA, .start = start, .size = size};

	interp_fence(cpu, &f);
}

static inline void fence_i(void)
{
	struct fence f = {.kinds = FENCE_I};

	interp_fence(cpu, &f);
}

/* Sv39; pages 0 and 1 of VA are data, 2 and 3 code. */
static inline void start(void)
{
	bench_start();
	set_entry(TABLES, VA >> 30 & 511, TABLES + PAGE_SIZE, V);
	set_entry(TABLES + PAGE_SIZE, 0, TABLES + 2 * PAGE_SIZE, V);
	set_entry(TABLES + PAGE_SIZE, 1, RAM + MiB(4), RW | X);
	map(0, PAGE(5), RW);
	map(1, PAGE(3), RW);
	map(2, PAGE(8), RX);
	map(3, PAGE(1), RX);
	cpu->state.csr.satp = ATP_SV39 << ATP_MODE_SHIFT | TABLES >> PAGE_SHIFT;
	cpu->state.pc = VA + 2 * PAGE_SIZE;
	mmu_use(cpu);
}

/* An instruction at the first byte of the code, carried out from there. */
static inline enum interp_stop run(u32 raw, struct vexit *x)
{
	put_insn(PAGE(8), raw);
	fence_i();
	cpu->state.pc = VA + 2 * PAGE_SIZE;
	return interp_step(cpu, x);
}

static inline void good(u32 raw)
{
	struct vexit x;

	assert_int_equal(run(raw, &x), INTERP_AGAIN);
}

static inline void bad(u32 raw, u64 cause, u64 tval)
{
	struct vexit x;

	assert_int_equal(run(raw, &x), INTERP_FAULT);
	assert_int_equal(cpu->fault_cause, cause);
	assert_int_equal(cpu->fault_tval, tval);
	assert_int_equal(cpu->state.pc, VA + 2 * PAGE_SIZE);
}

#endif
