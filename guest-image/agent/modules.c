/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loading of kernel modules by device alias from the guest's flat module directory. */
#include "modules.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/sysroot.h"

#define MODULES_MAX_FILE (1u << 20)
#define MODULES_MAX_DEVICES 512

static int modules_insert(const struct sysroot *root, const char *name)
{
	_cleanup_close_ int fd = sysroot_openat(root, O_RDONLY, "lib/modules/%s.ko", name);

	if (fd < 0)
		return fd;
	if (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST)
		return -errno;
	return 0;
}

int agent_modules_init(struct agent_modules *m, const struct sysroot *root)
{
	size_t len;
	int ret;

	*m = (struct agent_modules){ .root = root, .insert = modules_insert };
	ret = sysroot_slurp(root, &m->deps, &len, MODULES_MAX_FILE, "lib/modules/deps");
	if (ret == 0)
		ret = sysroot_slurp(root, &m->aliases, &len, MODULES_MAX_FILE,
				    "lib/modules/aliases");
	if (ret == 0 && (sysroot_slurp(root, &m->overlay_deps, &len, MODULES_MAX_FILE,
				       "lib/modules/overlay.deps") < 0 ||
			 sysroot_slurp(root, &m->overlay_aliases, &len, MODULES_MAX_FILE,
				       "lib/modules/overlay.aliases") < 0))
		free(util_take_ptr(m->overlay_deps)); /* no overlay */
	return ret;
}

void agent_modules_free(struct agent_modules *m)
{
	free(m->aliases);
	free(m->deps);
	free(m->overlay_aliases);
	free(m->overlay_deps);
	m->aliases = m->deps = m->overlay_aliases = m->overlay_deps = NULL;
}

/*
 * Copies the next word of a line (up to white space) to @word and moves *@p behind it. Returns
 * false at the end of the line.
 */
static bool modules_next_word(const char **p, char *word, size_t size)
{
	size_t len;

	*p += strspn(*p, " \t");
	len = strcspn(*p, " \t\n");
	if (len == 0)
		return false;
	snprintf(word, size, "%.*s", (int)(len < size ? len : size - 1), *p);
	*p += len;
	return true;
}

static const char *modules_next_line(const char *p)
{
	p = strchr(p, '\n');
	return p ? p + 1 : NULL;
}

/* Inserts one module if it has not been tried before. */
static int modules_insert_once(struct agent_modules *m, const char *name)
{
	int ret;

	for (unsigned int i = 0; i < m->n_tried; i++)
		if (strcmp(m->tried[i], name) == 0)
			return 0;
	if (m->n_tried == AGENT_MAX_MODULES)
		return -ENOSPC;
	util_strlcpy(m->tried[m->n_tried++], AGENT_MODULE_NAME, name);
	m->loading_since_ms = util_now_ms();
	util_strlcpy(m->loading, sizeof(m->loading), name);
	ret = m->insert(m->root, name);
	m->loading[0] = '\0';
	if (ret < 0) {
		fprintf(stderr, "agent: module %s: %s\n", name, strerror(-ret));
		util_strlcpy(m->failed, sizeof(m->failed), name);
		m->error = ret;
	}
	return ret;
}

/* The words behind "@name:" in @deps, NULL if there is no such line. */
static const char *modules_find_deps(const char *deps, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = deps; p; p = modules_next_line(p))
		if (strncmp(p, name, len) == 0 && p[len] == ':')
			return p + len + 1;
	return NULL;
}

