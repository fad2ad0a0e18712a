/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a port is, so that a hand finds it: its slot, what is printed beside its socket, its
 * number on the card. Firmware and driver are asked; none of them has to know.
 */
#ifndef VFPROOF_SYS_PLACE_H
#define VFPROOF_SYS_PLACE_H

struct nic;
struct sysroot;

/*
 * Reads slot, slot_name, label and dev_port of @n, whose address, bridges above and netdev are
 * known; "" or -1 where nobody says it.
 */
void place_read(const struct sysroot *root, struct nic *n);
/*
 * The one text that names the place, in the member @place: "slot PCIe 3, port p0", "Onboard LAN 1";
 * "" if nothing is known of it.
 */
void place_describe(struct nic *n);

#endif
