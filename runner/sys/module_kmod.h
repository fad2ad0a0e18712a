/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files that call libkmod share.
 */
#ifndef VFPROOF_SYS_MODULE_KMOD_H
#define VFPROOF_SYS_MODULE_KMOD_H

#include <libkmod.h>
#include "base/util.h"

static inline void kmod_unrefp(struct kmod_ctx **ctx)
{
	if (*ctx)
		kmod_unref(*ctx);
}

static inline void kmod_list_unrefp(struct kmod_list **list)
{
	if (*list)
		kmod_module_unref_list(*list);
}

#define _cleanup_kmod_ _cleanup_(kmod_unrefp)
#define _cleanup_kmod_list_ _cleanup_(kmod_list_unrefp)

/*
 * For the modules below @dir; NULL: those of the running kernel. Without modprobe.d: an install
 * command in it would be run by a shell. Parameters and blacklists of the kernel command line apply
 * all the same. NULL without memory.
 */
static inline struct kmod_ctx *module_new_context(const char *dir)
{
	static const char *const no_config[] = { NULL };

	return kmod_new(dir, no_config);
}

/*
 * The module that makes the network interfaces of another one's devices though nothing depends on
 * it, so that neither alias nor dependency leads to it; NULL for most. guest-image/modules.list has
 * the same for guests.
 */
const char *module_companion(const char *name);

#endif
