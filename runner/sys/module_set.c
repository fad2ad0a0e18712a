/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Modules by what they say of themselves.
 */
#include "sys/module_set.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "sys/module_kmod.h"
#include "sys/overlay_paths.h"
#include "base/child.h"
#include "base/sysroot.h"

#define MODULE_SET_MAX_DEVICES 4096 /* of a bus */

#define MAX_DEPENDS 64
#define TRIAL_MS 10000
/* A module of the image that is in it for certain: the others were built with it. */
#define REFERENCE_MODULE "vfio-pci"

/* Returns the number of characters before the first space. */
static size_t release_len(const char *vermagic)
{
	return strcspn(vermagic, " ");
}

bool module_kernel_takes(const struct module_kernel *kernel, const char *vermagic, bool crcs)
{
	size_t theirs = release_len(kernel->vermagic), ours = release_len(vermagic);
	const char *flags = kernel->vermagic + theirs;

	if (!crcs || !*flags)
		if (theirs != ours || memcmp(kernel->vermagic, vermagic, ours) != 0)
			return false;
	if (!*flags)
		return true;
	return strcmp(flags + strspn(flags, " "), vermagic + ours + strspn(vermagic + ours, " ")) ==
	       0;
}

static const char *info_value(const struct kmod_list *info, const char *key)
{
	const struct kmod_list *entry;

	kmod_list_foreach (entry, info)
		if (strcmp(kmod_module_info_get_key(entry), key) == 0)
			return kmod_module_info_get_value(entry);
	return "";
}

void module_kernel_running(struct module_kernel *kernel)
{
	_cleanup_kmod_ struct kmod_ctx *ctx = module_new_context(NULL);
	struct kmod_module *mod = NULL;
	struct kmod_list *info = NULL;
	struct utsname uts;

	if (ctx && kmod_module_new_from_name(ctx, REFERENCE_MODULE, &mod) == 0 &&
	    kmod_module_get_path(mod) && kmod_module_get_info(mod, &info) >= 0)
		util_strlcpy(kernel->vermagic, sizeof(kernel->vermagic),
			     info_value(info, "vermagic"));
	else
		util_strlcpy(kernel->vermagic, sizeof(kernel->vermagic),
			     uname(&uts) == 0 ? uts.release : "");
	util_trim(kernel->vermagic);
	kmod_module_info_free_list(info);
	kmod_module_unref(mod);
}

/* Takes the word at @text, of at most @size bytes, for the release. False if it cannot be one. */
static bool take_release(struct module_kernel *kernel, const char *text, size_t size)
{
	size_t len;

	for (len = 0;
	     len < size && len < sizeof(kernel->vermagic) - 1 && text[len] > ' ' && text[len] < 127;
	     len++)
		kernel->vermagic[len] = text[len];
	kernel->vermagic[len] = '\0';
	/* Other texts with the banner's words are formats. */
	return len > 0 && text[0] >= '0' && text[0] <= '9';
}

int module_kernel_of_file(struct module_kernel *kernel, int fd)
{
	static const char banner[] = "Linux version ";
	const char *begin, *end, *p;
	struct stat st;
	bool found = false;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size == 0)
		return -ENODATA;
	begin = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (begin == MAP_FAILED)
		return -errno;
	end = begin + st.st_size;
	p = memmem(begin, (size_t)st.st_size, banner, strlen(banner));
	while (p && !found) {
		p += strlen(banner);
		found = take_release(kernel, p, (size_t)(end - p));
		if (!found)
			p = memmem(p, (size_t)(end - p), banner, strlen(banner));
	}
	munmap((void *)begin, (size_t)st.st_size);
	return found ? 0 : -ENODATA;
}

const char *module_file_info(const struct module_file *f, const char *key)
{
	return info_value(f->info, key);
}

int module_file_for_each(const struct module_file *f, const char *key,
			 int (*fn)(void *arg, const char *value), void *arg)
{
	const struct kmod_list *entry;
	int ret = 0;

	kmod_list_foreach (entry, f->info) {
		if (ret == 0 && strcmp(kmod_module_info_get_key(entry), key) == 0)
			ret = fn(arg, kmod_module_info_get_value(entry));
	}
	return ret;
}

