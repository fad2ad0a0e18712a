/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looks for reports below a folder: regular files whose name ends in "report.json", as they are on
 * a stick ("report.json") and as a sink gets them ("SN-TIME-report.json"). No link is followed.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "journal/member.h"
#include "report/fleet.h"
#include "report/fleet_parts.h"

#define MAX_DEPTH 32
#define SUFFIX "report.json"

struct walk {
	struct fleet_files *files;
	json_t *bad;
	size_t room;
};

void fleet_add_bad(json_t *bad, const char *file, const char *why)
{
	json_t *obj = json_object();
	_cleanup_free_ char *name = strdup(file), *text = strdup(why);

	if (name && text) {
		util_sanitise(name);
		util_sanitise(text);
		fleet_set_text(obj, "file", name, 300);
		fleet_set_text(obj, "why", text, 200);
	}
	json_array_append_new(bad, obj);
}

void fleet_files_free(struct fleet_files *files)
{
	size_t i;

	for (i = 0; i < files->n; i++)
		free(files->names[i]);
	free(files->names);
	*files = (struct fleet_files){ 0 };
}

static bool is_report_name(const char *name)
{
	const size_t len = strlen(name);

	return len >= strlen(SUFFIX) && strcmp(name + len - strlen(SUFFIX), SUFFIX) == 0;
}

/* @name is the walk's from now on. */
static int add_file(struct walk *w, char *name)
{
	struct fleet_files *files = w->files;

	if (files->n == w->room) {
		size_t room = w->room ? w->room * 2 : 64;
		char **names = realloc(files->names, room * sizeof(*names));

		if (!names) {
			free(name);
			return -ENOMEM;
		}
		files->names = names;
		w->room = room;
	}
	files->names[files->n++] = name;
	return 0;
}

static int walk_folder(struct walk *w, int fd, const char *path, unsigned int depth);

static int enter(struct walk *w, int dir, const char *name, const char *path, unsigned int depth)
{
	int fd;

	if (depth == MAX_DEPTH) {
		fleet_add_bad(w->bad, path, "folders are nested too deep to be looked into");
		return 0;
	}
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		fleet_add_bad(w->bad, path, strerror(errno));
		return 0;
	}
	return walk_folder(w, fd, path, depth + 1);
}

static int look_at(struct walk *w, int dir, const char *name, const char *above, unsigned int depth)
{
	_cleanup_free_ char *path = NULL;
	struct stat st;

	if (asprintf(&path, "%s%s%s", above, above[0] ? "/" : "", name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		st.st_mode = 0;
	if (S_ISDIR(st.st_mode))
		return enter(w, dir, name, path, depth);
	if (!is_report_name(name))
		return 0;
	if (!S_ISREG(st.st_mode))
		fleet_add_bad(w->bad, path,
			      S_ISLNK(st.st_mode) ? "a link, which is not followed" : "no file");
	else if (w->files->n >= FLEET_MAX_FILES)
		fleet_add_bad(w->bad, path, "more reports than are read");
	else
		return add_file(w, util_take_ptr(path));
	return 0;
}

/* @fd is closed. */
static int walk_folder(struct walk *w, int fd, const char *path, unsigned int depth)
{
	_cleanup_closedir_ DIR *dir = fdopendir(fd);
	const struct dirent *entry;
	int ret = 0;

	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	while (ret == 0 && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			ret = look_at(w, dirfd(dir), entry->d_name, path, depth);
	return ret;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int fleet_files_find(int dir, struct fleet_files *files, json_t *bad)
{
	struct walk w = { .files = files, .bad = bad };
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), ret;

	*files = (struct fleet_files){ 0 };
	if (fd < 0)
		return -errno;
	ret = walk_folder(&w, fd, "", 0);
	if (ret < 0)
		fleet_files_free(files);
	else if (files->n > 0)
		qsort(files->names, files->n, sizeof(*files->names), by_name);
	return ret;
}
