/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folders of modules without an index: which are taken, for what, and how guests get them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>

#include "fake_module.h"
#include "fake_sysroot.h"
#include "sys/module_set.h"
#include "vm/image_modules.h"

#define RELEASE "6.12.1-amd64"
#define MAGIC RELEASE " SMP preempt mod_unload modversions"

static void kernel_takes(void **state)
{
	static const struct {
		const char *kernel, *magic;
		bool crcs, taken;
	} rows[] = {
		{ MAGIC, MAGIC, false, true },
		{ MAGIC, MAGIC, true, true },
		{ MAGIC, "6.12.2-amd64 SMP preempt mod_unload modversions", false, false },
		/* With CRCs the kernel looks at each symbol instead. */
		{ MAGIC, "6.12.2-amd64 SMP preempt mod_unload modversions", true, true },
		{ MAGIC, RELEASE " SMP mod_unload modversions", true, false },
		{ MAGIC, RELEASE, true, false },
		{ RELEASE, MAGIC, false, true },
		{ RELEASE, "6.12.2-amd64 SMP preempt mod_unload modversions", true, false },
		{ RELEASE, RELEASE "-2 SMP", true, false },
		{ "", MAGIC, false, false },
	};
	struct module_kernel kernel;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		util_strlcpy(kernel.vermagic, sizeof(kernel.vermagic), rows[i].kernel);
		assert_int_equal(module_kernel_takes(&kernel, rows[i].magic, rows[i].crcs),
				 rows[i].taken);
	}
}

static void kernel_of_file(void **state)
{
	static const char text[] = "\177ELF...Linux version %s (%s)\0..Linux version 6.18.2-lab "
				   "(lab@lab) (gcc) #1 SMP\0...";
	static const char none[] = "Linux version %s Linux version ";
	int fd = memfd_create("kernel", MFD_CLOEXEC), empty = memfd_create("none", MFD_CLOEXEC);
	struct module_kernel kernel;

	(void)state;
	assert_int_equal(util_write_all(fd, text, sizeof(text)), 0);
	assert_int_equal(module_kernel_of_file(&kernel, fd), 0);
	assert_string_equal(kernel.vermagic, "6.18.2-lab");
	assert_int_equal(module_kernel_of_file(&kernel, empty), -ENODATA);
	assert_int_equal(util_write_all(empty, none, sizeof(none) - 1), 0);
	assert_int_equal(module_kernel_of_file(&kernel, empty), -ENODATA);
	close(fd);
	close(empty);
}

static void put_module(struct fake_sysroot *fs, const char *path, const char *const *info, int crcs)
{
	uint8_t buf[FAKE_MODULE_SIZE];

	fake_bytes(fs, path, buf, fake_module(buf, info, crcs));
}

static void put_modules(struct fake_sysroot *fs)
{
	put_module(fs, "modules/igb-lab.ko",
		   (const char *[]){ "vermagic=" MAGIC " ", "name=igb",
				     "alias=pci:v00008086d000010C9sv*sd*bc*sc*i*",
				     "alias=pci:v00008086d00001521sv*sd*bc*sc*i*",
				     "depends=lab-core,", "parm=max_vfs:Maximum",
				     "firmware=lab/igb.bin", NULL },
		   0);
	put_module(fs, "modules/lab-core.ko",
		   (const char *[]){ "vermagic=6.12.9 SMP preempt mod_unload modversions ",
				     "depends=", NULL },
		   1);
	put_module(fs, "modules/old.ko",
		   (const char *[]){ "vermagic=6.1.0 SMP ", "name=old", NULL }, 1);
	put_module(fs, "modules/second.ko",
		   (const char *[]){ "vermagic=" MAGIC " ", "name=igb", NULL }, 0);
	put_module(fs, "modules/empty.ko", (const char *[]){ "license=GPL", NULL }, 0);
	fake_file(fs, "modules/text.ko", "hello\n");
	fake_file(fs, "modules/README", "no module\n");
}

static void note_unfit(void *arg, const char *file, const char *why)
{
	char *text = arg;
	size_t len = strlen(text);

	util_format(text + len, 1024 - len, "%s: %s\n", file, why);
}

static void read_set(struct fake_sysroot *fs, struct module_set *set, char *unfit)
{
	struct module_kernel kernel = { MAGIC };
	char dir[128];

	util_format(dir, sizeof(dir), "%s/modules", fs->dir);
	assert_int_equal(module_set_read(set, dir, &kernel, unfit ? note_unfit : NULL, unfit), 0);
}

