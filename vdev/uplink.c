/* SPDX-License-Identifier: BSD-2-Clause */
/* From the switch to the host's card, and from there to the switch. */
#include "hyp/hostnet.h"
#include "hyp/util.h"
#include "vdev/switch.h"
#include "vdev/uplink.h"

_Static_assert(ETH_FRAME_MAX == HOSTNET_FRAME_MAX, "what fits here fits there");

static bool present;

static bool to_host(struct port *p, const u8 *frame, u32 len)
{
	return hostnet_send(frame, len);
}

static struct port uplink = {.receive = to_host};

static void from_host(const u8 *frame, u32 len)
{
	switch_send(&uplink, frame, len);
}

void uplink_init(void)
{
	BUG_ON(!switch_plug(&uplink, UPLINK_SWITCH));
	present = hostnet_init(from_host);
	if (!present)
		switch_unplug(&uplink);
}

bool uplink_present(void)
{
	return present;
}
