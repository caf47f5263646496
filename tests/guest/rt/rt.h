/* SPDX-License-Identifier: BSD-2-Clause */
/* What a bare test kernel has: console, checks, traps, SBI, FDT, pages. */
#ifndef GUEST_RT_H
#define GUEST_RT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tests/guest/rt/frame.h"

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define BIT(n)        (1UL << (n))

/* The machine: QEMU "virt", 256 MiB. */
#define TEST_BASE     0x100000UL
#define RTC_BASE      0x101000UL
#define PLIC_BASE     0x0c000000UL
#define UART_BASE     0x10000000UL
#define HOLE_BASE     0x01000000UL /* nothing is there */
#define RAM_BASE      0x80000000UL
#define RAM_SIZE      0x10000000UL

/* ---- CSRs: privileged specification, "CSR Listing" ---------------------- */

#define csr_read(csr)                                                \
	({                                                           \
		u64 v_;                                              \
		asm volatile("csrr %0, " #csr : "=r"(v_)::"memory"); \
		v_;                                                  \
	})
#define csr_write(csr, v) \
	asm volatile("csrw " #csr ", %0" ::"rK"((u64)(v)) : "memory")
#define csr_set(csr, v) \
	asm volatile("csrs " #csr ", %0" ::"rK"((u64)(v)) : "memory")
#define csr_clear(csr, v) \
	asm volatile("csrc " #csr ", %0" ::"rK"((u64)(v)) : "memory")

#define SSTATUS_SIE  BIT(1)
#define SSTATUS_SPIE BIT(5)
#define SSTATUS_SPP  BIT(8)
#define SSTATUS_VS   (3UL << 9)
#define SSTATUS_FS   (3UL << 13)
#define SSTATUS_SUM  BIT(18)
#define SSTATUS_MXR  BIT(19)

#define IRQ_SOFT     1
#define IRQ_TIMER    5
#define IRQ_EXT      9
#define SCAUSE_IRQ   BIT(63)

enum cause {
	CAUSE_FETCH_MISALIGNED,
	CAUSE_FETCH_ACCESS,
	CAUSE_ILLEGAL,
	CAUSE_BREAK,
	CAUSE_LOAD_MISALIGNED,
	CAUSE_LOAD_ACCESS,
	CAUSE_STORE_MISALIGNED,
	CAUSE_STORE_ACCESS,
	CAUSE_ECALL_U,
	CAUSE_FETCH_PAGE = 12,
	CAUSE_LOAD_PAGE = 13,
	CAUSE_STORE_PAGE = 15,
	CAUSE_NONE = 99 /* ours: no trap came */
};

/* ---- console and checks: console.c --------------------------------------- */

void uart_putc(char c);
/* %s %c %d %u %x and their %l forms, with a zero-padded or blank width. */
void print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The first line of a kernel: a comparison starts there, not at the banner. */
void begin(const char *name);
/* One line "name: 0xvalue": what may differ from a rule, but not natively. */
void show(const char *name, u64 value);
/* One line "name: ok" or "name: WRONG", which counts as a failure. */
void check(const char *name, bool ok);
/* One line "name: 0xgot"; anything but want counts as a failure. */
void expect(const char *name, u64 got, u64 want);
/* Print PASS or "FAIL n" and power off, with SRST's reason telling which. */
void finish(void) __attribute__((noreturn));
/* Power off; ok = false reports a system failure to the platform. */
void power_off(bool ok) __attribute__((noreturn));

void *memset(void *p, int c, size_t n);
void *memcpy(void *d, const void *s, size_t n);
int strcmp(const char *a, const char *b);
size_t strlen(const char *s);

/* xorshift64*: *seed must not be 0. */
u64 random_next(u64 *seed);

/* ---- traps: trap.c ------------------------------------------------------- */

struct frame {
	u64 x[32]; /* x[0] is scratch */
	u64 sepc;
	u64 sstatus;
	u64 scause;
	u64 stval;
};

_Static_assert(offsetof(struct frame, stval) == FRAME_STVAL, "frame.h");
_Static_assert(sizeof(struct frame) == FRAME_SIZE, "frame.h");

struct caught {
	u64 scause; /* CAUSE_NONE: nothing happened */
	u64 stval;
	u64 sepc;
	u64 sstatus;
	u64 count; /* traps since trap_arm() */
};

/* From here on exceptions are recorded and the instruction is skipped (a
 * failed fetch returns to ra); without it they end the kernel. Per hart. */
void trap_arm(void);
/* Disarm; the last trap that came. */
struct caught trap_caught(void);

/* Called for each interrupt with its number; must clear the source. */
extern void (*irq_hook)(u64 irq);
/* Called for each exception before all else; true: it has been handled. */
extern bool (*trap_hook)(struct frame *f);

/* Run statement(s) and give what was trapped. */
#define TRY(...)               \
	({                     \
		trap_arm();    \
		__VA_ARGS__;   \
		trap_caught(); \
	})

/* Run from u->sepc with u's registers until the first trap, which is then in
 * u; the one in U-mode, the other in S-mode. */
void user_run(struct frame *u);
void super_run(struct frame *u);

/* Run U code at pc with a0 until its first trap; the frame stays valid until
 * the next call. The code must be in pages that U may execute. */
struct frame *user_call(u64 pc, u64 a0);

/* ---- SBI: trap.c -------------------------------------------------------- */

#define SBI_BASE          0x10
#define SBI_TIME          0x54494d45
#define SBI_IPI           0x735049
#define SBI_RFENCE        0x52464e43
#define SBI_HSM           0x48534d
#define SBI_SRST          0x53525354
#define SBI_DBCN          0x4442434e

#define SBI_OK            0
#define SBI_NOT_SUPPORTED -2
#define SBI_INVALID_PARAM -3
#define SBI_INVALID_ADDR  -5
#define SBI_ALREADY       -6

struct sbiret {
	s64 error;
	u64 value;
};

struct sbiret sbi_call(u64 ext, u64 fid, u64 a0, u64 a1, u64 a2, u64 a3,
		       u64 a4);
#define sbi5(e, f, a, b, c, d, g, ...) sbi_call(e, f, a, b, c, d, g)
/* sbi(EXT, FUNCTION, up to five arguments...): the others are 0. */
#define sbi(...)                       sbi5(__VA_ARGS__, 0, 0, 0, 0, 0, 0)

/* ---- FDT: fdt.c ---------------------------------------------------------- */

extern u64 boot_hart;
extern u8 *boot_fdt;

/* Property `prop` of the nth node whose name up to '@' is `node`; 0 if there
 * is none. *len is in bytes. Devicetree specification, "Flattened Devicetree
 * (DTB) Format". */
const void *fdt_prop(const char *node, u32 nth, const char *prop, u32 *len);
u32 fdt_u32(const void *p);
/* The hart ids of /cpus, at most max; returns how many. */
u32 fdt_harts(u32 *ids, u32 max);
/* The first hart's riscv,isa-extensions (or riscv,isa) has this one. */
bool fdt_isa_has(const char *ext);
/* /chosen/bootargs has this word (of [a-z0-9_-]). */
bool bootargs_has(const char *word);
/* The n of word=n there, in decimal, or what to take otherwise. */
u64 bootargs_number(const char *word, u64 otherwise);
/* Ticks of the time CSR a second. */
u64 timebase(void);

/* ---- floating point: fp.S; sstatus.FS must not be off ---------------------
 */

void fp_load(const u64 f[32]);
void fp_save(u64 f[32]);

/* ---- pages: mmu.c -------------------------------------------------------- */

#define PTE_V      BIT(0)
#define PTE_R      BIT(1)
#define PTE_W      BIT(2)
#define PTE_X      BIT(3)
#define PTE_U      BIT(4)
#define PTE_G      BIT(5)
#define PTE_A      BIT(6)
#define PTE_D      BIT(7)

#define PTE_AD     (PTE_A | PTE_D)
#define PTE_KERNEL (PTE_V | PTE_R | PTE_W | PTE_X | PTE_AD)
#define PTE_USER   (PTE_KERNEL | PTE_U)
#define SATP_SV39  (8UL << 60)
#define PAGE_SIZE  4096UL
#define PTE_PA(pa) (((pa) >> 12) << 10)

/* 512 GiB of Sv39: the first and third GiB mapped one to one for S. */
u64 *mmu_new(void);
/* A zeroed page of the kernel's own pool; never given back. */
void *page_new(void);
/* The slot of va's PTE at a level (0: 4 KiB, 1: 2 MiB, 2: 1 GiB), with the
 * tables above made as needed. */
u64 *mmu_slot(u64 *root, u64 va, int level);
void mmu_map(u64 *root, u64 va, u64 pa, u64 flags);
/* Switch translation on with this root and ASID, with a full fence. */
void mmu_on(u64 *root, u64 asid);
void mmu_off(void);

static inline void sfence_all(void)
{
	asm volatile("sfence.vma" ::: "memory");
}

/* ---- memory accesses that the compiler leaves alone -----------------------
 */

#define ACCESSORS(bits, load, store)                               \
	static inline u64 read##bits(u64 addr)                     \
	{                                                          \
		u64 v = 0;                                         \
		asm volatile(load " %0, (%1)"                      \
			     : "+r"(v)                             \
			     : "r"(addr)                           \
			     : "memory");                          \
		return v;                                          \
	}                                                          \
	static inline void write##bits(u64 addr, u64 v)            \
	{                                                          \
		asm volatile(store " %1, (%0)" ::"r"(addr), "r"(v) \
			     : "memory");                          \
	}

ACCESSORS(8, "lbu", "sb")
ACCESSORS(16, "lhu", "sh")
ACCESSORS(32, "lwu", "sw")
ACCESSORS(64, "ld", "sd")

int main(void);

#endif
