/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/place.h"

#include <string.h>
#include "base/sysroot.h"
#include "sys/dmi.h"
#include "sys/smbios.h"

#define MAX_SLOTS 512

/* sys/bus/pci/slots/NAME/address is without function. */
static void read_slot(const struct sysroot *root, const struct pci_addr *addr, struct place *place)
{
	_cleanup_closedir_ DIR *dir = sysroot_opendir(root, "sys/bus/pci/slots");
	char want[PCI_ADDR_STRLEN], address[PCI_ADDR_STRLEN];
	struct dirent *entry;
	unsigned int i;

	pci_addr_format(addr, want);
	*strrchr(want, '.') = '\0';
	for (i = 0; dir && i < MAX_SLOTS && (entry = readdir(dir)); i++) {
		if (entry->d_name[0] == '.' ||
		    sysroot_read(root, address, sizeof(address), "sys/bus/pci/slots/%s/address",
				 entry->d_name) <= 0 ||
		    strcmp(address, want) != 0)
			continue;
		util_strlcpy(place->slot, sizeof(place->slot), entry->d_name);
		util_sanitise(place->slot);
	}
}

/* The port, with what is above it. */
struct way {
	const struct pci_addr *addr, *above;
	unsigned int n_above;
};

/* A card with several ports may be in the table by its first function. */
static bool is_card(const struct pci_addr *a, const struct pci_addr *port)
{
	return a->domain == port->domain && a->bus == port->bus && a->dev == port->dev &&
	       (a->fn == 0 || a->fn == port->fn);
}

/* How far above the port the slot's address is: 0 it is the card's own; UINT32_MAX: elsewhere. */
static unsigned int distance(const struct pci_addr *a, const struct way *w)
{
	unsigned int i;

	if (is_card(a, w->addr))
		return 0;
	for (i = 0; i < w->n_above; i++)
		if (pci_addr_cmp(a, &w->above[i]) == 0)
			return i + 1;
	return UINT32_MAX;
}

/* The slot that is nearest above it, and the socket that is exactly it. */
static void read_smbios(const struct sysroot *root, const struct way *w, struct place *place)
{
	_cleanup_free_ struct smbios *table = malloc(sizeof(*table));
	unsigned int nearest = UINT32_MAX, i;

	/* Of a table that is damaged, what comes before the damage. */
	if (!table || (smbios_read(root, table) < 0 && table->n == 0))
		return;
	for (i = 0; i < table->n; i++) {
		const struct smbios_place *p = &table->places[i];
		const unsigned int far = distance(&p->addr, w);

		if (p->kind == SMBIOS_SLOT && far < nearest) {
			nearest = far;
			util_strlcpy(place->slot_name, sizeof(place->slot_name), p->name);
		} else if (p->kind == SMBIOS_ONBOARD && !place->label[0] &&
			   pci_addr_cmp(&p->addr, w->addr) == 0) {
			util_strlcpy(place->label, sizeof(place->label), p->name);
		}
	}
}

/* The kernel's: of ACPI's _DSM, or of SMBIOS as well. */
static void read_label(const struct sysroot *root, const struct pci_addr *addr, struct place *place)
{
	char a[PCI_ADDR_STRLEN], text[sizeof(place->label)];

	if (sysroot_read(root, text, sizeof(text), "sys/bus/pci/devices/%s/label",
			 pci_addr_format(addr, a)) <= 0)
		return;
	util_sanitise(text);
	if (!dmi_is_placeholder(text))
		util_strlcpy(place->label, sizeof(place->label), util_trim(text));
}

void place_read(const struct sysroot *root, const struct pci_addr *addr,
		const struct pci_addr *above, unsigned int n_above, const char *ifname,
		struct place *place)
{
	const struct way way = { addr, above, n_above };
	uint64_t port;

	*place = (struct place){ .dev_port = -1 };
	read_slot(root, addr, place);
	read_label(root, addr, place);
	read_smbios(root, &way, place);
	if (ifname[0] && sysroot_read_u64(root, &port, "sys/class/net/%s/dev_port", ifname) == 0 &&
	    port <= UINT16_MAX)
		place->dev_port = (int)port;
}

void place_describe(const struct place *place, const char *port_name, char *buf, size_t size)
{
	const char *slot = place->slot_name[0] ? place->slot_name : place->slot;
	size_t len;

	buf[0] = '\0';
	if (place->label[0])
		util_strlcpy(buf, size, place->label);
	else if (slot[0])
		util_format(buf, size, "%s%s", strcasestr(slot, "slot") ? "" : "slot ", slot);
	len = strlen(buf);
	if (port_name[0])
		util_format(buf + len, size - len, "%sport %s", len ? ", " : "", port_name);
	else if (place->dev_port > 0) /* 0 is also what a driver says that does not count */
		util_format(buf + len, size - len, "%sport index %d", len ? ", " : "",
			    place->dev_port);
}
