/* SPDX-License-Identifier: BSD-2-Clause */
/* SBI extensions for harts, reset and the console: HSM, SRST, DBCN. */
#include "hyp/util.h"
#include "vcpu/sbi.h"
#include "vcpu/vm.h"

/* Bytes that one DBCN call moves at most: a call must not take long. */
#define DBCN_CHUNK 256

static enum verdict hart_start(struct vcpu *v, u64 id, u64 pc, u64 opaque)
{
	if (id >= v->vm->spec.vcpus)
		return sbi_reply(v, SBI_ERR_INVALID_PARAM, 0);
	if (!gmap_is_ram(&v->vm->gmap, GPA(pc)))
		return sbi_reply(v, SBI_ERR_INVALID_ADDRESS, 0);
	return sbi_reply(v, vcpu_start(&v->vm->vcpu[id], pc, opaque), 0);
}

static enum verdict hart_status(struct vcpu *v, u64 id)
{
	if (id >= v->vm->spec.vcpus)
		return sbi_reply(v, SBI_ERR_INVALID_PARAM, 0);
	return sbi_reply(v, SBI_SUCCESS, v->vm->vcpu[id].hsm);
}

/* The default retentive suspend is a wfi; no other type is offered. */
static enum verdict hart_suspend(struct vcpu *v, u32 type)
{
	if (type)
		return sbi_reply(v, SBI_ERR_NOT_SUPPORTED, 0);
	sbi_reply(v, SBI_SUCCESS, 0);
	return BLOCK;
}

enum verdict sbi_hsm(struct vcpu *v, u64 fid)
{
	const u64 *a = &v->state.gpr[A0];

	switch (fid) {
	case 0:
		return hart_start(v, a[0], a[1], a[2]);
	case 1:
		return HALT;
	case 2:
		return hart_status(v, a[0]);
	case 3:
		return hart_suspend(v, a[0]);
	default:
		return sbi_reply(v, SBI_ERR_NOT_SUPPORTED, 0);
	}
}

enum verdict sbi_srst(struct vcpu *v, u64 fid)
{
	u32 type = v->state.gpr[A0], reason = v->state.gpr[A1];

	if (fid)
		return sbi_reply(v, SBI_ERR_NOT_SUPPORTED, 0);
	if (type > SBI_SRST_WARM_REBOOT || reason > SBI_SRST_SYS_FAILURE)
		return sbi_reply(v, SBI_ERR_INVALID_PARAM, 0);
	if (type != SBI_SRST_SHUTDOWN)
		vm_stop(v->vm, VM_END_REBOOT);
	else
		vm_stop(v->vm, reason ? VM_END_FAILED : VM_END_POWEROFF);
	return STOP;
}

/*
 * Up to a chunk of guest memory to the console, or what it takes now; the
 * guest calls again for the rest (SBI, "Console Write").
 */
static enum verdict console_write(struct vcpu *v, u64 len, u64 low, u64 high)
{
	char buf[DBCN_CHUNK];
	bool more = true;
	u64 n;

	if (high || !gmap_covers(&v->vm->gmap, GPA(low), len))
		return sbi_reply(v, SBI_ERR_INVALID_PARAM, 0);
	len = MIN(len, sizeof(buf));
	if (!gmap_read(&v->vm->gmap, GPA(low), buf, len))
		return sbi_reply(v, SBI_ERR_FAILED, 0);
	for (n = 0; n < len && more; n++)
		more = console_port_put(&v->vm->uart.port, buf[n]);
	return sbi_reply(v, SBI_SUCCESS, n);
}

/* What was typed and the guest's UART driver, if any, has not taken. */
static enum verdict console_read(struct vcpu *v, u64 len, u64 low, u64 high)
{
	u8 buf[UART_FIFO];
	u32 n = 0;

	if (high || !gmap_covers(&v->vm->gmap, GPA(low), len))
		return sbi_reply(v, SBI_ERR_INVALID_PARAM, 0);
	while (n < MIN(len, sizeof(buf)) && uart_take(&v->vm->uart, &buf[n]))
		n++;
	if (!gmap_write(&v->vm->gmap, GPA(low), buf, n))
		return sbi_reply(v, SBI_ERR_FAILED, 0);
	return sbi_reply(v, SBI_SUCCESS, n);
}

enum verdict sbi_dbcn(struct vcpu *v, u64 fid)
{
	const u64 *a = &v->state.gpr[A0];

	switch (fid) {
	case 0:
		return console_write(v, a[0], a[1], a[2]);
	case 1:
		return console_read(v, a[0], a[1], a[2]);
	case 2:
		console_port_put(&v->vm->uart.port, a[0]);
		return sbi_reply(v, SBI_SUCCESS, 0);
	default:
		return sbi_reply(v, SBI_ERR_NOT_SUPPORTED, 0);
	}
}
