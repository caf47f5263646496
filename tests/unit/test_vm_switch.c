/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the change of a VM's backend with backends that only keep books. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "hyp/csr.h"
#include "hyp/host.h"
#include "hyp/timer.h"
#include "hyp/util.h"
#include "vcpu/backend.h"
#include "vcpu/interp.h"
#include "vcpu/vm_build.h"
#include "vcpu/vm_switch.h"
#include "vcpu/watch.h"

#define VCPUS 3

static struct vm vm;
static struct hart some_hart;
static bool quiet;
static u32 pauses, resumes, ahead;
static u32 refuse_at; /* the vcpu for which there is no memory, or VCPUS */

/* What each backend holds for each vcpu: one bit a vcpu. */
static u32 hw_holds, te_holds;

static bool attach(u32 *holds, struct vcpu *v)
{
	assert_false(*holds & BIT(v->id));
	/* The old one lets go only when the new one has all. */
	assert_int_equal(hw_holds | te_holds, BIT(VCPUS) - 1);
	*holds |= BIT(v->id);
	return v->id != refuse_at;
}

static bool hw_attach(struct vcpu *v)
{
	return attach(&hw_holds, v);
}

static void hw_detach(struct vcpu *v)
{
	hw_holds &= ~(u32)BIT(v->id);
}

static bool te_attach(struct vcpu *v)
{
	return attach(&te_holds, v);
}

static void te_detach(struct vcpu *v)
{
	te_holds &= ~(u32)BIT(v->id);
}

static const struct backend hw = {
	.name = "hw", .attach = hw_attach, .detach = hw_detach};
static const struct backend te = {
	.name = "te", .attach = te_attach, .detach = te_detach};

const struct backend *backend_find(enum backend_id id)
{
	return id == BACKEND_HW ? &hw : id == BACKEND_TE ? &te : NULL;
}

void mach_switched(struct vm *m)
{
}

bool vm_quiet(struct vm *m)
{
	return quiet;
}

void vm_pause(struct vm *m, enum vm_pause why)
{
	assert_int_equal(why, PAUSE_SWITCH);
	pauses++;
	m->pause |= why;
}

void vm_resume(struct vm *m, enum vm_pause why)
{
	assert_int_equal(why, PAUSE_SWITCH);
	resumes++;
	m->pause &= ~(u32)why;
}

void watch_backend(const struct vm *m)
{
	assert_ptr_equal(m, &vm);
}

void vm_build_ahead(struct vm *m)
{
	assert_ptr_equal(m->vcpu[0].backend,
			 hw_holds ? &hw : &te); /* it has changed by now */
	ahead++;
}

void timer_wait_fired(void)
{
	assert_true(quiet);
}

static u32 redecoded; /* a bit a vcpu */

void interp_redecode(struct vcpu *v)
{
	redecoded |= BIT(v->id);
}

/* A VM that hw runs. */
static int set_up(void **state)
{
	memset(&vm, 0, sizeof(vm));
	vm.spec.vcpus = VCPUS;
	vm.state = VM_RUNNING;
	vm.backend = BACKEND_HW;
	for (u32 i = 0; i < VCPUS; i++) {
		vm.vcpu[i].id = i;
		vm.vcpu[i].vm = &vm;
		vm.vcpu[i].backend = &hw;
		vm.vcpu[i].last_hart = &some_hart;
	}
	hw_holds = BIT(VCPUS) - 1;
	te_holds = pauses = resumes = ahead = redecoded = 0;
	refuse_at = VCPUS;
	quiet = true;
	return 0;
}

static void check_runs_by(const struct backend *b, u32 switches)
{
	assert_int_equal(hw_holds, b == &hw ? BIT(VCPUS) - 1 : 0);
	assert_int_equal(te_holds, b == &te ? BIT(VCPUS) - 1 : 0);
	for (u32 i = 0; i < VCPUS; i++)
		assert_ptr_equal(vm.vcpu[i].backend, b);
	assert_int_equal(vm.backend, b == &hw ? BACKEND_HW : BACKEND_TE);
	assert_int_equal(vm.switches, switches);
}

