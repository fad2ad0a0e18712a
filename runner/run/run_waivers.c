/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the waivers that a run begins with. */
#include "run/run_state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include "base/log.h"
#include "report/readiness.h"
#include "report/waiver.h"
#include "run/early.h"

struct reading_of {
	json_t *rules, *list, *problems;
};

/* The file in @dir, if there is one. */
static void read_file(struct run *r, const struct reading_of *w, int dir, const char *origin)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int ret;

	if (dir < 0)
		return;
	/* One byte more than there may be, so that a longer file is seen to be one. */
	ret = early_read_file(&r->root, dir, WAIVER_FILE, WAIVER_FILE_MAX + 1, &text, &len);
	if (ret == 0)
		waivers_parse(text, len, origin, w->rules, w->list, w->problems);
	else if (ret != -ENOENT)
		json_array_append_new(w->problems,
				      json_sprintf(WAIVER_FILE " of the %s cannot be read: %s",
						   origin, strerror(-ret)));
}

static void log_problems(const json_t *problems)
{
	const json_t *text;
	size_t i;

	json_array_foreach (problems, i, text)
		if (json_is_string(text))
			log_error("waivers: %s", json_string_value(text));
}

json_t *run_read_waivers(struct run *r)
{
	_cleanup_close_ int overlay = sysroot_openat(&r->root, O_RDONLY | O_DIRECTORY, OVERLAY_RUN);
	const struct reading_of w = { rules_load(), json_array(), json_array() };
	char clock[120] = "";

	if (w.rules && w.list && w.problems) {
		read_file(r, &w, overlay, "overlay");
		read_file(r, &w, r->stick.dir, "stick");
	}
	if (json_array_size(w.list) > 0)
		log_info("waivers: %zu", json_array_size(w.list));
	log_problems(w.problems);
	if (r->later_run[0])
		util_format(clock, sizeof(clock),
			    "a run of this server on the stick is from %s, which is later",
			    r->later_run);
	json_decref(w.rules);
	return json_pack("{s:o, s:o, s:s}", "list", w.list, "problems", w.problems, "clock", clock);
}
