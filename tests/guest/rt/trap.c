/* SPDX-License-Identifier: BSD-2-Clause */
/* Traps of a bare kernel, its SBI calls and its turns in U-mode. */
#include "tests/guest/rt/rt.h"

/* By hart; the assembler passes the hart in tp. */
static struct {
	bool armed;
	struct caught last;
} state[HARTS_MAX];

u64 boot_hart;
u8 *boot_fdt;
void (*irq_hook)(u64 irq);
bool (*trap_hook)(struct frame *f);

void trap_handle(struct frame *f);

static u64 hart(void)
{
	u64 id;

	asm volatile("mv %0, tp" : "=r"(id));
	return id;
}

void trap_arm(void)
{
	state[hart()].last = (struct caught){.scause = CAUSE_NONE};
	state[hart()].armed = true;
	asm volatile("" ::: "memory");
}

struct caught trap_caught(void)
{
	asm volatile("" ::: "memory");
	state[hart()].armed = false;
	return state[hart()].last;
}

static bool is_fetch(u64 cause)
{
	return cause == CAUSE_FETCH_MISALIGNED || cause == CAUSE_FETCH_ACCESS ||
	       cause == CAUSE_FETCH_PAGE;
}

static void skip(struct frame *f)
{
	if (is_fetch(f->scause))
		f->sepc = f->x[1];
	else
		f->sepc += (*(volatile u16 *)f->sepc & 3) == 3 ? 4 : 2;
}

void trap_handle(struct frame *f)
{
	struct caught *c = &state[hart()].last;

	if (f->scause & SCAUSE_IRQ) {
		if (irq_hook) {
			irq_hook(f->scause & ~SCAUSE_IRQ);
			return;
		}
	} else if (trap_hook && trap_hook(f)) {
		return;
	} else if (state[hart()].armed) {
		*c = (struct caught){f->scause, f->stval, f->sepc, f->sstatus,
				     c->count + 1};
		skip(f);
		return;
	}
	print("trap: cause 0x%lx stval 0x%lx sepc 0x%lx\n", f->scause, f->stval,
	      f->sepc);
	check("unexpected trap", false);
	finish();
}

struct frame *user_call(u64 pc, u64 a0)
{
	static struct frame u;

	u.sepc = pc;
	u.x[10] = a0;
	user_run(&u);
	return &u;
}

/* SBI, "Binary Encoding": all but a0 and a1 are preserved. */
struct sbiret sbi_call(u64 ext, u64 fid, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4)
{
	register u64 r0 asm("a0") = a0;
	register u64 r1 asm("a1") = a1;
	register u64 r2 asm("a2") = a2;
	register u64 r3 asm("a3") = a3;
	register u64 r4 asm("a4") = a4;
	register u64 r6 asm("a6") = fid;
	register u64 r7 asm("a7") = ext;

	asm volatile("ecall"
		     : "+r"(r0), "+r"(r1)
		     : "r"(r2), "r"(r3), "r"(r4), "r"(r6), "r"(r7)
		     : "memory");
	return (struct sbiret){(s64)r0, r1};
}
