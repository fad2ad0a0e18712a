/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is taken from the folders of overlays, and what is not. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "run/overlay.h"
#include "fake_module.h"
#include "fake_sysroot.h"

#define SHA256_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define SHA256_EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static int setup(void **state)
{
	struct fake_sysroot *fs;
	int ret = fake_tree_setup(state);

	fs = *state;
	fake_dir(fs, "run/vfproof");
	return ret;
}

/* "path size sha256 origin" of the file at that place in the list, in a static buffer. */
static const char *entry(const struct overlay *o, size_t i)
{
	const json_t *file = json_array_get(o->files, i);
	static char text[400];

	assert_non_null(file);
	util_format(text, sizeof(text), "%s %lld %s %s",
		    json_string_value(json_object_get(file, "path")),
		    (long long)json_integer_value(json_object_get(file, "size")),
		    json_string_value(json_object_get(file, "sha256")),
		    json_string_value(json_object_get(file, "origin")));
	return text;
}

static bool has_problem(const struct overlay *o, const char *part)
{
	const json_t *text;
	size_t i;

	json_array_foreach (o->problems, i, text)
		if (strstr(json_string_value(text), part))
			return true;
	return false;
}

static void nothing_there(void **state)
{
	struct fake_sysroot *fs = *state;
	struct overlay o;

	assert_int_equal(overlay_open(&o, &fs->root), 0);
	overlay_take(&o, &fs->root, fs->root.fd, "initramfs");
	overlay_take(&o, &fs->root, -1, "stick");
	overlay_use_firmware(&o, &fs->root);
	overlay_check_modules(&o, &fs->root);
	overlay_seal(&o, &fs->root);
	assert_int_equal(json_array_size(o.files), 0);
	assert_int_equal(json_array_size(o.problems), 0);
	assert_false(sysroot_exists(&fs->root, OVERLAY_RUN));
	overlay_free(&o);
}

static void both_origins(void **state)
{
	struct fake_sysroot *fs = *state;
	_cleanup_close_ int stick = -1;
	char text[16];
	struct overlay o;

	fake_file(fs, "overlay/vfproof.conf", "");
	fake_file(fs, "overlay/firmware/intel/ice/ddp/ice.pkg", "old");
	fake_file(fs, "stick/overlay/firmware/intel/ice/ddp/ice.pkg", "abc");
	fake_file(fs, "stick/overlay/ca.pem", "abc");
	fake_file(fs, "stick/overlay/.hidden", "abc");
	stick = sysroot_openat(&fs->root, O_RDONLY | O_DIRECTORY, "stick");
	assert_int_equal(overlay_open(&o, &fs->root), 0);
	overlay_take(&o, &fs->root, fs->root.fd, "initramfs");
	overlay_take(&o, &fs->root, stick, "stick");
	assert_int_equal(json_array_size(o.files), 3);
	assert_int_equal(json_array_size(o.problems), 0);
	assert_string_equal(entry(&o, 0), "ca.pem 3 " SHA256_ABC " stick");
	assert_string_equal(entry(&o, 1), "firmware/intel/ice/ddp/ice.pkg 3 " SHA256_ABC " stick");
	assert_string_equal(entry(&o, 2), "vfproof.conf 0 " SHA256_EMPTY " initramfs");
	assert_true(overlay_has(&o, "ca.pem"));
	assert_false(overlay_has(&o, "ca"));
	assert_int_equal(sysroot_read(&fs->root, text, sizeof(text),
				      OVERLAY_FIRMWARE "/intel/ice/ddp/ice.pkg"),
			 3);
	assert_string_equal(text, "abc");
	overlay_free(&o);
}

static void put_in_overlay(const struct fake_sysroot *fs, const char *const *names, size_t n)
{
	char path[64];

	for (size_t i = 0; i < n; i++) {
		util_format(path, sizeof(path), "overlay/%s", names[i]);
		fake_file(fs, path, "x");
	}
}

