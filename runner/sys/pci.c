/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Configuration space through libpci, and the few sysfs files of a PCI function that several parts
 * need. libpci ends the process on an error, so it runs in a child, and a scan that failed
 * (a device left the bus in the middle of it) is done again.
 */
#include "sys/pci.h"

#include <errno.h>
#include <fcntl.h>
#include <pci/pci.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>

#include "base/child.h"
#include "base/sysroot.h"

#define SCAN_TIMEOUT_MS 30000
#define SCAN_TRIES 3

struct scan {
	int method;
	const char *param, *value; /* of the access method */
	const struct pci_addr *addrs;
	unsigned int n;
	struct pci_config *out; /* shared with the parent */
	unsigned int timeout_ms;
};

/* libpci's error hook must not return; the child's parent sees a process without a result. */
static void __attribute__((noreturn, format(printf, 1, 2))) end_child(char *msg, ...)
{
	(void)msg;
	_exit(1);
}

static void __attribute__((format(printf, 1, 2))) ignore_warning(char *msg, ...)
{
	(void)msg;
}

static void read_config(struct pci_access *access, const struct pci_addr *addr,
			struct pci_config *out)
{
	static const unsigned int sizes[] = { PCI_CONFIG_SIZE, 256, 64 };
	struct pci_dev *dev = pci_get_dev(access, addr->domain, addr->bus, addr->dev, addr->fn);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes) && !out->len; i++)
		if (pci_read_block(dev, 0, out->data, (int)sizes[i]))
			out->len = sizes[i];
	pci_free_dev(dev);
}

static int run_scan(void *arg)
{
	struct scan *scan = arg;
	struct pci_access *access = pci_alloc();
	unsigned int i;

	access->method = (unsigned int)scan->method;
	access->error = end_child;
	access->warning = ignore_warning;
	pci_set_param(access, (char *)scan->param, (char *)scan->value);
	pci_init(access);
	for (i = 0; i < scan->n; i++)
		read_config(access, &scan->addrs[i], &scan->out[i]);
	return 0;
}

static int read_configs(struct scan *scan, struct pci_config *out)
{
	size_t size = scan->n * sizeof(*out);
	int ret = -EIO;
	unsigned int try;

	if (scan->n == 0)
		return 0;
	for (try = 0; try < SCAN_TRIES && ret == -EIO; try++) {
		scan->out =
			mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (scan->out == MAP_FAILED)
			return -errno;
		ret = child_ask(run_scan, scan, scan->timeout_ms);
		memcpy(out, scan->out, size);
		munmap(scan->out, size);
	}
	return ret;
}

int pci_read_configs(const struct sysroot *root, const struct pci_addr *addrs, unsigned int n,
		     struct pci_config *out)
{
	char path[SYSROOT_MAX_PATH];
	struct scan scan = { PCI_ACCESS_SYS_BUS_PCI,
			     "sysfs.path",
			     path,
			     addrs,
			     n,
			     NULL,
			     (unsigned int)sysroot_ms(root, SCAN_TIMEOUT_MS) };

	util_format(path, sizeof(path), "%s/%s", root->path, "sys/bus/pci");
	return read_configs(&scan, out);
}

int pci_read_dump(const char *file, const struct pci_addr *addrs, unsigned int n,
		  struct pci_config *out)
{
	struct scan scan = { PCI_ACCESS_DUMP, "dump.name", file, addrs, n, NULL, SCAN_TIMEOUT_MS };

	return read_configs(&scan, out);
}

int pci_read_facts(const struct sysroot *root, const struct pci_addr *addr, struct pci_facts *facts)
{
	struct pci_config cfg;
	int ret = pci_read_configs(root, addr, 1, &cfg);

	if (ret < 0) {
		*facts = (struct pci_facts){ 0 };
		return ret;
	}
	return pci_decode(&cfg, facts);
}

int pci_read_attr(const struct sysroot *root, const struct pci_addr *addr, const char *attr,
		  uint64_t *out)
{
	char a[PCI_ADDR_STRLEN];

	return sysroot_read_u64(root, out, "sys/bus/pci/devices/%s/%s", pci_addr_format(addr, a),
				attr);
}

bool pci_exists(const struct sysroot *root, const struct pci_addr *addr)
{
	char a[PCI_ADDR_STRLEN];

	return sysroot_exists(root, "sys/bus/pci/devices/%s", pci_addr_format(addr, a));
}

int pci_read_modalias(const struct sysroot *root, const struct pci_addr *addr, char *buf,
		      size_t size)
{
	char a[PCI_ADDR_STRLEN];
	int ret = sysroot_read(root, buf, size, "sys/bus/pci/devices/%s/modalias",
			       pci_addr_format(addr, a));

	return ret < 0 ? ret : 0;
}