/* It waits until all stand still, and lets them go on afterwards. */
static void test_waits(void **state)
{
	quiet = false;
	for (u32 i = 0; i < 3; i++) {
		assert_int_equal(vm_switch(&vm, BACKEND_TE), SWITCH_WAIT);
		assert_int_equal(pauses, 1);
		assert_int_equal(resumes, 0);
		check_runs_by(&hw, 0);
	}
	quiet = true;
	assert_int_equal(vm_switch(&vm, BACKEND_TE), SWITCH_DONE);
	check_runs_by(&te, 1);
	assert_int_equal(resumes, 1);
	assert_int_equal(ahead, 1);
	for (u32 i = 0; i < VCPUS; i++)
		assert_null(vm.vcpu[i].last_hart);
}

/* What hardware has of what isa hides, and we have not, goes. */
static void test_hidden(void **state)
{
	host.features = HOST_FD | HOST_V;
	strcpy(vm.spec.isa, "rv64imafd_zicboz");
	vm.vcpu[1].state.csr.sstatus = SSTATUS_SD | SSTATUS_FS | SSTATUS_VS |
				       SSTATUS_SUM;
	vm.vcpu[1].state.csr.senvcfg = 0xf1;
	assert_int_equal(vm_switch(&vm, BACKEND_TE), SWITCH_DONE);
	assert_int_equal(vm.vcpu[1].state.csr.sstatus,
			 SSTATUS_SD | SSTATUS_FS | SSTATUS_SUM);
	assert_int_equal(vm.vcpu[1].state.csr.senvcfg, 0x81);
	assert_int_equal(vm.rules.no_sstatus, SSTATUS_VS);
	assert_int_equal(redecoded, BIT(VCPUS) - 1);
	assert_int_equal(vm_switch(&vm, BACKEND_HW), SWITCH_DONE);
	assert_int_equal(vm.rules.no_sstatus, 0);
	assert_int_equal(vm.rules.units, SSTATUS_FS);
}

/* Another life may have begun meanwhile: then it is asked to pause again. */
static void test_new_life(void **state)
{
	quiet = false;
	vm_switch(&vm, BACKEND_TE);
	vm.pause = 0;
	assert_int_equal(vm_switch(&vm, BACKEND_TE), SWITCH_WAIT);
	assert_int_equal(pauses, 2);
}

static void test_abandoned(void **state)
{
	quiet = false;
	vm_switch(&vm, BACKEND_TE);
	vm_switch_abandon(&vm);
	assert_int_equal(vm.pause, 0);
	check_runs_by(&hw, 0);
}

/* Whoever finds no memory, it runs on as it did. */
static void test_no_memory(void **state)
{
	for (refuse_at = 0; refuse_at < VCPUS; refuse_at++) {
		assert_int_equal(vm_switch(&vm, BACKEND_TE), SWITCH_NO_MEMORY);
		check_runs_by(&hw, 0);
		assert_int_equal(resumes, refuse_at + 1);
		assert_ptr_equal(vm.vcpu[1].last_hart, &some_hart);
	}
	assert_int_equal(ahead, 0);
}

static void test_missing(void **state)
{
	assert_int_equal(vm_switch(&vm, BACKEND_INTERP), SWITCH_MISSING);
	check_runs_by(&hw, 0);
	assert_int_equal(pauses, 0);
}

/* The one that it has: nothing happens. */
static void test_same(void **state)
{
	quiet = false;
	assert_int_equal(vm_switch(&vm, BACKEND_HW), SWITCH_DONE);
	check_runs_by(&hw, 0);
	assert_int_equal(pauses, 0);
	assert_ptr_equal(vm.vcpu[0].last_hart, &some_hart);
}

/* Without a life there is nothing to attach. */
static void test_stopped(void **state)
{
	vm.state = VM_STOPPED;
	hw_holds = 0;
	assert_int_equal(vm_switch(&vm, BACKEND_TE), SWITCH_DONE);
	assert_int_equal(hw_holds | te_holds, 0);
	assert_ptr_equal(vm.vcpu[VCPUS - 1].backend, &te);
	assert_int_equal(vm.backend, BACKEND_TE);
	assert_int_equal(ahead, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_waits, set_up),
		cmocka_unit_test_setup(test_hidden, set_up),
		cmocka_unit_test_setup(test_new_life, set_up),
		cmocka_unit_test_setup(test_abandoned, set_up),
		cmocka_unit_test_setup(test_no_memory, set_up),
		cmocka_unit_test_setup(test_missing, set_up),
		cmocka_unit_test_setup(test_same, set_up),
		cmocka_unit_test_setup(test_stopped, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
