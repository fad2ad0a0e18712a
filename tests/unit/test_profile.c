/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NIC profiles: the linked-in data, and what the parser refuses. */
#include "fake_sysroot.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/tables.h"
#include "sys/profile.h"

static struct profile_table table;

static void test_linked_in_data(void **state)
{
	unsigned int i;
	int line;

	(void)state;
	if (profile_parse(table_profiles, &table, &line) < 0)
		fail_msg("configs/profiles/: line %d of all files together is wrong", line);
	assert_true(table.n > 10);
	for (i = 0; i < table.n; i++) {
		const struct profile *p = &table.profiles[i];

		if (!p->title[0] || !p->driver[0] || !p->vf_driver[0] || !p->n_ids)
			fail_msg("profile %s lacks a title, a driver, a vf_driver or ids", p->name);
	}
}

static void test_find(void **state)
{
	const struct profile *p = profile_find(0x8086, 0x10c9);

	(void)state;
	assert_non_null(p);
	assert_string_equal(p->name, "intel-82576");
	assert_string_equal(p->vf_driver, "igbvf");
	assert_string_equal(p->vf_param, "max_vfs");
	assert_int_equal(p->max_vfs, 7);
	assert_false(p->pf_up_before_vfs);
	assert_string_equal(p->driver, "igb");
	assert_string_equal(p->last_kernel, "");
	assert_int_equal(p->vf_param_extra, 0);
	p = profile_find(0x17d5, 0x5833);
	assert_non_null(p);
	assert_string_equal(p->vf_param, "max_config_dev");
	assert_int_equal(p->vf_param_extra, 1);
	assert_string_equal(p->last_kernel, "5.19");
	assert_int_equal(profile_find(0x1425, 0x50b0)->netdev_function, 4);
	assert_null(profile_find(0x1425, 0x58b0)); /* that is a VF */
	assert_true(profile_find(0x14e4, 0x168e)->pf_up_before_vfs);
	assert_int_equal(profile_find(0x8086, 0x1558)->max_vfs, 63); /* on the list's second line */
	assert_string_equal(profile_find(0x1af4, 0x1041)->vf_driver, "virtio-pci");
	assert_string_equal(profile_find(0x1af4, 0x1041)->sriov_setup, ""); /* most have none */
	assert_non_null(strstr(profile_find(0x15b3, 0x1017)->sriov_setup, "mstconfig"));
	p = profile_find(0x15b3, 0x1003);
	assert_true(p->no_numvfs);
	assert_string_equal(p->vf_param, "num_vfs");
	assert_string_equal(p->vf_param_more, "port_type_array=2,2");
	assert_false(profile_find(0x15b3, 0x1017)->no_numvfs);
	assert_true(profile_find(0x1137, 0x43)->no_numvfs);
	assert_string_equal(profile_find(0x177d, 0x9702)->vf_driver, "LiquidIO_VF");
	assert_int_equal(profile_find(0x8086, 0x10fb)->guest_queues, 2);
	assert_int_equal(profile_find(0x8086, 0x10fb)->guest_queue_mb, 3);
	assert_int_equal(profile_find(0x15b3, 0x1017)->guest_pf_mb, 512);
	assert_int_equal(profile_find(0x15b3, 0x1017)->guest_load_s, 3);
	assert_null(profile_find(0x8086, 0xffff));
	assert_null(profile_find(0x14e4, 0x10c9));
}

/* One family for each of the founding procedure and of today's cards. */
static void test_families(void **state)
{
	static const char *const drivers[] = { "igb",	  "ixgbe",	"be2net",   "bnx2x",
					       "vxge",	  "i40e",	"ice",	    "mlx5_core",
					       "bnxt_en", "qede",	"cxgb4",    "sfc",
					       "ionic",	  "virtio-pci", "ena",	    "enic",
					       "hinic",	  "idpf",	"LiquidIO", "mlx4_core",
					       "nfp",	  "qlcnic" };
	unsigned int i, k;

	(void)state;
	assert_int_equal(profile_parse(table_profiles, &table, NULL), 0);
	for (i = 0; i < ARRAY_SIZE(drivers); i++) {
		for (k = 0; k < table.n; k++)
			if (strcmp(table.profiles[k].driver, drivers[i]) == 0)
				break;
		if (k == table.n)
			fail_msg("no profile for %s", drivers[i]);
	}
}

static void assert_refused(const char *text, int want_line)
{
	int line;

	assert_int_equal(profile_parse(text, &table, &line), -EINVAL);
	assert_int_equal(line, want_line);
}

static void test_refused(void **state)
{
	(void)state;
	assert_refused("[a]\ntitle = A\nids = 8086:10c9 8086:xyz\n", 3);
	assert_refused("[a]\nids = 8086:10c9\n[b]\nids = 8086:10c9\n", 4);
	assert_refused("[a]\nids = 8086:10c99\n", 2);
	assert_refused("[a]\nids = 8086:1 8086:10c9\n", 2);
	assert_refused("[a]\nmax_vfs = many\n", 2);
	assert_refused("[a]\nmax_vfs = 65536\n", 2);
	assert_refused("[a]\npf_up_before_vfs = maybe\n", 2);
	assert_refused("[a]\nnumvfs = sometimes\n", 2);
	assert_refused("[a]\nvf_ids = 8086:10c9 8086:10c\n", 2);
	assert_refused("[a]\nvf_param_extra = -1\n", 2);
	assert_refused("[a]\nnetdev_function = 8\n", 2);
	assert_refused("[a]\nguest_mb = 1025\n", 2);
	assert_refused("[a]\nguest_load_s = long\n", 2);
	assert_refused("[a]\nlast_kernel = some long time ago\n", 2);
	assert_refused("[a]\ncolour = blue\n", 2);
	assert_refused("title = without a section\n", 1);
	assert_refused("[a]\nvf_driver = a-name-that-is-far-too-long-for-a-driver\n", 2);
}

static void test_vf_ids(void **state)
{
	(void)state;
	assert_int_equal(
		profile_parse("[a]\ntitle = A\nids = 8086:10c9\nvf_ids = 8086:10ca\n\t8086:152d\n"
			      "[b]\ntitle = B\nids = 8086:1533\n",
			      &table, NULL),
		0);
	assert_true(profile_has_vf_id(&table.profiles[0], 0x8086, 0x10ca));
	assert_true(profile_has_vf_id(&table.profiles[0], 0x8086, 0x152d));
	assert_false(profile_has_vf_id(&table.profiles[0], 0x8086, 0x90ca));
	/* It is not known. */
	assert_true(profile_has_vf_id(&table.profiles[1], 0x8086, 0x90ca));
}

static void test_too_many(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	unsigned int i;

	(void)state;
	for (i = 0; i <= PROFILE_MAX; i++)
		fprintf(f, "[p%u]\ntitle = x\n", i);
	fclose(f);
	assert_refused(text, PROFILE_MAX * 2 + 2);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_linked_in_data), cmocka_unit_test(test_find),
		cmocka_unit_test(test_families),       cmocka_unit_test(test_refused),
		cmocka_unit_test(test_vf_ids),	       cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
