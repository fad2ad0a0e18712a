/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verdicts that a host can have, the best first. */
#include <string.h>
#include "journal/member.h"
#include "report/fleet_parts.h"

static const struct {
	enum run_verdict verdict;
	bool unsafe;
	const char *class;
} verdicts[] = {
	{ RUN_QUALIFIED, false, "p" },	{ RUN_QUALIFIED, true, "w" },
	{ RUN_WAIVED, false, "w" },	{ RUN_WAIVED, true, "w" },
	{ RUN_INCOMPLETE, false, "o" }, { RUN_NOT_QUALIFIED, false, "f" },
};

const char *fleet_get_verdict(size_t i)
{
	return i < ARRAY_SIZE(verdicts) ? run_verdict_name(verdicts[i].verdict, verdicts[i].unsafe)
					: NULL;
}

const char *fleet_verdict_class(size_t i)
{
	return i < ARRAY_SIZE(verdicts) ? verdicts[i].class : "";
}

size_t fleet_verdict_place(const json_t *host)
{
	const char *name;
	size_t i;

	for (i = 0; (name = fleet_get_verdict(i)); i++)
		if (strcmp(name, member_text(host, "verdict")) == 0)
			break;
	return i;
}
