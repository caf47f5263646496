/* SPDX-License-Identifier: BSD-2-Clause */
/* Random instruction streams under random page tables: what comes of them. */
#include "tests/guest/random.h"

/*
 * Bootargs: seed=N; from=N and count=N choose the cases; `verbose` prints a
 * line a case, `trace` each trap and the code as well. A case depends on the
 * seed and its own number, not on those before it: so the block whose hash
 * differs, then the case, then the trap is found by three runs.
 *
 * Folded into the hash is what the specification settles, and no more:
 * - stval of an illegal instruction may be 0 or the instruction, of an ebreak
 *   0 or its address (QEMU leaves a stale one at mret), and is made 0 before
 *   the stream goes on;
 * - misaligned accesses work, and who faults in one of its two pages has
 *   written nothing: the specification allows otherwise, but a hart does as it
 *   does, and all backends run on the same;
 * - time is not read (OpenSBI emulates it where scounteren closes it), cycle
 *   and instret only into x0.
 * The parts say what else they leave out, and why.
 */
#define SEED      20260101UL
#define COUNT     100000UL
#define BLOCK     1000UL
#define TRAPS_MAX 12

static struct stream s;
static struct frame frame;
static u64 hash;
static bool verbose, tracing;

static void fold(u64 v)
{
	hash = (hash ^ v) * 0x9e3779b97f4a7c15UL;
	hash ^= hash >> 29;
}

/* ---- memory ---------------------------------------------------------------
 */

/* Where streams reach: around the starts of the data pages, of the page
 * behind them, and in what the hole's page is if it is none. */
#define PLACES (DATA_PAGES + 2)

static u64 *place(u32 n)
{
	if (n == PLACES - 1)
		return (u64 *)(ARENA + HOLE_PAGE * PAGE_SIZE);
	return (u64 *)(ARENA + (DATA_PAGE + n) * PAGE_SIZE - REACH);
}

static void fill_memory(void)
{
	u64 v = rnd(&s), step = rnd(&s) | 1;

	for (u32 n = 0; n < PLACES; n++)
		for (u32 k = 0; k < 2 * REACH / 8; k++, v += step)
			place(n)[k] = v;
}

static void fold_memory(void)
{
	for (u32 n = 0; n < PLACES; n++) {
		u64 sum = 0;

		for (u32 k = 0; k < 2 * REACH / 8; k++)
			sum = (sum << 7 | sum >> 57) ^ place(n)[k];
		fold(sum);
	}
}

/* ---- the state before -----------------------------------------------------
 */

/* An address of data, or in U one where U has nothing. */
static u64 base_value(void)
{
	static const u64 wild[] = {
		1UL << 39,           1UL << 56,          (5UL << 30) + 0x10000,
		RAM_BASE + 0x200000, 0xffff800080000000, 0xff00000080000000,
		0xffffffc0c0000000,  1UL << 63,          0x100,
	};
	u64 va = s.windows[pick(&s, WINDOWS)] + (ARENA - RAM_BASE);

	if (s.user && s.paging && chance(&s, 10))
		return wild[pick(&s, ARRAY_SIZE(wild))];
	if (!s.no_hole && chance(&s, 12))
		return va + HOLE_PAGE * PAGE_SIZE + REACH;
	return va + (DATA_PAGE + pick(&s, DATA_PAGES + 1)) * PAGE_SIZE +
	       8 * pick(&s, 5) - 16;
}

static void fill_registers(u64 satp)
{
	for (u32 r = 1; r < 32; r++)
		frame.x[r] = rnd(&s);
	for (u32 r = 11; r < 32; r += 1 + pick(&s, 3))
		frame.x[r] = (u64)((s64)frame.x[r] >> pick(&s, 64));
	frame.x[REG_SP] = base_value();
	for (u32 r = REG_BASE0; r < REG_BASE0 + 3; r++)
		frame.x[r] = base_value();
	frame.x[REG_MAIL] = (u64)&s.mail;
	frame.x[REG_FRAME] = (u64)&frame;
	frame.x[REG_SATP] = satp;
}

static void fill_fp(void)
{
	static u64 f[32];

	csr_set(sstatus, SSTATUS_FS);
	for (u32 n = 0; n < 32; n++) {
		f[n] = rnd(&s);
		if (n & 4) /* NaN boxed */
			f[n] |= 0xffffffff00000000;
	}
	fp_load(f);
	asm volatile("csrw fcsr, zero");
}

