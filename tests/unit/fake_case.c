/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs one case on a fake tree. */
#include "fake_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/undo.h"

static const struct case_def *find_case(const struct case_def *table, const char *id)
{
	for (; table->id; table++)
		if (strcmp(table->id, id) == 0)
			return table;
	fail_msg("no case %s", id);
	return NULL;
}

static bool is_subject(const struct fake_case *fc, const struct nic *n)
{
	char a[PCI_ADDR_STRLEN];

	return !fc->pf || strcmp(fc->pf, pci_addr_format(&n->addr, a)) == 0;
}

/* The case's function, with its fixture for it alone. */
static void run_with_fixture(struct ctx *ctx)
{
	const struct fixture *f = ctx->def->fixture;
	int ret = 0;

	if (f) {
		ctx->fixture = calloc(1, f->size);
		assert_non_null(ctx->fixture);
		ret = f->open(ctx, ctx->fixture);
	}
	if (ret == 0)
		ret = ctx->def->run(ctx);
	assert_true(ret <= 0);
	if (f)
		assert_true(f->close(ctx, ctx->fixture) <= 0);
	free(ctx->fixture);
}

void fake_case_run(struct fake_case *fc, const struct fake_sysroot *fs,
		   const struct case_def *table, const char *id)
{
	const struct case_def *def = find_case(table, id);
	struct ctx ctx = { .def = def,
			   .settings = &fc->settings,
			   .root = &fs->root,
			   .inv = &fc->inv,
			   .links = fc->links,
			   .res = &fc->res };
	const struct nic *n;
	unsigned int i;

	memset(&fc->res, 0, sizeof(fc->res));
	assert_int_equal(advice_load(), 0);
	assert_int_equal(inventory_scan(&fs->root, &fc->inv), 0);
	inventory_for_each_pf (&fc->inv, n)
		if (!ctx.pf && def->subject == SUBJECT_PF && is_subject(fc, n))
			ctx.pf = n;
	assert_true(def->subject == SUBJECT_HOST || ctx.pf);
	ctx.deadline_ms = util_now_ms() + (fc->deadline_ms ? fc->deadline_ms : 1000);
	for (i = 0; i < CASE_MAX_NEEDS && def->needs[i]; i++)
		if (!def->needs[i]->met(&ctx, fc->res.reason, sizeof(fc->res.reason))) {
			fc->res.verdict = VERDICT_SKIP;
			util_strlcpy(fc->res.label, sizeof(fc->res.label),
				     def->needs[i]->label ? def->needs[i]->label : "");
			return;
		}
	run_with_fixture(&ctx);
	assert_int_not_equal(fc->res.verdict, VERDICT_NONE);
	if (fc->res.label[0] && !advice_find(fc->res.label))
		fail_msg("advice.ini has no [%s]", fc->res.label);
}

void fake_case_undo(const struct fake_case *fc, const struct fake_sysroot *fs)
{
	assert_int_equal(undo_run(&fs->root, fc->res.undo, fc->res.n_undo), 0);
}

const char *fake_case_evidence(const struct fake_case *fc, const char *key)
{
	unsigned int i;

	for (i = 0; i < fc->res.n_evidence; i++)
		if (strcmp(fc->res.evidence[i].key, key) == 0)
			return fc->res.evidence[i].value;
	return "";
}

struct fake_sysroot *fake_guest_host(struct ctx *ctx, struct settings *settings,
				     struct item_result *res)
{
	static const struct case_def def = { .id = "test" };
	struct fake_sysroot *fs;
	void *state;

	assert_int_equal(fake_tree_setup(&state), 0);
	fs = state;
	fake_file(fs, "dev/kmsg", "");
	fake_dir(fs, "sys/class/net");
	setenv("FAKE_ROOT", fs->dir, 1);
	settings_init(settings);
	*ctx = (struct ctx){
		.def = &def,
		.settings = settings,
		.root = &fs->root,
		.deadline_ms = util_now_ms() + 60000,
		.res = res,
	};
	return fs;
}
