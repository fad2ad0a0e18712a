/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The overlay's part of a guest's initramfs. Its modules come with an index of their own, which the
 * agent reads before the image's.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "sys/module.h"
#include "sys/module_set.h"
#include "sys/overlay_paths.h"
#include "vm/image_modules.h"

#define MAX_DEPTH 8

/* A line of the index in the making. */
struct deps {
	FILE *f;
	struct image_modules *m;
	const struct module_set *set;
	unsigned int depth;
};

static int add_image_dep(void *arg, const char *name, const char *path)
{
	struct deps *d = arg;

	fprintf(d->f, " %s", name);
	return image_add_module(d->m, name, path);
}

/* Writes what the module needs, and what that needs before it. */
static int add_dep(void *arg, const char *name)
{
	struct deps *d = arg;
	const struct module_file *f = module_set_by_name(d->set, name);
	int ret = 0;

	if (!f && !d->m->foreign_kernel)
		ret = module_for_each_file(NULL, name, add_image_dep, d);
	if (!f && !d->m->foreign_kernel && ret == 0)
		ret = module_for_each_firmware(NULL, name, image_add_firmware, d->m);
	if (!f) /* it may be built in */
		return ret == -ENOENT ? 0 : ret;
	if (d->depth == MAX_DEPTH)
		return -ELOOP;
	d->depth++;
	ret = module_file_for_each_dep(f, add_dep, d);
	d->depth--;
	fprintf(d->f, " %s", f->name);
	return ret;
}

static int add_deps(struct image_modules *m, const struct module_set *set)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	struct deps d = { .f = open_memstream(&text, &size), .m = m, .set = set };
	int ret = 0;

	if (!d.f)
		return -ENOMEM;
	for (unsigned int i = 0; ret == 0 && i < set->n; i++) {
		fprintf(d.f, "%s:", set->files[i].name);
		ret = module_file_for_each_dep(&set->files[i], add_dep, &d);
		fputc('\n', d.f);
	}
	if (fclose(d.f) != 0)
		return -ENOMEM;
	return ret < 0 ? ret : cpio_add_text(&m->cpio, "lib/modules/overlay.deps", text);
}

struct aliases {
	FILE *f;
	const char *name;
};

static int add_alias(void *arg, const char *alias)
{
	const struct aliases *a = arg;

	if (!strpbrk(alias, " \t\n"))
		fprintf(a->f, "%s %s\n", alias, a->name);
	return 0;
}

static int add_aliases(struct image_modules *m, const struct module_set *set)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	struct aliases a = { .f = open_memstream(&text, &size) };

	if (!a.f)
		return -ENOMEM;
	for (unsigned int i = 0; i < set->n; i++) {
		a.name = set->files[i].name;
		(void)module_file_for_each(&set->files[i], "alias", add_alias, &a);
	}
	if (fclose(a.f) != 0)
		return -ENOMEM;
	return cpio_add_text(&m->cpio, "lib/modules/overlay.aliases", text);
}

int image_add_set(struct image_modules *m, const struct module_set *set)
{
	int ret = 0;

	/* All of them before what they need, so that none of the image's takes a place. */
	for (unsigned int i = 0; ret == 0 && i < set->n; i++)
		ret = image_add_module(m, set->files[i].name, set->files[i].path);
	for (unsigned int i = 0; ret == 0 && i < set->n; i++)
		ret = module_file_for_each(&set->files[i], "firmware", image_add_firmware, m);
	if (ret < 0 || set->n == 0)
		return ret;
	ret = add_deps(m, set);
	return ret < 0 ? ret : add_aliases(m, set);
}

/* The kernel that the guests boot, if the overlay has one. */
static void find_kernel(struct image_modules *m, struct module_kernel *kernel)
{
	_cleanup_close_ int fd = open("/" OVERLAY_GUEST_KERNEL, O_RDONLY | O_CLOEXEC);
	struct module_kernel own;

	if (fd < 0 || module_kernel_of_file(&own, fd) < 0)
		return;
	m->foreign_kernel = !module_kernel_takes(&own, kernel->vermagic, false);
	if (m->foreign_kernel)
		*kernel = own;
}

int image_add_overlay(struct image_modules *m)
{
	_cleanup_(module_set_free) struct module_set set = { 0 };
	struct module_kernel kernel;
	int ret;

	if (access("/" OVERLAY_RUN, F_OK) < 0)
		return 0;
	module_kernel_running(&kernel);
	find_kernel(m, &kernel);
	ret = module_set_read(&set, "/" OVERLAY_GUEST_MODULES, &kernel, NULL, NULL);
	return ret < 0 ? ret : image_add_set(m, &set);
}
