/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Takes overlays: walks the folder, copies what has a place, and lists it with its SHA-256. What a
 * stick holds is not trusted: depth, number and size of the files are bounded.
 */
#include "run/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include "base/log.h"
#include "base/sha256.h"
#include "journal/store.h"
#include "base/sysroot.h"
#include "sys/module.h"

#define OVERLAY_FOLDER "overlay"
#define OVERLAY_LIST "overlay.json" /* in STORE_RUN: what was taken, all of it */
#define MAX_ENTRIES 1024u
#define MAX_PROBLEMS 16u
#define MAX_DEPTH 8u
#define MAX_PATH 200u
#define MAX_BYTES (1ull << 30)
#define LIST_MAX_SIZE (1u << 20)

struct walk {
	struct overlay *o;
	const char *origin;
	int to; /* OVERLAY_RUN */
	unsigned int entries;
	uint64_t bytes;
};

void overlay_add_problem(struct overlay *o, const char *fmt, ...)
{
	char text[180];
	va_list args;

	if (json_array_size(o->problems) == MAX_PROBLEMS) {
		log_error("overlay: there are more problems");
		json_array_append_new(o->problems, json_string("overlay: there are more problems, "
							       "which are not listed"));
	}
	if (json_array_size(o->problems) > MAX_PROBLEMS)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	util_sanitise(text);
	log_error("overlay: %s", text);
	json_array_append_new(o->problems, json_sprintf("overlay: %s", text));
}

static const char *file_text(const json_t *file, const char *key)
{
	const char *text = json_string_value(json_object_get(file, key));

	return text ? text : "";
}

bool overlay_has(const struct overlay *o, const char *path)
{
	const json_t *file;
	size_t i;

	json_array_foreach (o->files, i, file)
		if (strcmp(file_text(file, "path"), path) == 0)
			return true;
	return false;
}

bool overlay_is_same(const json_t *a, const json_t *b)
{
	const json_t *file;
	size_t i;

	if (json_array_size(a) != json_array_size(b))
		return false;
	json_array_foreach (a, i, file) {
		const json_t *other = json_array_get(b, i);

		if (strcmp(file_text(file, "path"), file_text(other, "path")) != 0 ||
		    strcmp(file_text(file, "sha256"), file_text(other, "sha256")) != 0)
			return false;
	}
	return true;
}

/*
 * Into the list at its place; a file of the same path is replaced. Returns 0 or -ENOMEM: what is
 * not listed must not be in force.
 */
static int list_file(struct overlay *o, const char *path, uint64_t size, const char *sha256,
		     const char *origin)
{
	json_t *file = json_pack("{s:s, s:I, s:s, s:s}", "path", path, "size", (json_int_t)size,
				 "sha256", sha256, "origin", origin);
	size_t i;
	int order = 1, ret;

	if (!file)
		return -ENOMEM;
	for (i = 0; i < json_array_size(o->files); i++) {
		order = strcmp(path, file_text(json_array_get(o->files, i), "path"));
		if (order <= 0)
			break;
	}
	if (i < json_array_size(o->files) && order == 0) {
		log_info("overlay: %s of the %s takes the place of an earlier one", path, origin);
		ret = json_array_set_new(o->files, i, file);
	} else {
		ret = json_array_insert_new(o->files, i, file);
	}
	return ret < 0 ? -ENOMEM : 0;
}

/* Takes a file out of the list again. */
static void drop_file(struct overlay *o, const char *path)
{
	const json_t *file;
	size_t i;

	json_array_foreach (o->files, i, file)
		if (strcmp(file_text(file, "path"), path) == 0) {
			json_array_remove(o->files, i);
			return;
		}
}

/* A name that the list, which is JSON, can have: UTF-8, and of printable characters. */
static bool is_listable(const char *name)
{
	json_t *text = json_string(name);
	bool utf8 = text != NULL;

	json_decref(text);
	for (; utf8 && *name; name++)
		if ((unsigned char)*name < ' ' || *name == 0x7f)
			return false;
	return utf8;
}

/* True for NAME@end directly below @folder, or anywhere below it. */
static bool is_below(const char *path, const char *folder, const char *end, bool deep)
{
	size_t len = strlen(folder), path_len = strlen(path), end_len = strlen(end);

	return strncmp(path, folder, len) == 0 && path_len > len + end_len &&
	       strcmp(path + path_len - end_len, end) == 0 && (deep || !strchr(path + len, '/'));
}

