/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What kernel modules there are and what they are for, and taking them out. Loading them is in
 * module_load.c, what a device needs in all in module_chain.c.
 */
#include "sys/module.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/child.h"
#include "sys/module_kmod.h"
#include "sys/module_set.h"
#include "sys/sriov_queue.h"
#include "base/sysroot.h"

#define MAX_HOLDERS 16

const char *module_companion(const char *name)
{
	static const struct {
		const char *name, *companion;
	} rows[] = {
		/* drivers/net/ethernet/mellanox/mlx4/main.c, mlx4_request_modules() */
		{ "mlx4_core", "mlx4_en" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strcmp(rows[i].name, name) == 0)
			return rows[i].companion;
	return NULL;
}

static int remove_one(struct kmod_ctx *ctx, const char *name)
{
	struct kmod_module *mod;
	int ret = kmod_module_new_from_name(ctx, name, &mod);

	if (ret < 0)
		return ret;
	ret = kmod_module_remove_module(mod, KMOD_REMOVE_NOLOG);
	kmod_module_unref(mod);
	return ret == -EAGAIN ? -EBUSY : ret == -ENOENT ? 0 : ret;
}

/* What goes with it comes back with it, see module_load.c. */
static int remove_real(const char *name)
{
	_cleanup_kmod_ struct kmod_ctx *ctx = module_new_context(NULL);
	const char *companion = module_companion(name);
	int ret = 0;

	if (!ctx)
		return -ENOMEM;
	if (companion)
		ret = remove_one(ctx, companion);
	return ret < 0 ? ret : remove_one(ctx, name);
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
	struct sriov_turn turn;
	int ret = sriov_turn_begin(root, timeout_ms, &turn); /* it takes its VFs along */

	if (ret == 0)
		ret = child_ask(do_remove, &r, timeout_ms);
	sriov_turn_end(&turn);
	return ret;
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
	const char *companion = module_companion(name);
	uint64_t users = 0, companions = 0;
	char holders[128] = "";
	struct dirent *entry;
	int i;

	for (i = 0; dir && i < MAX_HOLDERS && (entry = readdir(dir)); i++)
		if (companion && strcmp(entry->d_name, companion) == 0)
			companions++;
		else if (entry->d_name[0] != '.')
			util_format(holders + strlen(holders), sizeof(holders) - strlen(holders),
				    " %s", entry->d_name);
	if (holders[0]) {
		util_format(why, why_size, "these modules depend on it:%s", holders);
		return false;
	}
	if (sysroot_read_u64(root, &users, "sys/module/%s/refcnt", name) < 0 || users <= companions)
		return true;
	util_format(why, why_size, "%llu users hold it", (unsigned long long)users);
	return false;
}

bool module_is_loaded(const struct sysroot *root, const char *name)
{
	return sysroot_exists(root, "sys/module/%s/initstate", name);
}

int module_read_param(const struct sysroot *root, const char *name, const char *param, char *buf,
		      size_t size)
{
	int ret = sysroot_read(root, buf, size, "sys/module/%s/parameters/%s", name, param);

	return ret < 0 ? ret : 0;
}

int module_set_firmware_path(const struct sysroot *root, const char *path)
{
	return sysroot_write(root, path, "sys/module/firmware_class/parameters/path");
}

int module_of_driver(const struct sysroot *root, const char *driver, char *buf, size_t size)
{
	return sysroot_link_name(root, buf, size, "sys/bus/pci/drivers/%s/module", driver);
}

/* True if the list has a "parm" NAME:DESCRIPTION of that name. */
static bool info_has_param(const struct kmod_list *info, const char *param)
{
	const struct kmod_list *entry;
	size_t len = strlen(param);
	bool found = false;

	kmod_list_foreach (entry, info) {
		const char *value = kmod_module_info_get_value(entry);

		found |= strcmp(kmod_module_info_get_key(entry), "parm") == 0 &&
			 strncmp(value, param, len) == 0 && value[len] == ':';
	}
	return found;
}

static bool has_param_image(const char *name, const char *param)
{
	_cleanup_kmod_ struct kmod_ctx *ctx = module_new_context(NULL);
	struct kmod_list *info = NULL;
	struct kmod_module *mod;
	bool found;

	if (!ctx || kmod_module_new_from_name(ctx, name, &mod) < 0)
		return false;
	if (kmod_module_get_info(mod, &info) < 0)
		info = NULL;
	found = info_has_param(info, param);
	kmod_module_info_free_list(info);
	kmod_module_unref(mod);
	return found;
}

static bool has_param_real(const char *name, const char *param)
{
	_cleanup_(module_set_free) struct module_set set;
	const struct module_file *f;

	if (module_set_read_overlay(&set) < 0)
		return false;
	f = module_set_by_name(&set, name);
	return f ? info_has_param(f->info, param) : has_param_image(name, param);
}

bool module_has_param(const struct sysroot *root, const char *name, const char *param)
{
	if (sysroot_is_real(root))
		return has_param_real(name, param);
	return sysroot_exists(root, "sys/module/%s/parameters/%s", name, param);
}

/* Name of the overlay's module for it; -ENOENT if there is none. */
static int find_in_overlay(const char *modalias, char *buf, size_t size)
{
	_cleanup_(module_set_free) struct module_set set;
	const struct module_file *f;
	int ret = module_set_read_overlay(&set);

	f = ret < 0 ? NULL : module_set_by_alias(&set, modalias);
	if (!f)
		return -ENOENT;
	util_strlcpy(buf, size, f->name);
	return 0;
}

int module_find_by_alias(const char *modalias, char *buf, size_t size)
{
	_cleanup_kmod_ struct kmod_ctx *ctx = module_new_context(NULL);
	_cleanup_kmod_list_ struct kmod_list *list = NULL;
	struct kmod_list *entry;
	int ret;

	buf[0] = '\0';
	if (!ctx)
		return -ENOMEM;
	if (find_in_overlay(modalias, buf, size) == 0)
		return 0;
	ret = kmod_module_new_from_lookup(ctx, modalias, &list);
	if (ret < 0)
		return ret;
	ret = -ENOENT;
	kmod_list_foreach (entry, list) {
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
