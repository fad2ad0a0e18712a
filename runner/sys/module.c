/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loads kernel modules, and takes them out. Nothing else in the appliance does it (there is no
 * udev), so that whoever makes a device appear has to call this for its driver.
 */
#include "sys/module.h"

#include <errno.h>
#include <libkmod.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "sys/helper.h"
#include "sys/sysroot.h"

#define MAX_DEVICES 4096
#define MAX_HOLDERS 16

static void kmod_unrefp(struct kmod_ctx **ctx)
{
	if (*ctx)
		kmod_unref(*ctx);
}

static void kmod_list_unrefp(struct kmod_list **list)
{
	if (*list)
		kmod_module_unref_list(*list);
}

#define _cleanup_kmod_ _cleanup_(kmod_unrefp)
#define _cleanup_kmod_list_ _cleanup_(kmod_list_unrefp)

/*
 * Without modprobe.d: an install command in it would be run by a shell. Parameters and blacklists
 * of the kernel command line apply all the same.
 */
static struct kmod_ctx *new_context(void)
{
	static const char *const no_config[] = { NULL };

	return kmod_new(NULL, no_config);
}

static int load_all(struct kmod_list *list, const char *options, unsigned int flags)
{
	struct kmod_list *entry;
	int ret = 0;

	kmod_list_foreach(entry, list)
	{
		struct kmod_module *mod = kmod_module_get_module(entry);
		int err = kmod_module_probe_insert_module(mod, flags, options, NULL, NULL, NULL);

		kmod_module_unref(mod);
		if (err < 0 && err != -EEXIST && ret == 0)
			ret = err;
	}
	return ret;
}

int module_load(const char *name, const char *options)
{
	_cleanup_kmod_ struct kmod_ctx *ctx = new_context();
	_cleanup_kmod_list_ struct kmod_list *list = NULL;
	int ret;

	if (!ctx)
		return -ENOMEM;
	ret = kmod_module_new_from_lookup(ctx, name, &list);
	if (ret < 0)
		return ret;
	return list ? load_all(list, options, 0) : -ENOENT;
}

int module_insert(const struct sysroot *root, const char *name, const char *options)
{
	if (sysroot_is_real(root))
		return module_load(name, options);
	return root->on_module ? root->on_module(root, name, true, options) : 0;
}

static int remove_real(const char *name)
{
	_cleanup_kmod_ struct kmod_ctx *ctx = new_context();
	struct kmod_module *mod;
	int ret;

	if (!ctx)
		return -ENOMEM;
	ret = kmod_module_new_from_name(ctx, name, &mod);
	if (ret < 0)
		return ret;
	ret = kmod_module_remove_module(mod, KMOD_REMOVE_NOLOG);
	kmod_module_unref(mod);
	return ret == -EAGAIN ? -EBUSY : ret == -ENOENT ? 0 : ret;
}

struct removal {
	const struct sysroot *root;
	const char *name;
};

static int do_remove(void *arg)
{
	const struct removal *r = arg;

	if (sysroot_is_real(r->root))
		return remove_real(r->name);
	return r->root->on_module ? r->root->on_module(r->root, r->name, false, NULL) : 0;
}

int module_remove(const struct sysroot *root, const char *name, unsigned int timeout_ms)
{
	struct removal r = { root, name };

	return helper_run(do_remove, &r, timeout_ms);
}

int module_instance(const struct sysroot *root, const char *name, uint64_t *instance)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	/* What is built in has a directory too, but no state. */
	if (!sysroot_exists(root, "sys/module/%s/initstate", name))
		return -ENOENT;
	/* sysfs never uses the number of a directory again (fs/kernfs/dir.c). */
	fd = sysroot_openat(root, O_PATH, "sys/module/%s", name);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	*instance = st.st_ino;
	return 0;
}

bool module_is_unused(const struct sysroot *root, const char *name, char *why, size_t why_size)
{
	_cleanup_closedir_ DIR *dir = sysroot_opendir(root, "sys/module/%s/holders", name);
	char holders[128] = "";
	struct dirent *entry;
	uint64_t users = 0;
	int i;

	for (i = 0; dir && i < MAX_HOLDERS && (entry = readdir(dir)); i++)
		if (entry->d_name[0] != '.')
			util_format(holders + strlen(holders), sizeof(holders) - strlen(holders),
				    " %s", entry->d_name);
	if (holders[0]) {
		util_format(why, why_size, "these modules depend on it:%s", holders);
		return false;
	}
	if (sysroot_read_u64(root, &users, "sys/module/%s/refcnt", name) < 0 || users == 0)
		return true;
	util_format(why, why_size, "%llu users hold it", (unsigned long long)users);
	return false;
}

