/* SPDX-License-Identifier: BSD-2-Clause */
/* Traps to M-mode, and what rt/ wants of firmware. */
#include "tests/guest/machine/m.h"

struct frame *m_down(struct frame *f);
void m_from_m(struct frame *f);
extern char m_returned[];

void (*m_irq)(u64 number);
u64 boot_hart;
u8 *boot_fdt;

static bool armed;
static struct caught seen;
static struct {
	struct frame frame;
	u64 kept[16];
} low;
static u8 low_stack[4096] __attribute__((aligned(16)));

/* There is no SBI: the power switch alone. */
struct sbiret sbi_call(u64 ext, u64 fid, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4)
{
	write32(TEST_BASE, a1 ? 0x3333 : 0x5555);
	for (;;)
		;
}

void trap_arm(void)
{
	armed = true;
	seen = (struct caught){.scause = CAUSE_NONE};
}

struct caught trap_caught(void)
{
	armed = false;
	return seen;
}

static u64 behind(u64 pc)
{
	return pc + ((*(const u16 *)pc & 3) == 3 ? 4 : 2);
}

void m_from_m(struct frame *f)
{
	u64 cause = csr_read(mcause), pc = csr_read(mepc);

	if (cause & SCAUSE_IRQ) {
		m_irq(cause & ~SCAUSE_IRQ);
		return;
	}
	if (!armed) {
		print("M-mode trapped: cause %ld, mtval 0x%lx, at 0x%lx\n",
		      cause, csr_read(mtval), pc);
		power_off(false);
	}
	seen.scause = cause;
	seen.stval = csr_read(mtval);
	seen.sepc = pc;
	seen.sstatus = csr_read(mstatus);
	seen.count++;
	csr_write(mepc, cause == CAUSE_FETCH_ACCESS ? f->x[1] : behind(pc));
}

struct frame *lower(enum mode mode, u64 (*fn)(u64 arg), u64 arg)
{
	struct frame *f = &low.frame;

	memset(&low, 0, sizeof(low));
	f->x[1] = (u64)m_returned;
	f->x[2] = (u64)(low_stack + sizeof(low_stack));
	f->x[10] = arg;
	csr_clear(mstatus, MSTATUS_MPP);
	csr_set(mstatus, (u64)mode << 11);
	csr_write(mepc, fn);
	f = m_down(f);
	if ((f->scause == CAUSE_ECALL_U || f->scause == CAUSE_ECALL_U + 1) &&
	    f->x[17] == RETURNED)
		f->scause = RETURNED;
	return f;
}

void pmp_open(void)
{
	csr_write(pmpaddr0, ~0UL);
	csr_write(pmpcfg0, 0x1f);
}

u64 do_load(u64 at)
{
	return read64(at);
}

u64 do_store(u64 at)
{
	write64(at, 0x0000806700008067);
	return 0;
}

u64 do_fetch(u64 at)
{
	((void (*)(void))at)();
	return 0;
}
