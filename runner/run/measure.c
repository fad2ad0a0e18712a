/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/measure.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include "base/beneath.h"
#include "base/log.h"
#include "base/sha256.h"
#include "base/sysroot.h"
#include "journal/member.h"
#include "journal/store.h"
#include "sys/boot_facts.h"
#include "sys/overlay_paths.h"

#define RESULT "image.json" /* in STORE_RUN */
#define RESULT_MAX (1u << 20)
#define LIST_MAX (4u << 20)
#define MAX_FILES 16384u
#define MAX_CHANGES 32u /* that are named */
#define MAX_DEPTH 16
#define MAX_PATH 400u
#define FILE_MAX (1ull << 30)
#define HEX (SHA256_HEX - 1)

/* Of what the archives hold, and nothing is mounted over. */
static const char *const folders[] = { "bin", "etc", "lib", "lib64", "sbin", "usr" };

struct measure {
	const struct sysroot *root;
	json_t *listed; /* paths */
	json_t *changes; /* texts */
	unsigned int n_changes, files, entries;
};

static void __attribute__((format(printf, 2, 3))) add_change(struct measure *m, const char *fmt,
							     ...)
{
	char text[MAX_PATH + 64];
	va_list args;

	if (m->n_changes++ >= MAX_CHANGES)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	util_sanitise(text);
	json_array_append_new(m->changes, json_string(text));
}

/* SHA-256 of a file, or of where a link leads. Returns 0 or -errno. */
static int hash_path(const struct measure *m, const char *path, mode_t mode, char hex[SHA256_HEX])
{
	char target[MAX_PATH];
	uint64_t size;
	int ret;

	if (!S_ISLNK(mode))
		return sha256_of_file(m->root->fd, path, FILE_MAX, &size, hex);
	ret = sysroot_readlink(m->root, target, sizeof(target), "%s", path);
	return ret < 0 ? ret : sha256_of_text(target, hex);
}

