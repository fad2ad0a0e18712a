/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ports that can have VFs, or may have them, and that a run says nothing about. */
#include <string.h>
#include "journal/member.h"
#include "report/build_parts.h"
#include "report/report.h"

bool report_untested_text(const json_t *nic, char *buf, size_t size)
{
	const char *state = member_text(nic, "sriov_state"), *out = member_text(nic, "left_out");

	if (strcmp(state, "off") == 0 || strcmp(state, "hidden") == 0)
		util_strlcpy(buf, size, "SR-IOV is off in it");
	else if (strncmp(member_text(nic, "class"), "0207", 4) == 0)
		util_strlcpy(buf, size, "set to InfiniBand");
	else if (strcmp(state, "unknown") == 0)
		util_strlcpy(buf, size, "cannot be read");
	else if (out[0] && strcmp(state, "none") != 0)
		util_strlcpy(buf, size, out);
	else
		return false;
	return true;
}

json_t *build_not_certified(const json_t *nics)
{
	json_t *texts = json_array(), *nic;
	char why[120];
	size_t i;

	json_array_foreach (nics, i, nic)
		if (report_untested_text(nic, why, sizeof(why)))
			json_array_append_new(texts, json_sprintf("%s: %s (%s)",
								  member_text(nic, "address"), why,
								  member_text(nic, "name")));
	return texts;
}