static void what_has_no_place(void **state)
{
	static const char *const wrong[] = { "igb.ko", "modules/igb.ko.xz", "modules/new/igb.ko",
					     "guest/initramfs.img", "modules/README" };
	struct fake_sysroot *fs = *state;
	struct overlay o;

	put_in_overlay(fs, wrong, ARRAY_SIZE(wrong));
	fake_link(fs, "overlay/firmware/link.bin", "/etc/passwd");
	assert_int_equal(overlay_open(&o, &fs->root), 0);
	overlay_take(&o, &fs->root, fs->root.fd, "initramfs");
	assert_int_equal(json_array_size(o.files), 0);
	assert_int_equal(json_array_size(o.problems), ARRAY_SIZE(wrong) + 1);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_true(has_problem(&o, wrong[i]));
	assert_true(has_problem(&o, "firmware/link.bin of the initramfs is no file"));
	overlay_free(&o);
}

/* What the list cannot name is not in force: neither a file nor a folder of such a name. */
static void odd_names(void **state)
{
	static const char *const wrong[] = { "firmware/a\xff.bin", "firmware/\xc3(/b.bin",
					     "modules/\xe9.ko", "firmware/new\nline.bin",
					     "firmware/\x1b[31m.bin" };
	struct fake_sysroot *fs = *state;
	struct overlay o;

	put_in_overlay(fs, wrong, ARRAY_SIZE(wrong));
	fake_file(fs, "overlay/firmware/\xc3\xa9.bin", "x"); /* is UTF-8 */
	assert_int_equal(overlay_open(&o, &fs->root), 0);
	overlay_take(&o, &fs->root, fs->root.fd, "initramfs");
	assert_int_equal(json_array_size(o.files), 1);
	assert_int_equal(json_array_size(o.problems), ARRAY_SIZE(wrong));
	assert_true(has_problem(&o, "modules/?.ko of the initramfs is not taken: its name"));
	assert_int_equal(sysroot_count(&fs->root, OVERLAY_FIRMWARE), 1);
	assert_int_equal(sysroot_count(&fs->root, OVERLAY_RUN "/modules"), 0);
	overlay_free(&o);
}

/* More problems than are listed: that is said. */
static void many_problems(void **state)
{
	struct fake_sysroot *fs = *state;
	char path[64];
	struct overlay o;

	for (int i = 0; i < 40; i++) {
		util_format(path, sizeof(path), "overlay/wrong%d", i);
		fake_file(fs, path, "x");
	}
	assert_int_equal(overlay_open(&o, &fs->root), 0);
	overlay_take(&o, &fs->root, fs->root.fd, "initramfs");
	assert_int_equal(json_array_size(o.problems), 17);
	assert_true(has_problem(&o, "there are more problems"));
	overlay_free(&o);
}

/* A stick can hold anything: it is not followed without end. */
static void too_much(void **state)
{
	struct fake_sysroot *fs = *state;
	char path[400] = "overlay/firmware";
	struct overlay o;

	for (int i = 0; i < 12; i++)
		strcat(path, "/deep");
	strcat(path, "/file");
	fake_file(fs, path, "x");
	for (int i = 0; i < 1030; i++) {
		util_format(path, sizeof(path), "overlay/firmware/%d", i);
		fake_file(fs, path, "");
	}
	assert_int_equal(overlay_open(&o, &fs->root), 0);
	overlay_take(&o, &fs->root, fs->root.fd, "stick");
	assert_true(json_array_size(o.files) <= 1024);
	assert_true(has_problem(&o, "more than 1024 files"));
	overlay_free(&o);
}

/* A further runner of this boot goes on with what the first one took. */
static void sealed(void **state)
{
	struct fake_sysroot *fs = *state;
	struct overlay o;

	fake_file(fs, "overlay/ca.pem", "abc");
	fake_file(fs, "overlay/odd", "");
	assert_int_equal(overlay_open(&o, &fs->root), 0);
	overlay_take(&o, &fs->root, fs->root.fd, "initramfs");
	overlay_seal(&o, &fs->root);
	overlay_free(&o);
	assert_false(sysroot_exists(&fs->root, "overlay/ca.pem"));
	fake_file(fs, "overlay/firmware/late.bin", "");
	assert_int_equal(overlay_open(&o, &fs->root), 0);
	overlay_take(&o, &fs->root, fs->root.fd, "initramfs");
	assert_int_equal(json_array_size(o.files), 1);
	assert_int_equal(json_array_size(o.problems), 1);
	assert_string_equal(entry(&o, 0), "ca.pem 3 " SHA256_ABC " initramfs");
	overlay_free(&o);
	/* A damaged note of it is none. */
	fake_file(fs, "run/vfproof/overlay.json", "{\"files\": [");
	assert_int_equal(overlay_open(&o, &fs->root), 0);
	assert_false(o.complete);
	overlay_free(&o);
}

