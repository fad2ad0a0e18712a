/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was booted: facts of the machine, and the image's files compared with their list.
 */
#include "core_fake.h"
#include "fuzz.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "base/sha256.h"
#include "journal/member.h"
#include "journal/store.h"
#include "run/measure.h"
#include "sys/boot_facts.h"

#define EFIVARS "sys/firmware/efi/efivars/"
#define GUID "-8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define KERNEL_SUM "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"
#define PCR "7E7E7E7E7E7E7E7E7E7E7E7E7E7E7E7E7E7E7E7E7E7E7E7E7E7E7E7E7E7E7E7E"

/* A note of another owner, then the build ID 01020304. */
static const uint8_t notes[] = { 6,   0,   0, 0, 1, 0, 0,   0,	 1,   1, 0, 0, 'L', 'i', 'n',
				 'u', 'x', 0, 0, 0, 7, 0,   0,	 0,   4, 0, 0, 0,   4,	 0,
				 0,   0,   3, 0, 0, 0, 'G', 'N', 'U', 0, 1, 2, 3,   4 };

static void write_bytes(const struct core_fake *f, const char *name, const void *data, size_t len)
{
	int fd;

	core_fake_write(f, name, "");
	fd = openat(f->root.fd, name, O_WRONLY | O_TRUNC | O_CLOEXEC);
	assert_int_equal(util_write_all(fd, data, len), 0);
	close(fd);
}

static void build_ids(void **state)
{
	char id[BOOT_FACTS_ID];
	size_t len;

	(void)state;
	assert_true(boot_facts_build_id(notes, sizeof(notes), id));
	assert_string_equal(id, "01020304");
	for (len = 0; len < sizeof(notes); len++)
		assert_false(boot_facts_build_id(notes, len, id));
}

static void assert_fact(const struct core_fake *f, const char *key, const char *text)
{
	json_t *facts = boot_facts_read(&f->root);

	assert_string_equal(member_text(facts, key), text);
	json_decref(facts);
}

static void secure_boot(void **state)
{
	static const struct {
		const char *secure, *setup; /* values with their attributes */
		const char *text;
	} rows[] = {
		{ "\6\0\0\0\1", "\6\0\0\0\0", "on" },
		{ "\6\0\0\0\0", "\6\0\0\0\0", "off" },
		{ "\6\0\0\0\0", "\6\0\0\0\1", "setup mode" },
	};
	const struct core_fake *f = *state;
	size_t i;

	assert_fact(f, "secure_boot", "no UEFI");
	core_fake_write(f, "sys/firmware/efi/x", "");
	assert_fact(f, "secure_boot", "unknown");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		write_bytes(f, EFIVARS "SecureBoot" GUID, rows[i].secure, 5);
		write_bytes(f, EFIVARS "SetupMode" GUID, rows[i].setup, 5);
		assert_fact(f, "secure_boot", rows[i].text);
	}
	write_bytes(f, EFIVARS "SecureBoot" GUID, "\6\0\0\0\1\1", 6);
	assert_fact(f, "secure_boot", "unknown");
}

