/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ports that leave the bus in mid-run: a card that dies, or is pulled.
 */
#ifndef VFPROOF_ENGINE_PRESENCE_H
#define VFPROOF_ENGINE_PRESENCE_H

#include "model/ctx.h"

/*
 * Those of @ports (a bit per NIC of the inventory) that are on the bus and answer configuration
 * reads. Reads the devices, so that it can take long: for a child.
 */
uint64_t presence_take(const struct sysroot *root, const struct inventory *inv, uint64_t ports);
/*
 * What @lost ports (a bit per NIC) mean for the item of @pf: FAIL port_gone if its own is among
 * them, else SKIP, since what it found beside a port that went is void. Nothing if @lost is 0.
 */
void presence_judge(struct item_result *res, const struct inventory *inv, const struct nic *pf,
		    uint64_t lost);
/*
 * Before an item: false, with SKIP, if its port, or a peer that it needs for itself, was there
 * (@present) and is not any more.
 */
bool presence_check(struct ctx *ctx, uint64_t present);

#endif
