/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/place.h"

#include <string.h>
#include "base/sysroot.h"
#include "sys/dmi.h"
#include "sys/inventory.h"
#include "sys/smbios.h"

#define MAX_SLOTS 512

/* The kernel's name of the slot: sys/bus/pci/slots/NAME/address is without function. */
static void read_slot(const struct sysroot *root, struct nic *n)
{
	_cleanup_closedir_ DIR *dir = sysroot_opendir(root, "sys/bus/pci/slots");
	char want[PCI_ADDR_STRLEN], address[PCI_ADDR_STRLEN];
	struct dirent *entry;
	unsigned int i;

	pci_addr_format(&n->addr, want);
	*strrchr(want, '.') = '\0';
	for (i = 0; dir && i < MAX_SLOTS && (entry = readdir(dir)); i++) {
		if (entry->d_name[0] == '.' ||
		    sysroot_read(root, address, sizeof(address), "sys/bus/pci/slots/%s/address",
				 entry->d_name) <= 0 ||
		    strcmp(address, want) != 0)
			continue;
		util_strlcpy(n->slot, sizeof(n->slot), entry->d_name);
		util_sanitise(n->slot);
	}
}

/* A card with several ports may be in the table by its first function. */
static bool is_card(const struct pci_addr *a, const struct nic *n)
{
	return a->domain == n->addr.domain && a->bus == n->addr.bus && a->dev == n->addr.dev &&
	       (a->fn == 0 || a->fn == n->addr.fn);
}

/* How far above the NIC the slot's address is: 0 it is the card's own; UINT_MAX it is elsewhere. */
static unsigned int distance(const struct pci_addr *a, const struct nic *n)
{
	unsigned int i;

	if (is_card(a, n))
		return 0;
	for (i = 0; i < n->n_above; i++)
		if (pci_addr_cmp(a, &n->above[i]) == 0)
			return i + 1;
	return UINT32_MAX;
}

/* The slot that is nearest above it, and the socket that is exactly it. */
static void read_smbios(const struct sysroot *root, struct nic *n)
{
	_cleanup_free_ struct smbios *table = malloc(sizeof(*table));
	unsigned int nearest = UINT32_MAX, i;

	/* Of a table that is damaged, what comes before the damage. */
	if (!table || (smbios_read(root, table) < 0 && table->n == 0))
		return;
	for (i = 0; i < table->n; i++) {
		const struct smbios_place *p = &table->places[i];
		const unsigned int far = distance(&p->addr, n);

		if (p->kind == SMBIOS_SLOT && far < nearest) {
			nearest = far;
			util_strlcpy(n->slot_name, sizeof(n->slot_name), p->name);
		} else if (p->kind == SMBIOS_ONBOARD && !n->label[0] &&
			   pci_addr_cmp(&p->addr, &n->addr) == 0) {
			util_strlcpy(n->label, sizeof(n->label), p->name);
		}
	}
}

/* The kernel's: of ACPI's _DSM, or of SMBIOS as well. */
static void read_label(const struct sysroot *root, struct nic *n)
{
	char a[PCI_ADDR_STRLEN], text[sizeof(n->label)];

	if (sysroot_read(root, text, sizeof(text), "sys/bus/pci/devices/%s/label",
			 pci_addr_format(&n->addr, a)) <= 0)
		return;
	util_sanitise(text);
	if (!dmi_is_placeholder(text))
		util_strlcpy(n->label, sizeof(n->label), util_trim(text));
}

void place_read(const struct sysroot *root, struct nic *n)
{
	uint64_t port;

	n->dev_port = -1;
	read_slot(root, n);
	read_label(root, n);
	read_smbios(root, n);
	if (n->ifname[0] &&
	    sysroot_read_u64(root, &port, "sys/class/net/%s/dev_port", n->ifname) == 0 &&
	    port <= UINT16_MAX)
		n->dev_port = (int)port;
}

void place_describe(struct nic *n)
{
	const char *slot = n->slot_name[0] ? n->slot_name : n->slot;
	size_t len;

	n->place[0] = '\0';
	if (n->label[0])
		util_strlcpy(n->place, sizeof(n->place), n->label);
	else if (slot[0])
		util_format(n->place, sizeof(n->place), "%s%s",
			    strcasestr(slot, "slot") ? "" : "slot ", slot);
	len = strlen(n->place);
	if (n->port_name[0])
		util_format(n->place + len, sizeof(n->place) - len, "%sport %s", len ? ", " : "",
			    n->port_name);
	else if (n->dev_port > 0) /* 0 is also what a driver says that does not count */
		util_format(n->place + len, sizeof(n->place) - len, "%sport index %d",
			    len ? ", " : "", n->dev_port);
}
