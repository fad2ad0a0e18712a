// SPDX-License-Identifier: GPL-2.0-or-later
#include "82599/models.h"

const struct nic_model *const nic_models[] = { &model_82599, &model_82599_sfp, &model_x540, NULL };
