/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What firmware, transceivers and devlink say, from bytes. */
#include "core_fake.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/devlink.h>
#include <linux/genetlink.h>
#include <string.h>

#include "sys/devlink.h"
#include "sys/firmware.h"
#include "sys/transceiver.h"

/* A MADT with two I/O APICs (8 and 9) and a local APIC between them. */
static const uint8_t madt[] = {
	'A',  'P',	'I', 'C', 76, 0, 0,	   0,  [44] = 1, 12, 8, 0, 0,	 0,    0xc0,
	0xfe, [56] = 0, 8,   0,	  0,  1, [64] = 1, 12, 9,	 0,  0, 0, 0xc0, 0xfe, [75] = 0,
};

static void interrupt_controllers(void **state)
{
	struct firmware_chips c = { 0 };
	uint8_t bad[sizeof(madt)];

	(void)state;
	assert_int_equal(firmware_parse_madt(madt, sizeof(madt), &c), 0);
	assert_int_equal(c.n_ioapics, 2);
	assert_int_equal(c.ioapics[0], 8);
	assert_int_equal(c.ioapics[1], 9);
	/* Cut anywhere, with a structure of length 0, or with one that leads out. */
	for (size_t len = 0; len < sizeof(madt); len++)
		assert_int_equal(firmware_parse_madt(madt, len, &c), -EBADMSG);
	for (unsigned int i = 0; i < 2; i++) {
		memcpy(bad, madt, sizeof(bad));
		bad[57] = i ? 0 : 200;
		assert_int_equal(firmware_parse_madt(bad, sizeof(bad), &c), -EBADMSG);
	}
}

static void put_module(const struct core_fake *f, unsigned int n, unsigned int size,
		       uint32_t extended)
{
	uint8_t raw[34] = { 17, 34 };
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "sys/firmware/dmi/entries/17-%u/raw", n);
	core_fake_write(f, path, "");
	snprintf(path, sizeof(path), "%s/sys/firmware/dmi/entries/17-%u/raw", f->path, n);
	raw[0x0c] = (uint8_t)size;
	raw[0x0d] = (uint8_t)(size >> 8);
	memcpy(raw + 0x1c, &extended, 4);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(raw, 1, sizeof(raw), file), sizeof(raw));
	fclose(file);
}

static void memory_modules(void **state)
{
	struct core_fake *f = *state;
	unsigned int modules;
	uint64_t mib;

	assert_int_equal(firmware_read_memory(&f->root, &mib, &modules), -ENOENT);
	put_module(f, 0, 16384, 0);
	put_module(f, 1, 0, 0); /* an empty slot */
	put_module(f, 2, 0x7fff, 65536);
	assert_int_equal(firmware_read_memory(&f->root, &mib, &modules), 0);
	assert_int_equal(mib, 16384 + 65536);
	assert_int_equal(modules, 2);
	put_module(f, 3, 0xffff, 0); /* it does not say */
	assert_int_equal(firmware_read_memory(&f->root, &mib, &modules), -ENOENT);
}