int module_of_driver(const struct sysroot *root, const char *driver, char *buf, size_t size)
{
	return sysroot_link_name(root, buf, size, "sys/bus/pci/drivers/%s/module", driver);
}

static bool has_param_real(const char *name, const char *param)
{
	_cleanup_kmod_ struct kmod_ctx *ctx = new_context();
	struct kmod_list *info = NULL, *entry;
	struct kmod_module *mod;
	size_t len = strlen(param);
	bool found = false;

	if (!ctx || kmod_module_new_from_name(ctx, name, &mod) < 0)
		return false;
	if (kmod_module_get_info(mod, &info) < 0)
		info = NULL;
	kmod_list_foreach(entry, info)
	{
		/* "parm" is NAME:DESCRIPTION */
		const char *value = kmod_module_info_get_value(entry);

		found |= strcmp(kmod_module_info_get_key(entry), "parm") == 0 &&
			 strncmp(value, param, len) == 0 && value[len] == ':';
	}
	kmod_module_info_free_list(info);
	kmod_module_unref(mod);
	return found;
}

bool module_has_param(const struct sysroot *root, const char *name, const char *param)
{
	if (sysroot_is_real(root))
		return has_param_real(name, param);
	return sysroot_exists(root, "sys/module/%s/parameters/%s", name, param);
}

int module_find_by_alias(const char *modalias, char *buf, size_t size)
{
	_cleanup_kmod_ struct kmod_ctx *ctx = new_context();
	_cleanup_kmod_list_ struct kmod_list *list = NULL;
	struct kmod_list *entry;
	int ret;

	buf[0] = '\0';
	if (!ctx)
		return -ENOMEM;
	ret = kmod_module_new_from_lookup(ctx, modalias, &list);
	if (ret < 0)
		return ret;
	ret = -ENOENT;
	kmod_list_foreach(entry, list)
	{
		struct kmod_module *mod = kmod_module_get_module(entry);
		int state = kmod_module_get_initstate(mod);

		if (state == KMOD_MODULE_BUILTIN || kmod_module_get_path(mod)) {
			if (state != KMOD_MODULE_BUILTIN)
				util_strlcpy(buf, size, kmod_module_get_name(mod));
			ret = 0;
		}
		kmod_module_unref(mod);
		if (ret == 0)
			break;
	}
	return ret;
}

static int visit_file(struct kmod_module *mod, int (*fn)(void *, const char *, const char *),
		      void *arg)
{
	const char *path = kmod_module_get_path(mod);

	return path ? fn(arg, kmod_module_get_name(mod), path) : 0;
}

int module_for_each_file(const char *alias,
			 int (*fn)(void *arg, const char *name, const char *path), void *arg)
{
	_cleanup_kmod_ struct kmod_ctx *ctx = new_context();
	_cleanup_kmod_list_ struct kmod_list *list = NULL;
	struct kmod_list *entry, *dep;
	int ret;

	if (!ctx)
		return -ENOMEM;
	ret = kmod_module_new_from_lookup(ctx, alias, &list);
	if (ret == 0 && !list)
		ret = -ENOENT;
	if (ret < 0)
		return ret;
	kmod_list_foreach(entry, list)
	{
		struct kmod_module *mod = kmod_module_get_module(entry);
		_cleanup_kmod_list_ struct kmod_list *deps = kmod_module_get_dependencies(mod);

		kmod_list_foreach(dep, deps)
		{
			struct kmod_module *needed = kmod_module_get_module(dep);

			ret = ret < 0 ? ret : visit_file(needed, fn, arg);
			kmod_module_unref(needed);
		}
		ret = ret < 0 ? ret : visit_file(mod, fn, arg);
		kmod_module_unref(mod);
	}
	return ret;
}

static int visit_firmware(struct kmod_module *mod, int (*fn)(void *arg, const char *file),
			  void *arg)
{
	struct kmod_list *info = NULL, *entry;
	int ret = kmod_module_get_info(mod, &info);

	kmod_list_foreach(entry, info)
	{
		if (ret >= 0 && strcmp(kmod_module_info_get_key(entry), "firmware") == 0)
			ret = fn(arg, kmod_module_info_get_value(entry));
	}
	kmod_module_info_free_list(info);
	return ret < 0 ? ret : 0;
}

int module_for_each_firmware(const char *alias, int (*fn)(void *arg, const char *file), void *arg)
{
	_cleanup_kmod_ struct kmod_ctx *ctx = new_context();
	_cleanup_kmod_list_ struct kmod_list *list = NULL;
	struct kmod_list *entry;
	int ret;

	if (!ctx)
		return -ENOMEM;
	ret = kmod_module_new_from_lookup(ctx, alias, &list);
	if (ret == 0 && !list)
		ret = -ENOENT;
	kmod_list_foreach(entry, list)
	{
		struct kmod_module *mod = kmod_module_get_module(entry);

		/* What is built in needs none that could be given to it. */
		if (ret == 0 && kmod_module_get_path(mod))
			ret = visit_firmware(mod, fn, arg);
		kmod_module_unref(mod);
	}
	return ret;
}