static void what_is_taken(void **state)
{
	struct fake_sysroot *fs = *state;
	struct module_set set;
	char unfit[1024] = "";

	read_set(fs, &set, unfit);
	assert_int_equal(set.n, 0);
	module_set_free(&set);
	put_modules(fs);
	read_set(fs, &set, unfit);
	assert_int_equal(set.n, 2);
	assert_string_equal(set.files[0].name, "igb");
	assert_string_equal(set.files[0].file, "igb-lab.ko");
	assert_string_equal(set.files[1].name, "lab_core");
	assert_non_null(strstr(unfit, "old.ko: it is for kernel \"6.1.0 SMP\", not \"" MAGIC));
	assert_non_null(strstr(unfit, "second.ko: it is the module igb, as igb-lab.ko is\n"));
	assert_non_null(strstr(unfit, "empty.ko: it is no kernel module\n"));
	assert_non_null(strstr(unfit, "text.ko: it is no kernel module: "));
	assert_null(strstr(unfit, "README"));
	module_set_free(&set);
}

static int add_name(void *arg, const char *name)
{
	strcat(arg, name);
	strcat(arg, ";");
	return 0;
}

static void what_it_is_for(void **state)
{
	static const char nic[] = "pci:v00008086d000010C9sv00008086sd0000A03Cbc02sc00i00";
	struct module_set set;
	char names[64] = "";

	put_modules(*state);
	read_set(*state, &set, NULL);
	assert_ptr_equal(module_set_by_alias(&set, nic), &set.files[0]);
	assert_null(module_set_by_alias(&set, "pci:v00008086d00001572sv*"));
	assert_ptr_equal(module_set_by_name(&set, "igb"), &set.files[0]);
	assert_ptr_equal(module_set_by_name(&set, "lab-core"), &set.files[1]);
	assert_null(module_set_by_name(&set, "igb_lab"));
	assert_null(module_set_by_name(&set, "old"));
	assert_int_equal(module_file_for_each_dep(&set.files[0], add_name, names), 0);
	assert_string_equal(names, "lab-core;");
	module_set_free(&set);
}

/* What a guest gets: modules, what they need in loading order, and their aliases. */
static void guest_gets_a_set(void **state)
{
	struct image_modules m = { .cpio = { .fd = memfd_create("test", MFD_CLOEXEC) },
				   .firmware = -1,
				   .overlay_firmware = -1,
				   .foreign_kernel = true };
	struct module_set set;
	char *text;
	off_t size;

	put_modules(*state);
	read_set(*state, &set, NULL);
	assert_int_equal(image_add_set(&m, &set), 0);
	assert_int_equal(cpio_end(&m.cpio), 0);
	module_set_free(&set);
	size = lseek(m.cpio.fd, 0, SEEK_END);
	text = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, m.cpio.fd, 0);
	assert_true(text != MAP_FAILED);
#define HAS(part) assert_non_null(memmem(text, (size_t)size, part, strlen(part)))
	HAS("lib/modules/igb.ko");
	HAS("lib/modules/lab_core.ko");
	HAS("lib/modules/overlay.deps");
	HAS("igb: lab_core\nlab_core:\n");
	HAS("lib/modules/overlay.aliases");
	HAS("pci:v00008086d000010C9sv*sd*bc*sc*i* igb\n");
	munmap(text, (size_t)size);
	close(m.cpio.fd);
}

#define test_with_tree(fn) cmocka_unit_test_setup_teardown(fn, fake_tree_setup, fake_tree_teardown)

/* The end of the file tells, whatever else is in it. */
static void signatures(void **state)
{
	static const char mark[] = "~Module signature appended~\n";
	struct fake_sysroot *fs = *state;
	uint8_t buf[FAKE_MODULE_SIZE + sizeof(mark)];
	struct module_kernel kernel = { MAGIC };
	struct module_set set;
	char dir[128];
	size_t len = fake_module(buf, (const char *[]){ "vermagic=" MAGIC " ", NULL }, 0);

	fake_bytes(fs, "modules/plain.ko", buf, len);
	memcpy(buf + len, mark, sizeof(mark) - 1);
	fake_bytes(fs, "modules/signed.ko", buf, len + sizeof(mark) - 1);
	util_format(dir, sizeof(dir), "%s/modules", fs->dir);
	assert_int_equal(module_set_read(&set, dir, &kernel, NULL, NULL), 0);
	assert_int_equal(set.n, 2);
	assert_false(module_file_is_signed(module_set_by_name(&set, "plain")));
	assert_true(module_file_is_signed(module_set_by_name(&set, "signed")));
	module_set_free(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernel_takes),
		cmocka_unit_test(kernel_of_file),
		test_with_tree(what_is_taken),
		test_with_tree(what_it_is_for),
		test_with_tree(guest_gets_a_set),
		cmocka_unit_test_setup_teardown(signatures, fake_tree_setup, fake_tree_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
