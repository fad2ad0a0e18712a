/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loads kernel modules: those of the overlay first, then those of the image. Nothing else in the
 * appliance does it (there is no udev), so that whoever makes a device appear has to call this for
 * its driver.
 */
#include "sys/module.h"

#include <errno.h>
#include <string.h>

#include "base/child.h"
#include "base/log.h"
#include "sys/module_kmod.h"
#include "sys/module_set.h"
#include "sys/sriov_queue.h"
#include "base/sysroot.h"

#define MAX_DEVICES 4096
#define MAX_DEPTH 8
#define WITH_OPTIONS_MS 300000
#define LOAD_MS 60000
#define USB_TRIES 3

/* The overlay's modules, and libkmod's view of the image's. */
struct loader {
	struct kmod_ctx *image;
	struct module_set overlay;
	unsigned int depth; /* of dependencies that are being loaded */
};

static int loader_open(struct loader *l)
{
	*l = (struct loader){ .image = module_new_context(NULL) };
	return l->image ? module_set_read_overlay(&l->overlay) : -ENOMEM;
}

static void loader_close(struct loader *l)
{
	module_set_free(&l->overlay);
	kmod_unrefp(&l->image);
}

static bool is_blacklisted(const struct loader *l, const char *name)
{
	struct kmod_config_iter *iter = kmod_config_get_blacklists(l->image);
	bool found = false;

	while (iter && !found && kmod_config_iter_next(iter))
		found = strcmp(kmod_config_iter_get_key(iter), name) == 0;
	if (iter)
		kmod_config_iter_free_iter(iter);
	return found;
}

static int load_from_overlay(struct loader *l, const struct module_file *f, const char *options);

/* Of what a module of the image needs, the overlay's part. */
static int load_overlay_deps(struct loader *l, const struct kmod_module *mod)
{
	_cleanup_kmod_list_ struct kmod_list *deps = NULL;
	struct kmod_list *entry;
	int ret = 0;

	if (l->overlay.n == 0)
		return 0;
	deps = kmod_module_get_dependencies(mod);
	kmod_list_foreach (entry, deps) {
		struct kmod_module *dep = kmod_module_get_module(entry);
		const struct module_file *f =
			module_set_by_name(&l->overlay, kmod_module_get_name(dep));

		kmod_module_unref(dep);
		if (f && ret == 0)
			ret = load_from_overlay(l, f, NULL);
	}
	return ret;
}

static int load_one(struct loader *l, struct kmod_module *mod, const char *options,
		    unsigned int flags)
{
	const struct module_file *f = module_set_by_name(&l->overlay, kmod_module_get_name(mod));
	int ret;

	/* Its start does not come back, or another process loads it: it would be waited for. */
	if (kmod_module_get_initstate(mod) == KMOD_MODULE_COMING)
		return -EINPROGRESS;
	/* What is blacklisted is left out below. */
	if (f && !(flags && is_blacklisted(l, f->name)))
		return load_from_overlay(l, f, options);
	ret = load_overlay_deps(l, mod);
	if (ret < 0)
		return ret;
	return kmod_module_probe_insert_module(mod, flags, options, NULL, NULL, NULL);
}

/* What goes with a module, from the overlay or the image. Without it its devices have no netdev. */
static void load_companion(struct loader *l, const char *name, unsigned int flags)
{
	const char *companion = module_companion(name);
	struct kmod_module *mod;
	int ret;

	if (!companion || kmod_module_new_from_name(l->image, companion, &mod) < 0)
		return;
	ret = load_one(l, mod, NULL, flags);
	kmod_module_unref(mod);
	if (ret < 0 && ret != -EEXIST)
		log_debug("%s, which goes with %s, was not loaded: %s", companion, name,
			  strerror(-ret));
}

static int load_all(struct loader *l, struct kmod_list *list, const char *options,
		    unsigned int flags)
{
	struct kmod_list *entry;
	int ret = 0;

	kmod_list_foreach (entry, list) {
		struct kmod_module *mod = kmod_module_get_module(entry);
		int err = load_one(l, mod, options, flags);

		if (err == 0 || err == -EEXIST)
			load_companion(l, kmod_module_get_name(mod), flags);
		kmod_module_unref(mod);
		if (err < 0 && err != -EEXIST && ret == 0)
			ret = err;
	}
	return ret;
}

static int load_by_name(struct loader *l, const char *name, const char *options)
{
	_cleanup_kmod_list_ struct kmod_list *list = NULL;
	const struct module_file *f = module_set_by_name(&l->overlay, name);
	int ret;

	if (!f)
		f = module_set_by_alias(&l->overlay, name);
	if (f)
		return load_from_overlay(l, f, options);
	ret = kmod_module_new_from_lookup(l->image, name, &list);
	if (ret < 0)
		return ret;
	return list ? load_all(l, list, options, 0) : -ENOENT;
}

static int load_dep(void *arg, const char *name)
{
	int ret = load_by_name(arg, name, NULL);

	/* The kernel says which symbol is missing. */
	if (ret < 0)
		log_errno(ret, "load", name);
	return 0;
}

/* Inserts one file, with the parameters that the kernel command line has for it. */
static int insert_file(const struct loader *l, const struct module_file *f, const char *options)
{
	_cleanup_free_ char *all = NULL;
	struct kmod_module *named = NULL;
	const char *more = NULL;
	int ret;

	if (kmod_module_new_from_name(l->image, f->name, &named) == 0) {
		if (kmod_module_get_initstate(named) == KMOD_MODULE_COMING) {
			kmod_module_unref(named);
			return -EINPROGRESS;
		}
		more = kmod_module_get_options(named);
	}
	ret = asprintf(&all, "%s%s%s", more ? more : "", more && options ? " " : "",
		       options ? options : "");
	kmod_module_unref(named);
	if (ret < 0) {
		all = NULL;
		return -ENOMEM;
	}
	ret = kmod_module_insert_module(f->mod, 0, all);
	if (ret == 0)
		log_info("overlay: %s is loaded", f->file);
	else if (ret != -EEXIST)
		log_errno(ret, "load", f->path);
	return ret == -EEXIST ? 0 : ret;
}