static void transceivers(void **state)
{
	uint8_t d[640] = { 0 };
	struct transceiver t;

	(void)state;
	d[0] = 0x03;
	memcpy(d + 20, "ACME            ", 16);
	memcpy(d + 40, "SFP-10G-SR      ", 16);
	assert_int_equal(transceiver_decode(d, 512, &t), 0);
	assert_string_equal(t.vendor, "ACME");
	assert_string_equal(t.part, "SFP-10G-SR");
	assert_false(t.diagnostics); /* byte 92 does not say that it measures */
	d[92] = 0x68;
	d[256 + 96] = 41;
	d[256 + 98] = 0x80;
	d[256 + 99] = 0xe8;
	d[256 + 104] = 0x12;
	d[256 + 112] = 0x80;
	assert_int_equal(transceiver_decode(d, 512, &t), 0);
	assert_true(t.diagnostics);
	assert_int_equal(t.temperature_c, 41);
	assert_int_equal(t.millivolts, 3300);
	assert_int_equal(t.rx_uw[0], 0x1200);
	assert_true(t.temperature_alarm);
	assert_false(t.voltage_alarm);
	/* A copper cable's module has 256 bytes only. */
	assert_int_equal(transceiver_decode(d, 256, &t), 0);
	assert_false(t.diagnostics);
	assert_int_equal(transceiver_decode(d, 95, &t), -EBADMSG);
	assert_int_equal(transceiver_decode(d, 0, &t), -EBADMSG);
	memset(d, 0, sizeof(d));
	d[0] = 0x11;
	memcpy(d + 148, "QVENDOR         ", 16);
	d[22] = 30;
	d[26] = 0x80;
	d[7] = 0x80;
	assert_int_equal(transceiver_decode(d, 256, &t), 0);
	assert_string_equal(t.kind, "QSFP");
	assert_int_equal(t.n_lanes, 4);
	assert_true(t.voltage_alarm);
	d[0] = 0x02;
	assert_int_equal(transceiver_decode(d, 1, &t), 0);
	assert_string_equal(t.kind, "unknown");
}

static struct nlmsghdr *begin(char *buf)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct genlmsghdr));
	mnl_attr_put_strz(nlh, DEVLINK_ATTR_BUS_NAME, "pci");
	return nlh;
}

static void devlink_replies(void **state)
{
	char buf[2048] = { 0 };
	struct nlmsghdr *nlh = begin(buf);
	struct devlink_info info = { 0 };
	struct devlink_health health = { 0 };
	struct nlattr *nest;

	(void)state;
	mnl_attr_put_strz(nlh, DEVLINK_ATTR_INFO_DRIVER_NAME, "ice");
	mnl_attr_put_strz(nlh, DEVLINK_ATTR_INFO_SERIAL_NUMBER, "00-01-02");
	nest = mnl_attr_nest_start(nlh, DEVLINK_ATTR_INFO_VERSION_RUNNING);
	mnl_attr_put_strz(nlh, DEVLINK_ATTR_INFO_VERSION_NAME, "fw.mgmt");
	mnl_attr_put_strz(nlh, DEVLINK_ATTR_INFO_VERSION_VALUE, "7.4.13");
	mnl_attr_nest_end(nlh, nest);
	devlink_take_info(nlh, &info);
	assert_string_equal(info.driver, "ice");
	assert_string_equal(info.serial, "00-01-02");
	assert_int_equal(info.n, 1);
	assert_string_equal(info.versions[0].kind, "running");
	assert_string_equal(info.versions[0].name, "fw.mgmt");
	assert_string_equal(info.versions[0].value, "7.4.13");

	memset(buf, 0, sizeof(buf));
	nlh = begin(buf);
	nest = mnl_attr_nest_start(nlh, DEVLINK_ATTR_HEALTH_REPORTER);
	mnl_attr_put_strz(nlh, DEVLINK_ATTR_HEALTH_REPORTER_NAME, "tx");
	mnl_attr_put_u8(nlh, DEVLINK_ATTR_HEALTH_REPORTER_STATE, 1);
	mnl_attr_put_u64(nlh, DEVLINK_ATTR_HEALTH_REPORTER_ERR_COUNT, 3);
	mnl_attr_nest_end(nlh, nest);
	for (unsigned int i = 0; i < DEVLINK_MAX_REPORTERS + 1; i++)
		devlink_take_health(nlh, &health);
	assert_int_equal(health.n, DEVLINK_MAX_REPORTERS);
	assert_int_equal(health.n_more, 1);
	assert_string_equal(health.reporters[0].name, "tx");
	assert_true(health.reporters[0].error);
	assert_int_equal(health.reporters[0].errors, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interrupt_controllers),
		cmocka_unit_test_setup_teardown(memory_modules, core_fake_setup,
						core_fake_teardown),
		cmocka_unit_test(transceivers),
		cmocka_unit_test(devlink_replies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
