/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine with one SR-IOV port in a temporary directory.
 */
#include "core_fake.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "journal/store.h"
#include "report/report.h"

static int open_file(const struct core_fake *f, const char *name, int flags)
{
	char path[512], *slash;
	int fd;

	util_format(path, sizeof(path), "%s", name);
	for (slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		assert_true(mkdirat(f->root.fd, path, 0755) == 0 || errno == EEXIST);
		*slash = '/';
	}
	fd = openat(f->root.fd, path, flags | O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	return fd;
}

void core_fake_write(const struct core_fake *f, const char *name, const char *text)
{
	int fd = open_file(f, name, O_TRUNC);

	assert_int_equal(util_write_all(fd, text, strlen(text)), 0);
	close(fd);
}

void core_fake_cmdline(const struct core_fake *f, const char *text)
{
	assert_int_equal(unlinkat(f->root.fd, "proc", 0), 0);
	core_fake_write(f, "proc/cmdline", text);
}

void core_fake_append(const struct core_fake *f, const char *name, const char *text)
{
	int fd = open_file(f, name, O_APPEND);

	assert_int_equal(util_write_all(fd, text, strlen(text)), 0);
	close(fd);
}

char *core_fake_read(const struct core_fake *f, const char *name)
{
	char *text = NULL;
	size_t len;

	if (sysroot_slurp(&f->root, &text, &len, 1 << 20, "%s", name) < 0)
		return NULL;
	return util_trim(text);
}

void core_fake_symlink(const struct core_fake *f, const char *target, const char *name)
{
	assert_int_equal(symlinkat(target, f->root.fd, name), 0);
}

void core_assert_file(const struct core_fake *f, const char *name, const char *text)
{
	_cleanup_free_ char *is = core_fake_read(f, name);

	assert_non_null(is);
	assert_string_equal(is, text);
}

int core_fake_setup(void **state)
{
	struct core_fake *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	util_strlcpy(f->path, sizeof(f->path), "/tmp/vfproof-test-XXXXXX");
	assert_non_null(mkdtemp(f->path));
	assert_int_equal(sysroot_open(&f->root, f->path), 0);
	core_fake_write(f, FAKE_DEV "sriov_numvfs", "0\n");
	core_fake_write(f, FAKE_DEV "sriov_totalvfs", "7\n");
	core_fake_write(f, FAKE_DEV "sriov_drivers_autoprobe", "1\n");
	core_fake_write(f, FAKE_DEV "driver_override", "(null)\n");
	core_fake_write(f, "sys/bus/pci/drivers/igb/unbind", "");
	core_fake_symlink(f, "../../drivers/igb", FAKE_DEV "driver");
	core_fake_write(f, "sys/class/tty/console/active", "ttyS0\n");
	core_fake_write(f, "dev/ttyS0", "");
	core_fake_write(f, "dev/kmsg", "6,1,1000,-;before the run\n");
	core_fake_symlink(f, "/proc", "proc");
	*state = f;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int core_fake_teardown(void **state)
{
	struct core_fake *f = *state;

	sysroot_close(&f->root);
	nftw(f->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(f);
	return 0;
}

struct inventory *core_fake_inventory(void)
{
	struct inventory *inv = calloc(1, sizeof(*inv));
	struct nic *n;

	assert_non_null(inv);
	n = &inv->nics[inv->n_nics++];
	assert_int_equal(pci_addr_parse(FAKE_PF, &n->addr), 0);
	n->sriov_cap = true;
	n->cap_total_vfs = 8;
	n->cap_initial_vfs = 8;
	n->sysfs_total_vfs = 7;
	n->iommu_group = 1;
	n->peer = -1;
	util_strlcpy(n->name, sizeof(n->name), "Test NIC");
	util_strlcpy(n->driver, sizeof(n->driver), "igb");
	util_strlcpy(n->mac, sizeof(n->mac), "52:54:00:00:00:01");
	inv->iommu.kind = IOMMU_INTEL;
	inv->iommu.irq_remap = true;
	util_strlcpy(inv->host.serial, sizeof(inv->host.serial), "S1");
	util_strlcpy(inv->host.product, sizeof(inv->host.product), "Test Host");
	return inv;
}

bool core_is_valid_json(const char *path, const char *schema)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execlp("jsonschema", "jsonschema", "-i", path, schema, (char *)NULL);
		_exit(errno == ENOENT ? 77 : 78);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void append(json_t *event, void *arg)
{
	json_array_append(arg, event);
}

json_t *core_parse(const char *text, size_t len, unsigned int *damaged)
{
	json_t *events = json_array();
	struct journal_damage damage;

	journal_scan(text, len, append, events, &damage);
	if (damaged)
		*damaged = damage.lines;
	return events;
}

json_t *core_report(const json_t *events, unsigned int damaged)
{
	const struct journal_damage damage = { .lines = damaged };
	struct report_builder *b = report_begin(NULL);
	json_t *event;
	size_t i;

	assert_non_null(b);
	json_array_foreach (events, i, event)
		report_take(b, event);
	return report_end(b, &damage);
}

json_t *core_events(const struct store *s)
{
	json_t *events = json_array();
	struct journal_damage damage;

	if (journal_read(store_find(s, JOURNAL_NAME), JOURNAL_NAME, append, events, &damage) < 0)
		fail_msg("there is no journal");
	return events;
}
