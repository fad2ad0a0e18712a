/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The archive of a guest's modules and firmware. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "fake_sysroot.h"
#include "vm/image.h"
#include "vm/cpio.h"
#include "vm/image_modules.h"

/* "mode name size" of every entry up to the trailer, one a line. */
static const char *list(int fd)
{
	static char text[2048];
	char head[111] = "", name[256];
	unsigned int mode, size, name_len;
	off_t at = 0;

	text[0] = '\0';
	while (pread(fd, head, 110, at) == 110) {
		size_t used = strlen(text);

		assert_memory_equal(head, "070701", 6);
		assert_int_equal(sscanf(head + 14, "%8x", &mode), 1);
		assert_int_equal(sscanf(head + 54, "%8x", &size), 1);
		assert_int_equal(sscanf(head + 94, "%8x", &name_len), 1);
		assert_true(name_len <= sizeof(name));
		assert_int_equal(pread(fd, name, name_len, at + 110), name_len);
		if (strcmp(name, "TRAILER!!!") == 0)
			return text;
		snprintf(text + used, sizeof(text) - used, "%c %s %u\n", S_ISDIR(mode) ? 'd' : 'f',
			 name, size);
		at = (at + 110 + name_len + 3) & ~3;
		at = (at + size + 3) & ~3;
	}
	fail_msg("no trailer");
	return NULL;
}

/* What does not fit is an error: a driver without a part of its firmware looks like a broken card.
 */
static void test_firmware_limits(void **state)
{
	static struct image_modules m;
	struct fake_sysroot *fs = *state;
	struct cpio c = { .fd = memfd_create("test", MFD_CLOEXEC) };
	char path[320];

	for (int i = 0; i < 1024; i++) {
		util_format(path, sizeof(path), "many/%d", i);
		fake_file(fs, path, "");
	}
	assert_int_equal(image_add_firmware_folder(&c, fs->root.fd, "many"), 0);
	fake_file(fs, "many/one-more", "");
	assert_int_equal(image_add_firmware_folder(&c, fs->root.fd, "many"), -ENOSPC);
	/* As long as a path of an overlay can be, and longer. */
	util_format(path, sizeof(path), "%0100d/%080d/x", 1, 2);
	fake_file(fs, path, "12345");
	m = (struct image_modules){ .cpio = c, .firmware = fs->root.fd, .overlay_firmware = -1 };
	assert_int_equal(image_add_firmware(&m, path), 0);
	assert_int_equal(m.n_folders, 1);
	util_format(path, sizeof(path), "%0100d/%0180d/x", 1, 2);
	assert_int_equal(image_add_firmware(&m, path), -ENAMETOOLONG);
	close(c.fd);
}

static void test_firmware_folder(void **state)
{
	struct fake_sysroot *fs = *state;
	struct cpio c = { .fd = memfd_create("test", MFD_CLOEXEC) };

	assert_true(c.fd >= 0);
	fake_file(fs, "a/ddp/one.pkg", "12345");
	fake_dir(fs, "a/ddp/folder");
	assert_int_equal(image_add_firmware_folder(&c, fs->root.fd, "a/ddp"), 0);
	assert_int_equal(image_add_firmware_folder(&c, fs->root.fd, "not/there"), 0);
	assert_int_equal(cpio_end(&c), 0);
	/* A directory comes before what is in it, and other than files are left out. */
	assert_string_equal(list(c.fd), "d lib 0\nd lib/firmware 0\nd lib/firmware/a 0\n"
					"d lib/firmware/a/ddp 0\nf lib/firmware/a/ddp/one.pkg 5\n");
	close(c.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_firmware_limits, fake_tree_setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_firmware_folder, fake_tree_setup,
						fake_tree_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