int agent_modules_load(struct agent_modules *m, const char *name)
{
	char dep[AGENT_MODULE_NAME], missed[AGENT_MODULE_NAME] = "", before[AGENT_MODULE_NAME];
	const char *p = modules_find_deps(m->overlay_deps, name);
	const int error_before = m->error;
	int error = 0, ret;

	util_strlcpy(before, sizeof(before), m->failed);

	if (!p)
		p = modules_find_deps(m->deps, name);
	if (!p)
		return -ENOENT;
	/* Some are not for this processor (crc32c_intel): only one that is missed is to blame. */
	while (modules_next_word(&p, dep, sizeof(dep)))
		if (modules_insert_once(m, dep) < 0 && !missed[0]) {
			util_strlcpy(missed, sizeof(missed), dep);
			error = m->error;
		}
	ret = modules_insert_once(m, name);
	if (ret == 0) {
		util_strlcpy(m->failed, sizeof(m->failed), before);
		m->error = error_before;
	} else if (missed[0]) {
		util_strlcpy(m->failed, sizeof(m->failed), missed);
		m->error = error;
	}
	return ret;
}

static bool modules_is_done(const struct agent_modules *m, const char *modalias)
{
	for (unsigned int i = 0; i < m->n_done; i++)
		if (strcmp(m->done[i], modalias) == 0)
			return true;
	return false;
}

/* Loads what an index names for the device. Returns true if it names anything. */
static bool modules_load_from(struct agent_modules *m, const char *aliases, const char *modalias)
{
	char glob[AGENT_MODALIAS_SIZE], name[AGENT_MODULE_NAME];
	bool found = false;

	for (const char *p = aliases; p; p = modules_next_line(p)) {
		const char *words = p;

		if (!modules_next_word(&words, glob, sizeof(glob)) ||
		    !modules_next_word(&words, name, sizeof(name)) || !util_glob(glob, modalias))
			continue;
		found = true;
		/* What could not be loaded was printed; its device then has no driver. */
		(void)!agent_modules_load(m, name);
	}
	return found;
}

static void modules_load_for(struct agent_modules *m, const char *modalias)
{
	if (m->n_done < AGENT_MAX_MODALIASES)
		util_strlcpy(m->done[m->n_done++], AGENT_MODALIAS_SIZE, modalias);
	if (!modules_load_from(m, m->overlay_aliases, modalias))
		(void)modules_load_from(m, m->aliases, modalias);
}

/* The next device of a bus that was not looked up yet; false if there is none. */
static bool modules_next_new(const struct agent_modules *m, DIR *dir, const char *bus,
			     char modalias[AGENT_MODALIAS_SIZE])
{
	struct dirent *d;

	for (unsigned int i = 0; dir && i < MODULES_MAX_DEVICES && (d = readdir(dir)); i++)
		if (d->d_name[0] != '.' &&
		    sysroot_read(m->root, modalias, AGENT_MODALIAS_SIZE,
				 "sys/bus/%s/devices/%s/modalias", bus, d->d_name) > 0 &&
		    !modules_is_done(m, modalias))
			return true;
	return false;
}

static void modules_probe_bus(struct agent_modules *m, const char *bus)
{
	_cleanup_closedir_ DIR *dir = sysroot_opendir(m->root, "sys/bus/%s/devices", bus);
	char modalias[AGENT_MODALIAS_SIZE];

	for (unsigned int i = 0; i < MODULES_MAX_DEVICES; i++) {
		if (!modules_next_new(m, dir, bus, modalias))
			return;
		modules_load_for(m, modalias);
	}
}

bool agent_modules_pending(const struct agent_modules *m)
{
	static const char *const buses[] = { "pci", "virtio" };
	char modalias[AGENT_MODALIAS_SIZE];

	/* Beyond that nobody keeps count of what was looked up. */
	if (!m->aliases || !m->deps || m->n_done == AGENT_MAX_MODALIASES)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(buses); i++) {
		_cleanup_closedir_ DIR *dir =
			sysroot_opendir(m->root, "sys/bus/%s/devices", buses[i]);

		if (modules_next_new(m, dir, buses[i], modalias))
			return true;
	}
	return false;
}

void agent_modules_probe(struct agent_modules *m)
{
	if (!m->aliases || !m->deps)
		return;
	/* In this order: virtio devices come from a PCI driver. */
	modules_probe_bus(m, "pci");
	modules_probe_bus(m, "virtio");
}
