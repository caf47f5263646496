/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the SBI's steal time ("Steal-time Accounting Extension"). */
#include <signal.h>
#include <sys/time.h>

#include "fuzz.h"
#include "sbi_bench.h"
#include "vcpu/sta.h"

#define HZ       10000000
#define NS       100 /* a tick */
#define AT       (RAM + KiB(12) + 192)
#define ALL_ONES (~0UL)

/* As specified, by offset. */
struct told {
	u32 sequence, flags;
	u64 steal;
	u8 preempted, pad[47];
};

static void begin(void)
{
	start(2);
	host.timebase = HZ;
}

static void set(u64 low, u64 high, u64 flags, long error)
{
	check(SBI_EXT_STA, 0, low, high, flags, error, 0);
}

static struct told told_at(u64 gpa)
{
	struct told t;

	assert_int_equal(sizeof(t), 64);
	assert_true(gmap_read(&vm.gmap, GPA(gpa), &t, sizeof(t)));
	return t;
}

static void need(u64 gpa, u32 sequence, u64 steal, u8 preempted)
{
	struct told want = {
		.sequence = sequence, .steal = steal, .preempted = preempted};
	struct told t = told_at(gpa);

	assert_memory_equal(&t, &want, sizeof(t));
}

/* ---- the call ----------------------------------------------------------- */

static void test_answers(void **state)
{
	static const u64 nowhere[] = {
		0,          64,           RAM - 64,
		RAM + SIZE, 0x10000000UL, ALIGN_DOWN(ALL_ONES, 64),
		1UL << 63,  1UL << 40,    RAM | 1UL << 56};

	begin();
	for (u64 off = 1; off < 64; off++)
		set(AT + off, 0, 0, SBI_ERR_INVALID_PARAM);
	for (u32 bit = 0; bit < 64; bit++) {
		set(AT, 0, BIT(bit), SBI_ERR_INVALID_PARAM);
		set(ALL_ONES, ALL_ONES, BIT(bit), SBI_ERR_INVALID_PARAM);
		set(AT, BIT(bit), 0, SBI_ERR_INVALID_ADDRESS);
	}
	set(ALL_ONES, 0, 0, SBI_ERR_INVALID_PARAM);
	set(AT, ALL_ONES, 0, SBI_ERR_INVALID_ADDRESS);
	for (u32 i = 0; i < ARRAY_SIZE(nowhere); i++)
		set(nowhere[i], 0, 0, SBI_ERR_INVALID_ADDRESS);
	assert_false(sta_wanted(self));
	check(SBI_EXT_STA, 1, AT, 0, 0, SBI_ERR_NOT_SUPPORTED, 0);
	check(SBI_EXT_STA, 1UL << 32, AT, 0, 0, SBI_ERR_NOT_SUPPORTED, 0);
	assert_false(sta_wanted(self));
	set(RAM, 0, 0, SBI_SUCCESS);
	set(RAM + SIZE - 64, 0, 0, SBI_SUCCESS);
	assert_true(sta_wanted(self));
	/* A mistake leaves what is. */
	set(AT + 1, 0, 0, SBI_ERR_INVALID_PARAM);
	assert_int_equal(self->sta.shmem.raw, RAM + SIZE - 64);
	set(ALL_ONES, ALL_ONES, 0, SBI_SUCCESS);
	assert_false(sta_wanted(self));
	set(ALL_ONES, ALL_ONES, 0, SBI_SUCCESS);
}

/* Its 64 bytes are zeroed, and no other. */
static void test_zeroes(void **state)
{
	u8 before[192], after[192];

	begin();
	memset(before, 0x5a, sizeof(before));
	assert_true(gmap_write(&vm.gmap, GPA(AT - 64), before, 192));
	self->task.waited = 12345; /* before it asked */
	set(AT, 0, 0, SBI_SUCCESS);
	assert_true(gmap_read(&vm.gmap, GPA(AT - 64), after, 192));
	memset(before + 64, 0, 64);
	assert_memory_equal(before, after, 192);
	sta_enter(self);
	assert_true(gmap_read(&vm.gmap, GPA(AT - 64), after, 192));
	assert_memory_equal(before, after, 192);
}

