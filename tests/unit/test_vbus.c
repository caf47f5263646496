/* SPDX-License-Identifier: BSD-2-Clause */
/* The device bus: finding, refusing, locking, resetting. */
#include <string.h>

#include "mmio.h"
#include "hyp/util.h"

struct probe {
	struct vdev dev;
	struct mmio seen;
	bool refuse;
	u32 reset_order;
};

static u32 resets;

static bool probe_access(struct vdev *d, struct mmio *m)
{
	struct probe *p = container_of(d, struct probe, dev);

	assert_true(lock_held(&d->lock));
	p->seen = *m;
	if (!m->write)
		m->data = 0x5a;
	return !p->refuse;
}

static void probe_reset(struct vdev *d)
{
	assert_true(lock_held(&d->lock));
	container_of(d, struct probe, dev)->reset_order = ++resets;
}

static const struct vdev_ops probe_ops = {
	.name = "probe",
	.access = probe_access,
	.reset = probe_reset,
};

static struct probe probes[VBUS_MAX + 1];

static bool add(struct probe *p, u64 base, u64 size)
{
	memset(p, 0, sizeof(*p));
	vdev_init(&p->dev, &probe_ops, GPA(base), size);
	return vbus_add(&bus, &p->dev);
}

static int setup(void **state)
{
	memset(&bus, 0, sizeof(bus));
	resets = 0;
	return 0;
}

static struct vdev *find(u64 addr, u32 len)
{
	return vbus_find(&bus, GPA(addr), len);
}

static void test_empty(void **state)
{
	assert_null(find(0, 1));
	assert_null(find(~0UL, 8));
	mmio_refused(0, 4);
	vbus_reset(&bus);
}

static void test_edges(void **state)
{
	struct vdev *d = &probes[0].dev;

	assert_true(add(&probes[0], 0x1000, 0x100));
	assert_ptr_equal(find(0x1000, 1), d);
	assert_ptr_equal(find(0x10ff, 1), d);
	assert_ptr_equal(find(0x10f8, 8), d);
	assert_null(find(0x10f9, 8));
	assert_null(find(0x10ff, 2));
	assert_null(find(0x1100, 1));
	assert_null(find(0xfff, 1));
	assert_null(find(0xfff, 2));
	assert_null(find(~0UL, 8));
	assert_null(find(0, 1));
}

static void test_top_of_memory(void **state)
{
	assert_true(add(&probes[0], -0x1000UL, 0x1000));
	assert_ptr_equal(find(-8UL, 8), &probes[0].dev);
	assert_null(find(-4UL, 8));
	assert_null(find(0, 1));
	assert_false(add(&probes[1], -0x2000UL, 0x3000));
}

static void test_bad_devices(void **state)
{
	assert_true(add(&probes[0], 0x1000, 0x100));
	assert_false(add(&probes[1], 0x2000, 0));
	assert_false(add(&probes[1], 0x1000, 0x100));
	assert_false(add(&probes[1], 0x10ff, 1));
	assert_false(add(&probes[1], 0xfff, 2));
	assert_false(add(&probes[1], 0, 0x10000));
	assert_false(add(&probes[1], 0x1040, 8));
	assert_int_equal(bus.count, 1);
	assert_true(add(&probes[1], 0x1100, 0x100));
	assert_true(add(&probes[2], 0xf00, 0x100));
}

static void test_full(void **state)
{
	for (u32 i = 0; i < VBUS_MAX; i++)
		assert_true(add(&probes[i], i * 0x1000, 0x1000));
	assert_false(add(&probes[VBUS_MAX], VBUS_MAX * 0x1000, 0x1000));
	for (u32 i = 0; i < VBUS_MAX; i++)
		assert_ptr_equal(find(i * 0x1000 + 8, 4), &probes[i].dev);
	for (u32 i = VBUS_MAX; i-- > 0;)
		assert_ptr_equal(find(i * 0x1000 + 8, 4), &probes[i].dev);
}

