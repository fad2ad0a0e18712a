/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is done with a journal takes steps in proportion to the number of its items. Steps are
 * counted, not timed: the looking up of members, the walking through arrays and the comparing of
 * texts. The linker gives this test the functions below in place of those (scripts/build/c.mk).
 */
#include "core_fake.h"

#include <string.h>
#include "cases/registry.h"
#include "journal/member.h"
#include "model/advice.h"
#include "report/diff.h"
#include "report/forms.h"
#include "run/resume.h"
#include "screen/model.h"

#define MAX_PORTS 64
#define CASES 12

static uint64_t steps;

json_t *__real_json_object_get(const json_t *obj, const char *key);
json_t *__real_json_array_get(const json_t *array, size_t i);
int __real_strcmp(const char *a, const char *b);
json_t *__wrap_json_object_get(const json_t *obj, const char *key);
json_t *__wrap_json_array_get(const json_t *array, size_t i);
int __wrap_strcmp(const char *a, const char *b);

json_t *__wrap_json_object_get(const json_t *obj, const char *key)
{
	steps++;
	return __real_json_object_get(obj, key);
}

json_t *__wrap_json_array_get(const json_t *array, size_t i)
{
	steps++;
	return __real_json_array_get(array, i);
}

int __wrap_strcmp(const char *a, const char *b)
{
	steps++;
	return __real_strcmp(a, b);
}

/* A run of so many ports with so many cases each: journal, report and inventory. */
struct made {
	json_t *events, *report;
	struct inventory *inv;
};

static void make_inventory(struct made *m, unsigned int ports)
{
	unsigned int i;

	m->inv = core_fake_inventory();
	for (i = 1; i < ports; i++) {
		m->inv->nics[i] = m->inv->nics[0];
		m->inv->nics[i].addr.bus = (uint8_t)(1 + i);
	}
	m->inv->n_nics = ports;
}

static json_t *make_event(const char *ev, const char *id, const char *subject, unsigned int item)
{
	json_t *obj = json_pack("{s:s, s:s, s:s, s:i}", "ev", ev, "case", id, "subject", subject,
				"t_ms", (int)(1000 + item));

	if (strcmp(ev, "end") != 0)
		return obj;
	json_object_set_new(obj, "verdict",
			    json_string(item % 7 == 6	? "FAIL"
					: item % 5 == 4 ? "SKIP"
							: "PASS"));
	json_object_set_new(obj, "title", json_string("a title"));
	json_object_set_new(obj, "duration_s", json_real(1 + item % 9));
	json_object_set_new(obj, "measured", json_string("what was measured"));
	json_object_set_new(obj, "cause", json_sprintf("what %s may be caused by", id));
	if (item % 5 == 4)
		json_object_set_new(obj, "reason", json_string("pf_driver is missing: none"));
	json_object_set_new(obj, "evidence",
			    json_pack("[{s:s, s:s}, {s:s, s:s}]", "key", "throughput", "value",
				      "VF 0: 940 Mb/s", "key", "link", "value", "up"));
	json_object_set_new(obj, "kernel_log", json_pack("[s, s]", "one line", "another"));
	return obj;
}

/* The number-th case of ports; NULL past the last one. */
static const struct case_def *port_case(unsigned int number)
{
	const struct case_def *def;

	for (size_t i = 0; (def = case_table_get(&registry, i)); i++)
		if (def->subject == SUBJECT_PF && number-- == 0)
			return def;
	return NULL;
}

static void add_items(struct made *m, json_t *plan, unsigned int port, unsigned int cases)
{
	char subject[PCI_ADDR_STRLEN];
	unsigned int i;

	pci_addr_format(&m->inv->nics[port].addr, subject);
	for (i = 0; i < cases; i++) {
		const struct case_def *def = port_case(i);
		const unsigned int item = port * cases + i;
		char other[32];

		util_format(other, sizeof(other), "case_%u", i);
		json_array_append_new(plan,
				      json_pack("{s:s, s:s, s:s, s:b, s:i}", "case",
						def ? def->id : other, "subject", subject, "title",
						"a title", "required", 1, "timeout_s", 60));
		json_array_append_new(m->events,
				      make_event("begin", def ? def->id : other, subject, item));
		/* Some were not to end. */
		if (item % 11 != 10)
			json_array_append_new(
				m->events, make_event("end", def ? def->id : other, subject, item));
	}
}

static struct made make(unsigned int ports, unsigned int cases)
{
	struct made m = { .events = json_array() };
	json_t *plan = json_array(), *nics = json_array();
	unsigned int i;