bool pci_answers(const struct sysroot *root, const struct pci_addr *addr)
{
	char a[PCI_ADDR_STRLEN];
	_cleanup_close_ int fd = sysroot_openat(root, O_RDONLY, "sys/bus/pci/devices/%s/config",
						pci_addr_format(addr, a));
	uint32_t class;

	return fd >= 0 && pread(fd, &class, sizeof(class), PCI_CLASS_REVISION) == sizeof(class) &&
	       class != UINT32_MAX;
}

int pci_physfn(const struct sysroot *root, const struct pci_addr *addr, struct pci_addr *pf)
{
	char a[PCI_ADDR_STRLEN], name[PCI_ADDR_STRLEN];

	if (sysroot_link_name(root, name, sizeof(name), "sys/bus/pci/devices/%s/physfn",
			      pci_addr_format(addr, a)) < 0)
		return -ENOENT;
	return pci_addr_parse(name, pf) < 0 ? -ENOENT : 0;
}

struct pci_errors pci_read_errors(const struct sysroot *root, const struct pci_addr *addr)
{
	char text[PCI_ADDR_STRLEN];
	_cleanup_close_ int fd = sysroot_openat(root, O_RDONLY, "sys/bus/pci/devices/%s/config",
						pci_addr_format(addr, text));
	struct pci_config cfg;
	struct pci_facts f;
	ssize_t n = fd < 0 ? 0 : pread(fd, cfg.data, sizeof(cfg.data), 0);

	cfg.len = n > 0 ? (unsigned int)n : 0;
	if (pci_decode(&cfg, &f) < 0 || !f.has_aer || f.aer_uncorrectable == UINT32_MAX)
		return (struct pci_errors){ 0 };
	return (struct pci_errors){
		.uncorrectable =
			f.aer_uncorrectable & ~f.aer_uncorrectable_mask & ~PCI_ERR_UNC_UNSUP,
		.correctable = f.aer_correctable & ~f.aer_correctable_mask,
	};
}

int pci_read_aer_total(const struct sysroot *root, const struct pci_addr *addr, const char *kind,
		       uint64_t *total)
{
	char text[2048], a[PCI_ADDR_STRLEN], *line;
	int ret = sysroot_read(root, text, sizeof(text), "sys/bus/pci/devices/%s/aer_dev_%s",
			       pci_addr_format(addr, a), kind);

	if (ret < 0)
		return ret;
	line = strstr(text, "TOTAL_ERR_");
	line = line ? strchr(line, ' ') : NULL;
	if (!line)
		return -EBADMSG;
	line[strcspn(line, "\n")] = '\0';
	return util_parse_u64(line + 1, 10, UINT64_MAX, total);
}

void pci_read_aer_totals(const struct sysroot *root, const struct pci_addr *addr,
			 struct pci_aer_totals *out)
{
	out->known = pci_read_aer_total(root, addr, "correctable", &out->correctable) == 0 &&
		     pci_read_aer_total(root, addr, "nonfatal", &out->nonfatal) == 0 &&
		     pci_read_aer_total(root, addr, "fatal", &out->fatal) == 0;
}

int pci_parent(const struct sysroot *root, const struct pci_addr *addr, struct pci_addr *parent)
{
	char target[SYSROOT_MAX_PATH], a[PCI_ADDR_STRLEN], *end, *name;
	int ret = sysroot_readlink(root, target, sizeof(target), "sys/bus/pci/devices/%s",
				   pci_addr_format(addr, a));

	if (ret < 0)
		return ret;
	end = strrchr(target, '/');
	if (!end)
		return -ENOENT;
	*end = '\0';
	name = strrchr(target, '/');
	return name && pci_addr_parse(name + 1, parent) == 0 ? 0 : -ENOENT;
}

int pci_read_resources(const struct sysroot *root, const struct pci_addr *addr,
		       struct pci_resource *out, unsigned int max)
{
	_cleanup_free_ char *text = NULL;
	char a[PCI_ADDR_STRLEN], *line, *state = NULL;
	unsigned int n = 0;
	size_t len;
	int ret = sysroot_slurp(root, &text, &len, 4096, "sys/bus/pci/devices/%s/resource",
				pci_addr_format(addr, a));

	if (ret < 0)
		return ret;
	for (line = strtok_r(text, "\n", &state); line && n < max;
	     line = strtok_r(NULL, "\n", &state), n++)
		if (sscanf(line, "%lx %lx %lx", &out[n].start, &out[n].end, &out[n].flags) != 3)
			return -EBADMSG;
	return (int)n;
}
