/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel modules of an overlay: whether they can do what they were added for, and whether they
 * did.
 */
#include "run/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include "base/log.h"
#include "journal/store.h"
#include "sys/kmsg.h"
#include "sys/module.h"
#include "sys/module_set.h"
#include "base/sysroot.h"

struct check {
	struct overlay *o;
	const char *folder; /* of the overlay */
};

static void add_unfit(void *arg, const char *file, const char *why)
{
	const struct check *c = arg;

	overlay_add_problem(c->o, "%s/%s is not used: %s", c->folder, file, why);
}

/* Reads a folder of the overlay; what does not fit becomes a problem of @o, if it is not NULL. */
static int read_folder(struct module_set *set, const struct sysroot *root, const char *folder,
		       const struct module_kernel *kernel, struct overlay *o)
{
	struct check c = { o, folder };
	char dir[512];

	util_format(dir, sizeof(dir), "%s/" OVERLAY_RUN "/%s", root->path, folder);
	return module_set_read(set, dir, kernel, o ? add_unfit : NULL, &c);
}

static const char *origin_of(const struct overlay *o, const char *file)
{
	const json_t *entry;
	size_t i;

	json_array_foreach (o->files, i, entry) {
		const char *path = json_string_value(json_object_get(entry, "path"));
		const char *origin = json_string_value(json_object_get(entry, "origin"));

		if (path && origin && strncmp(path, "modules/", 8) == 0 &&
		    strcmp(path + 8, file) == 0)
			return origin;
	}
	return "";
}

/* What the stick itself needs is loaded before its files are seen. */
static void find_late(struct overlay *o, const struct sysroot *root, const struct module_set *set)
{
	for (unsigned int i = 0; i < set->n; i++) {
		const struct module_file *f = &set->files[i];

		if (strcmp(origin_of(o, f->file), "stick") == 0 && module_is_loaded(root, f->name))
			overlay_add_problem(o,
					    "modules/%s comes too late on the stick: %s is loaded; "
					    "give it in an initramfs",
					    f->file, f->name);
	}
}

static void guest_kernel(struct overlay *o, const struct sysroot *root,
			 struct module_kernel *kernel)
{
	_cleanup_close_ int fd = sysroot_openat(root, O_RDONLY, OVERLAY_GUEST_KERNEL);
	int ret;

	if (fd < 0)
		return;
	ret = module_kernel_of_file(kernel, fd);
	if (ret < 0) {
		overlay_add_problem(o, "guest/vmlinux is not used: it is no uncompressed kernel");
		(void)!unlinkat(root->fd, OVERLAY_GUEST_KERNEL, 0);
	} else
		log_info("overlay: the guests' kernel is %s", kernel->vermagic);
}

void overlay_check_modules(struct overlay *o, const struct sysroot *root)
{
	struct module_kernel kernel;
	struct module_set set;

	if (o->complete || json_array_size(o->files) == 0)
		return;
	module_kernel_running(&kernel);
	if (read_folder(&set, root, "modules", &kernel, o) == 0)
		find_late(o, root, &set);
	module_set_free(&set);
	guest_kernel(o, root, &kernel);
	if (read_folder(&set, root, "guest/modules", &kernel, o) < 0)
		log_error("overlay: the guests' modules were not looked at: out of memory");
	module_set_free(&set);
}

void overlay_note_problems(const struct overlay *o, struct store *store)
{
	const json_t *text;
	size_t i;

	json_array_foreach (o->problems, i, text)
		store_note(store, true, "%s", json_string_value(text));
}

/*
 * Why the kernel did not take a module of the overlay: kernel/module/signing.c and the lockdown
 * that Secure Boot brings say so without its name.
 */
static const char *why_refused(const struct sysroot *root, const struct module_file *f)
{
	char line[256];

	if (!module_file_is_signed(f) &&
	    (kmsg_find_both(root, "unsigned module", "rejected", line, sizeof(line)) ||
	     kmsg_find(root, "unsigned module loading is restricted", line, sizeof(line))))
		return "it is not signed, and the kernel takes only signed modules (Secure Boot)";
	if (module_file_is_signed(f) &&
	    kmsg_find(root, "module with unavailable key is rejected", line, sizeof(line)))
		return "it is signed with a key that the kernel does not know (Secure Boot)";
	return "the console's log says why";
}

void overlay_note_modules(const struct sysroot *root, struct store *store)
{
	struct module_kernel kernel;
	struct module_set set;
	char device[64];

	if (!sysroot_exists(root, OVERLAY_MODULES))
		return;
	module_kernel_running(&kernel);
	if (read_folder(&set, root, "modules", &kernel, NULL) < 0)
		log_error("overlay: the modules were not looked at: out of memory");
	for (unsigned int i = 0; i < set.n; i++) {
		const struct module_file *f = &set.files[i];

		if (module_is_loaded(root, f->name))
			store_note(store, false, "overlay: modules/%s is loaded, as %s", f->file,
				   f->name);
		else if (module_file_find_device(root, "pci", f, device, sizeof(device)) ||
			 module_file_find_device(root, "virtio", f, device, sizeof(device)))
			store_note(store, true,
				   "overlay: modules/%s is not loaded, although %s needs it: %s",
				   f->file, device, why_refused(root, f));
		else
			store_note(store, false,
				   "overlay: modules/%s is not loaded: no device here needs it",
				   f->file);
	}
	module_set_free(&set);
}
