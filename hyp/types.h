/* SPDX-License-Identifier: BSD-2-Clause */
/* The integer and address types that every room uses. */
#ifndef HYP_TYPES_H
#define HYP_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

/*
 * Three address spaces, three types: the compiler refuses a mix-up.
 * gva: guest virtual, gpa: guest physical, hpa: host physical. A host
 * virtual address is an ordinary pointer.
 */
typedef struct {
	u64 raw;
} gva_t;

typedef struct {
	u64 raw;
} gpa_t;

typedef struct {
	u64 raw;
} hpa_t;

#define GVA(x) ((gva_t){(x)})
#define GPA(x) ((gpa_t){(x)})
#define HPA(x) ((hpa_t){(x)})

#define KiB(n) ((u64)(n) << 10)
#define MiB(n) ((u64)(n) << 20)
#define GiB(n) ((u64)(n) << 30)

#endif
