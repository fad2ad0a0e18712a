/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel modules of the nested guest, without libkmod. The guest's initramfs holds, all in
 * /lib/modules (the index files are written by guest-image/build from depmod's files):
 *
 *   NAME.ko   modules, uncompressed, NAME with underscores: those that this guest's devices need,
 *             added by the runner (vm/image.h)
 *   aliases   lines "GLOB NAME" as in modules.alias, for all modules of modules.list
 *   deps      one line "NAME: DEP DEP ..." per module: everything it needs, in loading order
 *
 *   overlay.aliases, overlay.deps   the same for the modules of an overlay, added by the runner
 * with them; they come before the others
 *
 * A driver that is built into the kernel is in neither file.
 */
#ifndef VFPROOF_AGENT_MODULES_H
#define VFPROOF_AGENT_MODULES_H

#include "base/util.h"

#define AGENT_MAX_MODULES 128
#define AGENT_MODULE_NAME 56 /* MODULE_NAME_LEN of the kernel */
#define AGENT_MAX_MODALIASES 64
#define AGENT_MODALIAS_SIZE 128

struct sysroot;

struct agent_modules {
	const struct sysroot *root;
	char *aliases, *deps;
	char *overlay_aliases, *overlay_deps; /* NULL: no overlay */
	/* Puts one module into the kernel: 0 (also if it is in already) or -errno. */
	int (*insert)(const struct sysroot *root, const char *name);
	/* For whoever looks on while another process loads: text ends within the arrays. */
	char loading[AGENT_MODULE_NAME]; /* being inserted now, "" if none is */
	uint64_t loading_since_ms;
	char failed[AGENT_MODULE_NAME]; /* the last that could not be inserted, "" if all could */
	int error; /* of it: -errno */
	unsigned int n_tried;
	char tried[AGENT_MAX_MODULES][AGENT_MODULE_NAME];
	unsigned int n_done; /* modaliases that have been looked up */
	char done[AGENT_MAX_MODALIASES][AGENT_MODALIAS_SIZE];
};

/* Reads the index files. @root is borrowed. Returns 0 or -errno; -ENOENT: an image without modules.
 */
int agent_modules_init(struct agent_modules *m, const struct sysroot *root) must_check;
void agent_modules_free(struct agent_modules *m);
/* Loads a module and what it needs, each once. -ENOENT if it is not in the image (built in). */
int agent_modules_load(struct agent_modules *m, const char *name) must_check;
/* True if there is a device, PCI or virtio, whose drivers were not looked up yet. */
bool agent_modules_pending(const struct agent_modules *m);
/* Loads the drivers of all PCI and virtio devices that are present now. */
void agent_modules_probe(struct agent_modules *m);

#endif
