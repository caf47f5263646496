/* SPDX-License-Identifier: BSD-2-Clause */
/* The pages of watched.c, for the assembler and for C. */
#ifndef GUEST_WATCHED_H
#define GUEST_WATCHED_H

/* In the page: what is loaded and stored, a block to zero, code of S and U. */
#define DATA   64
#define BLOCK  1024
#define CODE   2048
#define CODE_U 3072

#endif
