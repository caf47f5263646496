/* SPDX-License-Identifier: BSD-2-Clause */
/* The load and store instructions that mmio_insn.c runs against devices. */
#ifndef GUEST_MMIO_INSN_H
#define GUEST_MMIO_INSN_H

#include "tests/guest/rt/rt.h"

enum format {
	FMT_I,
	FMT_S,
	FMT_CL_B,
	FMT_CL_H,
	FMT_CL_W,
	FMT_CL_D,
	FMT_CI_W,
	FMT_CI_D,
	FMT_CSS_W,
	FMT_CSS_D
};

struct form {
	const char *name;
	u32 bits;           /* the encoding with registers and offset 0 */
	enum format format; /* unprivileged specification, by that name */
	u8 size;            /* bytes of the access */
	bool store, sign, fp;
	bool zcb; /* only where the FDT names Zcb */
};

extern const struct form forms[];
extern const u32 forms_n;

/* The offset that form_encode() gives a form. */
s64 form_offset(const struct form *f);
/* Can its data register be r? And its base? */
bool form_takes_data(const struct form *f, u32 r);
bool form_takes_base(const struct form *f, u32 r);
u32 form_encode(const struct form *f, u32 data, u32 base);

#endif
