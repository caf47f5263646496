/* SPDX-License-Identifier: BSD-2-Clause */
/* Every load and store, with every register, against device registers.
 *
 * Each is written into memory, aligned and across two pages, and run with all
 * registers full of a pattern. The device's state must be in the register or
 * the register in the device, and nothing else may have changed.
 *
 * bootargs: "aclint": the machine's ACLINT is S-mode's to use.
 */
#include "tests/guest/mmio_insn.h"

#define C_EBREAK 0x9002
#define FS_CLEAN (2UL << 13)
#define BOXED    0xffffffff00000000UL /* "NaN Boxing of Narrower Values" */

/* Registers that keep what is written and have no effect. */
static const struct target {
	const char *name;
	u64 address;
	u32 size; /* the only one that the device takes, in bytes */
	u64 mask; /* bits that stick */
} targets[] = {
	{"scratch", UART_BASE + 7, 1, 0xff},
	{"priority", PLIC_BASE + 4 * 3, 4, 7},
	{"alarm", RTC_BASE + 0xc, 4, 0xffffffff},
	/* Machine mode's own on a real machine. */
	{"mtimecmp", 0x02004000, 8, -1UL},
};

#define REFUSES 1 /* the one that is tried with all other sizes too */

static const u64 values[] = {0x7654321012345675, 0x89abcdef98badcfe};

static u8 code[2 * PAGE_SIZE] __attribute__((aligned(4096)));
static struct frame before, after;
static u64 fp_before[32], fp_after[32];
static u32 wrong;

static u64 peek(const struct target *t)
{
	if (t->size == 1)
		return read8(t->address);
	return t->size == 4 ? read32(t->address) : read64(t->address);
}

static void poke(const struct target *t, u64 v)
{
	if (t->size == 1)
		write8(t->address, v);
	else if (t->size == 4)
		write32(t->address, v);
	else
		write64(t->address, v);
}

static u64 extended(const struct form *f, u64 v)
{
	u32 shift = 64 - 8 * f->size;

	if (f->fp && f->size == 4)
		return v | BOXED;
	v <<= shift;
	return f->sign ? (u64)((s64)v >> shift) : v >> shift;
}

static void complain(const struct form *f, u32 data, u32 base, const char *what,
		     u64 got, u64 want)
{
	if (wrong++ < 3)
		print("%s x%u, (x%u): %s 0x%lx, expected 0x%lx\n", f->name,
		      data, base, what, got, want);
}

/* Put the instruction at `at` with a c.ebreak behind it, and run it. */
static void run(u32 insn, u8 *at)
{
	u32 len = (insn & 3) == 3 ? 4 : 2;

	for (u32 i = 0; i < len; i += 2)
		write16((u64)at + i, insn >> (8 * i));
	write16((u64)at + len, C_EBREAK);
	asm volatile("fence.i" ::: "memory");
	after = before;
	after.sepc = (u64)at;
	csr_clear(sstatus, SSTATUS_FS);
	csr_set(sstatus, FS_CLEAN);
	fp_load(fp_before);
	csr_clear(sstatus, SSTATUS_FS);
	csr_set(sstatus, FS_CLEAN);
	super_run(&after);
	csr_set(sstatus, SSTATUS_FS);
	fp_save(fp_after);
}

static void fill(const struct form *f, const struct target *t, u32 data,
		 u32 base, u64 value)
{
	for (u32 i = 1; i < 32; i++)
		before.x[i] = i * 0x0101010101010101UL ^ 0x5a00a5000f00f000UL;
	for (u32 i = 0; i < 32; i++)
		fp_before[i] = ~(i * 0x0102030405060708UL);
	if (f->store && f->fp)
		fp_before[data] = value;
	else if (f->store)
		before.x[data] = value;
	before.x[base] = t->address - (u64)form_offset(f);
	before.x[0] = 0;
}

