/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ports brought back to where a run begins, whatever was left on them. */
#include "engine/clean_slate.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include "base/hold.h"
#include "base/log.h"
#include "base/sysroot.h"
#include "sys/driver.h"
#include "sys/inventory.h"
#include "sys/module.h"
#include "sys/sriov.h"

#define CLEAN_SLATE_MS 180000

/* How long removing the port's VFs may take. */
static unsigned int write_ms(const struct sysroot *root, const struct pci_addr *pf)
{
	return (unsigned int)sysroot_recovery_ms(root, sriov_write_ms(root, pf, 0));
}

/* A driver that only keeps a device for guests is not a PF's own. */
static bool is_stub(const char *driver)
{
	return strcmp(driver, "vfio-pci") == 0 || strcmp(driver, "pci-stub") == 0;
}

/* The driver that the inventory saw, or the one that the kernel picks. */
static int clean_driver(const struct sysroot *root, const struct nic *nic)
{
	char now[32];
	const char *own = is_stub(nic->driver) ? "" : nic->driver;
	int ret = driver_get(root, &nic->addr, now, sizeof(now));

	if (ret < 0)
		return ret;
	if (now[0] && !is_stub(now) && (!own[0] || strcmp(own, now) == 0))
		return 0;
	ret = driver_restore(root, &nic->addr, own);
	if (ret < 0 || own[0])
		return ret;
	return driver_probe(root, &nic->addr);
}

/* An item that had taken a driver's module out may have died before it was put back. */
static int clean_modules(const struct sysroot *root, const struct inventory *inv)
{
	const struct nic *nic;
	int ret = 0;

	inventory_for_each_pf (inv, nic)
		if (nic->driver[0] && !driver_exists(root, nic->driver))
			ret = sysroot_is_real(root) ? module_load_for_nics(root) : 0;
	return ret < 0 ? ret : 0;
}

static int clean_pf(const struct sysroot *root, const struct nic *nic)
{
	struct sriov_state st;
	char module[64];
	int ret, first = 0;

	if (driver_hangs(root, &nic->addr, module, sizeof(module)))
		return 0; /* nothing can be done, and nothing was */
	ret = sriov_read(root, &nic->addr, &st);
	if (ret == 0 && (st.numvfs > 0 || st.links > 0))
		first = sriov_set_numvfs(root, &nic->addr, 0, write_ms(root, &nic->addr), &st);
	if (ret == 0) {
		ret = sriov_set_autoprobe(root, &nic->addr, true);
		if (first == 0)
			first = ret;
	}
	ret = clean_driver(root, nic);
	return first ? first : ret;
}

static int clean_ports(const struct sysroot *root, const struct inventory *inv, uint64_t ports)
{
	const struct nic *nic;
	int first = clean_modules(root, inv);

	inventory_for_each_pf (inv, nic) {
		char addr[PCI_ADDR_STRLEN];
		int ret = ports & 1ull << (nic - inv->nics) ? clean_pf(root, nic) : 0;

		if (ret < 0)
			log_errno(ret, "clean up", pci_addr_format(&nic->addr, addr));
		if (first == 0)
			first = ret;
	}
	return first;
}

struct clean_child {
	const struct clean_slate *slate;
	struct hold *hold; /* in shared memory */
};

static int clean_child(void *arg)
{
	const struct clean_child *c = arg;
	struct sysroot *root = c->slate->root;

	root->hold = c->hold; /* in this process only */
	return clean_ports(root, c->slate->inv, c->slate->ports);
}

/* @hold is in shared memory. */
static int call_child(const struct clean_slate *slate, struct hold *hold,
		      const struct child_tick *tick, struct child_end *end)
{
	struct clean_child cc = { slate, hold };
	struct child c;
	int ret = child_start(&c, clean_child, &cc);

	if (ret < 0)
		return ret;
	c.hold = hold;
	*end = child_wait(&c, util_now_ms() + sysroot_recovery_ms(slate->root, CLEAN_SLATE_MS),
			  tick);
	return 0;
}

int clean_slate_make(const struct clean_slate *c, const struct child_tick *tick, bool *stuck)
{
	struct hold *hold = mmap(NULL, sizeof(*hold), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct child_end end;
	int ret = hold == MAP_FAILED ? -errno : call_child(c, hold, tick, &end);

	if (hold != MAP_FAILED)
		munmap(hold, sizeof(*hold));
	if (ret == 0 && end.state == CHILD_STUCK)
		*stuck = true;
	if (ret == 0 && (end.state != CHILD_EXITED || end.value != 0))
		ret = -EIO;
	if (ret < 0)
		log_error("the ports could not be brought back to a clean state");
	return ret;
}
