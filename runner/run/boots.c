/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/boots.h"

#include <errno.h>
#include "base/log.h"
#include "base/sysroot.h"
#include "sys/boot_count.h"
#include "sys/kernel.h"

int boots_begin(const struct sysroot *root, struct store *store)
{
	const char *place;
	unsigned int boots;

	if (boot_count_add(root, &boots, &place) < 0) {
		log_info("boots cannot be counted here: after a panic the host does not start "
			 "again");
		if (kernel_stay_after_panic(root) < 0)
			log_error("the kernel starts the host again after a panic");
		return 0;
	}
	log_info("without a stick to go on from, boots are counted in %s: %u before this one",
		 place, boots);
	if (boots < BOOTS_MAX)
		return 0;
	store_note(store, true,
		   "given up: %u boots in a row have begun a run that did not end, by %s, and "
		   "there is no stick that could be written to go on from",
		   boots, place);
	return -ECANCELED;
}

void boots_end(const struct sysroot *root)
{
	boot_count_clear(root);
}
