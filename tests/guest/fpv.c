/* SPDX-License-Identifier: BSD-2-Clause */
/* FP and vector registers survive exits; their state bits tell the truth. */
#include "tests/guest/rt/rt.h"

#define STORM        200
#define UART_LSR     (UART_BASE + 5)
#define VLENB_MAX    512
#define VTYPE_E16_M4 (1UL << 3 | 2)
#define VTYPE_ILL    BIT(63)

/* sstatus.FS and VS: off, initial, clean, dirty. */
enum unit_state { OFF, INITIAL, CLEAN, DIRTY };

/* fpv_regs.S */
void fp_touch(void);
u64 fp_look(void);
u64 fcsr_read(void);
void fcsr_write(u64 v);
void v_load(const u8 *p);
void v_save(u8 *p);
u64 v_set(u64 avl, u64 vtype);
void v_touch(void);

static u64 fp_in[32], fp_out[32];
static u8 v_in[32 * VLENB_MAX], v_out[32 * VLENB_MAX];
static u64 seed = 0x123456789abcdef1;
static u32 timer_irqs;

static void on_irq(u64 irq)
{
	timer_irqs += irq == IRQ_TIMER;
	sbi(SBI_TIME, 0, -1UL);
}

/* Exits of three kinds: a device, a call, an interrupt that is due at once. */
static void storm(void)
{
	timer_irqs = 0;
	csr_write(sie, BIT(IRQ_TIMER));
	csr_set(sstatus, SSTATUS_SIE);
	for (u32 i = 0; i < STORM; i++) {
		u32 before = timer_irqs;

		read8(UART_LSR);
		sbi(SBI_BASE, 0);
		sbi(SBI_TIME, 0, 0);
		while (*(volatile u32 *)&timer_irqs == before)
			;
	}
	csr_clear(sstatus, SSTATUS_SIE);
	csr_write(sie, 0);
}

static void set_state(u64 mask, enum unit_state s)
{
	csr_clear(sstatus, mask);
	csr_set(sstatus, (mask & -mask) * s);
}

static u64 get_state(u64 mask)
{
	return (csr_read(sstatus) & mask) / (mask & -mask);
}

/* "Extension Context Status in sstatus": exits change no state; a write to a
 * register makes it dirty, a read does not. */
static void test_states(const char *unit, u64 mask, void (*touch)(void))
{
	print("%s states\n", unit);
	for (enum unit_state s = INITIAL; s <= DIRTY; s++) {
		set_state(mask, s);
		read8(UART_LSR);
		sbi(SBI_BASE, 0);
		show("kept over exits", get_state(mask));
		touch();
		show("after a write", get_state(mask));
	}
	set_state(mask, CLEAN);
	storm();
	show("clean after many exits", get_state(mask));
	set_state(mask, OFF);
	expect("use when it is off", TRY(touch()).scause, CAUSE_ILLEGAL);
	show("and stays", get_state(mask));
	check("sstatus.SD when none is dirty",
	      get_state(SSTATUS_FS) == DIRTY ||
		      get_state(SSTATUS_VS) == DIRTY ||
		      !(csr_read(sstatus) >> 63));
	set_state(mask, DIRTY);
	expect("sstatus.SD when one is dirty", csr_read(sstatus) >> 63, 1);
}

static void test_fp(void)
{
	set_state(SSTATUS_FS, OFF);
	expect("fcsr when it is off", TRY(fcsr_read()).scause, CAUSE_ILLEGAL);
	set_state(SSTATUS_FS, CLEAN);
	fp_look();
	show("clean after a read", get_state(SSTATUS_FS));
	for (u32 i = 0; i < 32; i++)
		fp_in[i] = random_next(&seed);
	for (u64 fcsr = 0; fcsr < 0xa0; fcsr += 0x1f) {
		u32 lost = 0;

		set_state(SSTATUS_FS, INITIAL);
		fp_load(fp_in);
		fcsr_write(fcsr);
		storm();
		show("fcsr", fcsr_read());
		show("FS", get_state(SSTATUS_FS));
		fp_save(fp_out);
		for (u32 i = 0; i < 32; i++)
			lost += fp_in[i] != fp_out[i];
		expect("f registers lost", lost, 0);
	}
}

static void show_vector_csrs(void)
{
	show("vl", csr_read(0xc20));
	show("vtype", csr_read(0xc21));
	show("vstart", csr_read(0x008));
	show("vcsr", csr_read(0x00f));
}

static void test_v(u64 vlenb)
{
	u32 lost = 0;

	show("vlenb", vlenb);
	for (u32 i = 0; i < 32 * vlenb; i++)
		v_in[i] = (u8)random_next(&seed);
	set_state(SSTATUS_VS, INITIAL);
	v_load(v_in);
	show("vl that was given", v_set(5, VTYPE_E16_M4));
	csr_write(0x00f, 5); /* vxrm 2, vxsat 1 */
	csr_write(0x008, 3);
	storm();
	show("VS", get_state(SSTATUS_VS));
	show_vector_csrs();
	csr_write(0x008, 0);
	v_save(v_out);
	for (u32 i = 0; i < 32 * vlenb; i++)
		lost += v_in[i] != v_out[i];
	expect("bytes of v registers lost", lost, 0);
	show("vl of an illegal vtype", v_set(5, VTYPE_ILL));
	storm();
	show_vector_csrs();
}

int main(void)
{
	begin("fpv");
	print("seed: 0x%lx\n", seed);
	irq_hook = on_irq;
	set_state(SSTATUS_FS | SSTATUS_VS, OFF);
	test_states("FP", SSTATUS_FS, fp_touch);
	test_fp();
	if (fdt_isa_has("v")) {
		set_state(SSTATUS_VS, DIRTY);
		test_v(csr_read(0xc22));
		test_states("vector", SSTATUS_VS, v_touch);
		set_state(SSTATUS_FS, OFF);
		test_v(csr_read(0xc22));
	}
	finish();
}
