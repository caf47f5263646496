/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Another hart interrupts M-mode while S-mode here changes what it enables
 * itself: each comes once, to M-mode, wherever between two instructions.
 */
#include "tests/guest/machine/m.h"

#define ROUNDS 1000
#define MSI    3UL

extern u64 hart_go; /* m_entry.S: where the other harts go */

static volatile u64 asked;

/* Hart 1: an interrupt for each that is asked for, sooner or later. */
static void answer(void)
{
	for (u64 done = 0;; done++) {
		while (asked == done)
			;
		for (volatile u64 i = 0; i < done * 7 % 97; i++)
			;
		write32(MSIP(0), 1);
	}
}

static u64 change_sie(u64 arg)
{
	while (asked) {
		csr_write(sie, 0x222UL);
		csr_write(sie, 0UL);
	}
	return 0;
}

int main(void)
{
	u64 wrong = 0;

	begin("mrace");
	write64(MTIMECMP(0), ~0UL);
	pmp_open();
	csr_write(medeleg, BIT(CAUSE_ECALL_U));
	csr_write(mideleg, 0x222UL);
	csr_write(mie, BIT(MSI));
	__atomic_store_n(&hart_go, (u64)answer, __ATOMIC_RELEASE);
	for (u64 n = 0; n < ROUNDS; n++) {
		asked = n + 1;
		wrong += lower(MODE_S, change_sie, 0)->scause !=
			 (SCAUSE_IRQ | MSI);
		write32(MSIP(0), 0);
	}
	expect("wrong", wrong, 0);
	finish();
}
