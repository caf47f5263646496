/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine that we run on, as its device tree describes it. */
#ifndef HYP_HOST_H
#define HYP_HOST_H

#include "hyp/types.h"

#define HOST_HARTS_MAX    16
#define HOST_RANGES_MAX   32
#define HOST_BOOTARGS_MAX 512
#define HOST_ISA_MAX      2048
#define HOST_VIRTIO_MAX   16

/* What the harts have, from the device tree; harts that differ are not
 * supported. */
enum host_feature {
	HOST_H = 1 << 0,
	HOST_SSTC = 1 << 1,
	HOST_V = 1 << 2,
	HOST_ZICBOM = 1 << 3,
	HOST_ZICBOZ = 1 << 4,
	HOST_STATEEN = 1 << 5,
	HOST_SVPBMT = 1 << 6,
	HOST_FD = 1 << 7,
	HOST_SVNAPOT = 1 << 8,
};

struct host_range {
	u64 base, size; /* host physical, bytes */
};

/* A virtio-mmio device. */
struct host_virtio {
	struct host_range range;
	u32 irq; /* PLIC source */
};

struct host {
	u32 nharts;
	u64 hart_ids[HOST_HARTS_MAX];
	u32 plic_context[HOST_HARTS_MAX]; /* of S-mode; ~0: none */
	char isa[HOST_ISA_MAX];           /* an ISA string, of the first hart */
	u32 features;                     /* enum host_feature */
	u32 cbom_block, cboz_block;       /* bytes, 0: none */
	u32 timebase;                     /* Hz */
	bool illegal_tval; /* cause 2: stval is the instruction, always */
	bool time_traps;   /* from U-mode, where scounteren says so */
	struct host_range memory[HOST_RANGES_MAX];
	u32 nmemory;
	struct host_range reserved[HOST_RANGES_MAX];
	u32 nreserved;
	struct host_range initrd; /* size 0: none */
	struct host_range plic;   /* size 0: none */
	struct host_range uart;   /* an ns16550a; size 0: none */
	u32 uart_shift;           /* register stride is 1 << shift */
	u32 uart_irq;             /* PLIC source; 0: none */
	struct host_range test;   /* sifive,test0; size 0: none */
	struct host_range rtc;    /* google,goldfish-rtc; size 0: none */
	struct host_virtio virtio[HOST_VIRTIO_MAX]; /* by address */
	u32 nvirtio;
	char bootargs[HOST_BOOTARGS_MAX];
	u8 rng_seed[64]; /* /chosen/rng-seed, zero-padded */
	u32 rng_seed_len;
};

extern struct host host;

/*
 * The value of `name` in the boot arguments ("name=value" or a bare "name",
 * which gives ""; blanks in a value stand between double quotes), copied to buf
 * of len bytes; NULL if it is not there.
 */
const char *host_option(const char *name, char *buf, u32 len);

static inline bool host_has(u32 features)
{
	return (host.features & features) == features;
}

#endif
