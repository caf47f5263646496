/* SPDX-License-Identifier: BSD-2-Clause */
/* The ops, by their instructions' names. */
#ifndef VCPU_INTERP_OPS_H
#define VCPU_INTERP_OPS_H

#include "vcpu/interp_core.h"

/* Of an instruction that computes: op_NAME. */
#define OP(name, ...) enum interp_stop op_##name(OP_ARGS);
#define OP_J(...)
/* Of a branch: to another line, or to a slot of the same one (imm: bytes). */
#define OP_B(name, ...)                            \
	enum interp_stop op_##name##_far(OP_ARGS); \
	enum interp_stop op_##name##_near(OP_ARGS);
#include "vcpu/interp.def"

/* jal: without a link (x0), with it; to the same line. jalr likewise. */
enum interp_stop op_j_far(OP_ARGS);
enum interp_stop op_j_near(OP_ARGS);
enum interp_stop op_jal_far(OP_ARGS);
enum interp_stop op_jal_near(OP_ARGS);
enum interp_stop op_jr(OP_ARGS);
enum interp_stop op_jalr(OP_ARGS);

/* Computes nothing, or only for x0. */
enum interp_stop op_nop(OP_ARGS);

/* The guest's illegal instruction. */
enum interp_stop op_illegal(OP_ARGS);

#endif