static void fill_csrs(void)
{
	csr_write(sie, 0);
	csr_write(sip, 0);
	csr_write(sscratch, rnd(&s));
	csr_write(scause, pick(&s, 16));
	csr_write(stval, rnd(&s));
	csr_write(scounteren, pick(&s, 8));
	csr_write(senvcfg, rnd(&s) & 0xd1);
	frame.sstatus = (rnd(&s) & (SSTATUS_SPIE | SSTATUS_SUM | SSTATUS_MXR)) |
			(s.user ? 0 : SSTATUS_SPP) |
			(s.fp && !chance(&s, 8) ? SSTATUS_FS : 0) |
			(csr_read(sstatus) & 3UL << 32);
}

static void prepare(u64 seed, u64 n)
{
	u64 satp;

	s.rng = (seed + n * 0x9e3779b97f4a7c15UL) | 1;
	s.rng = random_next(&s.rng) | 1;
	s.user = chance(&s, 2);
	s.paging = !chance(&s, 8);
	s.fp = isa.fd && chance(&s, 3);
	gen_stream(&s);
	satp = map_case(&s);
	s.mail.to_user = s.windows[1] - s.windows[0];
	fill_memory();
	fill_registers(satp);
	if (s.fp)
		fill_fp();
	fill_csrs();
	frame.sepc = s.windows[s.user] + (ARENA - RAM_BASE) + s.start;
	asm volatile("fence.i" ::: "memory");
}

/* ---- traps -----------------------------------------------------------------
 */

/* How far in the stream, in halfwords; beyond it: not in it at all. */
static u64 progress(u64 pc)
{
	u64 start = ARENA - RAM_BASE + s.start;

	for (u32 n = 0; n < WINDOWS; n++)
		if (pc - s.windows[n] - start < 2 * s.at)
			return (pc - s.windows[n] - start) / 2;
	return -1UL;
}

static bool to_next_operation(void)
{
	u64 at = progress(frame.sepc);

	for (u32 n = 0; n < s.ops; n++) {
		if (at >= s.op_at[n])
			continue;
		frame.sepc += 2 * (s.op_at[n] - at);
		return true;
	}
	return false;
}

/* U asks for S, which goes on behind the ecall, in its window. */
static void enter_s(void)
{
	frame.sepc += 4;
	if (s.user)
		return;
	if (frame.sepc >> 30 == s.windows[1] >> 30)
		frame.sepc -= s.mail.to_user;
	frame.sstatus |= SSTATUS_SPP;
}

static bool page_fault(void)
{
	bool fetch = frame.scause == CAUSE_FETCH_PAGE;

	if (!s.paging)
		return !fetch && to_next_operation();
	if (chance(&s, 2) &&
	    map_age(frame.stval, frame.scause == CAUSE_STORE_PAGE))
		return true;
	if (!fetch)
		return to_next_operation();
	if (progress(frame.sepc) > s.at)
		return false;
	map_repair(&s, frame.stval, !(frame.sstatus & SSTATUS_SPP));
	return true;
}

/* False: the stream ends here. */
static bool handle(void)
{
	switch (frame.scause) {
	case SCAUSE_IRQ | IRQ_SOFT:
		csr_clear(sip, 2);
		return true;
	case CAUSE_ECALL_U:
		enter_s();
		return true;
	case CAUSE_ILLEGAL:
	case CAUSE_BREAK:
		csr_write(stval, 0);
		return to_next_operation();
	case CAUSE_FETCH_ACCESS:
		return false;
	case CAUSE_FETCH_PAGE:
	case CAUSE_LOAD_PAGE:
	case CAUSE_STORE_PAGE:
		return page_fault();
	default:
		return to_next_operation();
	}
}

/* Zero, or what belongs there: the same to us. */
static u64 stval_seen(void)
{
	const u16 *p = (u16 *)(ARENA + s.start);
	u64 at = progress(frame.sepc), insn = 0;

	if (frame.scause == CAUSE_BREAK)
		return !frame.stval || frame.stval == frame.sepc;
	if (frame.scause != CAUSE_ILLEGAL)
		return frame.stval;
	if (at < s.at)
		insn = p[at] | ((p[at] & 3) == 3 ? (u64)p[at + 1] << 16 : 0);
	return !frame.stval || frame.stval == insn || insn == 0x30200073;
}

