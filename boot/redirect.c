/* SPDX-License-Identifier: BSD-2-Clause */
/* Tries illegal instructions in each mode below ours, and looks at the trap. */
#include <stdio.h>
#include <string.h>

#include "boot/redirect.h"
#include "gstage/fence.h"
#include "hyp/csr.h"
#include "hyp/hart.h"
#include "hyp/log.h"
#include "hyp/map.h"
#include "hyp/page.h"
#include "hyp/sbi.h"
#include "hyp/trap.h"
#include "hyp/util.h"
#include "vcpu/backend.h"

/* From here on OpenSBI has something to say about an mret (its version). */
#define OPENSBI_TALKS 0x10006UL

/* Counted there and back beside the firmware: sret, csrrw, beqz, csrr. */
#define CROSSING      16UL

/* Instructions, and the vector, in redirect_asm.S. */
extern u32 redirect_scsr[], redirect_mcsr[], redirect_mret[], redirect_time[];
extern u32 redirect_ebreak[];
extern char redirect_vector[];
u64 redirect_cross(void);

/* A mode to try one in. */
struct below {
	const char *name;
	bool v, user;
};

static const struct below u = {"U-mode", false, true};
static const struct below vs = {"VS-mode", true, false};
static const struct below vu = {"VU-mode", true, true};

/* What came of it. */
struct seen {
	u64 cause, epc, tval, status, hstatus;
	u64 instructions;
};

/* Where the mode sees our text: user pages are an image of memory below. */
static u64 place(const struct below *b, const u32 *insn)
{
	return b->user ? ptr_hpa((void *)insn).raw : (u64)insn;
}

/*
 * The VMM as it is, for the vector, and all memory around its text once more
 * for user mode. G-stage bare, this is right for VS-mode as well.
 */
static void make_root(u64 *root)
{
	u64 shift = PAGE_SHIFT + 9 * (map_levels() - 1);
	u64 i = ptr_hpa(redirect_scsr).raw >> shift;

	map_share(root);
	root[i] = i << (shift - 2) | PTE_V | PTE_R | PTE_X | PTE_U | PTE_A;
}

static void sfence(void)
{
	asm volatile("sfence.vma" ::: "memory");
}

static struct seen try(const struct below *b, const u32 *insn)
{
	struct seen s = {0};

	csr_write(CSR_SEPC, place(b, insn));
	if (b->user)
		csr_clear(CSR_SSTATUS, SSTATUS_SPP);
	else
		csr_set(CSR_SSTATUS, SSTATUS_SPP);
	if (b->v)
		csr_write(CSR_HSTATUS, HSTATUS_VSXL64 | HSTATUS_SPV);
	s.instructions = redirect_cross();
	s.cause = csr_read(CSR_SCAUSE);
	s.epc = csr_read(CSR_SEPC);
	s.tval = csr_read(CSR_STVAL);
	s.status = csr_read(CSR_SSTATUS);
	if (host_has(HOST_H))
		s.hstatus = csr_read(CSR_HSTATUS);
	return s;
}

/* stval may be 0 ("Supervisor Trap Value Register"); it is not looked at. */
static bool right(const struct below *b, const u32 *insn, const struct seen *s)
{
	char why[100] = "";

	if (s->cause == CAUSE_ECALL_VS)
		strcpy(why, "the trap handler is entered with V = 1");
	else if (s->cause != CAUSE_ILLEGAL &&
		 !(b->v && s->cause == CAUSE_VIRTUAL_INSN))
		snprintf(why, sizeof(why), "scause is %lu", s->cause);
	else if (s->epc != place(b, insn))
		snprintf(why, sizeof(why), "sepc is 0x%lx, not 0x%lx", s->epc,
			 place(b, insn));
	else if (!(s->status & SSTATUS_SPP) != b->user)
		strcpy(why, "sstatus.SPP is not its mode");
	else if (!(s->hstatus & HSTATUS_SPV) == b->v)
		strcpy(why, "hstatus.SPV is not its V");
	if (!*why)
		return true;
	log_warn("this firmware or emulator redirects illegal instructions "
		 "wrongly: from %s, %s",
		 b->name, why);
	return false;
}

