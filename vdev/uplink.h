/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's network card as a port of the switch "host". */
#ifndef VDEV_UPLINK_H
#define VDEV_UPLINK_H

#include "hyp/types.h"

#define UPLINK_SWITCH "host"

/* Once, at boot, on the hart that is to have the card's interrupts. */
void uplink_init(void);

/* There is a card that works. */
bool uplink_present(void);

#endif
