/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a device to all modules and all firmware that a guest needs for it, on real modules.
 *
 * VFPROOF_MODULES names a directory of depmod's and VFPROOF_CHAINS a file of modaliases: then only
 * what these lead to is printed, as tests/lab/families.bats wants it. Without them the modules of
 * some families are taken out of the private root.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "base/child.h"
#include "fake_sysroot.h"
#include "sys/module.h"

static char modules[256]; /* lib/modules/RELEASE */

static int print_module(void *arg, const char *name, const char *path)
{
	(void)path;
	printf("%s module %s\n", (const char *)arg, name);
	return 0;
}

static int print_firmware(void *arg, const char *file)
{
	printf("%s firmware %s\n", (const char *)arg, file);
	return 0;
}

static int print_chains(const char *dir, const char *list)
{
	FILE *f = fopen(list, "re");
	char line[256];
	int ret = f ? 0 : -errno;

	while (ret == 0 && fgets(line, sizeof(line), f)) {
		util_trim(line);
		ret = module_for_each_file(dir, line, print_module, line);
		if (ret == 0)
			ret = module_for_each_firmware(dir, line, print_firmware, line);
	}
	if (ret < 0)
		fprintf(stderr, "%s: %s\n", f ? line : list, strerror(-ret));
	if (f)
		fclose(f);
	return ret < 0;
}

static int take_modules(void **state)
{
	_cleanup_closedir_ DIR *dir = opendir("/lib/modules");
	struct dirent *entry;
	char command[768];

	if (fake_tree_setup(state) < 0 || !dir)
		return -1;
	while ((entry = readdir(dir)) && entry->d_name[0] == '.')
		;
	if (!entry)
		return -1;
	util_format(modules, sizeof(modules), "%s/kmods/lib/modules/%s",
		    ((struct fake_sysroot *)*state)->dir, entry->d_name);
	fake_file(*state, "lists/list", "qede\ncxgb4\nmlx4_en\nbnx2x\n");
	util_format(command, sizeof(command), "scripts/build/kmods %s/lists/list %s %s/kmods",
		    ((struct fake_sysroot *)*state)->dir, entry->d_name,
		    ((struct fake_sysroot *)*state)->dir);
	return system(command);
}

static int add_module(void *arg, const char *name, const char *path)
{
	assert_non_null(strstr(path, ".ko"));
	strcat(strcat(arg, name), " ");
	return 0;
}

static int add_firmware(void *arg, const char *file)
{
	/* The numbers in them are those of a version. */
	util_format((char *)arg + strlen(arg), 512 - strlen(arg), "%.*s ", (int)strcspn(file, "-"),
		    file);
	return 0;
}

static void chains(void **state)
{
	static const struct {
		const char *alias, *modules, *firmware;
	} rows[] = {
		/* The driver has none of its own, but the module below it. */
		{ "pci:v00001077d00001664sv00001077sd00000000bc02sc00i00", "crc8 qed qede ",
		  "qed/qed_init_values_zipped " },
		{ "qede", "crc8 qed qede ", "qed/qed_init_values_zipped " },
		{ "pci:v00001425d00005410sv00001425sd00000000bc02sc00i00", "tls cxgb4 ",
		  "cxgb4/t6fw.bin cxgb4/t5fw.bin cxgb4/t4fw.bin " },
		/* libcrc32c wants it softly, and does not start without. */
		{ "pci:v000014E4d000016AFsv000014E4sd00000000bc02sc00i00",
		  "crc32c_intel crc32c_generic libcrc32c mdio bnx2x ",
		  "bnx2x/bnx2x bnx2x/bnx2x bnx2x/bnx2x bnx2x/bnx2x bnx2x/bnx2x bnx2x/bnx2x " },
		/* Nothing depends on what makes the network interfaces. */
		{ "pci:v000015B3d00001004sv000015B3sd00000000bc02sc00i00", "mlx4_core mlx4_en ",
		  "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[512] = "";

		assert_int_equal(module_for_each_file(modules, rows[i].alias, add_module, text), 0);
		assert_string_equal(text, rows[i].modules);
		text[0] = '\0';
		assert_int_equal(
			module_for_each_firmware(modules, rows[i].alias, add_firmware, text), 0);
		assert_string_equal(text, rows[i].firmware);
	}
	assert_int_equal(module_for_each_file(modules, "pci:v0000FFFF", add_module, NULL), -ENOENT);
	assert_int_equal(module_for_each_firmware(modules, "pci:v0000FFFF", add_firmware, NULL),
			 -ENOENT);
}

static int stop(void *arg, const char *file)
{
	(void)file;
	++*(int *)arg;
	return -ENOSPC;
}

static void the_first_error_counts(void **state)
{
	int calls = 0;

	(void)state;
	assert_int_equal(module_for_each_firmware(modules, "cxgb4", stop, &calls), -ENOSPC);
	assert_int_equal(calls, 1);
}

int main(void)
{
	const char *dir = getenv("VFPROOF_MODULES"), *list = getenv("VFPROOF_CHAINS");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chains),
		cmocka_unit_test(the_first_error_counts),
	};

	if (dir && list)
		return print_chains(dir, list);
	return cmocka_run_group_tests(tests, take_modules, fake_tree_teardown);
}
