/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What real-time kernels do in M-mode and teaching kernels do not: counters of
 * their own, SRET and stimecmp in M-mode, PMP entries that change at each
 * switch of tasks, blocks and floating point behind them, QEMU's devices by
 * word.
 */
#include "tests/guest/machine/m.h"

#define PLAY   0x84000000UL
#define NAPOT  0x18UL
#define RWX    7UL
#define CY     BIT(0)
#define IR     BIT(2)
#define FAR    (1UL << 40)

#define LSR    5
#define SLOT   0x1000UL
#define VIRTIO 0x10001000UL

/* SRET from M-mode to S-mode and back; mstatus as M-mode finds it. */
static u64 sret_to_s(u64 sets)
{
	u64 status;

	csr_clear(mstatus, MSTATUS_MPP);
	csr_set(mstatus, sets);
	csr_set(sstatus, SSTATUS_SPP);
	asm volatile("la	t0, 2f\n"
		     "csrw	mtvec, t0\n"
		     "la	t0, 1f\n"
		     "csrw	sepc, t0\n"
		     "sret\n"
		     "1: ecall\n"
		     ".balign 4\n"
		     "2: csrr	%0, mstatus\n"
		     "la	t0, m_vectors\n"
		     "csrw	mtvec, t0"
		     : "=r"(status)
		     :
		     : "t0", "memory");
	return status & (MSTATUS_MPRV | MSTATUS_MPP);
}

static void test_sret(void)
{
	show("sret in M", sret_to_s(0));
	show("cause", csr_read(mcause));
	show("sret in M with MPRV", sret_to_s(MSTATUS_MPRV | MSTATUS_MPP));
	csr_clear(mstatus, MSTATUS_MPRV);
}

/* A comparator set before S-mode is given it. */
static void test_stimecmp(void)
{
	struct caught c = TRY(asm volatile("csrw 0x14d, zero"));

	show("stimecmp without STCE", c.scause);
	csr_set(menvcfg, BIT(63));
	show("STIP with STCE", csr_read(mip) & 32);
	c = TRY(asm volatile("csrw 0x14d, %0" ::"r"(~0UL)));
	show("later", c.scause == CAUSE_NONE ? csr_read(mip) & 32 : c.scause);
	csr_clear(menvcfg, BIT(63));
}

/* ---- counters ------------------------------------------------------------ */

static u64 read_cycle(u64 arg)
{
	return csr_read(cycle);
}

/* Into a register that C preserves. */
static u64 read_into_s1(u64 arg)
{
	u64 value;

	asm volatile("li	s1, 0\n\tcsrr s1, cycle\n\tmv %0, s1"
		     : "=r"(value)
		     :
		     : "s1");
	return value;
}

static u64 read_instret(u64 arg)
{
	return csr_read(instret);
}

static void test_counters(void)
{
	u64 at;

	csr_write(mcounteren, CY | IR);
	csr_write(scounteren, CY | IR);
	csr_write(mcycle, FAR);
	csr_write(minstret, 2 * FAR);
	show("cycle", csr_read(cycle) / FAR);
	show("instret", csr_read(instret) / FAR);
	show("cycle in S", lower(MODE_S, read_cycle, 0)->x[10] / FAR);
	show("instret in S", lower(MODE_S, read_instret, 0)->x[10] / FAR);
	csr_write(medeleg, BIT(CAUSE_ECALL_U));
	csr_write(mideleg, ~0UL);
	show("cycle in s1 of S", lower(MODE_S, read_into_s1, 0)->x[10] / FAR);
	csr_write(medeleg, 0UL);
	csr_write(mideleg, 0UL);
	show("cycle in U", lower(MODE_U, read_cycle, 0)->x[10] / FAR);
	show("instret in U", lower(MODE_U, read_instret, 0)->x[10] / FAR);
	at = csr_read(minstret);
	csr_write(mcountinhibit, CY | IR);
	check("stopped where it was", csr_read(minstret) - at < FAR);
	at = csr_read(minstret);
	check("instret stands", csr_read(minstret) == at);
	check("and in U", lower(MODE_U, read_instret, 0)->x[10] == at);
	at = csr_read(mcycle);
	check("cycle stands", csr_read(mcycle) == at);
	csr_write(mcycle, 5UL);
	show("written", csr_read(mcycle));
	csr_write(mcountinhibit, 0UL);
	check("it goes on", csr_read(mcycle) - 5 < FAR);
	check("and counts", csr_read(mcycle) != csr_read(mcycle));
}

/* ---- what PMP guards, by instructions of all kinds ----------------------- */

#define OP(name, ...)                                                         \
	static u64 name(u64 at)                                               \
	{                                                                     \
		asm volatile(".option	push\n"                                 \
			     ".option	arch, +d, +zicboz\n" __VA_ARGS__ "\n" \
			     ".option	pop" ::"r"(at)                        \
			     : "memory", "t0");                               \
		return 0;                                                     \
	}

OP(op_load, "ld		t0, 0x100(%0)")
OP(op_store, "sd	t0, 0x108(%0)")
OP(op_fld, "fld		fa0, 0x100(%0)")
OP(op_fsd, "fsd		fa0, 0x108(%0)")
OP(op_fld_odd, "fld	fa0, 0x103(%0)")
OP(op_fsd_odd, "fsd	fa0, 0x10b(%0)")
OP(op_amo, "addi	t0, %0, 0x100\namoadd.w zero, zero, (t0)")
OP(op_zero, "addi	t0, %0, 0x100\ncbo.zero (t0)")