bool module_file_is_signed(const struct module_file *f)
{
	static const char mark[] = "~Module signature appended~\n"; /* module_signature.h */
	_cleanup_close_ int fd = open(f->path, O_RDONLY | O_CLOEXEC);
	char end[sizeof(mark) - 1];

	return fd >= 0 && lseek(fd, -(off_t)sizeof(end), SEEK_END) >= 0 &&
	       read(fd, end, sizeof(end)) == sizeof(end) && memcmp(end, mark, sizeof(end)) == 0;
}

int module_file_for_each_dep(const struct module_file *f, int (*fn)(void *arg, const char *name),
			     void *arg)
{
	const char *p = module_file_info(f, "depends");
	char name[MODULE_SET_NAME];
	int i, ret = 0;

	for (i = 0; ret == 0 && *p && i < MAX_DEPENDS; i++) {
		size_t len = strcspn(p, ",");

		util_format(name, sizeof(name), "%.*s", (int)len, p);
		if (len > 0)
			ret = fn(arg, name);
		p += len + (p[len] == ',');
	}
	return ret;
}

static bool names_are_equal(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if ((*a == '-' ? '_' : *a) != (*b == '-' ? '_' : *b))
			return false;
	return *a == *b;
}

const struct module_file *module_set_by_name(const struct module_set *set, const char *name)
{
	for (unsigned int i = 0; i < set->n; i++)
		if (names_are_equal(set->files[i].name, name))
			return &set->files[i];
	return NULL;
}

static int alias_matches(void *modalias, const char *alias)
{
	return util_glob(alias, modalias);
}

const struct module_file *module_set_by_alias(const struct module_set *set, const char *modalias)
{
	for (unsigned int i = 0; i < set->n; i++)
		if (module_file_for_each(&set->files[i], "alias", alias_matches,
					 (void *)modalias) == 1)
			return &set->files[i];
	return NULL;
}

static bool has_crcs(const struct kmod_module *mod)
{
	struct kmod_list *versions = NULL;
	int n = kmod_module_get_versions(mod, &versions);

	kmod_module_versions_free_list(versions);
	return n > 0;
}

static void set_name(struct module_file *f)
{
	const char *name = module_file_info(f, "name");

	/* libkmod takes it from the file's name. */
	util_strlcpy(f->name, sizeof(f->name), name[0] ? name : kmod_module_get_name(f->mod));
}

/* Why the module is not for this kernel or this set; "" if it is. */
static void find_fault(const struct module_set *set, const struct module_file *f,
		       const struct module_kernel *kernel, char *why, size_t size)
{
	const char *magic = module_file_info(f, "vermagic");
	const struct module_file *same;
	char ours[80], theirs[80];

	why[0] = '\0';
	if (!magic[0]) {
		util_strlcpy(why, size, "it is no kernel module");
		return;
	}
	util_format(ours, sizeof(ours), "%s", magic);
	util_trim(ours);
	util_format(theirs, sizeof(theirs), "%s", kernel->vermagic);
	same = module_set_by_name(set, f->name);
	if (!module_kernel_takes(kernel, util_trim(ours), has_crcs(f->mod)))
		util_format(why, size, "it is for kernel \"%s\", not \"%s\"", ours, theirs);
	else if (same)
		util_format(why, size, "it is the module %s, as %s is", f->name, same->file);
}

static void free_file(struct module_file *f)
{
	kmod_module_info_free_list(f->info);
	kmod_module_unref(f->mod);
}

struct trial {
	struct kmod_ctx *ctx;
	const char *path;
};

static int try_reading(void *arg)
{
	const struct trial *t = arg;
	struct kmod_list *info = NULL;
	struct kmod_module *mod;
	int ret = kmod_module_new_from_path(t->ctx, t->path, &mod);

	if (ret == 0)
		ret = kmod_module_get_info(mod, &info);
	if (ret >= 0)
		(void)has_crcs(mod);
	return ret < 0 ? ret : 0;
}

