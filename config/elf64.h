/* SPDX-License-Identifier: BSD-2-Clause */
/* What the loader reads of ELF (System V ABI, "Object Files"; RISC-V psABI). */
#ifndef CONFIG_ELF64_H
#define CONFIG_ELF64_H

#include "hyp/types.h"

#define ELF_MAGIC   "\177ELF"
#define ELF_CLASS   4 /* index in ident */
#define ELF_CLASS64 2
#define ELF_RISCV   243
#define ELF_LOAD    1

struct elf64_header {
	u8 ident[16];
	u16 type, machine;
	u32 version;
	u64 entry, phoff, shoff;
	u32 flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf64_segment {
	u32 type, flags;
	u64 offset, vaddr, paddr, filesz, memsz, align;
};

_Static_assert(sizeof(struct elf64_header) == 64, "as the ABI has it");
_Static_assert(sizeof(struct elf64_segment) == 56, "as the ABI has it");

#endif
