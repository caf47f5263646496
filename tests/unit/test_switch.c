/* SPDX-License-Identifier: BSD-2-Clause */
/* Switches: who gets which frame, what is learned, what is counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "host.h"
#include "hyp/util.h"
#include "vdev/switch.h"

#define PORTS 3

static struct port ports[PORTS];
static u32 got[PORTS];
static bool full[PORTS];
static u8 last[ETH_FRAME_MAX];

static bool take(struct port *p, const u8 *frame, u32 len)
{
	assert_true(lock_held(&p->at->lock));
	if (full[p - ports])
		return false;
	got[p - ports]++;
	memcpy(last, frame, len);
	return true;
}

/* Port n has the address 2:0:0:0:0:n. */
static int set_up(void **state)
{
	memset(ports, 0, sizeof(ports));
	memset(got, 0, sizeof(got));
	memset(full, 0, sizeof(full));
	for (u32 i = 0; i < PORTS; i++) {
		ports[i].receive = take;
		ports[i].addr[0] = 2;
		ports[i].addr[5] = i;
	}
	return 0;
}

static int tear_down(void **state)
{
	for (u32 i = 0; i < PORTS; i++) {
		if (ports[i].at)
			switch_unplug(&ports[i]);
	}
	return 0;
}

static void plug_all(const char *name)
{
	for (u32 i = 0; i < PORTS; i++)
		assert_true(switch_plug(&ports[i], name));
}

static void send(u32 from, u8 to, u32 len)
{
	u8 frame[ETH_FRAME_MAX + 1] = {2, 0, 0, 0, 0, to, 2, 0, 0, 0, 0, from};

	if (to == 0xff)
		memset(frame, 0xff, ETH_ADDR);
	memset(frame + ETH_HEADER, 0x5a, sizeof(frame) - ETH_HEADER);
	switch_send(&ports[from], frame, len);
}

static void expect(u32 a, u32 b, u32 c)
{
	assert_int_equal(got[0], a);
	assert_int_equal(got[1], b);
	assert_int_equal(got[2], c);
}

/* To all until it is known where the other one is, then only there. */
static void test_learns(void **state)
{
	plug_all("lan");
	send(0, 1, 64);
	expect(0, 1, 1);
	send(1, 0, 64);
	expect(1, 1, 1);
	send(0, 1, 64);
	expect(1, 2, 1);
	assert_int_equal(ports[0].sent, 2);
	assert_int_equal(ports[1].received, 2);
	assert_int_equal(last[ETH_HEADER], 0x5a);
}

static void test_broadcast(void **state)
{
	plug_all("lan");
	send(1, 0, 64);
	send(0, 0xff, 64);
	expect(1, 1, 2);
}

/* One that has moved is found where it was seen last. */
static void test_moves(void **state)
{
	u8 frame[64] = {2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 1};

	plug_all("lan");
	send(1, 0, 64);
	switch_send(&ports[2], frame, sizeof(frame));
	memset(got, 0, sizeof(got));
	send(0, 1, 64);
	expect(0, 0, 1);
}

/* Nor is a frame sent back to where it came from. */
static void test_to_itself(void **state)
{
	plug_all("lan");
	send(0, 0, 64);
	memset(got, 0, sizeof(got));
	send(0, 0, 64);
	expect(0, 0, 0);
}

static void test_isolated(void **state)
{
	assert_true(switch_plug(&ports[0], "lan"));
	assert_true(switch_plug(&ports[1], "lan"));
	assert_true(switch_plug(&ports[2], "lan2"));
	send(0, 0xff, 64);
	send(2, 0xff, 64);
	send(2, 0, 64);
	expect(0, 1, 0);
}

static void test_locked(void **state)
{
	u8 frame[64] = {2, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2};

	ports[1].locked = true;
	plug_all("lan");
	switch_send(&ports[1], frame, sizeof(frame));
	expect(0, 0, 0);
	assert_int_equal(ports[1].refused, 1);
	send(1, 0, 64);
	expect(1, 0, 1);
}

static void test_lengths(void **state)
{
	plug_all("lan");
	send(0, 1, 0);
	send(0, 1, ETH_HEADER - 1);
	send(0, 1, ETH_FRAME_MAX + 1);
	expect(0, 0, 0);
	assert_int_equal(ports[0].refused, 3);
	send(0, 1, ETH_HEADER);
	send(0, 1, ETH_FRAME_MAX);
	expect(0, 2, 2);
}

static void test_lost(void **state)
{
	plug_all("lan");
	full[1] = true;
	send(0, 0xff, 64);
	expect(0, 0, 1);
	assert_int_equal(ports[1].lost, 1);
	assert_int_equal(ports[1].received, 0);
}

/* Who is gone is forgotten: nothing is sent to it, others are asked. */
static void test_unplug(void **state)
{
	plug_all("lan");
	send(1, 0, 64);
	memset(got, 0, sizeof(got));
	switch_unplug(&ports[1]);
	send(0, 1, 64);
	expect(0, 0, 1);
}

static void test_names(void **state)
{
	char name[SWITCH_NAME_MAX + 1];
	struct port many[SWITCHES_MAX + 1] = {0};

	memset(name, 'x', sizeof(name));
	name[SWITCH_NAME_MAX] = '\0';
	assert_false(switch_plug(&ports[0], name));
	assert_false(switch_plug(&ports[0], ""));
	for (u32 i = 0; i <= SWITCHES_MAX; i++) {
		name[0] = 'a' + i;
		name[1] = '\0';
		assert_int_equal(switch_plug(&many[i], name), i < SWITCHES_MAX);
	}
	assert_true(switch_plug(&ports[0], "a"));
	switch_unplug(&ports[0]);
	for (u32 i = 0; i < SWITCHES_MAX; i++)
		switch_unplug(&many[i]);
	assert_true(switch_plug(&ports[0], "anew"));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_learns),    CASE(test_broadcast), CASE(test_moves),
		CASE(test_to_itself), CASE(test_isolated),  CASE(test_locked),
		CASE(test_lengths),   CASE(test_lost),      CASE(test_unplug),
		CASE(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