static void firmware_path(void **state)
{
	struct fake_sysroot *fs = *state;
	char want[128], is[128];
	struct overlay o;

	fake_file(fs, "sys/module/firmware_class/parameters/path", "");
	fake_file(fs, "overlay/firmware/a.bin", "abc");
	assert_int_equal(overlay_open(&o, &fs->root), 0);
	overlay_take(&o, &fs->root, fs->root.fd, "initramfs");
	overlay_use_firmware(&o, &fs->root);
	util_format(want, sizeof(want), "%s/" OVERLAY_FIRMWARE, fs->dir);
	assert_true(sysroot_read(&fs->root, is, sizeof(is),
				 "sys/module/firmware_class/parameters/path") > 0);
	assert_string_equal(is, want);
	fake_remove(fs, "sys/module/firmware_class/parameters/path");
	overlay_use_firmware(&o, &fs->root);
	assert_true(has_problem(&o, "the kernel does not take the folder of firmware"));
	overlay_free(&o);
}

static void modules_are_checked(void **state)
{
	struct fake_sysroot *fs = *state;
	uint8_t buf[FAKE_MODULE_SIZE];
	size_t len = fake_module(buf, (const char *[]){ "vermagic=0.1-lab SMP ", NULL }, 0);
	struct overlay o;

	fake_bytes(fs, "overlay/modules/igb.ko", buf, len);
	fake_bytes(fs, "overlay/guest/modules/igbvf.ko", buf, len);
	fake_file(fs, "overlay/guest/vmlinux", "no kernel");
	assert_int_equal(overlay_open(&o, &fs->root), 0);
	overlay_take(&o, &fs->root, fs->root.fd, "initramfs");
	overlay_check_modules(&o, &fs->root);
	assert_int_equal(json_array_size(o.files), 3);
	assert_true(
		has_problem(&o, "modules/igb.ko is not used: it is for kernel \"0.1-lab SMP\""));
	assert_true(has_problem(&o, "guest/modules/igbvf.ko is not used: it is for kernel"));
	assert_true(has_problem(&o, "guest/vmlinux is not used"));
	assert_false(sysroot_exists(&fs->root, OVERLAY_GUEST_KERNEL));
	overlay_free(&o);
}

static void same_files(void **state)
{
	json_t *a = json_pack("[{s:s, s:s}, {s:s, s:s}]", "path", "a", "sha256", "1", "path", "b",
			      "sha256", "2");
	json_t *b = json_deep_copy(a), *empty = json_array();

	(void)state;
	json_object_set_new(json_array_get(b, 0), "origin", json_string("stick"));
	assert_true(overlay_is_same(a, b));
	json_object_set_new(json_array_get(b, 1), "sha256", json_string("3"));
	assert_false(overlay_is_same(a, b));
	assert_false(overlay_is_same(a, empty));
	assert_false(overlay_is_same(NULL, a));
	assert_true(overlay_is_same(NULL, empty));
	json_decref(a);
	json_decref(b);
	json_decref(empty);
}

#define test_with_tree(fn) cmocka_unit_test_setup_teardown(fn, setup, fake_tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_with_tree(nothing_there),
		test_with_tree(both_origins),
		test_with_tree(what_has_no_place),
		test_with_tree(odd_names),
		test_with_tree(many_problems),
		test_with_tree(too_much),
		test_with_tree(sealed),
		test_with_tree(firmware_path),
		test_with_tree(modules_are_checked),
		cmocka_unit_test(same_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
