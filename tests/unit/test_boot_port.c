/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The port that the server booted from: the kernel command line, and UEFI's variables.
 */
#include "fake_sysroot.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "fuzz.h"
#include "sys/boot_port.h"

#define EFIVARS "sys/firmware/efi/efivars/"
#define GLOBAL "-8be4df61-93ca-11d2-aa0d-00e098032b8c"

/*
 * Boot0004 as OVMF makes it for HTTP boot: attributes, load option "N", PCI root, PCI device, MAC,
 * IPv4, URI, end.
 */
static const uint8_t http_option[] = {
	7,   0,	  0,   0, /* attributes of the variable */
	1,   0,	  0,   0,   104,  0,	'N', 0,	   0,	 0, /* of the option; length of the path;
							       name */
	2,   1,	  12,  0,   0xd0, 0x41, 3,   0x0a, 0,	 0,    0,   0, /* ACPI: PCI root */
	1,   1,	  6,   0,   0,	  2, /* PCI device 2 */
	3,   11,  37,  0,   0x52, 0x54, 0,   0x76, 0x66, 0x99, 0,   0,	 0,   0,
	0,   0,	  0,   0,   0,	  0,	0,   0,	   0,	 0,    0,   0,	 0,   0,
	0,   0,	  0,   0,   0,	  0,	0,   0,	   1, /* MAC, 32 bytes, Ethernet */
	3,   12,  27,  0,   0,	  0,	0,   0,	   0,	 0,    0,   0,	 0,   0,
	0,   0,	  0,   0,   0,	  0,	0,   0,	   0,	 0,    0,   0,	 0, /* IPv4 */
	3,   24,  18,  0,   'h',  't',	't', 'p',  ':',	 '/',  '/', 'a', '/', 'b',
	'.', 'e', 'f', 'i', 0x7f, 0xff, 4,   0,
};
/* A disk: PCI root, PCI device, SATA, end. */
static const uint8_t disk_option[] = {
	7, 0, 0, 0, 1, 0, 0, 0, 32, 0, 'D', 0,	0, 0, 2, 1, 12, 0, 0xd0, 0x41, 3,    0x0a, 0,
	0, 0, 0, 1, 1, 6, 0, 0, 3,  3, 18,  10, 0, 0, 0, 0, 0,	0, 0,	 0x7f, 0xff, 4,	   0,
};

static void bootif(void **state)
{
	static const struct {
		const char *cmdline, *mac;
		int ret;
	} rows[] = {
		{ "a BOOTIF=01-52-54-00-ab-cd-ef b", "52:54:00:ab:cd:ef", 0 },
		{ "BOOTIF=01-52-54-00-AB-CD-EF\n", "52:54:00:ab:cd:ef", 0 },
		{ "BOOTIF=52:54:00:ab:cd:ef", "52:54:00:ab:cd:ef", 0 },
		{ "BOOTIF=01-52-54-00-ab-cd-ef0", "", -EINVAL },
		{ "BOOTIF=01-52", "", -EINVAL },
		{ "BOOTIF=", "", -EINVAL },
		{ "BOOTIF=01-52-54-00-ab-cd-xx", "", -EINVAL },
		{ "quiet", "", -ENOENT },
	};
	char mac[BOOT_PORT_MAC_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(boot_port_parse_bootif(rows[i].cmdline, mac), rows[i].ret);
		assert_string_equal(mac, rows[i].mac);
	}
}

static void load_option(void **state)
{
	uint8_t damaged[sizeof(http_option)];
	char mac[BOOT_PORT_MAC_SIZE];

	(void)state;
	assert_int_equal(boot_port_parse_option(http_option, sizeof(http_option), mac), 0);
	assert_string_equal(mac, "52:54:00:76:66:99");
	assert_int_equal(boot_port_parse_option(disk_option, sizeof(disk_option), mac), -ENOENT);
	assert_string_equal(mac, "");
	/* A node of no length, and one that is longer than the path. */
	memcpy(damaged, http_option, sizeof(damaged));
	damaged[16] = 0;
	assert_int_equal(boot_port_parse_option(damaged, sizeof(damaged), mac), -EBADMSG);
	damaged[16] = 200;
	assert_int_equal(boot_port_parse_option(damaged, sizeof(damaged), mac), -EBADMSG);
	assert_int_equal(boot_port_parse_option(http_option, 9, mac), -EBADMSG);
}

static void run_option(const uint8_t *data, size_t len, bool seed, struct fuzz_random *r, void *arg)
{
	_cleanup_free_ uint8_t *copy = malloc(len + !len);
	char mac[BOOT_PORT_MAC_SIZE];
	int ret;

	(void)r;
	(void)arg;
	assert_non_null(copy);
	memcpy(copy, data, len);
	ret = boot_port_parse_option(copy, len, mac);
	assert_true(ret == 0 || ret == -ENOENT || (ret == -EBADMSG && !seed));
	assert_int_equal(strlen(mac), ret == 0 ? BOOT_PORT_MAC_SIZE - 1 : 0);
}

static void fuzz_efi_option(void **state)
{
	struct fuzz_target t = {
		.seeds = { { http_option, sizeof(http_option) },
			   { disk_option, sizeof(disk_option) } },
		.words = { "\x03\x0b\x25", "\x7f\xff\x04", "\x01\x01\x06" },
		.rounds = 20000,
		.run = run_option,
	};

	(void)state;
	fuzz_run(&t);
}

/* The command line wins; without its word UEFI's variables count, if they are there. */
static void whole(void **state)
{
	static const uint8_t current[] = { 6, 0, 0, 0, 0x1a, 0 };
	struct fake_sysroot *fs = *state;
	char mac[BOOT_PORT_MAC_SIZE];

	fake_file(fs, "proc/cmdline", "quiet\n");
	boot_port_find(&fs->root, mac);
	assert_string_equal(mac, "");
	fake_bytes(fs, EFIVARS "BootCurrent" GLOBAL, current, sizeof(current));
	boot_port_find(&fs->root, mac);
	assert_string_equal(mac, "");
	fake_bytes(fs, EFIVARS "Boot001A" GLOBAL, http_option, sizeof(http_option));
	boot_port_find(&fs->root, mac);
	assert_string_equal(mac, "52:54:00:76:66:99");
	fake_file(fs, "proc/cmdline", "quiet BOOTIF=01-52-54-00-ab-cd-ef\n");
	boot_port_find(&fs->root, mac);
	assert_string_equal(mac, "52:54:00:ab:cd:ef");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bootif),
		cmocka_unit_test(load_option),
		cmocka_unit_test(fuzz_efi_option),
		cmocka_unit_test_setup_teardown(whole, fake_tree_setup, fake_tree_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