static void lockdown_and_tpm(void **state)
{
	const struct core_fake *f = *state;
	json_t *facts;
	const json_t *tpm;

	assert_fact(f, "lockdown", "unknown");
	core_fake_write(f, "sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	assert_fact(f, "lockdown", "integrity");
	core_fake_write(f, "sys/kernel/security/lockdown", "none [integrity\n");
	assert_fact(f, "lockdown", "unknown");

	facts = boot_facts_read(&f->root);
	assert_true(json_is_null(json_object_get(facts, "tpm")));
	json_decref(facts);
	core_fake_write(f, "sys/class/tpm/tpm0/tpm_version_major", "2\n");
	core_fake_write(f, "sys/class/tpm/tpm0/pcr-sha256/1", PCR "\n");
	core_fake_write(f, "sys/class/tpm/tpm0/pcr-sha256/2", PCR "7E\n");
	core_fake_write(f, "sys/class/tpm/tpm0/pcr-sha256/3", "rubbish\n");
	facts = boot_facts_read(&f->root);
	tpm = json_object_get(facts, "tpm");
	assert_string_equal(member_text(tpm, "version"), "2");
	tpm = json_object_get(tpm, "pcrs");
	assert_int_equal(json_array_size(tpm), 16);
	assert_string_equal(json_string_value(json_array_get(tpm, 0)), "");
	assert_int_equal(strspn(json_string_value(json_array_get(tpm, 1)), "7e"), 64);
	assert_string_equal(json_string_value(json_array_get(tpm, 2)), "");
	assert_string_equal(json_string_value(json_array_get(tpm, 3)), "");
	json_decref(facts);
}

/* An image of a program and a link to it, and its list. */
static void make_image(const struct core_fake *f)
{
	char program[SHA256_HEX], link[SHA256_HEX], list[512];

	core_fake_write(f, "usr/bin/vfproof", "the program");
	assert_int_equal(fchmodat(f->root.fd, "usr/bin/vfproof", 0755, 0), 0);
	assert_int_equal(mkdirat(f->root.fd, "usr/sbin", 0755), 0);
	core_fake_symlink(f, "../bin/vfproof", "usr/sbin/modprobe");
	assert_int_equal(sha256_of_text("the program", program), 0);
	assert_int_equal(sha256_of_text("../bin/vfproof", link), 0);
	util_format(list, sizeof(list),
		    "# " KERNEL_SUM " 01020304\n%s 100755 usr/bin/vfproof\n"
		    "%s 120777 usr/sbin/modprobe\n",
		    program, link);
	core_fake_write(f, MEASURE_LIST, list);
}

/* Measures as the appliance's init has it done. The only change, "": none is expected. */
static void assert_change(const struct core_fake *f, const char *change)
{
	json_t *event;
	const json_t *image, *changes;

	assert_int_equal(measure_main(f->path), 0);
	event = measure_collect(&f->root, 1000);
	image = json_object_get(json_object_get(event, "boot"), "image");
	changes = json_object_get(image, "changes");
	assert_int_equal(member_flag(image, "as_built"), !change[0]);
	assert_int_equal(json_array_size(changes), change[0] ? 1 : 0);
	assert_int_equal(member_number(image, "files"), 2);
	if (change[0])
		assert_string_equal(json_string_value(json_array_get(changes, 0)), change);
	json_decref(event);
}

static void images(void **state)
{
	const struct core_fake *f = *state;

	make_image(f);
	core_fake_write(f, STORE_RUN "/x", "");
	/* The list cannot have itself. */
	assert_change(f, "");
	core_fake_write(f, "usr/bin/vfproof", "the programme");
	assert_change(f, "altered: usr/bin/vfproof");
	core_fake_write(f, "usr/bin/vfproof", "the program");
	assert_int_equal(fchmodat(f->root.fd, "usr/bin/vfproof", 0700, 0), 0);
	assert_change(f, "altered: usr/bin/vfproof (its mode)");
	assert_int_equal(fchmodat(f->root.fd, "usr/bin/vfproof", 0755, 0), 0);
	core_fake_write(f, "usr/lib/modules/x.ko", "");
	assert_change(f, "added: usr/lib/modules/x.ko");
	assert_int_equal(unlinkat(f->root.fd, "usr/lib/modules/x.ko", 0), 0);
	assert_int_equal(unlinkat(f->root.fd, "usr/sbin/modprobe", 0), 0);
	assert_change(f, "missing: usr/sbin/modprobe");
	core_fake_symlink(f, "../bin/other", "usr/sbin/modprobe");
	assert_change(f, "altered: usr/sbin/modprobe");
}

static const char *state_of(const json_t *event)
{
	return member_text(json_object_get(json_object_get(event, "boot"), "image"), "state");
}

/* The kernel's file is known only of the kernel that runs; nobody waits for ever. */
static void collected(void **state)
{
	const struct core_fake *f = *state;
	const json_t *kernel;
	json_t *event = measure_collect(&f->root, 1000);

	assert_non_null(strstr(state_of(event), "the image has no list"));
	json_decref(event);
	make_image(f);
	event = measure_collect(&f->root, 10);
	assert_non_null(strstr(state_of(event), "not looked at in time"));
	json_decref(event);
	core_fake_write(f, STORE_RUN "/x", "");
	assert_int_equal(measure_main(f->path), 0);
	event = measure_collect(&f->root, 10);
	kernel = json_object_get(json_object_get(event, "boot"), "kernel");
	assert_string_equal(member_text(kernel, "sha256"), "");
	json_decref(event);
	write_bytes(f, "sys/kernel/notes", notes, sizeof(notes));
	event = measure_collect(&f->root, 10);
	kernel = json_object_get(json_object_get(event, "boot"), "kernel");
	assert_string_equal(member_text(kernel, "build_id"), "01020304");
	assert_string_equal(member_text(kernel, "sha256"), KERNEL_SUM);
	json_decref(event);
}

static void run_notes(const uint8_t *data, size_t len, bool seed, struct fuzz_random *r, void *arg)
{
	char id[BOOT_FACTS_ID];

	(void)r;
	(void)arg;
	if (boot_facts_build_id(data, len, id))
		assert_true(strlen(id) > 0 && strlen(id) < sizeof(id));
	else
		assert_true(!seed && !id[0]);
}

static void fuzz_kernel_notes(void **state)
{
	const struct fuzz_target t = {
		.seeds = { { notes, sizeof(notes) } },
		.words = { "GNU", "Linux" },
		.rounds = 3000,
		.run = run_notes,
	};

	(void)state;
	fuzz_run(&t);
}

#define test_with_fake(fn) cmocka_unit_test_setup_teardown(fn, core_fake_setup, core_fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(build_ids),	  test_with_fake(secure_boot),
		test_with_fake(lockdown_and_tpm), test_with_fake(images),
		test_with_fake(collected),	  cmocka_unit_test(fuzz_kernel_notes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
