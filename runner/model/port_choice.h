/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The setting "ports": which SR-IOV ports are tested, and which are left out. docs/settings.md. */
#ifndef VFPROOF_MODEL_PORT_CHOICE_H
#define VFPROOF_MODEL_PORT_CHOICE_H

#include "base/util.h"

#define PORT_CHOICE_SIZE 512

struct inventory;

/* Words separated by commas: all, linked, addresses, MACs, driver names, globs; "-" in front. */
bool port_choice_is_valid(const char *setting);
/* True if the setting asks which ports have a link. */
bool port_choice_asks_link(const char *setting);
/*
 * Sets "left_out" of each NIC that @setting leaves out to the reason, which stays. As long as links
 * are not known (@links_known false), each port is taken to have one.
 */
void port_choice_apply(const char *setting, bool links_known, struct inventory *inv);
/*
 * Copies the next word from *@pos on that fits no NIC to @text and moves *@pos behind it; begin
 * with the setting. False: there is none left.
 */
bool port_choice_unmatched(const char **pos, const struct inventory *inv, char *text, size_t size);

#endif
