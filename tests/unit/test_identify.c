/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A port's LED: which port is meant, and what drivers make of it. */
#include "fake_sysroot.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "sys/identify.h"

#define PF "0000:01:00.0"

/* In place of the kernel; the test's child calls it. */
static int answer;

int __wrap_ethtool_identify(const char *ifname, unsigned int seconds);

int __wrap_ethtool_identify(const char *ifname, unsigned int seconds)
{
	if (strcmp(ifname, "eth0") != 0 || seconds > IDENTIFY_MAX_SECONDS)
		return -EINVAL;
	while (answer > 0)
		pause();
	return answer;
}

static void test_which(void **state)
{
	struct fake_sysroot *fs = *state;
	struct pci_addr addr;
	char a[PCI_ADDR_STRLEN];
	static const char *const names[] = { PF, "eth5", "52:54:00:AB:00:01" };
	static const char *const strange[] = { "0000:09:00.0", "eth1", "52:54:00:ab:00:02", "",
					       "../../class" };
	size_t i;

	fake_add_igb(fs, "eth0");
	fake_link(fs, "sys/class/net/eth5", "../../devices/pci0000:00/" PF "/net/eth5");
	fake_file(fs, "sys/devices/pci0000:00/" PF "/net/eth5/address", "52:54:00:ab:00:01\n");
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (identify_find(&fs->root, names[i], &addr) < 0)
			fail_msg("%s", names[i]);
		assert_string_equal(pci_addr_format(&addr, a), PF);
	}
	for (i = 0; i < ARRAY_SIZE(strange); i++)
		assert_int_equal(identify_find(&fs->root, strange[i], &addr), -ENODEV);
}

static bool has_ended(void *arg)
{
	int *result = ((void **)arg)[1];

	return identify_poll(((void **)arg)[0], result);
}

static int result_of(struct identify *id)
{
	int result = 1;
	void *args[] = { id, &result };

	assert_int_equal(util_poll_until(has_ended, args, 20000), 0);
	assert_false(id->busy);
	return result;
}

static void test_answers(void **state)
{
	struct fake_sysroot *fs = *state;
	const struct pci_addr pf = { .bus = 1 }, none = { .bus = 9 };
	struct identify id = { .busy = false };
	int result;

	fake_add_igb(fs, "eth0");
	assert_int_equal(identify_begin(&id, &fs->root, &none, 1), -ENODEV);
	assert_false(identify_poll(&id, &result));
	answer = 0;
	assert_int_equal(identify_begin(&id, &fs->root, &pf, 1), 0);
	assert_int_equal(result_of(&id), 0);
	answer = -EOPNOTSUPP;
	assert_int_equal(identify_begin(&id, &fs->root, &pf, 1), 0);
	result = result_of(&id);
	assert_int_equal(result, -EOPNOTSUPP);
	assert_string_equal(identify_text(result), "its driver cannot have the LED blink");
	/* One that goes on is ended for the next, and one that does not come back at its deadline.
	 */
	answer = 1;
	assert_int_equal(identify_begin(&id, &fs->root, &pf, 60), 0);
	assert_false(identify_poll(&id, &result));
	answer = -EBUSY;
	assert_int_equal(identify_begin(&id, &fs->root, &pf, 1), 0);
	assert_int_equal(result_of(&id), -EBUSY);
	answer = 1;
	assert_int_equal(identify_begin(&id, &fs->root, &pf, 0), 0);
	assert_int_equal(result_of(&id), -ETIMEDOUT);
	assert_int_equal(identify_begin(&id, &fs->root, &pf, 60), 0);
	identify_end(&id);
	assert_false(id.busy || identify_poll(&id, &result));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_which, fake_tree_setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_answers, fake_tree_setup, fake_tree_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
