/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether the files that the appliance was booted with are those that it was built of. A process of
 * its own looks at them while the run goes on (`vfproof measure`, started by the appliance's init).
 */
#ifndef VFPROOF_RUN_MEASURE_H
#define VFPROOF_RUN_MEASURE_H

#include <jansson.h>
#include "base/util.h"

struct sysroot;

#define MEASURE_LIST "usr/lib/vfproof/image.list" /* scripts/build/image-list */

/*
 * Compares all files with the list: {state, as_built, files, list_sha256, changes, kernel_sha256,
 * build_id}. Caller owns the result, NULL without memory.
 */
json_t *measure_image(const struct sysroot *root) must_check;
/* Does that and leaves the result in /run/vfproof. Returns the exit status. */
int measure_main(const char *root_path) must_check;
/*
 * For the run's end: waits for that result, @timeout_ms at most, and returns what the event "boot"
 * of the journal says. Caller owns it, NULL without memory.
 */
json_t *measure_collect(const struct sysroot *root, unsigned int timeout_ms) must_check;

#endif
