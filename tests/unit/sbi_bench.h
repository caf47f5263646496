/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest with small stand-ins around the SBI server, for its tests. */
#ifndef TESTS_UNIT_SBI_BENCH_H
#define TESTS_UNIT_SBI_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "host.h"
#include "hyp/util.h"
#include "vcpu/backend.h"
#include "vcpu/sbi.h"
#include "vcpu/vm.h"

#define RAM  0x80000000UL
#define SIZE MiB(4)

static struct vm vm;
static struct vcpu *const self = &vm.vcpu[1];

/* ---- what the server asked of others ----------------------------------- */

static struct {
	u64 ipis; /* by vcpu; its own by the backend */
	u64 fenced;
	struct fence fence;
	u64 timer;
	u32 started, stops;
	u64 start_pc, start_arg;
	enum vm_end end;
} asked;

static u32 number(const struct vcpu *v)
{
	assert_in_range(v - vm.vcpu, 0, vm.spec.vcpus - 1);
	return v - vm.vcpu;
}

void vcpu_request(struct vcpu *v, u64 requests)
{
	assert_int_equal(requests, REQ_SSIP);
	asked.ipis |= BIT(number(v));
}

void vcpu_fence(struct vcpu *from, struct vcpu *v, const struct fence *f)
{
	assert_ptr_equal(from, self);
	asked.fenced |= BIT(number(v));
	asked.fence = *f;
}

long vcpu_start(struct vcpu *v, u64 pc, u64 arg)
{
	if (v->hsm != SBI_HSM_STOPPED)
		return SBI_ERR_ALREADY_AVAILABLE;
	v->hsm = SBI_HSM_START_PENDING;
	asked.started |= BIT(number(v));
	asked.start_pc = pc;
	asked.start_arg = arg;
	return SBI_SUCCESS;
}

void vm_stop(struct vm *stopped, enum vm_end end)
{
	assert_ptr_equal(stopped, &vm);
	asked.end = end;
	asked.stops++;
}

static void own_irq(struct vcpu *v, bool ssip)
{
	assert_true(ssip);
	asked.ipis |= BIT(number(v));
}

static void own_timer(struct vcpu *v, u64 deadline)
{
	assert_ptr_equal(v, self);
	asked.timer = deadline;
}

static const struct backend backend = {.irq = own_irq, .timer = own_timer};

static inline int setup(void **state)
{
	host_memory(MiB(32));
	assert_true(
		gmap_init(&vm.gmap, GPA(RAM), SIZE, PT_LEVEL_4K, &vm.pages));
	return 0;
}

static inline void start(u32 vcpus)
{
	static struct irq_line irq;

	host_reset();
	memset(&asked, 0, sizeof(asked));
	uart_init(&vm.uart, GPA(GUEST_UART_BASE), "vm", &irq);
	vm.spec.vcpus = vcpus;
	for (u32 i = 0; i < VM_VCPUS_MAX; i++) {
		vm.vcpu[i] =
			(struct vcpu){.vm = &vm, .id = i, .backend = &backend};
		vm.vcpu[i].hsm = SBI_HSM_STOPPED;
	}
	self->hsm = SBI_HSM_STARTED;
}

static inline enum verdict call(u64 ext, u64 fid, u64 a0, u64 a1, u64 a2)
{
	u64 *x = self->state.gpr;

	x[A7] = ext;
	x[A6] = fid;
	x[A0] = a0;
	x[A0 + 1] = a1;
	x[A0 + 2] = a2;
	return sbi_serve(self);
}

static inline void check(u64 ext, u64 fid, u64 a0, u64 a1, u64 a2, long error,
			 long value)
{
	assert_int_equal(call(ext, fid, a0, a1, a2), ADVANCE);
	assert_int_equal((long)self->state.gpr[A0], error);
	assert_int_equal((long)self->state.gpr[A1], value);
}

#endif
