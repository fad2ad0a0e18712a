/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Netdevs and their devices. */
#include "sys/netdev.h"

#include <errno.h>
#include <string.h>
#include "base/sysroot.h"

/* The first entry of a "net" directory. Returns 0 or -ENOENT. */
static int first_netdev(const struct sysroot *root, const char *path, char ifname[IFNAMSIZ])
{
	_cleanup_closedir_ DIR *dir = sysroot_opendir(root, "%s/net", path);
	struct dirent *entry;

	/* By name, so that a PF with several ports gives the same one each time. */
	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && strlen(entry->d_name) < IFNAMSIZ &&
		    (!ifname[0] || strcmp(entry->d_name, ifname) < 0))
			util_strlcpy(ifname, IFNAMSIZ, entry->d_name);
	return ifname[0] ? 0 : -ENOENT;
}

int netdev_find(const struct sysroot *root, const struct pci_addr *dev, char ifname[IFNAMSIZ])
{
	_cleanup_closedir_ DIR *dir = NULL;
	char a[PCI_ADDR_STRLEN], path[SYSROOT_MAX_PATH];
	struct dirent *entry;

	ifname[0] = '\0';
	util_format(path, sizeof(path), "sys/bus/pci/devices/%s", pci_addr_format(dev, a));
	if (first_netdev(root, path, ifname) == 0)
		return 0;
	dir = sysroot_opendir(root, "%s", path);
	if (!dir)
		return errno == ENOENT ? -ENODEV : -errno;
	/* A virtio device has its netdev one level down. */
	while ((entry = readdir(dir))) {
		if (strncmp(entry->d_name, "virtio", 6) != 0)
			continue;
		util_format(path, sizeof(path), "sys/bus/pci/devices/%s/%s", a, entry->d_name);
		if (first_netdev(root, path, ifname) == 0)
			break;
	}
	return 0;
}

struct wait {
	const struct sysroot *root;
	const struct pci_addr *dev;
	char *ifname;
};

static bool is_there(void *arg)
{
	const struct wait *w = arg;

	return netdev_find(w->root, w->dev, w->ifname) == 0 && w->ifname[0] != '\0';
}

int netdev_wait(const struct sysroot *root, const struct pci_addr *dev, char ifname[IFNAMSIZ],
		unsigned int timeout_ms)
{
	struct wait w = { root, dev, ifname };

	return util_poll_until(is_there, &w, timeout_ms);
}

int netdev_find_device(const struct sysroot *root, const char *ifname, struct pci_addr *dev)
{
	char target[SYSROOT_MAX_PATH], *save, *word;
	int ret = sysroot_readlink(root, target, sizeof(target), "sys/class/net/%s", ifname), found;

	if (ret < 0)
		return ret;
	/* The last PCI address on the way: of bridges, the device, and not what is below it. */
	found = -ENODEV;
	for (word = strtok_r(target, "/", &save); word; word = strtok_r(NULL, "/", &save))
		if (pci_addr_parse(word, dev) == 0)
			found = 0;
	return found;
}

int netdev_get_type(const struct sysroot *root, const char *ifname, unsigned int *type)
{
	uint64_t value = 0;
	int ret = sysroot_read_u64(root, &value, "sys/class/net/%s/type", ifname);

	*type = (unsigned int)value;
	return ret;
}