/*
 * libkmod ends the process that gives it a file with wrong numbers in the right places, so a child
 * reads the file first. @why says what came of it if it cannot be read.
 */
static bool is_readable(struct module_set *set, const char *path, char *why, size_t size)
{
	struct trial t = { set->ctx, path };
	int ret = child_ask(try_reading, &t, TRIAL_MS);

	if (ret < 0)
		util_format(why, size, "it is no kernel module: %s",
			    ret == -EIO ? "reading it ends the program" : strerror(-ret));
	return ret == 0;
}

/* Adds one file; if it does not fit, @why says so. */
static void add_file(struct module_set *set, const char *path, const struct module_kernel *kernel,
		     char *why, size_t size)
{
	struct module_file *f = &set->files[set->n];
	int ret;

	if (set->n == MODULE_SET_MAX) {
		util_format(why, size, "there are more than %d modules", MODULE_SET_MAX);
		return;
	}
	if (!is_readable(set, path, why, size))
		return;
	*f = (struct module_file){ 0 };
	ret = kmod_module_new_from_path(set->ctx, path, &f->mod);
	if (ret == 0)
		ret = kmod_module_get_info(f->mod, &f->info);
	if (ret < 0) {
		util_format(why, size, "it is no kernel module: %s", strerror(-ret));
		free_file(f);
		return;
	}
	f->path = kmod_module_get_path(f->mod);
	f->file = strrchr(f->path, '/') ? strrchr(f->path, '/') + 1 : f->path;
	set_name(f);
	find_fault(set, f, kernel, why, size);
	if (why[0])
		free_file(f);
	else
		set->n++;
}

static int is_module(const struct dirent *entry)
{
	return util_glob("?*.ko", entry->d_name);
}

int module_set_read(struct module_set *set, const char *dir, const struct module_kernel *kernel,
		    module_unfit_fn *unfit, void *arg)
{
	struct dirent **entries = NULL;
	int n, i;

	*set = (struct module_set){ 0 };
	n = scandir(dir, &entries, is_module, alphasort);
	if (n <= 0) {
		free(entries);
		return 0;
	}
	/* No index there: what it knows of built-in modules would be taken for these. */
	set->ctx = module_new_context(dir);
	for (i = 0; i < n; i++) {
		char path[512], why[250] = "";

		util_format(path, sizeof(path), "%s/%s", dir, entries[i]->d_name);
		if (set->ctx)
			add_file(set, path, kernel, why, sizeof(why));
		if (why[0] && unfit)
			unfit(arg, entries[i]->d_name, why);
		free(entries[i]);
	}
	free(entries);
	return set->ctx ? 0 : -ENOMEM;
}

int module_set_read_overlay(struct module_set *set)
{
	struct module_kernel kernel;

	*set = (struct module_set){ 0 };
	if (access("/" OVERLAY_MODULES, F_OK) < 0)
		return 0;
	module_kernel_running(&kernel);
	return module_set_read(set, "/" OVERLAY_MODULES, &kernel, NULL, NULL);
}

void module_set_free(struct module_set *set)
{
	for (unsigned int i = 0; i < set->n; i++)
		free_file(&set->files[i]);
	set->n = 0;
	if (set->ctx)
		kmod_unref(set->ctx);
	set->ctx = NULL;
}

bool module_file_find_device(const struct sysroot *root, const char *bus,
			     const struct module_file *f, char *name, size_t size)
{
	_cleanup_closedir_ DIR *dir = sysroot_opendir(root, "sys/bus/%s/devices", bus);
	const struct module_set one = { .n = 1, .files = { *f } };
	struct dirent *entry;
	char modalias[512];
	int i;

	for (i = 0; dir && i < MODULE_SET_MAX_DEVICES && (entry = readdir(dir)); i++)
		if (entry->d_name[0] != '.' &&
		    sysroot_read(root, modalias, sizeof(modalias), "sys/bus/%s/devices/%s/modalias",
				 bus, entry->d_name) > 0 &&
		    module_set_by_alias(&one, modalias))
			return util_strlcpy(name, size, entry->d_name);
	return false;
}
