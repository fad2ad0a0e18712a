/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which NICs a kernel message is about. */
#include "sys/inventory.h"

#include <string.h>
#include "base/sysroot.h"
#include "sys/kmsg.h"
#include "sys/sriov.h"

static bool is_of_nic(const struct nic *nic, const struct kmsg_address *a)
{
	unsigned int i;

	if (kmsg_address_is(a, &nic->addr))
		return true;
	for (i = 0; nic->vf_offset > 0 && i < nic->cap_total_vfs && i < SRIOV_MAX_VFS; i++) {
		struct pci_addr vf = sriov_vf_addr(&nic->addr, nic->vf_offset, nic->vf_stride, i);

		if (kmsg_address_is(a, &vf))
			return true;
	}
	return false;
}

static bool is_above(const struct nic *nic, const struct kmsg_address *a)
{
	unsigned int i;

	for (i = 0; i < nic->n_above; i++)
		if (kmsg_address_is(a, &nic->above[i]))
			return true;
	return false;
}

/*
 * Some messages name a netdev only: "bnx2x: [bnx2x_iov_init_one:1210(eth0)]..." (qed has the same),
 * "eth0: ...". What it belongs to is looked up at once: a driver that is loaded again may give its
 * netdevs other names.
 */
static bool by_netdev(const struct sysroot *root, const char *text, struct kmsg_address *a)
{
	const char *end = strstr(text, ")]"), *name = text;
	char ifname[IFNAMSIZ], device[PCI_ADDR_STRLEN];
	size_t len;

	if (end) {
		for (name = end; name > text && name[-1] != '('; name--)
			;
	} else {
		end = text + strcspn(text, " ");
		end -= end > text && end[-1] == ':';
	}
	len = (size_t)(end - name);
	if (len == 0 || len >= sizeof(ifname) || memchr(name, '/', len) || name[0] == '.')
		return false;
	memcpy(ifname, name, len);
	ifname[len] = '\0';
	*a = (struct kmsg_address){ 0 };
	return sysroot_link_name(root, device, sizeof(device), "sys/class/net/%s/device", ifname) ==
		       0 &&
	       pci_addr_parse(device, &a->addr) == 0;
}

uint64_t inventory_of_message(const struct sysroot *root, const struct inventory *inv,
			      const struct kmsg_record *rec, bool *other,
			      char name[KMSG_ABOUT_NAME])
{
	const struct kmsg_address *strange = NULL;
	uint64_t nics = 0, below = 0;
	struct kmsg_about about;
	unsigned int i, k;

	*other = false;
	name[0] = '\0';
	kmsg_about(rec, &about);
	if (about.n == 0 && !about.other[0])
		about.n = by_netdev(root, rec->text, &about.addrs[0]) ? 1 : 0;
	for (k = 0; k < about.n; k++) {
		uint64_t own = 0, under = 0;

		for (i = 0; i < inv->n_nics; i++) {
			own |= is_of_nic(&inv->nics[i], &about.addrs[k]) ? 1ull << i : 0;
			under |= is_above(&inv->nics[i], &about.addrs[k]) ? 1ull << i : 0;
		}
		nics |= own;
		below |= under;
		if (!own && !under)
			strange = &about.addrs[k];
	}
	if (nics || (below && !strange))
		return nics ? nics : below;
	if (!strange && !about.other[0])
		return 0;
	/* A bridge that reports what a device below it did: the device counts. */
	*other = true;
	if (strange)
		pci_addr_format(&strange->addr, name);
	else
		util_strlcpy(name, KMSG_ABOUT_NAME, about.other);
	return 0;
}
