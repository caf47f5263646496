/* SPDX-License-Identifier: BSD-2-Clause */
/* The last words of a VMM that made a mistake. */
#include <stdio.h>

#include "hyp/csr.h"
#include "hyp/hart.h"
#include "hyp/power.h"
#include "hyp/term.h"
#include "hyp/trap.h"
#include "hyp/util.h"

#define PANIC_STATUS  3
#define BACKTRACE_MAX 24

static const char *const reg_names[32] = {
	"zero", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "s0", "s1", "a0",
	"a1",   "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
	"s6",   "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
};

static void print_address(const char *what, u64 addr)
{
	char line[160];
	u64 offset;
	const char *name = symbol_name(addr, &offset);

	snprintf(line, sizeof(line), "  %s %016lx %s+0x%lx", what, addr,
		 name ? name : "?", name ? offset : 0);
	term_panic_line(line);
}

static bool on_stack(const struct hart *h, u64 fp)
{
	return fp >= h->stack_bottom + 16 && fp <= h->stack_top &&
	       IS_ALIGNED(fp, 8);
}

/*
 * Frame pointers: fp[-1] is the return address, fp[-2] the caller's fp
 * (RISC-V ELF psABI, "Frame Pointer Convention"); a function that calls
 * nobody saves only the latter, in fp[-1]. Trust nothing: a frame must lie on
 * this hart's stack, above the last one.
 */
static void backtrace(u64 fp)
{
	struct hart *h = this_hart();
	u64 offset, up;

	for (int i = 0; i < BACKTRACE_MAX && on_stack(h, fp); i++) {
		const u64 *frame = (const u64 *)fp;

		if (symbol_name(frame[-1], &offset)) {
			print_address("from", frame[-1] - 4);
			up = frame[-2];
		} else {
			up = frame[-1];
		}
		if (up <= fp)
			return;
		fp = up;
	}
}

static void print_registers(const struct trap_frame *f)
{
	char line[160];

	for (int i = 1; i < 32; i += 3) {
		int used = 0;

		for (int r = i; r < i + 3 && r < 32; r++)
			used += snprintf(line + used, sizeof(line) - used,
					 "  %4s %016lx", reg_names[r],
					 f->gpr[r]);
		term_panic_line(line);
	}
}

void trap_panic(const struct trap_frame *f)
{
	u64 cause = csr_read(CSR_SCAUSE), pc = csr_read(CSR_SEPC);
	char line[160];

	snprintf(line, sizeof(line),
		 "\r\ntrapeze: PANIC on hart %u: cause %lu, stval %016lx, "
		 "sstatus %016lx",
		 this_hart()->index, cause, csr_read(CSR_STVAL),
		 csr_read(CSR_SSTATUS));
	term_panic_line(line);
	print_registers(f);
	print_address("at  ", pc);
	backtrace(f->gpr[8]);
	power_off(PANIC_STATUS);
}

void bug(const char *what, const char *file, int line)
{
	char text[200];

	snprintf(text, sizeof(text), "\r\ntrapeze: BUG on hart %u: %s:%d: %s",
		 this_hart()->index, file, line, what);
	term_panic_line(text);
	backtrace((u64)__builtin_frame_address(0));
	power_off(PANIC_STATUS);
}

/* libfdt and picolibc are built with a stack protector. */
void *__stack_chk_guard = (void *)0x7461706572747aff;
__attribute__((noreturn)) void __stack_chk_fail(void);

void __stack_chk_fail(void)
{
	bug("stack smashed", "library", 0);
}