/* All registers but the one that the load wrote are as they were. */
static void check_others(const struct form *f, u32 data, u32 base, bool done)
{
	for (u32 i = 1; i < 32; i++)
		if (after.x[i] != before.x[i] &&
		    (f->store || f->fp || i != data || !done))
			complain(f, data, base, "another register", after.x[i],
				 before.x[i]);
	for (u32 i = 0; i < 32; i++)
		if (fp_after[i] != fp_before[i] &&
		    (f->store || !f->fp || i != data || !done))
			complain(f, data, base, "another fp register",
				 fp_after[i], fp_before[i]);
}

static void check_done(const struct form *f, const struct target *t, u32 data,
		       u32 base, u64 old)
{
	u64 got, want;

	if (after.scause != CAUSE_BREAK)
		complain(f, data, base, "cause", after.scause, CAUSE_BREAK);
	if (f->store) {
		got = peek(t);
		want = (f->fp ? fp_before[data] : before.x[data]) & t->mask;
	} else {
		got = f->fp ? fp_after[data] : after.x[data];
		want = extended(f, old);
	}
	if (!f->store && !f->fp && !data)
		got = want; /* x0 has no value; only the trap counts */
	if (got != want)
		complain(f, data, base, "value", got, want);
	if (f->fp && !f->store && (after.sstatus & SSTATUS_FS) != SSTATUS_FS)
		complain(f, data, base, "sstatus", after.sstatus, SSTATUS_FS);
	check_others(f, data, base, true);
}

/* A size that the device does not take: "access-fault exception". */
static void check_refused(const struct form *f, const struct target *t,
			  u32 data, u32 base, u64 old)
{
	u64 cause = f->store ? CAUSE_STORE_ACCESS : CAUSE_LOAD_ACCESS;

	if (after.scause != cause)
		complain(f, data, base, "cause", after.scause, cause);
	if (after.stval != t->address)
		complain(f, data, base, "stval", after.stval, t->address);
	if (peek(t) != old)
		complain(f, data, base, "device", peek(t), old);
	check_others(f, data, base, false);
}

static void try_once(const struct form *f, const struct target *t, u32 data,
		     u32 base, u32 turn)
{
	u64 value = values[turn % 2], old;

	poke(t, f->store ? ~value : value);
	old = peek(t);
	fill(f, t, data, base, value);
	run(form_encode(f, data, base),
	    code + (turn / 2 % 2 ? PAGE_SIZE - 2 : 64));
	if (f->size == t->size)
		check_done(f, t, data, base, old);
	else
		check_refused(f, t, data, base, old);
}

/* Each data register with another base each time, and with itself. */
static void try_form(const struct form *f, const struct target *t)
{
	u32 turns = 0;

	wrong = 0;
	for (u32 data = 0; data < 32; data++) {
		if (!form_takes_data(f, data))
			continue;
		for (u32 i = 0; i < 32; i++) {
			u32 base = (data + i) % 32;
			bool pick = i < 2 || i == 7 || f->format >= FMT_CL_B;

			if (pick && form_takes_base(f, base))
				try_once(f, t, data, base, turns++);
		}
	}
	print("%s %s: %u forms %s, ", f->name, t->name, turns,
	      f->size == t->size ? "done" : "refused");
	check("registers and values", !wrong);
}

/*
 * QEMU's PLIC takes eight bytes as two registers, and S-mode has no device of
 * that width: those forms are for guests that are told so, by "aclint".
 */
static bool fits(const struct form *f, const struct target *t)
{
	if (f->zcb && !fdt_isa_has("zcb"))
		return false;
	if ((f->size == 8 || t->size == 8) && !bootargs_has("aclint"))
		return false;
	return f->size == t->size || t == &targets[REFUSES];
}

int main(void)
{
	begin("mmio_insn");
	for (u32 i = 0; i < forms_n; i++)
		for (u32 t = 0; t < ARRAY_SIZE(targets); t++)
			if (fits(&forms[i], &targets[t]))
				try_form(&forms[i], &targets[t]);
	for (u32 t = 0; t < ARRAY_SIZE(targets); t++)
		if (targets[t].size != 8)
			poke(&targets[t], 0);
	finish();
}
