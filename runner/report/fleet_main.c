/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command "vfproof fleet".
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include "base/log.h"
#include "journal/member.h"
#include "report/fleet.h"
#include "report/forms.h"
#include "report/report.h"

#define EXIT_WORSE 1
#define EXIT_BAD_FILES 2
#define EXIT_FAILED 3

static const struct fleet_form {
	const char *name, *file;
	int (*put)(FILE *f, const json_t *fleet);
} fleet_forms[] = {
	{ "html", "fleet.html", fleet_put_html }, { "json", "fleet.json", report_put_json },
	{ "csv", "fleet.csv", fleet_put_csv },	  { "metrics", "vfproof.prom", fleet_put_metrics },
	{ "text", "fleet.txt", fleet_put_text },
};

struct arguments {
	const char *dir, *since, *out;
	const struct fleet_form *form; /* NULL: page and JSON, as files */
};

static const struct fleet_form *find_form(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fleet_forms); i++)
		if (strcmp(fleet_forms[i].name, name) == 0)
			return &fleet_forms[i];
	return NULL;
}

static int parse_option(struct arguments *a, const char *name, const char *value)
{
	if (!value)
		return -EINVAL;
	if (strcmp(name, "--since") == 0)
		a->since = value;
	else if (strcmp(name, "--out") == 0)
		a->out = value;
	else if (strcmp(name, "--form") == 0)
		a->form = find_form(value);
	else
		return -EINVAL;
	return strcmp(name, "--form") == 0 && !a->form ? -EINVAL : 0;
}

/* DIR and options, in any order. */
static int parse_arguments(struct arguments *a, int argc, char **argv)
{
	int i, ret = 0;

	*a = (struct arguments){ 0 };
	for (i = 2; i < argc && ret == 0; i++) {
		if (strncmp(argv[i], "--", 2) == 0) {
			ret = parse_option(a, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
			i++;
		} else if (!a->dir) {
			a->dir = argv[i];
		} else {
			ret = -EINVAL;
		}
	}
	return a->dir ? ret : -EINVAL;
}

struct writing {
	const struct fleet_form *form;
	const json_t *fleet;
};

static int write_form(int fd, void *arg)
{
	const struct writing *w = arg;
	const int copy = dup(fd);
	_cleanup_fclose_ FILE *f = copy < 0 ? NULL : fdopen(copy, "w");
	int ret;

	if (!f)
		return -ENOMEM;
	ret = w->form->put(f, w->fleet);
	return ret < 0 ? ret : fflush(f) == 0 && !ferror(f) ? 0 : -EIO;
}

/* The file is whole or as it was: a collector may read it at any time. */
static int write_file(const char *out, const struct fleet_form *form, const json_t *fleet)
{
	_cleanup_close_ int dir = open(out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct writing w = { form, fleet };
	int ret = dir < 0 ? -errno : util_write_durably_by(dir, form->file, write_form, &w);

	if (ret < 0)
		log_errno(ret, "write", dir < 0 ? out : form->file);
	return ret;
}

static int put(const struct arguments *a, const json_t *fleet)
{
	size_t i;
	int ret = 0;

	if (a->form && a->out)
		return write_file(a->out, a->form, fleet);
	if (!a->form) {
		for (i = 0; i < 2 && ret == 0; i++) /* page and JSON */
			ret = write_file(a->out ? a->out : ".", &fleet_forms[i], fleet);
		if (ret < 0)
			return ret;
	}
	ret = a->form ? a->form->put(stdout, fleet) : fleet_put_text(stdout, fleet);
	return ret == 0 && fflush(stdout) == 0 && !ferror(stdout) ? 0 : -EIO;
}

static int exit_status(const json_t *fleet)
{
	const json_t *since = json_object_get(fleet, "since"), *change;
	size_t i;

	json_array_foreach (json_object_get(since, "changed"), i, change)
		if (strcmp(member_text(change, "change"), "worse") == 0)
			return EXIT_WORSE;
	if (json_array_size(json_object_get(json_object_get(fleet, "files"), "bad")) > 0 ||
	    json_array_size(json_object_get(since, "bad")) > 0)
		return EXIT_BAD_FILES;
	return 0;
}

static void name_bad(const json_t *files)
{
	const json_t *bad;
	size_t i;

	json_array_foreach (json_object_get(files, "bad"), i, bad)
		log_error("%s: %s", member_text(bad, "file"), member_text(bad, "why"));
}

int fleet_main(int argc, char **argv)
{
	struct arguments a;
	json_t *fleet;
	int ret;

	if (parse_arguments(&a, argc, argv) < 0)
		return -EINVAL;
	ret = fleet_build(a.dir, a.since, &fleet);
	if (ret < 0) {
		log_errno(ret, "read", a.since ? "one of the folders" : a.dir);
		return EXIT_FAILED;
	}
	name_bad(json_object_get(fleet, "files"));
	name_bad(json_object_get(fleet, "since"));
	if (json_array_size(json_object_get(fleet, "hosts")) == 0) {
		log_error("there is no report below %s", a.dir);
		ret = EXIT_FAILED;
	} else {
		ret = put(&a, fleet) < 0 ? EXIT_FAILED : exit_status(fleet);
	}
	json_decref(fleet);
	return ret;
}