/* Without memory for the page the guest hears of it, and nothing else. */
static void test_no_memory(void **state)
{
	begin();
	host_exhaust(0);
	set(RAM + MiB(3), 0, 0, SBI_ERR_FAILED);
	assert_false(sta_wanted(self));
	host_relieve();
	set(RAM + MiB(3), 0, 0, SBI_SUCCESS);
}

/* ---- the report -----------------------------------------------------------
 */

static void test_report(void **state)
{
	begin();
	self->task.waited = 1000;
	set(AT, 0, 0, SBI_SUCCESS);
	sta_enter(self);
	need(AT, 0, 0, 0);
	self->task.waited += 5;
	sta_enter(self);
	need(AT, 2, 5 * NS, 0);
	sta_enter(self); /* nothing new: nothing written */
	need(AT, 2, 5 * NS, 0);
	self->task.waited += 7;
	sta_enter(self);
	need(AT, 4, 12 * NS, 0);
	/* Another structure, begun anew; the time goes on. */
	self->task.waited += 100;
	set(RAM, 0, 0, SBI_SUCCESS);
	need(RAM, 2, 12 * NS, 0);
	self->task.waited++;
	sta_enter(self);
	need(RAM, 4, 13 * NS, 0);
	need(AT, 4, 12 * NS, 0);
}

static void test_preempted(void **state)
{
	begin();
	set(AT, 0, 0, SBI_SUCCESS);
	sta_leave(self);
	need(AT, 0, 0, 1);
	self->task.waited += 3;
	sta_enter(self);
	need(AT, 2, 3 * NS, 0);
	sta_leave(self);
	sta_enter(self); /* also if it got a hart at once */
	need(AT, 4, 3 * NS, 0);
}

/* What the guest writes there harms itself only. */
static void test_scribbled(void **state)
{
	begin();
	set(AT, 0, 0, SBI_SUCCESS);
	self->task.waited += 2;
	sta_enter(self);
	for (u32 off = 0; off < 64; off++)
		assert_true(gmap_write(&vm.gmap, GPA(AT + off), "\xff", 1));
	self->task.waited += 2;
	sta_enter(self);
	assert_int_equal(told_at(AT).sequence, 4);
	assert_int_equal(told_at(AT).steal, 4 * NS);
	assert_int_equal(told_at(AT).preempted, 0);
}

static void test_nanoseconds(void **state)
{
	u64 seed = fuzz_seed();

	begin();
	for (u32 i = 0; i < 20000; i++) {
		u64 r = fuzz_random(&seed);
		u32 hz = (u32)fuzz_random(&seed) >> r % 32;
		u64 ticks = fuzz_random(&seed) >> (r >> 8) % 64;
		unsigned __int128 ns = (unsigned __int128)ticks * 1000000000;

		host.timebase = MAX(hz, 1U);
		ns /= host.timebase;
		self->sta.stolen = 0;
		set(AT, 0, 0, SBI_SUCCESS);
		self->task.waited += ticks;
		sta_enter(self);
		assert_int_equal(told_at(AT).steal, (u64)ns);
	}
}

/* ---- a reader in the midst of it ---------------------------------------- */

#define LOOKS 5000

static const struct told *live;
static volatile u32 looks, wrong;

/* At an even sequence steal is that of the sequence, wherever we are. */
static void look(int signal)
{
	u32 sequence = __atomic_load_n(&live->sequence, __ATOMIC_ACQUIRE);
	u64 steal = __atomic_load_n(&live->steal, __ATOMIC_ACQUIRE);

	looks++;
	wrong += !(sequence & 1) && steal != sequence / 2 * NS;
}

static void test_reader(void **state)
{
	struct itimerval often = {{0, 100}, {0, 100}}, never = {};
	struct gpage page;

	begin();
	set(AT, 0, 0, SBI_SUCCESS);
	assert_true(gmap_get(&vm.gmap, GPA(AT), &page));
	live = hpa_ptr(HPA(page.hpa.raw + (AT - page.gpa.raw)));
	signal(SIGALRM, look);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	while (looks < LOOKS) {
		self->task.waited++;
		sta_enter(self);
	}
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_zeroes),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_report),
		cmocka_unit_test(test_preempted),
		cmocka_unit_test(test_scribbled),
		cmocka_unit_test(test_nanoseconds),
		cmocka_unit_test(test_reader),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