static int load_from_overlay(struct loader *l, const struct module_file *f, const char *options)
{
	if (l->depth == MAX_DEPTH)
		return -ELOOP;
	l->depth++;
	(void)module_file_for_each_dep(f, load_dep, l);
	l->depth--;
	return insert_file(l, f, options);
}

int module_load(const char *name, const char *options)
{
	_cleanup_(loader_close) struct loader l;
	int ret = loader_open(&l);

	return ret < 0 ? ret : load_by_name(&l, name, options);
}

static int insert(const struct sysroot *root, const char *name, const char *options)
{
	if (sysroot_is_real(root))
		return module_load(name, options);
	return root->on_module ? root->on_module(root, name, true, options) : 0;
}

int module_insert(const struct sysroot *root, const char *name, const char *options)
{
	struct sriov_turn turn;
	int ret;

	if (!options)
		return insert(root, name, options);
	/* An option can have the driver make VFs. */
	ret = sriov_turn_begin(root, (unsigned int)sysroot_ms(root, WITH_OPTIONS_MS), &turn);
	if (ret == 0)
		ret = insert(root, name, options);
	sriov_turn_end(&turn);
	return ret;
}

/* What a device needs. A module that does not load shows in the device, which stays unbound. */
static void load_for_device(struct loader *l, const char *modalias)
{
	_cleanup_kmod_list_ struct kmod_list *list = NULL;
	const struct module_file *f = module_set_by_alias(&l->overlay, modalias);
	int ret = 0;

	if (f && is_blacklisted(l, f->name))
		return;
	if (f)
		ret = load_from_overlay(l, f, NULL);
	if (f && ret == 0)
		load_companion(l, f->name, KMOD_PROBE_APPLY_BLACKLIST_ALIAS_ONLY);
	else if (!f && kmod_module_new_from_lookup(l->image, modalias, &list) == 0 && list)
		ret = load_all(l, list, NULL, KMOD_PROBE_APPLY_BLACKLIST_ALIAS_ONLY);
	if (ret < 0)
		log_debug("%s: no module was loaded: %s", modalias, strerror(-ret));
}

void module_load_for_device(const char *modalias)
{
	_cleanup_(loader_close) struct loader l;

	if (loader_open(&l) == 0)
		load_for_device(&l, modalias);
}

/* What a scan of one bus looks for. */
struct device_scan {
	const char *dir; /* of the bus's devices */
	bool (*wanted)(const struct sysroot *root, const char *dev, const char *modalias);
};

/*
 * Loads what the modaliases of a bus's devices name. Returns the number of devices for which a
 * module was asked for.
 */
static int load_for_bus(struct loader *l, const struct sysroot *root,
			const struct device_scan *scan)
{
	_cleanup_closedir_ DIR *dir = sysroot_opendir(root, "%s", scan->dir);
	struct dirent *entry;
	int i, count = 0;

	for (i = 0; dir && i < MAX_DEVICES && (entry = readdir(dir)); i++) {
		char modalias[512];

		if (entry->d_name[0] == '.' ||
		    sysroot_read(root, modalias, sizeof(modalias), "%s/%s/modalias", scan->dir,
				 entry->d_name) <= 0 ||
		    !scan->wanted(root, entry->d_name, modalias))
			continue;
		count++;
		load_for_device(l, modalias);
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
	_cleanup_(loader_close) struct loader l;
	int count = 0;
	unsigned int i;

	if (loader_open(&l) < 0 || kmod_load_resources(l.image) < 0)
		return -ENOENT;
	for (i = 0; i < n; i++)
		count += load_for_bus(&l, root, &scans[i]);
	if (also && count > 0 && load_by_name(&l, also, NULL) == 0)
		count++;
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

static int load_usb(void *arg)
{
	static const struct device_scan scans[] = {
		{ "sys/bus/pci/devices", is_usb_host },
		{ "sys/bus/usb/devices", is_usb_storage },
	};

	return load_for_buses(arg, scans, ARRAY_SIZE(scans), "sd_mod");
}

int module_load_for_usb(const struct sysroot *root)
{
	int i, ret = -ETIMEDOUT;

	/* A driver that hangs is passed over the next time. */
	for (i = 0; ret == -ETIMEDOUT && i < USB_TRIES; i++) {
		ret = child_ask(load_usb, (void *)root, (unsigned int)sysroot_ms(root, LOAD_MS));
		if (ret == -ETIMEDOUT)
			log_error("a driver for USB hangs while it is loaded");
	}
	return ret;
}

/* The processors of a host are alike: the first one's flags do. */
static bool take_flags(char *line, void *arg)
{
	const char **module = arg;

	if (strncmp(line, "flags", 5) != 0)
		return true;
	*module = strstr(line, " vmx") ? "kvm_intel" : strstr(line, " svm") ? "kvm_amd" : NULL;
	return false;
}

static int load_kvm(void *arg)
{
	const char *module = NULL;
	int ret = sysroot_each_line(arg, take_flags, &module, "proc/cpuinfo");

	if (ret < 0)
		return ret;
	return module ? module_load(module, NULL) : -ENOENT;
}

int module_load_for_kvm(const struct sysroot *root)
{
	return child_ask(load_kvm, (void *)root, (unsigned int)sysroot_ms(root, LOAD_MS));
}
