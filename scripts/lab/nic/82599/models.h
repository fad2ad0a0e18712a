/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cards of this folder, for the list of all.
 */
#ifndef VFPROOF_LAB_NIC_82599_MODELS_H
#define VFPROOF_LAB_NIC_82599_MODELS_H

#include "../nic.h"

extern const struct nic_model model_82599, model_82599_sfp, model_x540;

#endif
