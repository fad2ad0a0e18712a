/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of cases are sound, and so is the plan that is made of them.
 */
#include "core_fake.h"

#include <fcntl.h>
#include <string.h>
#include "cases/registry.h"
#include "model/settings.h"

static char *read_cases_md(void)
{
	char *text = NULL;
	size_t len;

	assert_int_equal(util_read_file(AT_FDCWD, "docs/cases.md", 1 << 20, &text, &len), 0);
	return text;
}

/* What is wrong with a list of cases; NULL if nothing is. */
static const char *check(const struct case_def *const *list, const char *docs)
{
	static const char chars[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
	size_t i, k;

	for (i = 0; list[i]; i++) {
		const struct case_def *def = list[i];
		char heading[80], row[80];

		if (!def->id[0] || def->id[strspn(def->id, chars)])
			return "id";
		for (k = 0; k < i; k++)
			if (strcmp(list[k]->id, def->id) == 0)
				return "duplicate";
		if (!def->title || !def->title[0])
			return "title";
		if (def->timeout_s == 0)
			return "timeout";
		if (!def->run)
			return "run";
		for (k = 0; k < CASE_MAX_NEEDS && def->needs[k]; k++)
			if (!def->needs[k]->name || !def->needs[k]->met)
				return "requirement";
		util_format(heading, sizeof(heading), "\n### %s\n", def->id);
		/* Cases that differ in a few words only have a table. */
		util_format(row, sizeof(row), "\n| %s |", def->id);
		if (!strstr(docs, heading) && !strstr(docs, row))
			return "docs";
	}
	return NULL;
}

static int no_run(struct ctx *ctx)
{
	(void)ctx;
	return 0;
}

#define ROW(id_, title_, needs_, timeout_, run_) \
	{ .id = id_,                             \
	  .title = title_,                       \
	  .subject = SUBJECT_PF,                 \
	  .needs = needs_,                       \
	  .timeout_s = timeout_,                 \
	  .run = run_ }

static void the_check_itself(void **state)
{
	static const char docs[] = "\n### good\n\n### other\n\n### Bad\n\n| in_a_row | x |\n";
	static const struct case_def good = ROW("good", "t", { 0 }, 1, no_run);
	static const struct requirement nameless = { 0 };
	static const struct {
		struct case_def def;
		const char *wrong;
	} rows[] = {
		{ ROW("other", "t", { 0 }, 1, no_run), NULL },
		{ ROW("good", "t", { 0 }, 1, no_run), "duplicate" },
		{ ROW("other", "", { 0 }, 1, no_run), "title" },
		{ ROW("other", NULL, { 0 }, 1, no_run), "title" },
		{ ROW("other", "t", { 0 }, 0, no_run), "timeout" },
		{ ROW("other", "t", { 0 }, 1, NULL), "run" },
		{ ROW("other", "t", { &nameless }, 1, no_run), "requirement" },
		{ ROW("Bad", "t", { 0 }, 1, no_run), "id" },
		{ ROW("unknown", "t", { 0 }, 1, no_run), "docs" },
		{ ROW("in_a_row", "t", { 0 }, 1, no_run), NULL },
		{ ROW("in_a", "t", { 0 }, 1, no_run), "docs" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct case_def *const list[] = { &good, &rows[i].def, NULL };
		const char *wrong = check(list, docs);

		if (!wrong != !rows[i].wrong || (wrong && strcmp(wrong, rows[i].wrong) != 0))
			fail_msg("row %zu: %s", i, wrong ? wrong : "nothing");
	}
}

static void all_cases(void **state)
{
	_cleanup_free_ char *docs = read_cases_md();
	const struct case_def *list[512] = { NULL };
	const char *wrong;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(list) - 1 && case_table_get(&registry, i); i++) {
		list[i] = case_table_get(&registry, i);
		assert_ptr_equal(case_table_find(&registry, list[i]->id), list[i]);
	}
	assert_null(case_table_get(&registry, i));
	wrong = check(list, docs);
	if (wrong)
		fail_msg("a case is wrong: %s", wrong);
	assert_null(case_table_find(&registry, "no_such_case"));
}

/* Host cases once and first; then port by port, the one that the host booted from last. */
static void order(void **state)
{
	_cleanup_free_ struct inventory *inv = core_fake_inventory();
	const struct nic *expected[3] = { NULL };
	struct settings s;
	struct plan plan;
	unsigned int i, stage = 0;
	json_t *json;

	(void)state;
	inv->nics[1] = inv->nics[0];
	inv->nics[1].addr.fn = 1;
	inv->nics[1].mac[16] = '2';
	inv->n_nics = 2;
	util_strlcpy(inv->host.boot_mac, sizeof(inv->host.boot_mac), "52:54:00:00:00:01");
	expected[1] = &inv->nics[1];
	expected[2] = &inv->nics[0];
	settings_init(&s);
	assert_int_equal(plan_make(&plan, &registry, &s, inv), 0);
	/* What looks back on the whole run comes after it. */
	assert_string_equal(plan.items[plan.n - 1].def->id, "host_quiet");
	for (i = 0; i + 1 < plan.n; i++) {
		while (stage < 3 && plan.items[i].pf != expected[stage])
			stage++;
		assert_true(stage < 3);
		assert_int_equal(plan.items[i].def->subject,
				 plan.items[i].pf ? SUBJECT_PF : SUBJECT_HOST);
	}
	assert_int_equal(plan.left_out, 0);

	/* It comes back from its JSON form, but for a port that is gone. */
	json = plan_to_json(&plan);
	assert_int_equal(json_array_size(json), plan.n);
	i = plan.n;
	plan_free(&plan);
	assert_int_equal(plan_from_json(&plan, &registry, json, inv), 0);
	assert_int_equal(plan.n, i);
	plan_free(&plan);
	inv->n_nics = 0;
	assert_int_equal(plan_from_json(&plan, &registry, json, inv), 0);
	for (i = 0; i < plan.n; i++)
		assert_null(plan.items[i].pf);
	plan_free(&plan);
	json_decref(json);

	/* What a narrow plan leaves out is counted. */
	inv->n_nics = 2;
	util_strlcpy(s.cases, sizeof(s.cases), "no_such_case");
	assert_int_equal(plan_make(&plan, &registry, &s, inv), 0);
	assert_int_equal(plan.n, 0);
	for (i = 0; case_table_get(&registry, i); i++)
		;
	assert_true(i == 0 || plan.left_out > 0);
	plan_free(&plan);
}

/* What takes longer with more VFs has more time with them. */
static void timeouts(void **state)
{
	struct nic nic = { .cap_total_vfs = 64, .sysfs_total_vfs = -1 };
	struct plan_item item = { .def = case_table_find(&registry, "assign_vf_max"), .pf = &nic };

	(void)state;
	assert_int_equal(plan_item_timeout_s(&item), 900);
	nic.cap_total_vfs = 256;
	assert_int_equal(plan_item_timeout_s(&item), 900 + 192 * 14);
	nic.cap_total_vfs = 4000;
	assert_int_equal(plan_item_timeout_s(&item), 900 + 192 * 14);
	item.def = case_table_find(&registry, "assign_vf");
	assert_int_equal(plan_item_timeout_s(&item), item.def->timeout_s);
}

/* Of a port's items, those that need no other port come first, and what shares a fixture is
 * together. */
static void grouping(void **state)
{
	_cleanup_free_ struct inventory *inv = core_fake_inventory();
	unsigned int i, k, all = 0, core = 0, quick = 0;
	struct settings s;
	struct plan plan;

	(void)state;
	settings_init(&s);
	s.plan = PLAN_SOAK;
	assert_int_equal(plan_make(&plan, &registry, &s, inv), 0);
	for (i = 0; case_table_get(&registry, i); i++) {
		enum case_set set = case_table_get(&registry, i)->set;

		all++;
		quick += set == SET_QUICK;
		core += set == SET_QUICK || set == SET_CORE;
	}
	assert_int_equal(plan.n, all);
	for (i = 1; i < plan.n; i++) {
		const struct plan_item *a = &plan.items[i - 1], *b = &plan.items[i];

		assert_false(a->pf && b->pf && a->def->ports != PORTS_OWN &&
			     b->def->ports == PORTS_OWN && !b->def->last);
		for (k = 0; k < i; k++)
			assert_ptr_not_equal(plan.items[k].def, b->def);
		for (k = 0; b->def->fixture && b->def->fixture != a->def->fixture && k < i; k++)
			assert_ptr_not_equal(plan.items[k].def->fixture, b->def->fixture);
	}
	plan_free(&plan);

	s.plan = PLAN_CORE;
	assert_int_equal(plan_make(&plan, &registry, &s, inv), 0);
	assert_int_equal(plan.n, core);
	plan_free(&plan);

	s.plan = PLAN_QUICK;
	assert_int_equal(plan_make(&plan, &registry, &s, inv), 0);
	assert_int_equal(plan.n, quick);
	assert_int_equal(plan.left_out, 0);
	for (i = 0; i < plan.n; i++)
		assert_int_equal(plan.items[i].def->set, SET_QUICK);
	plan_free(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_check_itself),
		cmocka_unit_test(all_cases),
		cmocka_unit_test(order),
		cmocka_unit_test(grouping),
		cmocka_unit_test(timeouts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
