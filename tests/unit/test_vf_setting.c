/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings of VFs whose PF may be busy, or may not set them at all: a PF that this program plays.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "sys/vf_setting.h"

static const uint8_t want[6] = { 2, 0x76, 1, 2, 3, 4 };

/* What the PF says, one after the other; the last again and again. */
static struct played {
	int set[4], get[4];
	uint8_t mac[6]; /* that reads back, once get is 0 */
	unsigned int sets, gets;
} pf;

static int played_set(const char *pf_ifname, unsigned int vf, const uint8_t mac[6])
{
	assert_string_equal(pf_ifname, "pf0");
	assert_int_equal(vf, 5);
	assert_memory_equal(mac, want, 6);
	return pf.set[pf.sets < 3 ? pf.sets++ : 3];
}

static int played_get(const char *pf_ifname, unsigned int vf, uint8_t mac[6])
{
	(void)pf_ifname;
	(void)vf;
	memcpy(mac, pf.mac, 6);
	return pf.get[pf.gets < 3 ? pf.gets++ : 3];
}

static const struct vf_mac_ops played_ops = { played_set, played_get };

static void test_mac(void **state)
{
	static const struct {
		const char *what;
		int set[4], get[4];
		uint8_t mac[6];
		enum vf_mac_result result;
		unsigned int sets;
	} rows[] = {
		{ "at once", { 0 }, { 0 }, { 2, 0x76, 1, 2, 3, 4 }, VF_MAC_SET, 1 },
		{ "i40e resets the VF",
		  { -EAGAIN, -EAGAIN, 0, 0 },
		  { 0 },
		  { 2, 0x76, 1, 2, 3, 4 },
		  VF_MAC_SET,
		  3 },
		{ "ice resets the VF",
		  { -EBUSY, 0, 0, 0 },
		  { -ENOENT, 0, 0, 0 },
		  { 2, 0x76, 1, 2, 3, 4 },
		  VF_MAC_SET,
		  2 },
		{ "BlueField in DPU mode", { -EPERM, 0 }, { 0 }, { 0 }, VF_MAC_UNSUPPORTED, 1 },
		{ "no such operation", { -EOPNOTSUPP, 0 }, { 0 }, { 0 }, VF_MAC_UNSUPPORTED, 1 },
		{ "refused", { -EINVAL, 0 }, { 0 }, { 0 }, VF_MAC_REFUSED, 1 },
		{ "another one reads back", { 0 }, { 0 }, { 2, 9 }, VF_MAC_REFUSED, 1 },
		{ "it never tells",
		  { 0 },
		  { -ENOENT, -ENOENT, -ENOENT, -ENOENT },
		  { 0 },
		  VF_MAC_SET,
		  1 },
	};
	struct vf_mac m;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pf = (struct played){ 0 };
		memcpy(pf.set, rows[i].set, sizeof(pf.set));
		memcpy(pf.get, rows[i].get, sizeof(pf.get));
		memcpy(pf.mac, rows[i].mac, sizeof(pf.mac));
		if (vf_mac_set(&played_ops, "pf0", 5, want, 5000, &m) != rows[i].result)
			fail_msg("%s: not result %d", rows[i].what, rows[i].result);
		if (pf.sets != rows[i].sets)
			fail_msg("%s: set %u times", rows[i].what, pf.sets);
	}
}

static void test_always_busy(void **state)
{
	struct vf_mac m;

	(void)state;
	pf = (struct played){ .set = { -EAGAIN, -EAGAIN, -EAGAIN, -EAGAIN } };
	assert_int_equal(vf_mac_set(&played_ops, "pf0", 5, want, 100, &m), VF_MAC_REFUSED);
	assert_int_equal(m.set, -EAGAIN);
	assert_int_equal(pf.gets, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mac),
		cmocka_unit_test(test_always_busy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