/* From some version on it prints a line, and not even its end. */
static bool firmware_talks(void)
{
	return sbi_call(SBI_EXT_BASE, SBI_BASE_IMPL_ID, 0, 0, 0).value ==
		       SBI_IMPL_OPENSBI &&
	       (u64)sbi_call(SBI_EXT_BASE, SBI_BASE_IMPL_VERSION, 0, 0, 0)
			       .value >= OPENSBI_TALKS;
}

/*
 * Under QEMU 10 stval is right for all instructions but mret, where it is of
 * an earlier one.
 */
static bool tval_tells(const struct seen *csr)
{
	return csr->tval == *redirect_scsr && !firmware_talks() &&
	       try(&u, redirect_mret).tval == *redirect_mret;
}

/* instret counts instructions only under icount. */
static void say(const struct seen *s)
{
	char text[8], way[64] = "straight to us";

	if (!host_option("icount", text, sizeof(text)))
		return;
	if (s->instructions > CROSSING)
		snprintf(way, sizeof(way),
			 "by way of the firmware, %lu instructions",
			 s->instructions);
	log_info("illegal instructions come %s, stval is %s", way,
		 host.illegal_tval ? "right" : "not always right");
}

/* Some firmware carries it out, whatever scounteren says. */
static bool time_traps(void)
{
	u64 counters = csr_swap(CSR_SCOUNTEREN, 0);
	struct seen s = try(&u, redirect_time);

	csr_write(CSR_SCOUNTEREN, counters);
	return s.cause == CAUSE_ILLEGAL;
}

static void check_u(const char *fault)
{
	static const char why[] = "illegal instructions are redirected wrongly";
	const u32 *insn = redirect_scsr;
	struct seen s;

	if (!strcmp(fault, "pc"))
		insn--;
	s = try(&u, strcmp(fault, "cause") ? insn : redirect_ebreak);
	if (right(&u, insn, &s)) {
		host.time_traps = time_traps();
		host.illegal_tval = tval_tells(&s);
		return say(&s);
	}
	backend_refuse(BACKEND_TE, why);
	backend_refuse(BACKEND_INTERP, why);
}

/*
 * Nobody depends on these yet: who delegates illegal instructions to VS-mode
 * has them there.
 */
static void check_v(const char *fault)
{
	struct seen s;

	csr_write(CSR_HEDELEG, strcmp(fault, "v") ? 0 : BIT(CAUSE_ILLEGAL));
	csr_write(CSR_HGATP, 0);
	csr_write(CSR_VSATP, csr_read(CSR_SATP));
	csr_write(CSR_VSTVEC, (u64)redirect_vector);
	csr_write(CSR_VSSCRATCH, 0);
	s = try(&vs, redirect_mcsr);
	if (right(&vs, redirect_mcsr, &s)) {
		s = try(&vu, redirect_scsr);
		right(&vu, redirect_scsr, &s);
	}
	csr_write(CSR_VSTVEC, 0);
	csr_write(CSR_VSATP, 0);
	csr_write(CSR_HEDELEG, 0);
	csr_write(CSR_HSTATUS, HSTATUS_VSXL64);
	hfence_vvma_all();
}

void redirect_check(void)
{
	u64 satp = csr_read(CSR_SATP), sie = csr_swap(CSR_SIE, 0);
	hpa_t root = page_alloc(ORDER_4K, &page_vmm);
	char fault[8] = "";

	BUG_ON(!root.raw);
	host_option("redirect", fault, sizeof(fault));
	make_root(hpa_ptr(root));
	csr_write(CSR_SATP, (satp & ~ATP_PPN) | root.raw >> PAGE_SHIFT);
	sfence();
	csr_write(CSR_STVEC, (u64)redirect_vector);
	check_u(fault);
	if (host_has(HOST_H))
		check_v(fault);
	csr_write(CSR_STVEC, (u64)trap_vector);
	csr_write(CSR_SATP, satp);
	sfence();
	csr_write(CSR_SIE, sie);
	page_free(root, ORDER_4K, &page_vmm);
}
