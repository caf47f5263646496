/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Legacy SBI calls (RISC-V SBI, "Legacy Extensions"): the answer is in a0
 * alone, and hart masks are in guest memory, by virtual address.
 */
#include "vcpu/backend.h"
#include "vcpu/sbi.h"
#include "vcpu/vm.h"

static enum verdict reply(struct vcpu *v, long value)
{
	v->state.gpr[A0] = value;
	return ADVANCE;
}

enum verdict sbi_legacy_set_timer(struct vcpu *v, u64 fid)
{
	v->backend->timer(v, v->state.gpr[A0]);
	return reply(v, 0);
}

enum verdict sbi_legacy_putchar(struct vcpu *v, u64 fid)
{
	console_port_put(&v->vm->uart.port, v->state.gpr[A0]);
	return reply(v, 0);
}

enum verdict sbi_legacy_getchar(struct vcpu *v, u64 fid)
{
	u8 byte;

	return reply(v, uart_take(&v->vm->uart, &byte) ? byte : -1);
}

/*
 * The mask's pointer is a guest virtual address, which needs another way in
 * for each backend. No kernel since 2020 uses it where IPI and RFENCE are
 * offered, so every hart is meant: too many interrupts or fences are allowed.
 */
enum verdict sbi_legacy_send_ipi(struct vcpu *v, u64 fid)
{
	for (u32 i = 0; i < v->vm->spec.vcpus; i++)
		vcpu_request(&v->vm->vcpu[i], REQ_SSIP);
	return reply(v, 0);
}

enum verdict sbi_legacy_fence(struct vcpu *v, u64 fid)
{
	const struct fence all = {
		.kinds = FENCE_I | FENCE_VMA,
		.size = ~0UL,
	};

	for (u32 i = 0; i < v->vm->spec.vcpus; i++)
		vcpu_fence(v, &v->vm->vcpu[i], &all);
	return reply(v, 0);
}

enum verdict sbi_legacy_shutdown(struct vcpu *v, u64 fid)
{
	vm_stop(v->vm, VM_END_POWEROFF);
	return STOP;
}