static void fold_trap(void)
{
	fold(frame.scause);
	fold(frame.sepc);
	fold(frame.sstatus);
	fold(stval_seen());
	if (tracing)
		print(" trap 0x%lx sepc 0x%lx stval 0x%lx sstatus 0x%lx\n",
		      frame.scause, frame.sepc, stval_seen(), frame.sstatus);
}

/* ---- the state behind -----------------------------------------------------
 */

static void fold_fp(void)
{
	static u64 f[32];

	csr_set(sstatus, SSTATUS_FS);
	fp_save(f);
	for (u32 n = 0; n < 32; n++)
		fold(f[n]);
	fold(csr_read(fcsr));
}

static void fold_state(void)
{
	for (u32 r = 1; r < 32; r++)
		fold(frame.x[r]);
	fold(csr_read(sie) & 0x222);
	fold(csr_read(sip) & 0x222);
	fold(csr_read(sscratch));
	fold(csr_read(scounteren) & 7);
	fold(csr_read(senvcfg) & 0xf1);
	fold(csr_read(satp));
	fold_memory();
	if (s.fp)
		fold_fp();
}

static void dump(void)
{
	const u16 *p = (u16 *)(ARENA + s.start);

	print(" start 0x%lx", frame.sepc);
	for (u32 n = 0; n < s.at; n++)
		print("%s %04x", n % 16 ? "" : "\n code", p[n]);
	print("\n");
	if (s.paging)
		map_dump();
}

static void dump_state(void)
{
	for (u32 r = 1; r < 32; r++)
		print("%s%u=0x%lx", r % 8 == 1 ? "\n  " : " ", r, frame.x[r]);
	print("\n");
}

static void run_case(u64 seed, u64 n)
{
	u32 traps = 0;

	prepare(seed, n);
	if (tracing)
		dump();
	do {
		random_run(&frame);
		fold_trap();
		if (s.paging && chance(&s, 3))
			map_mutate(&s);
	} while (handle() && ++traps < TRAPS_MAX);
	fold_state();
	if (tracing)
		dump_state();
}

/* ---- all of them -----------------------------------------------------------
 */

static void find_isa(void)
{
	isa.fd = fdt_isa_has("d");
	isa.zba = fdt_isa_has("zba");
	isa.zbb = fdt_isa_has("zbb");
	isa.zbs = fdt_isa_has("zbs");
	isa.zicond = fdt_isa_has("zicond");
	isa.zicboz = fdt_isa_has("zicboz") && fdt_isa_has("zicbom");
	isa.zcb = fdt_isa_has("zcb");
	print("isa: d %u zba %u zbb %u zbs %u zicond %u zicboz %u zcb %u\n",
	      isa.fd, isa.zba, isa.zbb, isa.zbs, isa.zicond, isa.zicboz,
	      isa.zcb);
}

/* Does a load from a page whose A is clear fault. */
static bool is_svade(void)
{
	static u64 page[512] __attribute__((aligned(4096)));
	u64 *root = mmu_new();
	struct caught c;

	mmu_map(root, 0x40000000, (u64)page, PTE_KERNEL & ~PTE_AD);
	mmu_on(root, 0);
	c = TRY(read64(0x40000000));
	mmu_off();
	return c.scause == CAUSE_LOAD_PAGE;
}

int main(void)
{
	u64 seed, from, count;
	bool svade;

	begin("random");
	seed = bootargs_number("seed", SEED);
	from = bootargs_number("from", 0);
	count = bootargs_number("count", COUNT);
	tracing = bootargs_has("trace");
	verbose = tracing || bootargs_has("verbose");
	print("seed: %lu\n", seed);
	find_isa();
	svade = is_svade();
	print("clear A and D: %s\n", svade ? "fault" : "set by the machine");
	map_init(svade);
	sbi(SBI_TIME, 0, -1UL);
	for (u64 n = from; n < from + count; n++) {
		run_case(seed, n);
		if (verbose || n % BLOCK == BLOCK - 1)
			print("to case %lu: 0x%lx\n", n, hash);
		if (verbose || n % BLOCK == BLOCK - 1)
			hash = 0;
	}
	mmu_off();
	finish();
}