	make_inventory(&m, ports);
	json_array_append_new(m.events, json_pack("{s:s, s:s, s:i}", "ev", "start", "time",
						  "2025-01-02T03:04:05Z", "t_ms", 1));
	json_array_append_new(m.events, json_pack("{s:s, s:O, s:O, s:i}", "ev", "run", "plan", plan,
						  "nics", nics, "left_out", 0));
	for (i = 0; i < ports; i++) {
		char addr[PCI_ADDR_STRLEN];

		pci_addr_format(&m.inv->nics[i].addr, addr);
		json_array_append_new(
			nics, json_pack("{s:s, s:n, s:[]}", "address", addr, "peer", "reaches"));
		add_items(&m, plan, i, cases);
	}
	json_decref(plan);
	json_decref(nics);
	m.report = core_report(m.events, 0);
	assert_non_null(m.report);
	return m;
}

static void unmake(struct made *m)
{
	json_decref(m->events);
	json_decref(m->report);
	free(m->inv);
}

static void build(const struct made *m, size_t arg)
{
	(void)arg;
	json_decref(core_report(m->events, 0));
}

static void form(const struct made *m, size_t arg)
{
	free(form_print(form_get(arg)->put, m->report));
}

static void compare(const struct made *m, size_t arg)
{
	const struct diff_options options = { .threshold = 10 };
	json_t *diff = diff_compare(m->report, m->report, "old", "new", &options);

	(void)arg;
	assert_int_equal(diff_get_result(diff), DIFF_SAME);
	free(form_print(diff_put_text, diff));
	json_decref(diff);
}

static void go_on(const struct made *m, size_t arg)
{
	struct plan plan;

	(void)arg;
	assert_int_equal(resume_plan(&plan, m->events, m->inv), 0);
	assert_true(plan.n > 0 && plan.items[plan.n - 1].done);
	plan_free(&plan);
}

static void watch(const struct made *m, size_t arg)
{
	const json_t *event;
	struct model model;
	size_t i;

	(void)arg;
	model_init(&model);
	json_array_foreach (m->events, i, event)
		model_event(&model, event);
	assert_true(model.ended > 0);
	model_free(&model);
}

static uint64_t count(void (*run)(const struct made *m, size_t arg), size_t arg, unsigned int ports,
		      unsigned int cases)
{
	struct made m = make(ports, cases);

	steps = 0;
	run(&m, arg);
	unmake(&m);
	return steps;
}

/* Four times the items, four times the steps. What is the same for any number only helps. */
static void assert_linear(const char *what, uint64_t few, uint64_t many)
{
	if (many * 100 > few * 4 * 106)
		fail_msg("%s: %llu steps, and %llu for four times the items", what,
			 (unsigned long long)few, (unsigned long long)many);
}

static void by_ports(const char *what, void (*run)(const struct made *m, size_t arg), size_t arg)
{
	assert_linear(what, count(run, arg, MAX_PORTS / 4, CASES),
		      count(run, arg, MAX_PORTS, CASES));
}

static void by_cases(const char *what, void (*run)(const struct made *m, size_t arg), size_t arg)
{
	assert_linear(what, count(run, arg, 8, CASES), count(run, arg, 8, 4 * CASES));
}

static void test_build(void **state)
{
	(void)state;
	by_ports("report", build, 0);
	by_cases("report", build, 0);
}

static void test_forms(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; form_get(i); i++) {
		by_ports(form_get(i)->name, form, i);
		by_cases(form_get(i)->name, form, i);
	}
}

/* Cards are compared each with each; there are at most INVENTORY_MAX_NICS. */
static void test_diff(void **state)
{
	(void)state;
	by_cases("diff", compare, 0);
}

/* Each item's case is looked for in the table, which does not grow with the run. */
static void test_resume(void **state)
{
	(void)state;
	by_ports("resume", go_on, 0);
}

static void test_screen(void **state)
{
	(void)state;
	by_ports("screen", watch, 0);
	by_cases("screen", watch, 0);
}

/* The counting itself: a search in a search is found out. */
static void search(const struct made *m, size_t arg)
{
	const json_t *a, *b;
	bool found = false;
	size_t i, k;

	(void)arg;
	json_array_foreach (m->events, i, a)
		json_array_foreach (m->events, k, b)
			if (a != b && strcmp(member_text(a, "ev"), member_text(b, "ev")) == 0)
				found = true;
	assert_true(found);
}

static void test_counting(void **state)
{
	const uint64_t few = count(search, 0, 2, CASES), many = count(search, 0, 8, CASES);

	(void)state;
	assert_true(many > few * 10);
}

static int load_advice(void **state)
{
	(void)state;
	return advice_load();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_build),  cmocka_unit_test(test_forms),
		cmocka_unit_test(test_diff),   cmocka_unit_test(test_resume),
		cmocka_unit_test(test_screen), cmocka_unit_test(test_counting),
	};

	return cmocka_run_group_tests(tests, load_advice, NULL);
}
