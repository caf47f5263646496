/* SPDX-License-Identifier: BSD-2-Clause */
/* The fences of the RFENCE extension, on this hart. */
#include "boot/direct/fence.h"
#include "boot/direct/machine.h"

#define PAGE      4096UL
#define PAGES_MAX 64 /* for more, one fence of everything is cheaper */

/*
 * name, funct7, rs2 (%1: the ASID or VMID), right shift of the address
 * (Privileged, "Supervisor Memory-Management Fence Instruction" and
 * "Hypervisor Memory-Management Fence Instructions"); in the order of the SBI's
 * functions from 1 on.
 */
#define FENCES(X)                   \
	X(sfence, 0x09, "x0", 0)    \
	X(sfence_id, 0x09, "%1", 0) \
	X(gvma_id, 0x31, "%1", 2)   \
	X(gvma, 0x31, "x0", 2)      \
	X(vvma_id, 0x11, "%1", 0)   \
	X(vvma, 0x11, "x0", 0)

#define INSN(funct7, rs1, rs2, addr, id)                               \
	asm volatile(".insn r 0x73, 0, " #funct7 ", x0, " rs1 ", " rs2 \
		     :                                                 \
		     : "r"(addr), "r"(id)                              \
		     : "memory")

#define DEFINE(name, funct7, rs2, shift)                    \
	static void name##_page(u64 addr, u64 id)           \
	{                                                   \
		INSN(funct7, "%0", rs2, addr >> shift, id); \
	}                                                   \
	static void name##_all(u64 id)                      \
	{                                                   \
		INSN(funct7, "x0", rs2, 0UL, id);           \
	}

#define ROW(name, funct7, rs2, shift) {name##_page, name##_all},

FENCES(DEFINE)

static const struct {
	void (*page)(u64 addr, u64 id);
	void (*all)(u64 id);
} fences[FENCE_FUNCTIONS] = {{0}, FENCES(ROW)};

static void fence_range(const struct fence *f)
{
	u64 pages;

	if (f->size > PAGES_MAX * PAGE) {
		fences[f->function].all(f->id);
		return;
	}
	pages = (f->start % PAGE + f->size + PAGE - 1) / PAGE;
	for (u64 i = 0; i < pages; i++)
		fences[f->function].page(f->start + i * PAGE, f->id);
}

void fence_local(const struct fence *f)
{
	u64 hgatp;

	if (!f->function) {
		asm volatile("fence.i" ::: "memory");
	} else if (f->function < FENCE_VVMA_FUNCTIONS) {
		fence_range(f);
	} else {
		/* hfence.vvma means the VMID in hgatp: the asking hart's. */
		hgatp = csr_swap(CSR_HGATP, f->hgatp);
		fence_range(f);
		csr_write(CSR_HGATP, hgatp);
	}
}

void fence_everything(void)
{
	asm volatile("fence.i" ::: "memory");
	sfence_all(0);
	if (machine.h) {
		gvma_all(0);
		vvma_all(0);
	}
}
