/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Drivers, KVM and VFIO, as far as they come. */
#include "run/hardware.h"

#include <errno.h>
#include <time.h>
#include "base/clock.h"
#include "base/log.h"
#include "journal/store.h"
#include "sys/inventory.h"
#include "sys/module.h"
#include "sys/module_start.h"
#include "sys/pstore.h"
#include "sys/vfio.h"

static void note_error(struct store *store, const char *what, int err)
{
	if (err >= 0)
		return;
	log_errno(err, "load", what);
	if (err == -ETIMEDOUT)
		store_note(store, true, "%s: a module hangs while it is loaded", what);
}

static void note_start(struct store *store, const struct module_start *s)
{
	char what[256];

	module_start_describe(s, what, sizeof(what));
	if (s->state == MODULE_HANGS)
		store_note(store, true,
			   "driver %s hangs while it starts: its ports are not tested, and the "
			   "kernel's watch for hung tasks is off",
			   what);
	else if (s->state == MODULE_DIED)
		store_note(store, true, "the process that loads driver %s dies", what);
}

void hardware_load(const struct sysroot *root, struct store *store, bool unsafe)
{
	_cleanup_free_ struct module_starts *starts = calloc(1, sizeof(*starts));
	unsigned int i;

	note_error(store, "the modules of network controllers",
		   starts ? module_start_nics(root, starts) : -ENOMEM);
	for (i = 0; starts && i < starts->n; i++)
		note_start(store, &starts->list[i]);
	note_error(store, "KVM", module_load_for_kvm(root));
	note_error(store, "the modules of VFIO", vfio_load(root, unsafe));
}

void hardware_note_clock(struct store *store, const char *later)
{
	int64_t ms = (int64_t)time(NULL) * 1000;
	char text[CLOCK_STRLEN];

	clock_format(ms, text);
	if (clock_is_plausible(ms)) {
		if (later[0])
			store_note(store, false,
				   "the server's clock says %s, but there is a run of this server "
				   "on the stick from %s: one of both times is wrong",
				   text, later);
		return;
	}
	store_note(store, false,
		   "the server's clock says %s: set it, and change its battery if it does not keep "
		   "the time",
		   text);
}

void hardware_take_last_words(const struct sysroot *root, struct store *store)
{
	json_t *lines = pstore_read(root);

	if (!lines)
		return;
	log_info("%zu lines are kept that the kernel said at the end of an earlier boot",
		 json_array_size(lines));
	if (store_append(store, "last_words", json_pack("{s:o}", "lines", lines)) == 0)
		pstore_clear(root);
}

void hardware_note_silence(struct store *store, const struct inventory *inv, bool host, bool iommu)
{
	char addr[PCI_ADDR_STRLEN];
	unsigned int i;

	if (!host || !iommu)
		store_note(store, true, "the kernel does not answer what is asked about %s",
			   host ? "the IOMMU" : "the host");
	for (i = 0; i < inv->n_nics; i++) {
		const struct nic *n = &inv->nics[i];

		if (n->silent)
			store_note(store, true,
				   "%s (driver %s) is not tested: the kernel does not answer when "
				   "its state is read",
				   pci_addr_format(&n->addr, addr),
				   n->driver[0] ? n->driver : "none");
	}
}