/* "SHA-256 mode path" of the list. */
static void check_line(struct measure *m, const char *line)
{
	char hex[SHA256_HEX], mode_text[12];
	const char *path;
	struct stat st;
	uint64_t mode;

	if (strlen(line) < HEX || sscanf(line + HEX, " %11s", mode_text) != 1 ||
	    util_parse_u64(mode_text, 8, 0177777, &mode) < 0)
		return;
	path = strrchr(line, ' ') + 1;
	if (!path[0] || strlen(path) >= MAX_PATH)
		return;
	m->files++;
	json_object_set_new(m->listed, path, json_true());
	if (fstatat(m->root->fd, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		add_change(m, "missing: %s", path);
	else if (st.st_mode != mode)
		add_change(m, "altered: %s (its mode)", path);
	else if (hash_path(m, path, st.st_mode, hex) < 0 || strncmp(hex, line, HEX) != 0)
		add_change(m, "altered: %s", path);
}

static void look_below(struct measure *m, const char *path, int depth);

static void look_at(struct measure *m, const char *path, int depth)
{
	struct stat st;

	if (fstatat(m->root->fd, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (S_ISDIR(st.st_mode))
		look_below(m, path, depth + 1);
	else if (!json_object_get(m->listed, path) && strcmp(path, MEASURE_LIST) != 0)
		add_change(m, "added: %s", path);
}

/* What is there and not in the list, as a further archive may have brought it. */
static void look_below(struct measure *m, const char *path, int depth)
{
	int fd = depth > MAX_DEPTH ? -ELOOP
				   : beneath_open(m->root->fd, path, O_RDONLY | O_DIRECTORY, 0);
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	char below[MAX_PATH];

	if (!dir && fd >= 0)
		close(fd);
	while (dir && m->entries < MAX_FILES && (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		m->entries++;
		if (snprintf(below, sizeof(below), "%s/%s", path, entry->d_name) <
		    (int)sizeof(below))
			look_at(m, below, depth);
	}
}

static void look_for_more(struct measure *m)
{
	struct stat st;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(folders); i++)
		if (fstatat(m->root->fd, folders[i], &st, AT_SYMLINK_NOFOLLOW) == 0)
			look_at(m, folders[i], 0);
	if (m->entries >= MAX_FILES)
		add_change(m, "there are more than %u files", MAX_FILES);
}

/* @list is taken apart. */
static json_t *check_list(struct measure *m, char *list, const char *sum)
{
	char kernel[SHA256_HEX] = "", id[BOOT_FACTS_ID] = "", state[120];
	char *line, *rest = list;

	while ((line = strsep(&rest, "\n")))
		if (line[0] == '#')
			(void)!sscanf(line, "# %64s %64s", kernel, id);
		else if (line[0] && m->files < MAX_FILES)
			check_line(m, line);
	look_for_more(m);
	if (m->n_changes == 0)
		util_format(state, sizeof(state), "all %u files are as they were built", m->files);
	else
		util_format(state, sizeof(state), "%u of %u files are not as they were built",
			    m->n_changes, m->files);
	return json_pack("{s:s, s:b, s:i, s:s, s:O, s:s, s:s}", "state", state, "as_built",
			 m->n_changes == 0, "files", (int)m->files, "list_sha256", sum, "changes",
			 m->changes, "kernel_sha256", kernel, "build_id", id);
}

static json_t *say_unknown(const char *why)
{
	return json_pack("{s:s, s:b, s:i, s:s, s:[]}", "state", why, "as_built", false, "files", 0,
			 "list_sha256", "", "changes");
}

json_t *measure_image(const struct sysroot *root)
{
	struct measure m = { .root = root, .listed = json_object(), .changes = json_array() };
	_cleanup_free_ char *list = NULL;
	char sum[SHA256_HEX];
	json_t *result;
	size_t len;
	int ret = sysroot_slurp(root, &list, &len, LIST_MAX, MEASURE_LIST);

	if (ret == 0)
		ret = sha256_of_text(list, sum);
	if (ret < 0)
		result = say_unknown("not known: the list of the image's files cannot be read");
	else
		result = check_list(&m, list, sum);
	json_decref(m.listed);
	json_decref(m.changes);
	return result;
}

static int write_result(const struct sysroot *root)
{
	_cleanup_close_ int dir = sysroot_openat(root, O_RDONLY | O_DIRECTORY, STORE_RUN);
	json_t *result = dir < 0 ? NULL : measure_image(root);
	_cleanup_free_ char *text = result ? json_dumps(result, 0) : NULL;

	json_decref(result);
	return text ? util_write_durably(dir, RESULT, text, strlen(text)) : -ENOMEM;
}

int measure_main(const char *root_path)
{
	struct sysroot root;
	int ret = sysroot_open(&root, root_path);

	/* Whatever the run does comes first. */
	if (setpriority(PRIO_PROCESS, 0, 19) < 0)
		log_debug("the priority stays as it is");
	if (ret == 0) {
		ret = write_result(&root);
		sysroot_close(&root);
	}
	if (ret < 0)
		log_errno(ret, "measure", root_path);
	return ret < 0;
}

static bool is_measured(void *arg)
{
	return sysroot_exists(arg, STORE_RUN "/" RESULT);
}

static json_t *read_result(const struct sysroot *root, unsigned int timeout_ms)
{
	_cleanup_free_ char *text = NULL;
	json_t *result = NULL;
	size_t len;

	/* An image without a list has nobody who measures it. */
	if (sysroot_exists(root, MEASURE_LIST) &&
	    util_poll_until(is_measured, (void *)root, timeout_ms) < 0)
		return say_unknown("not known: the files were not looked at in time");
	if (sysroot_slurp(root, &text, &len, RESULT_MAX, STORE_RUN "/" RESULT) == 0)
		result = json_loadb(text, len, 0, NULL);
	return result ? result : say_unknown("not known: the image has no list of its files");
}

json_t *measure_collect(const struct sysroot *root, unsigned int timeout_ms)
{
	/* Whoever looks at the files has mounted before what tells of the lockdown. */
	json_t *image = read_result(root, timeout_ms), *boot = boot_facts_read(root);
	json_t *kernel = json_object_get(boot, "kernel");
	const char *id = member_text(kernel, "build_id");

	/* The running kernel is the one of that file if it has the file's build ID. */
	if (id[0] && strcmp(id, member_text(image, "build_id")) == 0)
		member_set_text(kernel, "sha256", member_text(image, "kernel_sha256"));
	else
		member_set_text(kernel, "sha256", "");
	json_object_set_new(boot, "image", image);
	return json_pack("{s:o}", "boot", boot);
}