static const struct {
	const char *name;
	u64 (*fn)(u64 at);
} ops[] = {
	{"load", op_load}, {"store", op_store},      {"fld", op_fld},
	{"fsd", op_fsd},   {"fld, odd", op_fld_odd}, {"fsd, odd", op_fsd_odd},
	{"amo", op_amo},   {"cbo.zero", op_zero},
};

static u64 as_user(u64 (*fn)(u64))
{
	u64 cause;

	csr_clear(mstatus, MSTATUS_MPP);
	csr_set(mstatus, MSTATUS_MPRV);
	cause = TRY(fn(PLAY)).scause;
	csr_clear(mstatus, MSTATUS_MPRV);
	return cause;
}

/* Entry 0 of this size there, all else for all. */
static void guard(const char *what, u64 cfg, u64 at, u64 size)
{
	csr_write(pmpcfg0, (NAPOT | RWX) << 8);
	csr_write(pmpaddr1, ~0UL);
	csr_write(pmpaddr0, (at | (size / 2 - 1)) >> 2);
	csr_write(pmpcfg0, (NAPOT | RWX) << 8 | NAPOT | cfg);
	for (u32 i = 0; i < ARRAY_SIZE(ops); i++) {
		print("%s, %s: M %ld MPRV %ld", what, ops[i].name,
		      TRY(ops[i].fn(PLAY)).scause, as_user(ops[i].fn));
		print(" S %ld U %ld\n", lower(MODE_S, ops[i].fn, PLAY)->scause,
		      lower(MODE_U, ops[i].fn, PLAY)->scause);
	}
}

static void test_switches(void)
{
	csr_set(mstatus, 0x2000UL); /* FS */
	csr_set(menvcfg, 0x80UL);
	csr_write(senvcfg, 0x80UL);
	guard("all", RWX, PLAY, 4096);
	guard("none", 0, PLAY, 4096);
	guard("all again", RWX, PLAY, 4096);
	guard("read", 1, PLAY, 4096);
	guard("beside", 0, PLAY, 64);
	guard("in it", 0, PLAY + 0x100, 64);
	guard("no 2 MiB", 0, PLAY, 2 << 20);
	guard("all at last", RWX, PLAY, 2 << 20);
	csr_clear(menvcfg, 0x80UL);
	show("no CBZE, M", TRY(op_zero(PLAY)).scause);
	show("no CBZE, S", lower(MODE_S, op_zero, PLAY)->scause);
	show("no CBZE, U", lower(MODE_U, op_zero, PLAY)->scause);
}

static u64 add_up(u64 at)
{
	volatile u64 *p = (volatile u64 *)at;

	for (u64 i = 0; i < 2000; i++)
		*p += i;
	return *p;
}

/* A task whose memory has a guard in the same page. */
static void test_task(void)
{
	csr_write(pmpcfg0, (NAPOT | RWX) << 8 | NAPOT);
	csr_write(pmpaddr0, (PLAY | 31) >> 2);
	write64(PLAY + 0x800, 0);
	for (u32 n = 0; n < 3; n++)
		show("a task beside its guard",
		     lower(MODE_U, add_up, PLAY + 0x800)->x[10]);
	show("in its guard", lower(MODE_U, add_up, PLAY)->scause);
	pmp_open();
	show("without", lower(MODE_U, add_up, PLAY + 0x800)->x[10]);
}

/* ---- devices ------------------------------------------------------------- */

static void test_devices(void)
{
	show("UART by word", read32(UART_BASE + 4) >> 8);
	show("LSR", *(volatile u8 *)(UART_BASE + LSR) & 0x60);
	for (u64 at = VIRTIO; at < VIRTIO + 8 * SLOT; at += SLOT) {
		print("slot: magic 0x%lx", read32(at));
		print(" device %lu vendor 0x%lx\n", read32(at + 8),
		      read32(at + 12));
	}
}

/* ---- code ---------------------------------------------------------------- */

#define LI_A0(n) ((u32)(n) << 20 | 0x513)
#define RET      0x8067

static u64 run_code(u64 at)
{
	return ((u64(*)(void))at)();
}

/* A page that gets other code: no fence.i, but a fence of translations, is what
 * kernels without one get by with on QEMU's harts. */
static void test_new_code(void)
{
	for (u32 n = 1; n < 4; n++) {
		write32(PLAY, LI_A0(n));
		write32(PLAY + 4, RET);
		asm volatile("sfence.vma" ::: "memory");
		print("new code: M %lu S %lu U %lu\n", run_code(PLAY),
		      lower(MODE_S, run_code, PLAY)->x[10],
		      lower(MODE_U, run_code, PLAY)->x[10]);
	}
}

/* What a locked entry keeps from M-mode itself, though it had it: the last. */
static void test_locked(void)
{
	show("before", TRY(op_load(PLAY)).scause);
	csr_write(pmpaddr2, (PLAY | 0x7ff) >> 2);
	csr_write(pmpcfg0, (NAPOT | BIT(7)) << 16);
	show("locked", TRY(op_load(PLAY)).scause);
	show("locked, fsd", TRY(op_fsd(PLAY)).scause);
}

int main(void)
{
	begin("mrtos");
	write64(MTIMECMP(0), ~0UL);
	pmp_open();
	test_sret();
	test_stimecmp();
	test_counters();
	test_switches();
	test_task();
	test_devices();
	test_new_code();
	test_locked();
	finish();
}