/* What a scan of one bus looks for. */
struct device_scan {
	const char *dir; /* of the bus's devices */
	bool (*wanted)(const struct sysroot *root, const char *dev, const char *modalias);
};

/*
 * Loads what the modaliases of a bus's devices name. Returns the number of devices for which a
 * module was asked for; a module that does not load shows in its device, which stays unbound.
 */
static int load_for_bus(struct kmod_ctx *ctx, const struct sysroot *root,
			const struct device_scan *scan)
{
	_cleanup_closedir_ DIR *dir = sysroot_opendir(root, "%s", scan->dir);
	struct dirent *entry;
	int i, count = 0;

	for (i = 0; dir && i < MAX_DEVICES && (entry = readdir(dir)); i++) {
		_cleanup_kmod_list_ struct kmod_list *list = NULL;
		char modalias[512];

		if (entry->d_name[0] == '.' ||
		    sysroot_read(root, modalias, sizeof(modalias), "%s/%s/modalias", scan->dir,
				 entry->d_name) <= 0 ||
		    !scan->wanted(root, entry->d_name, modalias))
			continue;
		count++;
		if (kmod_module_new_from_lookup(ctx, modalias, &list) == 0 && list &&
		    load_all(list, NULL, KMOD_PROBE_APPLY_BLACKLIST_ALIAS_ONLY) < 0)
			continue;
	}
	return count;
}

static bool pci_class_is(const struct sysroot *root, const char *dev, unsigned int shift,
			 uint64_t class)
{
	uint64_t value;

	return sysroot_read_u64(root, &value, "sys/bus/pci/devices/%s/class", dev) == 0 &&
	       value >> shift == class;
}

static bool is_nic(const struct sysroot *root, const char *dev, const char *modalias)
{
	(void)modalias;
	return pci_class_is(root, dev, 16, 0x02);
}

static bool is_usb_host(const struct sysroot *root, const char *dev, const char *modalias)
{
	(void)modalias;
	return pci_class_is(root, dev, 8, 0x0c03);
}

/* Virtio device type 1 is a network device (Virtio specification, 5). */
static bool is_virtio_net(const struct sysroot *root, const char *dev, const char *modalias)
{
	(void)root;
	(void)dev;
	return strncmp(modalias, "virtio:d00000001v", 17) == 0;
}

/* USB interface class 8 is mass storage. */
static bool is_usb_storage(const struct sysroot *root, const char *dev, const char *modalias)
{
	(void)root;
	(void)dev;
	return strncmp(modalias, "usb:", 4) == 0 && strstr(modalias, "ic08");
}

static int load_for_buses(const struct sysroot *root, const struct device_scan *scans,
			  unsigned int n, const char *also)
{
	_cleanup_kmod_ struct kmod_ctx *ctx = new_context();
	int count = 0;
	unsigned int i;

	if (!ctx || kmod_load_resources(ctx) < 0)
		return -ENOENT;
	for (i = 0; i < n; i++)
		count += load_for_bus(ctx, root, &scans[i]);
	if (also && count > 0) {
		_cleanup_kmod_list_ struct kmod_list *list = NULL;

		if (kmod_module_new_from_lookup(ctx, also, &list) == 0 &&
		    load_all(list, NULL, 0) == 0)
			count++;
	}
	return count;
}

int module_load_for_nics(const struct sysroot *root)
{
	static const struct device_scan scans[] = {
		{ "sys/bus/pci/devices", is_nic },
		{ "sys/bus/virtio/devices", is_virtio_net }, /* there once virtio_pci is */
	};

	return load_for_buses(root, scans, ARRAY_SIZE(scans), NULL);
}

int module_load_for_usb(const struct sysroot *root)
{
	static const struct device_scan scans[] = {
		{ "sys/bus/pci/devices", is_usb_host },
		{ "sys/bus/usb/devices", is_usb_storage },
	};

	return load_for_buses(root, scans, ARRAY_SIZE(scans), "sd_mod");
}

int module_load_for_kvm(const struct sysroot *root)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int ret = sysroot_slurp(root, &text, &len, 4u << 20, "proc/cpuinfo");

	if (ret < 0)
		return ret;
	if (strstr(text, " vmx "))
		return module_load("kvm_intel", NULL);
	if (strstr(text, " svm "))
		return module_load("kvm_amd", NULL);
	return -ENOENT;
}
