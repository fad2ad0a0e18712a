/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a device to all modules and all firmware that it needs. A guest has neither udev nor
 * modprobe: what its kernel would ask for while a driver starts is not to be had there, so that
 * soft dependencies (modinfo "softdep": crc32c for libcrc32c, which bnx2x needs) count as others
 * do.
 */
#include "sys/module.h"

#include <errno.h>
#include <string.h>

#include "sys/module_kmod.h"

#define MAX_SOFT_DEPTH 4

/* What is done with each module. */
struct chain {
	struct kmod_ctx *ctx;
	int (*file)(void *arg, const char *name, const char *path);
	int (*firmware)(void *arg, const char *file);
	void *arg;
	unsigned int depth; /* of soft dependencies */
};

static int visit_name(struct chain *c, const char *name);

static int visit_firmware(const struct chain *c, const struct kmod_list *info)
{
	const struct kmod_list *entry;
	int ret = 0;

	kmod_list_foreach (entry, info)
		if (ret == 0 && strcmp(kmod_module_info_get_key(entry), "firmware") == 0)
			ret = c->firmware(c->arg, kmod_module_info_get_value(entry));
	return ret;
}

/* "pre: NAME..." of a module; what comes after "post:" is no condition for its start. */
static int visit_soft(struct chain *c, const char *softdep)
{
	char text[256], *word, *save = NULL;
	bool pre = false;
	int ret = 0;

	util_strlcpy(text, sizeof(text), softdep);
	for (word = strtok_r(text, " ", &save); word && ret == 0;
	     word = strtok_r(NULL, " ", &save)) {
		if (word[strlen(word) - 1] == ':')
			pre = strcmp(word, "pre:") == 0;
		else if (pre)
			ret = visit_name(c, word);
		/* It may be built in, and the driver may do without. */
		ret = ret == -ENOENT ? 0 : ret;
	}
	return ret;
}

static int visit_all_soft(struct chain *c, const struct kmod_list *info)
{
	const struct kmod_list *entry;
	int ret = 0;

	if (c->depth == MAX_SOFT_DEPTH)
		return 0;
	c->depth++;
	kmod_list_foreach (entry, info)
		if (ret == 0 && strcmp(kmod_module_info_get_key(entry), "softdep") == 0)
			ret = visit_soft(c, kmod_module_info_get_value(entry));
	c->depth--;
	return ret;
}

/* What is built in has no file, and needs no firmware that could be given to it. */
static int visit_module(struct chain *c, struct kmod_module *mod)
{
	const char *path = kmod_module_get_path(mod);
	struct kmod_list *info = NULL;
	int ret;

	if (!path)
		return 0;
	ret = kmod_module_get_info(mod, &info);
	if (ret >= 0)
		ret = visit_all_soft(c, info);
	if (ret == 0)
		ret = c->file ? c->file(c->arg, kmod_module_get_name(mod), path)
			      : visit_firmware(c, info);
	kmod_module_info_free_list(info);
	return ret;
}

/* The module that goes with it, if the image has it. */
static int visit_companion(struct chain *c, struct kmod_module *mod)
{
	const char *name = module_companion(kmod_module_get_name(mod));
	struct kmod_module *other;
	int ret;

	if (!name || kmod_module_new_from_name(c->ctx, name, &other) < 0)
		return 0;
	ret = visit_module(c, other);
	kmod_module_unref(other);
	return ret;
}

/* A module, all that it depends on, and what goes with it, in loading order. */
static int visit_with_deps(struct chain *c, struct kmod_module *mod)
{
	_cleanup_kmod_list_ struct kmod_list *deps = kmod_module_get_dependencies(mod);
	struct kmod_list *entry;
	int ret = 0;

	kmod_list_foreach (entry, deps) {
		struct kmod_module *needed = kmod_module_get_module(entry);

		ret = ret < 0 ? ret : visit_module(c, needed);
		kmod_module_unref(needed);
	}
	if (ret == 0)
		ret = visit_module(c, mod);
	return ret < 0 ? ret : visit_companion(c, mod);
}

static int visit_name(struct chain *c, const char *name)
{
	_cleanup_kmod_list_ struct kmod_list *list = NULL;
	struct kmod_list *entry;
	int ret = kmod_module_new_from_lookup(c->ctx, name, &list);

	if (ret == 0 && !list)
		ret = -ENOENT;
	kmod_list_foreach (entry, list) {
		struct kmod_module *mod = kmod_module_get_module(entry);

		ret = ret < 0 ? ret : visit_with_deps(c, mod);
		kmod_module_unref(mod);
	}
	return ret;
}

static int visit_chain(struct chain c, const char *dir, const char *alias)
{
	_cleanup_kmod_ struct kmod_ctx *ctx = module_new_context(dir);

	c.ctx = ctx;
	return ctx ? visit_name(&c, alias) : -ENOMEM;
}

int module_for_each_file(const char *dir, const char *alias,
			 int (*fn)(void *arg, const char *name, const char *path), void *arg)
{
	return visit_chain((struct chain){ .file = fn, .arg = arg }, dir, alias);
}

int module_for_each_firmware(const char *dir, const char *alias,
			     int (*fn)(void *arg, const char *file), void *arg)
{
	return visit_chain((struct chain){ .firmware = fn, .arg = arg }, dir, alias);
}
