/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hostile overlays: names of files, and kernel modules.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "base/log.h"
#include "fake_module.h"
#include "fake_sysroot.h"
#include "fuzz.h"
#include "run/overlay.h"
#include "sys/module_set.h"

static unsigned int files_seen;

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	return ftw->level == 0 ? 0 : remove(path);
}

static int count_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)path;
	(void)ftw;
	assert_true(type == FTW_F || type == FTW_D);
	assert_true(type == FTW_D || S_ISREG(st->st_mode));
	files_seen += type == FTW_F;
	return 0;
}

/* Makes the file @path with its folders, as far as there can be one of that name. */
static void make_file(int dir, char *path)
{
	char *slash;
	int fd;

	for (slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)!mkdirat(dir, path, 0700);
		*slash = '/';
	}
	fd = openat(dir, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0) {
		(void)!write(fd, path, strlen(path));
		close(fd);
	}
}

/* One path a line; ".." would lead out of the overlay's folder, which no directory has an entry
 * for. */
static void make_files(int dir, const uint8_t *data, size_t len)
{
	_cleanup_free_ char *text = strndup((const char *)data, len);
	char *rest = text, *line;

	while ((line = strsep(&rest, "\n")))
		if (line[0] && line[0] != '/' && !strstr(line, "..") && strlen(line) < 400)
			make_file(dir, line);
}

/* What is in force is listed, and the other way round. */
static void run_overlay(const uint8_t *data, size_t len, bool seed, struct fuzz_random *r,
			void *arg)
{
	const struct fake_sysroot *fs = arg;
	_cleanup_close_ int dir = -1;
	char path[200];
	struct overlay o;
	const json_t *file;
	size_t i;

	(void)r;
	fake_dir(fs, "run/vfproof");
	fake_dir(fs, "overlay");
	dir = sysroot_openat(&fs->root, O_RDONLY | O_DIRECTORY, "overlay");
	make_files(dir, data, len);
	assert_int_equal(overlay_open(&o, &fs->root), 0);
	overlay_take(&o, &fs->root, fs->root.fd, "stick");
	files_seen = 0;
	util_format(path, sizeof(path), "%s/" OVERLAY_RUN, fs->dir);
	if (access(path, F_OK) == 0)
		assert_int_equal(nftw(path, count_one, 8, FTW_PHYS), 0);
	assert_int_equal(files_seen, json_array_size(o.files));
	json_array_foreach (o.files, i, file)
		assert_true(sysroot_exists(&fs->root, OVERLAY_RUN "/%s",
					   json_string_value(json_object_get(file, "path"))));
	assert_true(!seed || (files_seen == 5 && json_array_size(o.problems) == 1));
	overlay_free(&o);
	assert_int_equal(nftw(fs->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static void fuzz_overlay(void **state)
{
	static const char good[] = "vfproof.conf\nca.pem\nmodules/igb.ko\nfirmware/a/b.bin\n"
				   "guest/vmlinux\nguest/README";
	const struct fake_sysroot *fs = *state;
	struct fuzz_target t = {
		.seeds = { { good, sizeof(good) - 1 } },
		.words = { "\n", "/", ".ko", "firmware/", "modules/", "guest/", "\xff", "\xc3\xa9",
			   "a/a/a/a/a/a/a/a/" },
		.rounds = 300,
		.run = run_overlay,
		.arg = *state,
	};

	/* Problems are logged, each of them. */
	fake_file(fs, "sys/class/tty/console/active", "null\n");
	fake_link(fs, "dev/null", "/dev/null");
	assert_int_equal(log_open_consoles(&fs->root, false), 0);
	fuzz_run(&t);
	log_close();
}

static int see_text(void *arg, const char *text)
{
	*(size_t *)arg += strlen(text);
	return 0;
}

static void see_unfit(void *arg, const char *file, const char *why)
{
	assert_string_equal(file, "one.ko");
	*(size_t *)arg += strlen(why);
}

static void run_module(const uint8_t *data, size_t len, bool seed, struct fuzz_random *r, void *arg)
{
	const struct module_kernel kernel = { "6.12.1 SMP" };
	const struct fake_sysroot *fs = arg;
	_cleanup_free_ struct module_set *set = calloc(1, sizeof(*set));
	char path[200];
	size_t seen = 0;

	(void)r;
	fake_bytes(fs, "modules/one.ko", data, len);
	util_format(path, sizeof(path), "%s/modules", fs->dir);
	assert_int_equal(module_set_read(set, path, &kernel, see_unfit, &seen), 0);
	assert_true(set->n == 1 || (set->n == 0 && seen > 0 && !seed));
	if (set->n == 1) {
		assert_true(strlen(set->files[0].name) < sizeof(set->files[0].name));
		(void)module_set_by_alias(set, "pci:v00008086d000010CAsv*");
		(void)!module_file_for_each(&set->files[0], "firmware", see_text, &seen);
		(void)!module_file_for_each_dep(&set->files[0], see_text, &seen);
	}
	module_set_free(set);
}

static void fuzz_module(void **state)
{
	static const char *const info[] = { "license=GPL",
					    "name=one",
					    "vermagic=6.12.1 SMP ",
					    "depends=two,three",
					    "firmware=a/b.bin",
					    "alias=pci:v00008086d*sv*",
					    NULL };
	uint8_t plain[FAKE_MODULE_SIZE], crcs[FAKE_MODULE_SIZE];
	struct fuzz_target t = {
		.seeds = { { plain, fake_module(plain, info, 0) },
			   { crcs, fake_module(crcs, info, 1) } },
		.words = { "=", "name=", "vermagic=", "depends=", ".modinfo", "__versions",
			   "6.12.1" },
		.rounds = 50, /* each in a process of its own */
		.run = run_module,
		.arg = *state,
	};

	fuzz_run(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(fuzz_overlay, fake_tree_setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(fuzz_module, fake_tree_setup, fake_tree_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
