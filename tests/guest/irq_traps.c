/* SPDX-License-Identifier: BSD-2-Clause */
/* Traps within traps, and vectored ones. */
#include "tests/guest/irq.h"

extern u64 irq_entry, irq_cause;
void irq_go(u64 pc, u64 spp);

/* ---- traps in traps
 * ----------------------------------------------------------- */

static u64 causes[8], where[8];
static u32 depth;

static bool deeper(struct frame *g)
{
	u32 level = depth++;

	causes[level] = g->scause;
	where[level] = g->sepc;
	switch (g->scause) {
	case CAUSE_BREAK:
		asm volatile("lw zero, (%0)" ::"r"(HOLE_BASE + USER_VA));
		break;
	case CAUSE_LOAD_PAGE:
		asm volatile(".option push\n.option norvc\n"
			     ".word 0xffffffff\n.option pop");
		break;
	default:
		csr_write(sie, SOFT);
		csr_write(sip, SOFT);
		csr_set(sstatus, SSTATUS_SIE);
		csr_clear(sstatus, SSTATUS_SIE);
	}
	depth--;
	check("nested: the frame is the trap's own",
	      causes[level] == g->scause && where[level] == g->sepc);
	g->sepc += 4;
	return true;
}

static void nested_irq(u64 irq)
{
	show("innermost interrupt", irq);
	csr_write(sip, 0);
}

void test_nested(void)
{
	u64 s2 = 0x1234567;

	quiet();
	trap_hook = deeper;
	irq_hook = nested_irq;
	asm volatile("mv s2, %0\n\t.option push\n\t.option norvc\n\tebreak\n\t"
		     ".option pop\n\tmv %0, s2"
		     : "+r"(s2)::"s2", "memory");
	trap_hook = NULL;
	irq_hook = NULL;
	show("a register after three traps and an interrupt", s2);
	show("SIE after them", csr_read(sstatus) & SSTATUS_SIE);
	quiet();
}

/* ---- vectored stvec
 * ------------------------------------------------------------ */

static void vectored(const char *name, const char *code, bool in_s, u64 sie)
{
	csr_write(sie, sie);
	csr_set(sstatus, SSTATUS_SPIE);
	irq_go(in_s ? (u64)code : user(code), in_s ? SSTATUS_SPP : 0);
	csr_clear(sstatus, SSTATUS_SIE | SSTATUS_SPIE);
	print("vectored, %s: entry %lu cause 0x%lx\n", name, irq_entry,
	      irq_cause);
}

void test_vectored(void)
{
	quiet();
	csr_write(sip, SOFT);
	vectored("software in S", s_spin, true, SOFT);
	vectored("software in U", u_spin, false, SOFT);
	due();
	vectored("timer in S", s_spin, true, TIMER);
	vectored("timer in U", u_spin, false, TIMER);
	raise_external();
	csr_write(sie, EXT);
	csr_set(sstatus, SSTATUS_SPIE);
	irq_go((u64)s_spin, SSTATUS_SPP);
	csr_clear(sstatus, SSTATUS_SIE | SSTATUS_SPIE);
	lower_external();
	print("vectored, external in S: entry %lu cause 0x%lx\n", irq_entry,
	      irq_cause);
	vectored("a break in S", s_break, true, 0);
	vectored("an ecall in U", u_ecall, false, 0);
	quiet();
}