static bool has_place(const char *path)
{
	return strcmp(path, OVERLAY_CONF) == 0 || strcmp(path, "ca.pem") == 0 ||
	       strcmp(path, OVERLAY_KEY_NAME) == 0 || strcmp(path, OVERLAY_WAIVERS_NAME) == 0 ||
	       strcmp(path, "guest/vmlinux") == 0 || is_below(path, "modules/", ".ko", false) ||
	       is_below(path, "guest/modules/", ".ko", false) ||
	       is_below(path, "firmware/", "", true);
}

/* Opens the file to write to, with the folders above it. Returns a descriptor or -errno. */
static int make_file(int dir, const char *path)
{
	char above[MAX_PATH];
	const char *slash;
	int fd;

	for (slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		util_format(above, sizeof(above), "%.*s", (int)(slash - path), path);
		if (mkdirat(dir, above, 0755) < 0 && errno != EEXIST)
			return -errno;
	}
	if (unlinkat(dir, path, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(dir, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	return fd < 0 ? -errno : fd;
}

static void take_file(struct walk *w, int dir, const char *name, const char *path)
{
	_cleanup_close_ int from =
		openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	_cleanup_close_ int to = -1;
	char hex[SHA256_HEX];
	uint64_t size;
	int ret;

	if (from < 0) {
		overlay_add_problem(w->o, "%s of the %s cannot be read: %s", path, w->origin,
				    strerror(errno));
		return;
	}
	to = make_file(w->to, path);
	ret = to < 0 ? to : sha256_of_fd(from, to, MAX_BYTES - w->bytes, &size, hex);
	if (ret == 0) {
		ret = list_file(w->o, path, size, hex, w->origin);
		w->bytes += size;
	}
	if (ret < 0) {
		overlay_add_problem(w->o, "%s of the %s cannot be copied: %s", path, w->origin,
				    strerror(-ret));
		(void)!unlinkat(w->to, path, 0);
		drop_file(w->o, path); /* an earlier one, which this was to replace */
	}
}

static void take_folder(struct walk *w, int from, const char *above, unsigned int depth);

static void take_entry(struct walk *w, int dir, const char *above, const char *name,
		       unsigned int depth)
{
	char path[MAX_PATH];
	struct stat st;

	if (snprintf(path, sizeof(path), "%s%s", above, name) >= (int)sizeof(path))
		overlay_add_problem(w->o, "%.40s... of the %s: the path is too long", path,
				    w->origin);
	else if (!is_listable(name))
		overlay_add_problem(w->o, "%s of the %s is not taken: its name is not UTF-8", path,
				    w->origin);
	else if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		overlay_add_problem(w->o, "%s of the %s cannot be read: %s", path, w->origin,
				    strerror(errno));
	else if (S_ISDIR(st.st_mode) && depth < MAX_DEPTH)
		take_folder(w, openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
			    path, depth + 1);
	else if (!S_ISREG(st.st_mode))
		overlay_add_problem(w->o, "%s of the %s is no file", path, w->origin);
	else if (!has_place(path))
		overlay_add_problem(w->o, "%s of the %s has no place; see docs/overlays.md", path,
				    w->origin);
	else
		take_file(w, dir, name, path);
}

/* @from is closed. @path is "" for the top. */
static void take_folder(struct walk *w, int from, const char *path, unsigned int depth)
{
	_cleanup_closedir_ DIR *dir = from < 0 ? NULL : fdopendir(from);
	char above[MAX_PATH + 1];
	struct dirent *entry;

	if (!dir) {
		overlay_add_problem(w->o, "%s/ of the %s cannot be read: %s", path, w->origin,
				    strerror(errno));
		if (from >= 0)
			close(from);
		return;
	}
	util_format(above, sizeof(above), "%s%s", path, path[0] ? "/" : "");
	for (errno = 0; (entry = readdir(dir)); errno = 0) {
		/* What file managers leave behind begins with a dot. */
		if (entry->d_name[0] == '.')
			continue;
		if (w->entries++ == MAX_ENTRIES)
			overlay_add_problem(w->o, "more than %u files in the %s: not all are taken",
					    MAX_ENTRIES, w->origin);
		if (w->entries > MAX_ENTRIES)
			return;
		take_entry(w, dirfd(dir), above, entry->d_name, depth);
	}
	if (errno)
		overlay_add_problem(w->o, "%s/ of the %s cannot be read: %s", path, w->origin,
				    strerror(errno));
}

void overlay_take(struct overlay *o, const struct sysroot *root, int dirfd, const char *origin)
{
	struct walk w = { .o = o, .origin = origin, .to = -1 };
	int from;

	if (o->complete || dirfd < 0)
		return;
	from = openat(dirfd, OVERLAY_FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (from < 0) {
		if (errno != ENOENT)
			overlay_add_problem(o, "the folder of the %s cannot be read: %s", origin,
					    strerror(errno));
		return;
	}
	if (mkdirat(root->fd, OVERLAY_RUN, 0755) == 0 || errno == EEXIST)
		w.to = sysroot_openat(root, O_RDONLY | O_DIRECTORY, OVERLAY_RUN);
	if (w.to < 0) {
		overlay_add_problem(o, "/" OVERLAY_RUN " cannot be made");
		close(from);
		return;
	}
	take_folder(&w, from, "", 0);
	close(w.to);
	log_info("overlay: %zu files, with those of the %s", json_array_size(o->files), origin);
}

int overlay_open(struct overlay *o, const struct sysroot *root)
{
	_cleanup_free_ char *text = NULL;
	json_t *list = NULL;
	size_t len;

	*o = (struct overlay){ 0 };
	if (sysroot_slurp(root, &text, &len, LIST_MAX_SIZE, STORE_RUN "/" OVERLAY_LIST) == 0)
		list = json_loadb(text, len, 0, NULL);
	o->files = json_incref(json_object_get(list, "files"));
	o->problems = json_incref(json_object_get(list, "problems"));
	json_decref(list);
	o->complete = json_is_array(o->files) && json_is_array(o->problems);
	if (o->complete)
		return 0;
	overlay_free(o);
	o->files = json_array();
	o->problems = json_array();
	return o->files && o->problems ? 0 : -ENOMEM;
}

void overlay_free(struct overlay *o)
{
	json_decref(util_take_ptr(o->files));
	json_decref(util_take_ptr(o->problems));
}

/* The initramfs's own copies would only take memory. */
static void remove_originals(const struct overlay *o, const struct sysroot *root)
{
	char path[sizeof(OVERLAY_FOLDER) + MAX_PATH + 1];
	const json_t *file;
	size_t i;

	json_array_foreach (o->files, i, file) {
		if (strcmp(file_text(file, "origin"), "initramfs") != 0)
			continue;
		util_format(path, sizeof(path), OVERLAY_FOLDER "/%s", file_text(file, "path"));
		if (unlinkat(root->fd, path, 0) < 0)
			log_debug("%s is not removed: %s", path, strerror(errno));
	}
}

void overlay_seal(struct overlay *o, const struct sysroot *root)
{
	_cleanup_close_ int dir = sysroot_openat(root, O_RDONLY | O_DIRECTORY, STORE_RUN);
	_cleanup_free_ char *text = NULL;
	json_t *list;

	if (o->complete)
		return;
	o->complete = true;
	list = json_pack("{s:O, s:O}", "files", o->files, "problems", o->problems);
	text = json_dumps(list, 0);
	json_decref(list);
	if (dir < 0 || !text || util_write_durably(dir, OVERLAY_LIST, text, strlen(text)) < 0)
		log_error("the overlay could not be noted in /" STORE_RUN "/" OVERLAY_LIST);
	else
		remove_originals(o, root);
}

void overlay_use_firmware(struct overlay *o, const struct sysroot *root)
{
	char path[sizeof(root->path) + sizeof(OVERLAY_FIRMWARE) + 1];
	int ret;

	if (!sysroot_exists(root, OVERLAY_FIRMWARE))
		return;
	util_format(path, sizeof(path), "%s/" OVERLAY_FIRMWARE, root->path);
	ret = module_set_firmware_path(root, path);
	if (ret == 0)
		log_info("overlay: the kernel looks for firmware in %s first", path);
	else if (!o->complete)
		overlay_add_problem(o, "the kernel does not take the folder of firmware: %s",
				    strerror(-ret));
}
