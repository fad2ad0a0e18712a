/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/identify.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include "base/sysroot.h"
#include "sys/ethtool.h"
#include "sys/netdev.h"

#define SLACK_MS 3000 /* that a driver may need beyond what it was asked for */
#define KILL_MS 200
#define MAX_NETDEVS 4096

int identify_find(const struct sysroot *root, const char *port, struct pci_addr *addr)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *entry;
	unsigned int i;

	if (pci_addr_parse(port, addr) == 0)
		return sysroot_exists(root, "sys/bus/pci/devices/%s", port) ? 0 : -ENODEV;
	dir = sysroot_opendir(root, "sys/class/net");
	for (i = 0; dir && i < MAX_NETDEVS && (entry = readdir(dir)); i++) {
		char mac[32] = "";

		if (entry->d_name[0] == '.' ||
		    sysroot_read(root, mac, sizeof(mac), "sys/class/net/%s/address",
				 entry->d_name) < 0)
			continue;
		if ((strcmp(entry->d_name, port) == 0 || strcasecmp(mac, port) == 0) &&
		    netdev_find_device(root, entry->d_name, addr) == 0)
			return 0;
	}
	return -ENODEV;
}

struct blink {
	const struct identify *id;
	unsigned int seconds;
};

static int blink(void *arg)
{
	const struct blink *b = arg;

	*b->id->result = ethtool_identify(b->id->ifname, b->seconds);
	return 0;
}

int identify_begin(struct identify *id, const struct sysroot *root, const struct pci_addr *addr,
		   unsigned int seconds)
{
	struct blink b = { id, seconds };
	int ret;

	identify_end(id);
	ret = netdev_find(root, addr, id->ifname);
	if (ret < 0 || !id->ifname[0])
		return -ENODEV;
	if (!id->result) {
		id->result = mmap(NULL, sizeof(*id->result), PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (id->result == MAP_FAILED) {
			id->result = NULL;
			return -ENOMEM;
		}
	}
	*id->result = -EIO; /* if it dies before it knows */
	ret = child_start(&id->child, blink, &b);
	if (ret < 0)
		return ret;
	id->busy = true;
	id->until_ms = util_now_ms() + (uint64_t)seconds * 1000;
	return 0;
}

bool identify_poll(struct identify *id, int *result)
{
	const uint64_t now = util_now_ms();
	struct child_end end;

	if (!id->busy)
		return false;
	if (child_await(&id->child, now, NULL, &end)) {
		id->busy = false;
		*result = *id->result;
		return true;
	}
	if (now < id->until_ms + SLACK_MS)
		return false;
	identify_end(id);
	*result = -ETIMEDOUT;
	return true;
}

/* The kernel's wait can be interrupted; a driver that hangs in it is left behind. */
void identify_end(struct identify *id)
{
	struct child_end end;

	if (!id->busy)
		return;
	id->busy = false;
	kill(-id->child.pid, SIGKILL);
	if (!child_await(&id->child, util_now_ms() + KILL_MS, NULL, &end))
		close(util_take_fd(&id->child.pidfd));
}

const char *identify_text(int result)
{
	switch (result) {
	case 0:
		return "its LED has blinked";
	case -EOPNOTSUPP:
		return "its driver cannot have the LED blink";
	case -ENODEV:
		return "it has no network interface, so that its LED cannot blink";
	case -EBUSY:
		return "its LED blinks already";
	case -ETIMEDOUT:
		return "its driver does not come back from having the LED blink";
	default:
		return strerror(-result);
	}
}