/* A miss leaves the last hit alone, and the last hit hides no other device. */
static void test_last_hit(void **state)
{
	assert_true(add(&probes[0], 0x1000, 0x1000));
	assert_true(add(&probes[1], 0x2000, 0x1000));
	assert_ptr_equal(find(0x2000, 4), &probes[1].dev);
	assert_ptr_equal(bus.last, &probes[1].dev);
	assert_null(find(0x8000, 4));
	assert_ptr_equal(bus.last, &probes[1].dev);
	assert_ptr_equal(find(0x1ffc, 4), &probes[0].dev);
	assert_ptr_equal(bus.last, &probes[0].dev);
	assert_null(find(0x1ffe, 4));
}

static void test_access(void **state)
{
	struct probe *p = &probes[0];

	assert_true(add(p, 0x1000, 0x100));
	assert_int_equal(mmio_read(0x1010, 4), 0x5a);
	assert_int_equal(p->seen.off, 0x10);
	assert_int_equal(p->seen.len, 4);
	assert_int_equal(p->seen.data, 0);
	assert_false(p->seen.write);
	assert_false(lock_held(&p->dev.lock));
	assert_int_equal(p->dev.accesses, 1);
	p->refuse = true;
	mmio_refused(0x1010, 4);
	assert_false(lock_held(&p->dev.lock));
	assert_int_equal(p->dev.accesses, 3);
	mmio_refused(0x1100, 4);
	assert_int_equal(p->dev.accesses, 3);
}

static bool probe_quick(struct vdev *d, struct mmio *m)
{
	assert_false(lock_held(&d->lock));
	if (m->write)
		return vdev_access(d, m);
	m->data = m->off;
	return true;
}

static const struct vdev_ops quick_ops = {
	.name = "quick",
	.quick = probe_quick,
	.access = probe_access,
	.reset = probe_reset,
};

static void test_quick(void **state)
{
	assert_true(add(&probes[0], 0x1000, 0x100));
	probes[0].dev.ops = &quick_ops;
	assert_int_equal(mmio_read(0x1044, 4), 0x44);
	assert_int_equal(mmio_read(0x1048, 4), 0x48); /* the last hit's way */
	assert_int_equal(probes[0].seen.len, 0);
	mmio_write(0x1044, 2, 0x12345);
	assert_int_equal(probes[0].seen.data, 0x2345);
	assert_int_equal(probes[0].dev.accesses, 3);
}

static void test_write_is_cut(void **state)
{
	static const u64 cut[] = {0xef, 0xcdef, 0x89abcdef, 0x0123456789abcdef};

	assert_true(add(&probes[0], 0x1000, 0x100));
	for (u32 i = 0; i < ARRAY_SIZE(cut); i++) {
		mmio_write(0x1000, 1 << i, 0x0123456789abcdef);
		assert_true(probes[0].seen.write);
		assert_int_equal(probes[0].seen.data, cut[i]);
	}
}

static void test_reset_order(void **state)
{
	for (u32 i = 0; i < 3; i++)
		assert_true(add(&probes[i], i * 0x1000, 0x1000));
	vbus_reset(&bus);
	for (u32 i = 0; i < 3; i++) {
		assert_int_equal(probes[i].reset_order, 3 - i);
		assert_false(lock_held(&probes[i].dev.lock));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_empty, setup),
		cmocka_unit_test_setup(test_edges, setup),
		cmocka_unit_test_setup(test_top_of_memory, setup),
		cmocka_unit_test_setup(test_bad_devices, setup),
		cmocka_unit_test_setup(test_full, setup),
		cmocka_unit_test_setup(test_last_hit, setup),
		cmocka_unit_test_setup(test_access, setup),
		cmocka_unit_test_setup(test_quick, setup),
		cmocka_unit_test_setup(test_write_is_cut, setup),
		cmocka_unit_test_setup(test_reset_order, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
